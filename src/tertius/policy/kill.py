"""The kill switch: one byte on disk that every gate looks at before every start.

The file is written in full when the switch is made, so that throwing it needs no space, no lock, no
database and no monitor that answers: one byte of an existing file is overwritten. Every process
maps the file and sees the byte at once. Thrown, it stays so: over restarts, until somebody resets
it by hand, which no agent has a path to.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tertius.core.errors import CallerError

SIZE = 4096  # bytes; one block, allocated at the start
ARMED, KILLED = b"A", b"K"


class KillSwitchError(CallerError):
    """The switch cannot be made, read or thrown; a gate without one does not start."""


class KillSwitch:
    """The switch in one file.

    Parameters
    ----------
    path : Path
        The file; made if it is not there. Its folder must exist.

    Raises
    ------
    KillSwitchError
        It can be neither made nor read, or is no switch.

    Notes
    -----
    A look costs 0.1 us and no system call. Only the byte for "armed" counts as not thrown:
    damage kills. It stops new starts; what already runs is the gate's to list. It cannot reach a
    process that does not ask.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "kill"
    ...     with KillSwitch(path) as here, KillSwitch(path) as there:
    ...         there.throw()
    ...         here.thrown
    True
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            _make(path)
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(fd).st_size != SIZE:
                    raise KillSwitchError(f"`{path}` is no kill switch; name a file of its own")
                self._map = mmap.mmap(fd, SIZE, mmap.MAP_SHARED)
            finally:
                os.close(fd)
        except OSError as error:
            raise KillSwitchError(
                f"cannot open kill switch `{path}`: {error.strerror}; check the folder"
            ) from error

    @property
    def thrown(self) -> bool:
        """Whether nothing may start."""
        return self._map[:1] != ARMED

    def throw(self) -> None:
        """Stop new starts in every process that holds this switch.

        Notes
        -----
        In force when this returns, in memory that all processes share. The disk is told too; a
        disk that fails then takes nothing back.
        """
        self._map[:1] = KILLED
        with contextlib.suppress(OSError):
            self._map.flush()

    def reset(self) -> None:
        """Allow starts again: a person's act.

        Raises
        ------
        KillSwitchError
            The disk did not take it; the switch stays thrown.
        """
        self._map[:1] = ARMED
        try:
            self._map.flush()
        except OSError as error:
            self._map[:1] = KILLED
            raise KillSwitchError(
                f"cannot reset kill switch `{self.path}`: {error.strerror}"
            ) from error

    def close(self) -> None:
        """Let go of the file; the switch stays as it is."""
        self._map.close()

    def __enter__(self) -> Self:
        """Return the open switch."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the file."""
        self.close()


def _make(path: Path) -> None:
    """Write an armed switch under a name that shows up whole or not at all."""
    if path.exists():
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, ARMED.ljust(SIZE, b"\n"))
        os.fsync(fd)
    finally:
        os.close(fd)
    try:
        os.link(fresh, path)  # whoever came first made it
    except FileExistsError:
        pass
    finally:
        os.unlink(fresh)
