"""The journal of a log that grows: each entry once, in step with what a fresh reader sees."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tertius.core.events import MessageSent, RunEnded
from tertius.core.kinds import encode
from tertius.log import journal
from tertius.log.content import SeededSalts, pack_frames, seal
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader, UnreadableEntryError
from tertius.log.writer import Writer
from tertius.runtime.tail import Tail

KEY = SigningKey("tertius/test", bytes(32))


def add(log: Writer, first: int, count: int) -> None:
    """Add messages with content, and every third time something without."""
    pairs = []
    for number in range(first, first + count):
        sealed = log.seal(b"text %d" % number) if number % 3 else None
        event = MessageSent(id=f"e{number}", time=0, run="r", agent="a", recipients=("b",))
        pairs.append((event if sealed is None else replace(event, content=sealed.digest), sealed))
    log.wait(log.extend(pairs)[-1])


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "log", key=KEY, checkpoint_every=None) as writer:
        yield writer


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12), st.booleans()), max_size=12),
    st.integers(0, 4),
)
def test_it_gives_what_a_fresh_reader_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]], ahead: int
) -> None:
    folder = tmp_path_factory.mktemp("t") / "log"
    with Writer(folder, key=KEY, checkpoint_every=None) as log:
        tail, at = Tail(folder), ahead
        for number, (count, most, rotate) in enumerate(steps):
            add(log, 10 * number, count)
            if rotate:
                log._committer.rotate()
            fresh = [each for each in LogReader(folder).since(0) if each[0] >= at]
            found = tail.since(at, most)
            assert found == fresh[:most]
            at += len(found)
        rest = [each for each in LogReader(folder).since(0) if each[0] >= at]
        assert tail.since(at, 1000) == rest
        assert tail.since(at, 1000) == rest  # whoever asks again is told again


def test_what_was_retired_is_not_there_and_what_comes_after_is(log: Writer) -> None:
    tail = Tail(log.folder)
    add(log, 0, 3)
    assert len(tail.since(0, 99)) == 4  # with the log's opening
    log._committer.rotate()
    log.checkpoint()
    assert journal.files(log.folder / "journal") == []
    assert tail.since(4, 99) == [] and tail.reached == 0
    add(log, 3, 2)
    assert tail.since(0, 99) == []
    assert [index for index, *_ in tail.since(4, 99)] == [4, 5]


def test_a_block_that_is_still_being_written_comes_with_the_next_call(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    ended = RunEnded(id="e0", time=0, run="r")
    raw = journal.pack(0, [encode(ended)], b"", 0, journal.FIRST_LINK)
    file = folder / journal.file_name(0)
    tail = Tail(tmp_path)
    for length in (0, 7, journal.HEADER_BYTES, len(raw) - 1):
        file.write_bytes(raw[:length])
        assert tail.since(0, 9) == []
    file.write_bytes(raw + raw[:50])
    assert [event.id for _, event, _ in tail.since(0, 9)] == ["e0"]
    file.write_bytes(raw[:-1])  # shorter than what was read: from the beginning
    assert tail.since(1, 9) == [] and tail.reached == 0


def test_a_file_that_is_retired_while_it_is_read_is_no_error(
    log: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(log, 0, 3)
    copy = tmp_path / "copy"  # the writer still reads its own file, to seal it
    (copy / "journal").mkdir(parents=True)
    tail = Tail(copy)
    gone = [copy / "journal" / journal.file_name(0)]
    monkeypatch.setattr(journal, "files", lambda folder: [*gone, folder / journal.file_name(9)])
    assert tail.since(0, 9) == []
    shutil.copy(log.folder / "journal" / journal.file_name(0), gone[0])
    assert len(tail.since(0, 9)) == 4


def test_an_entry_that_is_no_event_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    frames, count = pack_frames(0, [seal(b"x", salts=SeededSalts(1))])
    raw = journal.pack(0, [b"not an event"], frames, count, journal.FIRST_LINK)
    (folder / journal.file_name(0)).write_bytes(raw)
    with pytest.raises(UnreadableEntryError, match="tertius verify"):
        Tail(tmp_path).since(0, 9)
