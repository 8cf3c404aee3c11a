"""Attacks on the writer and its files, each beside the same attack with the defence taken away.

Power cuts are in `faults/test_power_cut.py`, where a writer without its syncs fails; attacks on a
deployment and on the verifier's memory are with the verifier's tests.
"""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import KEY, open_log, say, twin_of

from tertius.core.errors import TertiusError
from tertius.core.kinds import decode
from tertius.core.log_events import Erased
from tertius.log.checkpoint import Checkpoint
from tertius.log.commit import LogStoppedError
from tertius.log.content import frame, frames
from tertius.log.disk import Disk
from tertius.log.read import LogReader
from tertius.log.recover import BehindError
from tertius.log.verify import verify
from tertius.log.writer import Writer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def quick(folder: Path, **options: object) -> Writer:
    return open_log(folder, disk=QuickDisk(), **options)


def grow(folder: Path, *names: str) -> Checkpoint:
    """Append, close, and return the newest checkpoint as witnesses keep it."""
    told: list[Checkpoint] = []
    with quick(folder, on_checkpoint=told.append) as log:
        for name in names:
            say(log, name, name.encode())
    return told[-1]


# -- rollback to a signed checkpoint: a restored snapshot ------------------------------------------


def restored_snapshot(folder: Path) -> Checkpoint:
    grow(folder, "a")
    shutil.copytree(folder, folder.with_name("snapshot"))
    newest = grow(folder, "b")
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("snapshot"), folder)
    return newest


def test_a_restored_snapshot_is_refused_by_what_is_known(folder: Path) -> None:
    newest = restored_snapshot(folder)
    before = (folder / "checkpoint").read_bytes()
    with pytest.raises(BehindError, match="has 2 entries but a checkpoint of 3 is known"):
        quick(folder, known=[newest])
    assert (folder / "checkpoint").read_bytes() == before, "nothing was signed"


def test_without_that_knowledge_the_snapshot_forks_the_log(folder: Path) -> None:
    newest = restored_snapshot(folder)
    other = grow(folder, "c")
    assert other.size == newest.size and other.root != newest.root
    twin_of(folder)  # and the fork looks perfectly whole from inside


# -- fork: two histories under one key -------------------------------------------------------------


def forked(folder: Path) -> Checkpoint:
    grow(folder, "a")
    shutil.copytree(folder, folder.with_name("other"))
    shown = grow(folder.with_name("other"), "b", "c")
    grow(folder, "x", "y", "z")
    return shown


def test_a_fork_of_which_the_other_side_is_known_is_refused(folder: Path) -> None:
    shown = forked(folder)
    before = (folder / "checkpoint").read_bytes()
    with pytest.raises(BehindError, match="contradicts a known checkpoint of 4 entries"):
        quick(folder, known=[shown])
    assert (folder / "checkpoint").read_bytes() == before


def test_a_fork_that_nobody_remembers_is_gone_on_with(folder: Path) -> None:
    forked(folder)
    grow(folder, "more")
    twin_of(folder)


# -- sync error ------------------------------------------------------------------------------------


class DroppingDisk(Disk):
    """Drops the pages of one failed sync, then reports success, as Linux file systems do.

    Rebello et al. 2020, "Can applications recover from fsync failures?".
    """

    def __init__(self) -> None:
        super().__init__()
        self.fail_next = False
        self._durable: dict[int, int] = {}

    def sync(self, fd: int) -> None:
        if self.fail_next:
            self.fail_next = False
            os.ftruncate(fd, self._durable.get(fd, 0))
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._durable[fd] = os.fstat(fd).st_size

    def finish(self, fd: int) -> None:
        self.close(fd)

    def settle(self) -> None:
        pass


class RetryingDisk(DroppingDisk):
    """The defence taken away: a failed sync is simply tried again."""

    def sync(self, fd: int) -> None:
        try:
            super().sync(fd)
        except OSError:
            super().sync(fd)


def acknowledged_across_a_sync_error(folder: Path, disk: DroppingDisk) -> list[str]:
    log = open_log(folder, disk=disk)
    kept = []
    with suppress(LogStoppedError):
        for name in ("a", "b", "c", "d"):
            disk.fail_next = name == "c"
            if log.wait(say(log, name, name.encode())):
                kept.append(name)
    with suppress(TertiusError):
        log.close()
    return kept


def test_a_failed_sync_is_not_tried_again_and_nothing_acknowledged_is_lost(folder: Path) -> None:
    kept = acknowledged_across_a_sync_error(folder, DroppingDisk())
    assert kept == ["a", "b"]
    quick(folder).close()
    assert [decode(entry).id for entry in twin_of(folder).entries][1:3] == kept


def test_a_writer_that_tries_again_acknowledges_what_is_gone(folder: Path) -> None:
    kept = acknowledged_across_a_sync_error(folder, RetryingDisk())
    assert "c" in kept
    try:
        quick(folder).close()
        found = [event.id for event in LogReader(folder).events()]
    except TertiusError:
        found = []
    assert not set(kept) <= set(found)


# -- payload removed without a logged act ----------------------------------------------------------


def removed_by_hand(folder: Path) -> None:
    grow(folder, "a", "b")
    path = folder / "payload" / "00000000"
    kept = [frame(i, sealed) for i, sealed in frames(path.read_bytes()) if i != 1]
    path.write_bytes(b"".join(kept))


def test_content_removed_without_an_act_breaks_the_log(folder: Path) -> None:
    removed_by_hand(folder)
    report = verify(folder, now=0, keys=[KEY.verifier.vkey])
    assert report.exit_code == 4
    assert [problem.code for problem in report.problems] == ["content_missing"]


def test_who_only_reads_takes_it_for_erased(folder: Path) -> None:
    removed_by_hand(folder)
    assert LogReader(folder).content(1) is None
    quick(folder).close()


# -- erasure by whom it is not given ---------------------------------------------------------------


def test_an_imported_act_erases_nothing(folder: Path) -> None:
    """A foreign record may hold acts of erasure; as content of an entry they name another one."""
    with quick(folder) as log:
        kept = say(log, "kept", b"kept")
        content = log.seal(b"bait")
        act = Erased(id="bait", time=1, run="r", index=kept, content=content.digest)
        log.wait(log.append(act, content))
        saved = {p: p.read_bytes() for p in (folder / "journal").iterdir()}
    for path, raw in saved.items():
        path.write_bytes(raw)
    with quick(folder):
        pass
    assert LogReader(folder).content(kept) == b"kept"
