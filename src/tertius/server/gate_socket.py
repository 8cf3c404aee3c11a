"""The place on disk at which the gate beside the agents answers."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from typing import Final

from tertius.core.errors import CallerError

BACKLOG: Final = 128  # connections that wait to be accepted


class SocketError(CallerError):
    """No gate can answer at that path."""


def bind(path: Path) -> socket.socket:
    """Return a listening socket at a path; one that a dead gate left is removed.

    Any user may connect: who it is decides.

    Raises
    ------
    SocketError
        Something else lies there, a gate answers there, or the path cannot be used.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        listening.bind(str(path))
        path.chmod(0o666)
        listening.listen(BACKLOG)
    except BaseException as error:
        listening.close()
        if isinstance(error, OSError):
            why = (error.strerror or str(error)).lower()
            raise SocketError(f"cannot answer at `{path}`: {why}; choose another path") from error
        raise
    return listening


def unbind(path: Path) -> None:
    """Take the socket away from a path; it may be gone."""
    path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketError(f"`{path}` is there, and no socket; choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise SocketError(f"a gate answers at `{path}` already; stop it first")
