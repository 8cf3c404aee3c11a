"""One writer for each log folder: a lock that ends with its process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.log.disk import Disk, LogWriteError, make_folders


class LogInUseError(CallerError):
    """Another writer has this log open."""


def take(folder: Path, disk: Disk) -> int:
    """Take the log for this writer alone and return the descriptor that holds it.

    Raises
    ------
    LogInUseError
        Another writer has it, in this process or another one.
    LogWriteError
        The folder cannot be made or written.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise LogWriteError(f"`{folder}` is no folder; name a new or an existing log folder")
    try:
        make_folders(disk, folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(folder / "lock", flags, 0o644)
    except OSError as error:
        raise LogWriteError(
            f"cannot write to `{folder}`: {error.strerror}; choose a folder that you may write"
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise LogInUseError(
            f"another writer has the log `{folder}` open; close it, or give this one its own folder"
        ) from error
    _outwait_sealer(folder)
    return fd


def _outwait_sealer(folder: Path) -> None:
    """Wait until the sealing process of a killed writer has let go of the folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    finally:
        os.close(fd)


def release(fd: int) -> None:
    """Let go of the log."""
    fcntl.flock(fd, fcntl.LOCK_UN)
    os.close(fd)
