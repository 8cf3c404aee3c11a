"""Tiles, bundles and payload files against the naive twin, whatever the batches."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import message, open_log, say, twin_of
from tests.twins.merkle_rfc6962 import mth

from tertius.log import seal as seal_module
from tertius.log.content import Sealed, frame, seal
from tertius.log.journal import FIRST_LINK, Block, digest_of, pack
from tertius.log.merkle import EMPTY_ROOT
from tertius.log.seal import DamagedLogError, Sealer


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in ("tile", "payload")
        for path in (folder / place).rglob("*")
        if path.is_file()
    }


steps = st.lists(
    st.tuples(
        st.integers(1, 300) | st.sampled_from([1, 2, 255, 256, 257]),  # entries in the batch
        st.sampled_from(["go on", "checkpoint", "reopen", "wait"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=25)
@given(steps)
def test_files_and_root_are_those_of_the_twin(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = open_log(folder, disk=QuickDisk())
    texts: dict[int, bytes] = {}
    for number, (size, then) in enumerate(plan):
        contents: list[Sealed | None] = [None] * size
        contents[0] = log.seal(b"text of %d" % number)
        rows = log.extend((message(f"{number}.{i}", c), c) for i, c in enumerate(contents))
        texts[rows[0]] = b"text of %d" % number
        if then == "wait":
            log.wait(rows[-1])
        if then == "checkpoint":
            assert log.checkpoint() == rows.stop
        if then == "reopen":
            log.close()
            log = open_log(folder, disk=QuickDisk())
    log.close()
    twin = twin_of(folder)
    assert len(twin.entries) == 1 + sum(size for size, _ in plan)
    assert files_of(folder) == twin.files(), "no tile too many, none too few, each byte as derived"
    assert {index: twin.content(index) for index in twin.contents} == texts


def test_only_the_newest_partial_tiles_stay(tmp_path: Path) -> None:
    with open_log(tmp_path / "log", disk=QuickDisk()) as log:
        for number in range(5):
            say(log, f"m{number}", b"x")
            log.checkpoint()
            log.checkpoint()
            assert {p.name for p in (tmp_path / "log" / "tile").rglob("*") if p.is_file()} == {
                str(number + 2)
            }


def test_three_levels_of_tiles(tmp_path: Path) -> None:
    """65,536 entries and one fill a tile of level 1 and begin one of level 2."""
    (tmp_path / "journal").mkdir()
    sealer = Sealer(tmp_path, size=0, disk=QuickDisk())
    entries = [b"%d" % i for i in range(65_537)]
    for start in range(0, len(entries), 4096):
        sealer.add_block(Block(start, entries[start : start + 4096], b"", b""))
    size, root = sealer.seal()
    sealer.close()
    assert size == 65_537
    tiles = {p for p in files_of(tmp_path) if not p.startswith("tile/entries")}
    assert {p for p in tiles if p.startswith(("tile/1", "tile/2"))} == {
        "tile/1/000", "tile/2/000.p/1"}  # fmt: skip
    assert len(tiles) == 256 + 1 + 1 + 1  # full and partial of level 0, level 1, level 2
    again = Sealer(tmp_path, size=size, disk=QuickDisk())
    assert again.root() == root
    again.add_block(Block(size, [b"more"], b"", b""))
    assert again.seal()[1] == mth([*entries, b"more"])
    again.close()


def test_payload_goes_to_the_file_of_its_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_module, "PAYLOAD_SPAN", 4)
    with open_log(tmp_path / "log", disk=QuickDisk()) as log:
        contents = log.seal_all([b"%d" % i for i in range(10)])
        log.extend((message(f"m{i}", c), c) for i, c in enumerate(contents))
    sizes = {p.name: p.stat().st_size for p in (tmp_path / "log" / "payload").iterdir()}
    assert sizes == {"00000000": 3 * 45, "00000001": 4 * 45, "00000002": 3 * 45}


@pytest.mark.parametrize("sealed", range(11))
def test_a_block_over_several_payload_files_is_taken_from_any_entry_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: int
) -> None:
    monkeypatch.setattr(seal_module, "PAYLOAD_SPAN", 4)
    frames = [b"" if i in (4, 9) else frame(i, seal(b"%d" % i, salts=bytes_32)) for i in range(10)]
    sealer = Sealer(tmp_path, size=0, disk=QuickDisk())
    sealer.add_block(Block(0, [b"x"] * sealed, b"".join(frames[:sealed]), b""))
    sealer.add_block(Block(0, [b"x"] * 10, b"".join(frames), b""))
    sealer.seal()
    sealer.close()
    found = {p.name: p.read_bytes() for p in (tmp_path / "payload").iterdir()}
    assert found == {f"{n:08d}": b"".join(frames[4 * n : 4 * n + 4]) for n in range(3)}


def bytes_32() -> bytes:
    return bytes(32)


def test_a_gap_or_a_missing_file_is_damage(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path, size=0, disk=QuickDisk())
    assert sealer.root() == EMPTY_ROOT
    with pytest.raises(DamagedLogError, match="entries 0 to 4 are missing"):
        sealer.add_block(Block(5, [b"x"], b"", b""))
    with pytest.raises(DamagedLogError, match=r"tile/entries/000\.p/3` is missing"):
        Sealer(tmp_path, size=3, disk=QuickDisk())


def test_blocks_side_by_side_are_sealed_at_once_and_a_changed_one_among_them_is_damage(
    tmp_path: Path,
) -> None:
    one = pack(0, [b"a", b"b"], b"", 0, FIRST_LINK)
    raw = one + pack(2, [b"c"], b"", 0, digest_of(one))
    (tmp_path / "journal").mkdir()
    for name, data in (("whole", raw), ("changed", raw[:-1] + b"x"), ("short", raw[:-1])):
        (tmp_path / "journal" / name).write_bytes(b"head" + data)
    sealer = Sealer(tmp_path, size=0, disk=QuickDisk())
    for name in ("changed", "short"):
        with pytest.raises(DamagedLogError, match=f"changed at offset {4 + len(one)}"):
            sealer.add(name, 4, len(raw))
    assert sealer.size == 2
    sealer.add("whole", 4, len(raw))
    assert sealer.size == 3


def test_a_changed_journal_block_is_not_sealed(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "0").write_bytes(b"no block")
    with pytest.raises(DamagedLogError, match="changed at offset 0"):
        Sealer(tmp_path, size=0, disk=QuickDisk()).add("0", 0, 8)
