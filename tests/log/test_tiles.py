"""Tile paths, bundles and the tiles of a tree, against the specification's examples."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tertius.log.merkle import Frontier, TreeRangeError, leaf_hashes, perfect_root, prove_inclusion
from tertius.log.merkle import verify_inclusion as check_inclusion
from tertius.log.tiles import (
    MAX_ENTRY,
    BundleError,
    EntryError,
    Tile,
    TileError,
    TilePathError,
    bundles_of,
    decode_bundle,
    encode_bundle,
    index_path,
    node_reader,
    parse_path,
    split_tile,
    tile_at,
    tiles_of,
)

LEAVES = leaf_hashes(i.to_bytes(4, "big") for i in range(70_000))


def test_the_index_example_of_tlog_tiles() -> None:
    assert index_path(1234067) == "x001/x234/067"


def test_the_size_example_of_tlog_tiles() -> None:
    """A tree of 70,000: 273 full and one partial (112), one full and one partial (17), one of 1."""
    tiles = list(tiles_of(70_000))
    assert tiles[:273] == [Tile(0, n) for n in range(273)]
    assert tiles[273:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(bundles_of(70_000))[-1] == Tile(None, 273, 112)


def test_a_tree_of_256_has_one_full_tile_and_a_partial_one_above() -> None:
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == [] == list(bundles_of(0))


@given(
    level=st.none() | st.integers(0, 63),
    index=st.integers(0, 2**55 - 1),
    width=st.integers(1, 256),
)
def test_paths_read_back(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x000/001",
        "tile/00/001",
        "tile/64/000",
        "tile/0/1",
        "tile/0/001/002",
        "tile/0/x001/x002",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/07",
        "tile/0/001.p",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/001\n",
        "tile/-1/001",
        "tile/0/../000",
        "tile/0/\u0661\u0661\u0661",
        "tile/entries/x999/x999/x999/x999/x999/x999/999",
        "checkpoint",
        "",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(TilePathError):
        parse_path(path)


@given(st.text(alphabet="tile/entriesx0123456789.p\n", max_size=40) | st.text())
def test_whatever_path_is_taken_is_written_back_the_same(text: str) -> None:
    try:
        tile = parse_path(text)
    except TilePathError:
        return
    assert tile.path == text


@pytest.mark.parametrize("index", [-1, 2**55])
def test_no_path_for_an_index_beyond_any_tree(index: int) -> None:
    with pytest.raises(TreeRangeError):
        index_path(index)


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    "entries", [[], [b""], [b"a", b""], [b"a" * (MAX_ENTRY + 1)], [b"a"] * 257]
)
def test_what_no_bundle_holds(entries: list[bytes]) -> None:
    with pytest.raises(EntryError):
        encode_bundle(entries)


def test_the_longest_entry_fits() -> None:
    longest = b"a" * MAX_ENTRY
    assert decode_bundle(encode_bundle([longest]), 1) == [longest]


@given(data=st.binary(max_size=64), width=st.integers(0, 256))
@example(data=bytes(512), width=256)
@example(data=b"\x00\x01ab", width=1)
@example(data=b"\x00\x02a", width=1)
@example(data=b"\x00", width=1)
def test_only_exact_bundles_decode(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, width)
    except BundleError:
        return
    assert len(entries) == width
    assert (encode_bundle(entries) if entries else b"") == data


def test_a_damaged_bundle_names_entry_and_offset() -> None:
    whole = encode_bundle([b"abc", b"defg"])
    with pytest.raises(BundleError, match="entry 1 of 2, at offset 5: cut off"):
        decode_bundle(whole[:-1], 2)
    with pytest.raises(BundleError, match="1 bytes left behind entry 2 of 2"):
        decode_bundle(whole + b"x", 2)
    with pytest.raises(BundleError, match="entry 0 of 256, at offset 0: empty"):
        decode_bundle(bytes(512), 256)


def stored(size: int) -> dict[str, bytes]:
    """The tiles of a tree over the first `size` leaves, computed level by level."""
    files, row = {}, LEAVES[:size]
    for tile in tiles_of(size):
        if tile.index == 0 and tile.level:
            whole = len(row) // 256 * 256
            row = [perfect_root(row[at : at + 256]) for at in range(0, whole, 256)]
        start = tile.index * 256
        files[tile.path] = b"".join(row[start : start + tile.width])
    return files


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 70_000])
def test_proofs_from_tiles(size: int) -> None:
    files = stored(size)
    tree = Frontier()
    tree.extend(LEAVES[:size])
    node = node_reader(lambda tile: files[tile.path], size)
    for index in {0, size // 2, size - 1}:
        proof = prove_inclusion(node, index, size)
        check_inclusion(proof, index=index, size=size, leaf=LEAVES[index], root=tree.root())


def test_a_node_outside_the_tree_is_refused() -> None:
    files = stored(300)
    node = node_reader(lambda tile: files[tile.path], 300)
    assert node(8, 0) == perfect_root(LEAVES[:256])
    for level, index in [(0, 300), (3, 37), (8, 1), (16, 0), (0, -1)]:
        with pytest.raises(TreeRangeError):
            node(level, index)


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    assert split_tile(bytes(64), 2) == [bytes(32)] * 2
    for data in (b"", bytes(63), bytes(96)):
        with pytest.raises(TileError):
            split_tile(data, 2)


def test_tile_at_gives_the_width_that_the_tree_has() -> None:
    assert tile_at(0, 273, 70_000) == Tile(0, 273, 112)
    assert tile_at(1, 0, 70_000) == Tile(1, 0)
    assert tile_at(None, 0, 7) == Tile(None, 0, 7)
    with pytest.raises(TreeRangeError):
        tile_at(3, 0, 70_000)
