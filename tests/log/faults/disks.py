"""Disks that misbehave on purpose."""

import errno
import os
import threading
from pathlib import Path

from tertius.log.disk import Disk


class QuickDisk(Disk):
    """Files without waiting for the hardware, for tests that cut no power."""

    def sync(self, fd: int) -> None:
        pass

    def finish(self, fd: int) -> None:
        self.close(fd)

    def settle(self) -> None:
        pass

    def sync_folder(self, path: Path) -> None:
        pass


class FailingDisk(Disk):
    """Refuses the `nth` of the chosen calls, and says what was called behind it.

    After a failed sync the kernel may report success for pages it dropped, so this disk succeeds
    again too: whoever retries is fooled, and `after` tells.
    """

    CALLS = ("create", "write", "sync", "finish", "settle", "rename", "unlink", "mkdir",
             "sync_folder")  # fmt: skip

    def __init__(self, nth: int, number: int, calls: tuple[str, ...] = CALLS) -> None:
        super().__init__()
        self.after: list[str] = []
        self._left = nth
        self._number = number
        self._calls = calls
        self._guard = threading.Lock()

    @property
    def failed(self) -> bool:
        return self._left < 0

    def _call(self, name: str) -> None:
        with self._guard:
            if self.failed:
                self.after.append(name)
            elif name in self._calls:
                self._left -= 1
                if self.failed:
                    raise OSError(self._number, os.strerror(self._number))

    def create(self, path: Path) -> int:
        self._call("create")
        return super().create(path)

    def write(self, fd: int, offset: int, data: bytes) -> None:
        try:
            self._call("write")
        except OSError:  # a failed write may have written something
            super().write(fd, offset, data[: len(data) // 2])
            raise
        super().write(fd, offset, data)

    def sync(self, fd: int) -> None:
        self._call("sync")

    def finish(self, fd: int) -> None:
        self.close(fd)
        self._call("finish")

    def settle(self) -> None:
        self._call("settle")

    def rename(self, source: Path, target: Path) -> None:
        self._call("rename")
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        self._call("unlink")
        super().unlink(path)

    def mkdir(self, path: Path) -> None:
        self._call("mkdir")
        super().mkdir(path)

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder")


class FullDisk(Disk):
    """Takes `room` bytes and then no more, as a full file system does: the last write is cut.

    For machines on which a test may not mount a small file system of its own.
    """

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, fd: int, offset: int, data: bytes) -> None:
        taken = data[: max(0, self.room)]
        self.room -= len(data)
        super().write(fd, offset, taken)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class GatedDisk(Disk):
    """Syncs only while the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()

    def sync(self, fd: int) -> None:
        if not self.gate.is_set():
            self.waiting.set()
        self.gate.wait()
        super().sync(fd)
