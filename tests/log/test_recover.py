"""Reopening after a crash: torn tails are set aside and logged, damage is never passed over."""

from hashlib import sha256
from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import KEY, message, open_log, say, twin_of
from tests.twins.naive_log import NaiveLog

from tertius.core.kinds import decode, encode
from tertius.core.log_events import LogRecovered
from tertius.log import commit, journal
from tertius.log.checkpoint import Checkpoint, CheckpointError
from tertius.log.content import SeededSalts, frame, seal
from tertius.log.disk import LogWriteError
from tertius.log.note import UnsignedNoteError
from tertius.log.notekey import SigningKey
from tertius.log.recover import BehindError
from tertius.log.seal import DamagedLogError
from tertius.log.writer import Writer


@pytest.fixture
def folder(memory: Path) -> Path:
    return memory / "log"


def quick(folder: Path, key: SigningKey = KEY, **options: object) -> Writer:
    return open_log(folder, disk=QuickDisk(), key=key, **options)


def abandoned(folder: Path, blocks: int = 3) -> list[Path]:
    """A log as a killed writer leaves it: a checkpoint, and `blocks` blocks in the journal."""
    with quick(folder) as log:
        say(log, "old", b"old text")
    log = quick(folder)
    for number in range(blocks):
        log.wait(say(log, f"m{number}", b"text %d" % number))
    saved = [(path, path.read_bytes()) for path in journal.files(folder / "journal")]
    note = (folder / "checkpoint").read_bytes()
    log.close()
    for path, raw in saved:
        path.write_bytes(raw)
    (folder / "checkpoint").write_bytes(note)
    roll_back_tiles(folder)
    return [path for path, _ in saved]


def roll_back_tiles(folder: Path) -> None:
    """Put back the tiles of the checkpoint of two entries, as they were."""
    for name, raw in NaiveLog(twin_entries(folder)[:2], {}).files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)


def twin_entries(folder: Path) -> list[bytes]:
    path = max((folder / "tile/entries/000.p").iterdir(), key=lambda p: int(p.name))
    raw, entries = path.read_bytes(), []
    while raw:
        length = int.from_bytes(raw[:2], "big")
        entries.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    return entries


def test_what_a_killed_writer_left_is_replayed(folder: Path) -> None:
    abandoned(folder)
    with quick(folder) as log:
        assert log.recovered.size == 5
        assert log.recovered.replayed == 3
        assert log.recovered.set_aside == 0
    assert [decode(e).id for e in twin_of(folder).entries[1:]] == ["old", "m0", "m1", "m2"]
    assert journal.files(folder / "journal") == []


def test_a_block_torn_at_any_byte_is_set_aside_and_logged(folder: Path) -> None:
    (path,) = abandoned(folder)
    whole = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    raw = path.read_bytes()
    *_, (_, start), (_, end) = journal.blocks(raw)
    assert end == len(raw)
    for cut in range(start, end):
        lay_out(folder, whole)
        path.write_bytes(raw[:cut])
        with quick(folder) as log:
            assert log.recovered.set_aside == cut - start
        twin = twin_of(folder)
        ids = [decode(e).id for e in twin.entries[1:4]]
        assert ids == ["old", "m0", "m1"]
        assert len(twin.entries) == 4 + (cut > start)
        if cut > start:
            act = decode(twin.entries[4])
            assert isinstance(act, LogRecovered)
            digest = sha256(raw[start:cut]).hexdigest()
            assert (act.digest, act.length) == (digest, cut - start)
            assert (folder / act.kept_as).read_bytes() == raw[start:cut]


def lay_out(folder: Path, files: dict[Path, bytes]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for path, raw in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * 4096, b"TERTIUSJ", b"TERTIUSJ" * 99, b"\xff"])
def test_garbage_behind_the_last_block_is_set_aside(folder: Path, garbage: bytes) -> None:
    (path,) = abandoned(folder)
    path.write_bytes(path.read_bytes() + garbage)
    with quick(folder) as log:
        assert log.recovered.set_aside == len(garbage)
        assert log.recovered.size == 6
    twin_of(folder)


def test_a_torn_first_block_of_a_new_log(folder: Path) -> None:
    (folder / "journal").mkdir(parents=True)
    (folder / "journal" / journal.file_name(0)).write_bytes(b"TERTIUS")
    with quick(folder):
        pass
    first, second = map(decode, twin_of(folder).entries)
    assert first.__class__.__name__ == "LogOpened"
    assert isinstance(second, LogRecovered)


def test_damage_before_a_valid_block_is_refused_at_every_byte(folder: Path) -> None:
    (path,) = abandoned(folder)
    raw = path.read_bytes()
    (_, end), *_ = journal.blocks(raw)
    for at in range(end):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(DamagedLogError) as caught:
            quick(folder)
        assert caught.value.exit_code == 4
    path.write_bytes(raw)
    with quick(folder) as log:
        assert log.recovered.size == 5, "a refusal took nothing away"


def test_content_that_looks_like_a_block_cannot_lock_a_writer_out(folder: Path) -> None:
    """Anybody may send the bytes of a valid block; torn off a full disk they must not count."""
    (path,) = abandoned(folder, blocks=1)
    raw = path.read_bytes()
    ((block, end),) = journal.blocks(raw)
    bait = journal.pack(4, [b"bait"], b"", 0, bytes(32))
    content = seal(bait + bytes(600), salts=SeededSalts(1))
    torn = journal.pack(3, [encode(message("bait", content))], frame(3, content), 1, block.digest)
    path.write_bytes(raw + torn[:-300])
    with quick(folder) as log:
        assert log.recovered.set_aside == len(torn) - 300
    twin_of(folder)
    assert end == len(raw)


def test_damage_between_journal_files_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "ROTATE_BYTES", 1)
    first, second, third = abandoned(folder)
    raw = second.read_bytes()
    second.write_bytes(raw[:-1])
    with pytest.raises(DamagedLogError, match="damaged before file"):
        quick(folder)
    second.unlink()
    with pytest.raises(DamagedLogError, match=r"damaged at offset 0|missing"):
        quick(folder)
    second.write_bytes(raw)
    first.unlink()
    with pytest.raises(DamagedLogError, match="entries 2 to 2 are missing"):
        quick(folder)
    assert third.exists()


def test_journal_files_below_the_checkpoint_may_be_gone_in_any_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removing them is not synced one by one, so a power cut may bring back any of them."""
    monkeypatch.setattr(commit, "ROTATE_BYTES", 1)
    saved = {p: p.read_bytes() for p in abandoned(folder)}
    with quick(folder):
        pass
    for gone in saved:
        for path, raw in saved.items():
            if path != gone:
                path.write_bytes(raw)
        with quick(folder) as log:
            assert log.recovered.size == 5 and log.recovered.replayed == 0
    twin_of(folder)


@pytest.mark.parametrize("what", ["bundle", "checkpoint", "tiles", "root"])
def test_a_missing_or_altered_file_below_the_checkpoint_is_damage(folder: Path, what: str) -> None:
    with quick(folder) as log:
        say(log, "m", b"x")
    bundle = folder / "tile/entries/000.p/2"
    if what == "bundle":
        bundle.unlink()
    elif what == "checkpoint":
        (folder / "checkpoint").unlink()
    elif what == "tiles":
        bundle.write_bytes(b"\0\1x")
    else:
        bundle.write_bytes(bundle.read_bytes().replace(b'"m"', b'"n"'))
    with pytest.raises(Exception, match=r"missing|no checkpoint|cut off|entry 1|do not match") as e:
        quick(folder)
    assert getattr(e.value, "exit_code", None) == 4


def test_another_key_does_not_open_a_log(folder: Path) -> None:
    quick(folder).close()
    with pytest.raises(UnsignedNoteError):
        quick(folder, key=SigningKey(KEY.verifier.name, b"\1" * 32))
    with pytest.raises(CheckpointError, match="is of origin"):
        quick(folder, key=SigningKey("tertius/other", bytes(32)))


def test_foreign_files_are_left_alone(folder: Path) -> None:
    with quick(folder) as log:
        say(log, "m", b"x")
    strays = [folder / "notes.txt", folder / "payload" / "readme", folder / "journal" / "x"]
    for stray in strays:
        stray.write_text("mine")
    with quick(folder) as log:
        say(log, "n", b"y")
    assert all(stray.read_text() == "mine" for stray in strays)


@pytest.mark.parametrize("kind", ["list", "iterator"])
def test_a_writer_behind_or_against_what_is_known_refuses(folder: Path, kind: str) -> None:
    told: list[Checkpoint] = []
    with quick(folder, on_checkpoint=told.append) as log:
        say(log, "m", b"x")
    newest = told[-1]

    def known(*checkpoints: Checkpoint) -> object:
        return list(checkpoints) if kind == "list" else iter(checkpoints)

    quick(folder, known=known(newest)).close()
    ahead = Checkpoint(newest.origin, newest.size + 1, newest.root)
    other = Checkpoint(newest.origin, 1, bytes(32))
    foreign = Checkpoint("tertius/elsewhere", 99, bytes(32))
    with pytest.raises(BehindError, match="this is an old copy, restore the newest one"):
        quick(folder, known=known(ahead))
    with pytest.raises(BehindError, match="contradicts a known checkpoint of 1 entries"):
        quick(folder, known=known(other))
    quick(folder, known=known(foreign, newest)).close()


def test_errors_of_the_operating_system_name_the_folder(folder: Path) -> None:
    quick(folder).close()
    (folder / "checkpoint").unlink()
    (folder / "checkpoint").mkdir()
    with pytest.raises(LogWriteError, match="cannot open the log"):
        quick(folder)
