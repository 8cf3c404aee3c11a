"""Reading a log back: sealed entries, the tail in the journal, and a log that is being written."""

import threading
from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import message, open_log, say

from tertius.log import journal
from tertius.log.read import LogReader, MissingFileError, NoEntryError, NoLogError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_the_tail_is_read_from_the_journal_unless_refused(folder: Path) -> None:
    with open_log(folder, disk=QuickDisk()) as log:
        say(log, "sealed", b"sealed text")
        log.checkpoint()
        log.wait(say(log, "tail", b"tail text"))
        reader = LogReader(folder)
        assert len(reader) == 3 and reader.sealed == 2
        assert [event.id for event in reader.events()][1:] == ["sealed", "tail"]
        assert [reader.content(i) for i in range(3)] == [None, b"sealed text", b"tail text"]
        assert len(LogReader(folder, tail=False)) == 2


def test_before_the_first_checkpoint_everything_is_tail(folder: Path) -> None:
    with open_log(folder, disk=QuickDisk()) as log:
        log.wait(say(log, "m", b"text"))
        reader = LogReader(folder)
        assert (reader.checkpoint, reader.sealed, len(reader)) == (None, 0, 2)
        assert reader.content(1) == b"text"


def test_what_is_durable_is_seen_while_the_journal_is_being_sealed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = journal.files
    monkeypatch.setattr("tertius.log.commit.ROTATE_BYTES", 0)  # a file for each block
    with open_log(folder, disk=QuickDisk()) as log:
        log.wait(say(log, "first"))

        def sealed_once_listed(where: Path) -> list[Path]:
            found = listed(where)
            monkeypatch.setattr(journal, "files", listed)
            log.checkpoint()
            log.wait(say(log, "second"))
            assert not all(path.exists() for path in found)
            return found

        monkeypatch.setattr(journal, "files", sealed_once_listed)
        assert [event.id for event in LogReader(folder).events()][1:] == ["first", "second"]


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 300, 301, 303, 304, 999])
def test_what_came_since_is_read_across_bundles_and_the_tail(folder: Path, start: int) -> None:
    with open_log(folder, disk=QuickDisk()) as log:
        for number in range(300):
            say(log, f"m{number}", b"text %d" % number)
        log.checkpoint()  # the log's opening and 300 messages are sealed
        log.extend([(message(f"x{number}"), None) for number in range(2)])
        log.wait(say(log, "last", b"last text"))
        reader = LogReader(folder)
        assert (reader.sealed, len(reader)) == (301, 304)
        every = [(i, event, reader.content(i)) for i, event in enumerate(reader.events())]
        assert list(reader.since(start)) == every[start:]
        if start < 304:
            assert every[-1][2] == b"last text"


def test_what_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoLogError, match="expected a folder with a `checkpoint`"):
        LogReader(tmp_path)
    with open_log(folder, disk=QuickDisk()) as log:
        say(log, "m")
    reader = LogReader(folder)
    for index in (-1, 2):
        with pytest.raises(NoEntryError, match=f"no entry {index}; the log has 2"):
            reader.entry(index)
    (folder / "tile/entries/000.p/2").unlink()
    with pytest.raises(MissingFileError, match=r"tile/entries/000\.p/2"):
        reader.entry(1)


def test_a_copy_without_the_empty_journal_folder_is_a_log(folder: Path) -> None:
    with open_log(folder, disk=QuickDisk()) as log:
        say(log, "m")
    (folder / "journal").rmdir()
    assert len(LogReader(folder)) == 2
    with open_log(folder, disk=QuickDisk()) as log:
        assert log.recovered.size == 2


def test_a_reader_keeps_its_checkpoint_while_the_writer_moves_on(folder: Path) -> None:
    with open_log(folder, disk=QuickDisk()) as log:
        say(log, "m0", b"text 0")
        log.checkpoint()
        reader = LogReader(folder)
        say(log, "m1", b"text 1")
        log.checkpoint()
        assert [event.id for event in reader.events()][1:] == ["m0"]
        log.extend((message(f"x{i}"), None) for i in range(300))
        log.checkpoint()
        assert reader.event(1).id == "m0"
        assert len(reader) == 2


def test_reading_beside_a_busy_writer(folder: Path) -> None:
    done = threading.Event()

    def write() -> None:
        try:
            for number in range(400):
                say(log, f"m{number}", b"text %d" % number)
                if number % 10 == 0:
                    log.checkpoint()
        finally:
            done.set()

    with open_log(folder, disk=QuickDisk()) as log:
        log.checkpoint()
        thread = threading.Thread(target=write)
        thread.start()
        looked = 0
        while not done.is_set():
            reader = LogReader(folder, tail=False)
            for index in range(1, len(reader)):
                assert reader.event(index).id == f"m{index - 1}"
                assert reader.content(index) == b"text %d" % (index - 1)
            looked += 1
        thread.join()
        assert looked
