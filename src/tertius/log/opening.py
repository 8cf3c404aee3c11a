"""Opening a log: its name, its folder for one writer alone, its first entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.core.events import LogPosition
from tertius.core.log_events import LogOpened
from tertius.core.names import is_name
from tertius.log import lock
from tertius.log.disk import Disk, LogWriteError, make_folders
from tertius.log.entry import canonical
from tertius.log.notekey import SigningKey

MAX_ORIGIN = 96  # characters; the ids of the log's own entries begin with it


class OriginError(CallerError):
    """The key's name cannot name a log."""


def origin_of(key: SigningKey) -> str:
    """Return the name of the log that a key signs: the key's own.

    Raises
    ------
    OriginError
        It cannot name a log.
    """
    origin = key.verifier.name
    if not is_name(origin) or len(origin) > MAX_ORIGIN:
        raise OriginError(
            f"key name `{ascii(origin[:40])[1:-1]}` cannot name a log; "
            f"expected up to {MAX_ORIGIN} characters of A-Z a-z 0-9 . _ : / -"
        )
    return origin


@contextmanager
def held(folder: Path, disk: Disk) -> Iterator[int]:
    """Take a log's folder for this writer alone, and let go of it if what follows fails.

    Yields
    ------
    int
        The descriptor that holds the lock, until `lock.release`.

    Raises
    ------
    LogInUseError
        Another writer has it.
    LogWriteError
        It cannot be written, here or in what follows.
    """
    fd = lock.take(folder, disk)
    try:
        make_folders(disk, folder / "journal")
        # A killed writer may have made folders and not come to syncing their names.
        for path in (folder, folder.absolute().parent):
            disk.sync_folder(path)
        yield fd
    except OSError as error:
        lock.release(fd)
        raise LogWriteError(
            f"cannot open the log `{folder}`: {error.strerror}; check the folder and the disk"
        ) from error
    except BaseException:
        lock.release(fd)
        raise


def opening_entry(
    origin: str, time: int, previous: LogPosition | None, previous_root: str
) -> bytes:
    """Return the first entry of a log, opened at `time` (UTC ns); it may continue another log."""
    event = LogOpened(id=f"{origin}/0", time=time, run=origin, origin=origin,
                      previous=previous, previous_root=previous_root)  # fmt: skip
    return canonical(event)
