"""The verifier's tree against the recursive definition, and its ids against a naive twin."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tampered.valid_log import make_log, root_of, sha256

from tertius.log.verify_ids import check_ids
from tertius.log.verify_scan import Chunk, key_of
from tertius.log.verify_stale import expected_tiles
from tertius.log.verify_tree import TILE, Tree, fold_row

LEAVES = [sha256(b"leaf %d" % i) for i in range(1400)]


def tree_of(size: int) -> Tree:
    def tile(index: int) -> bytes:
        return b"".join(LEAVES[index * TILE : (index + 1) * TILE])

    full = size // TILE
    roots = b"".join(fold_row(tile(index)) for index in range(full))
    return Tree(size, roots, b"".join(LEAVES[full * TILE : size]), tile)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1400), st.data())
def test_a_root_at_any_earlier_size_is_the_recursive_one(size: int, data: st.DataObject) -> None:
    earlier = data.draw(st.integers(0, size))
    assert tree_of(size).root(earlier) == root_of(LEAVES[:earlier])


def test_upper_rows_are_the_roots_of_full_tiles() -> None:
    tree = tree_of(1400)
    roots = [root_of(LEAVES[i : i + TILE]) for i in range(0, 1280, TILE)]
    assert tree.row(1, 0, 5) == b"".join(roots)
    assert tree.row(2, 0, 1) == b""


def test_expected_tiles_are_those_of_the_second_writer() -> None:
    for size in (0, 1, 256, 257, 700):
        names = {tile.path for tile in expected_tiles(size)}
        assert names == set(make_log(max(1, size)).tiles(size))


NAMES = st.sampled_from("abcdefgh")
ENTRIES = st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), max_size=9)


@settings(max_examples=200, deadline=None)
@given(ENTRIES, st.integers(1, 4))
def test_ids_and_causes_agree_with_a_walk_over_all_entries(
    entries: list[tuple[str, list[str]]], width: int
) -> None:
    found = check_ids(chunks_of(entries, width), lambda hashes: names_of(entries, hashes))
    assert {(p.code, p.entry) for p in found} == naive(entries)


def naive(entries: list[tuple[str, list[str]]]) -> set[tuple[str, int | None]]:
    """One walk with a set of all ids so far."""
    seen: set[str] = set()
    wrong: set[tuple[str, int | None]] = set()
    for index, (name, causes) in enumerate(entries):
        wrong |= {("cause_unresolved", index) for cause in causes if cause not in seen}
        if name in seen:
            wrong.add(("id_twice", index))
        seen.add(name)
    return wrong


def chunks_of(entries: list[tuple[str, list[str]]], width: int) -> list[Chunk]:
    chunks = []
    for first in range(0, len(entries), width):
        part = entries[first : first + width]
        seen: set[str] = set()
        far = []
        for name, causes in part:
            far += [key_of(cause) for cause in causes if cause not in seen]
            seen.add(name)
        ids = array("d", sorted(key_of(name) for name, _ in part)).tobytes()
        chunks.append(Chunk(first, ids=ids, far=array("d", sorted(far)).tobytes()))
    return chunks


def names_of(
    entries: list[tuple[str, list[str]]], hashes: frozenset[float]
) -> list[tuple[int, str, bool]]:
    found = []
    for index, (name, causes) in enumerate(entries):
        found += [(index, cause, True) for cause in causes if key_of(cause) in hashes]
        found += [(index, name, False)] if key_of(name) in hashes else []
    return found
