"""The file operations that durability rests on, gathered so that tests can record or fail them."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable
from pathlib import Path

from tertius.core.errors import TertiusError


def _syncfs() -> Callable[[int], int] | None:
    """Return the kernel's barrier if it tells of failed writes: Linux 5.8 and later."""
    if platform.system() != "Linux":
        return None
    release = platform.release().split(".")
    if tuple(int(part) for part in release[:2] if part.isdigit()) < (5, 8):
        return None
    call: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return call


_SYNCFS = _syncfs()
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_OLD = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class LogWriteError(TertiusError):
    """The disk refused a write or a sync; nothing beyond the durable index is promised."""


class Disk:
    """Files as the operating system gives them; one object serves one thread.

    Notes
    -----
    `write` and `sync` never retry after an error: a failed sync may have dropped the pages it
    could not write, and a second sync would report success (Rebello et al. 2020, "Can
    applications recover from fsync failures?"). The caller stops instead.
    """

    def __init__(self) -> None:
        self._barrier = -1

    def create(self, path: Path) -> int:
        """Create a new file and return its descriptor; an existing one is an error."""
        return os.open(path, _NEW, 0o644)

    def open(self, path: Path) -> int:
        """Open an existing file for reading and writing; a symbolic link is an error."""
        return os.open(path, _OLD)

    def write(self, fd: int, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset` bytes."""
        view = memoryview(data)
        while view:
            done = os.pwrite(fd, view, offset)
            view, offset = view[done:], offset + done

    def sync(self, fd: int) -> None:
        """Wait until the file's content and size are on stable storage."""
        os.fdatasync(fd)

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        os.close(fd)

    def finish(self, fd: int) -> None:
        """Close a written file; its sync may be put off until `settle`.

        Syncing each of many small files costs far more than one barrier over all of them. Linux
        has such a barrier, and since 5.8 it reports every failed write (`syncfs(2)`); elsewhere
        the file is synced here.
        """
        if _SYNCFS is None:
            os.fsync(fd)
        elif self._barrier < 0:  # the oldest descriptor also sees the errors of all later ones
            self._barrier = fd
            return
        os.close(fd)

    def settle(self) -> None:
        """Wait until every file handed to `finish` is on stable storage, its name included."""
        fd, self._barrier = self._barrier, -1
        if fd < 0 or _SYNCFS is None:
            return
        try:
            if _SYNCFS(fd) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Rename, replacing the target at once."""
        os.rename(source, target)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Create one folder; its parent must exist."""
        os.mkdir(path, 0o755)

    def truncate(self, fd: int, size: int) -> None:
        """Cut a file to `size` bytes."""
        os.ftruncate(fd, size)

    def sync_folder(self, path: Path) -> None:
        """Wait until the names in a folder are on stable storage."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def make_folders(disk: Disk, path: Path) -> None:
    """Create `path` and its missing parents, each name synced in its parent."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        disk.mkdir(folder)
        disk.sync_folder(folder.parent)


def write_new(disk: Disk, path: Path, data: bytes) -> None:
    """Write a synced file under a new or existing name, whole or not at all.

    The bytes go to ``<name>.tmp`` first, are synced, renamed, and the folder is synced: after a
    crash the file is the old one or the new one.
    """
    temporary = path.with_name(path.name + ".tmp")
    if temporary.exists():
        disk.unlink(temporary)
    fd = disk.create(temporary)
    try:
        disk.write(fd, 0, data)
        disk.sync(fd)
    finally:
        disk.close(fd)
    disk.rename(temporary, path)
    disk.sync_folder(path.parent)
