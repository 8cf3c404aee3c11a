"""The disk refuses a call: the writer stops, everybody hears of it, and reopening mends it."""

import errno
from pathlib import Path

import pytest
from tests.log.faults.disks import FailingDisk, QuickDisk
from tests.log.faults.logs import message, open_log, say, twin_of

from tertius.core.errors import TertiusError
from tertius.log.commit import LogStoppedError
from tertius.log.disk import LogWriteError
from tertius.log.writer import Writer

TEXT = b"remember this"


def story(folder: Path, disk: FailingDisk, acknowledged: dict[int, bytes]) -> None:
    """A small life of a log; what it was told to be durable is in `acknowledged`."""

    def tell(log: Writer, text: bytes) -> int:
        index = say(log, text.decode().replace(" ", "-"), text)
        log.wait(index)
        acknowledged[index] = text
        return index

    with open_log(folder, disk=disk) as log:
        first = tell(log, TEXT)
        log.checkpoint()
        tell(log, b"second")
        log.extend((message(f"x{i}"), None) for i in range(256))
        log.checkpoint()
        acknowledged.pop(first)
        log.erase(first, role="privacy")
        tell(log, b"third")
    with open_log(folder, disk=disk) as log:
        tell(log, b"fourth")


def test_every_call_that_can_fail_is_survived(memory: Path) -> None:
    tried = 0
    for number in (errno.EIO, errno.ENOSPC):
        for nth in range(10_000):
            folder = memory / f"{number}-{nth}"
            disk, acknowledged = FailingDisk(nth, number), dict[int, bytes]()
            try:
                story(folder, disk, acknowledged)
            except LogWriteError as error:
                assert disk.failed
                assert error.exit_code == 2
            if not disk.failed:
                assert nth > 40, "the story came to its end with every call made"
                break
            tried += 1
            with open_log(folder, disk=QuickDisk()):
                pass
            twin = twin_of(folder)
            for index, text in acknowledged.items():
                assert twin.content(index) == text
    assert tried > 200


@pytest.mark.parametrize("call", ["write", "sync", "create", "sync_folder"])
def test_a_refused_call_stops_the_writer_for_good(memory: Path, call: str) -> None:
    disk = FailingDisk(10**9, errno.EIO, (call,))
    log = open_log(memory / "log", disk=disk)
    log.checkpoint()
    log._committer.rotate()  # the next block makes a file: all four calls come from the committer
    disk._left = 0
    index = say(log, "lost")
    with pytest.raises(LogStoppedError, match=r"input/output error|Input/output error"):
        log.wait(index)
    disk.after.clear()
    for refused in (
        lambda: say(log, "more"),
        lambda: log.extend([(message("more"), None)]),
        lambda: log.checkpoint(),
        lambda: log.wait(index),
        lambda: log.wait(index, "checkpointed"),
    ):
        with pytest.raises(LogStoppedError):
            refused()
    with pytest.raises(LogStoppedError, match="1 accepted entries were not durable"):
        log.close()
    log.close()
    assert disk.after == [], "a stopped writer asks nothing of the disk"
    with open_log(memory / "log", disk=QuickDisk()):
        pass
    twin_of(memory / "log")


def test_a_failed_sync_is_never_tried_again(memory: Path) -> None:
    disk = FailingDisk(10**9, errno.EIO, ("sync",))
    log = open_log(memory / "log", disk=disk)
    log.checkpoint()
    disk._left = 0
    with pytest.raises(LogStoppedError):
        log.wait(say(log, "lost"))
    with pytest.raises(LogStoppedError):
        log.close()
    assert not {"sync", "settle", "finish"} & set(disk.after)


def test_a_failing_checkpoint_stops_the_writer_and_loses_nothing(memory: Path) -> None:
    disk = FailingDisk(10**9, errno.EIO, ("settle",))
    log = open_log(memory / "log", disk=disk)
    index = say(log, "m", TEXT)
    log.wait(index)
    disk._left = 0
    with pytest.raises(LogStoppedError):
        log.checkpoint()
    with pytest.raises(LogStoppedError):
        say(log, "refused")
    with pytest.raises(LogStoppedError, match="0 accepted entries"):
        log.close()
    assert "settle" not in disk.after
    with open_log(memory / "log", disk=QuickDisk()):
        pass
    assert twin_of(memory / "log").content(index) == TEXT


def test_opening_on_a_disk_that_refuses_is_a_named_error(memory: Path) -> None:
    for nth in range(4):
        with pytest.raises(TertiusError, match=r"check the folder|choose a folder"):
            open_log(memory / f"{nth}", disk=FailingDisk(nth, errno.EROFS)).close()
