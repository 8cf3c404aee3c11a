"""Whether the gate beside the agents stands apart from them: its files are out of their reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Final

from tertius.core.errors import CallerError

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_READ: Final = stat.S_IRWXO


class NotApartError(CallerError):
    """An agent's user could reach what only the gate may touch; nothing starts."""


def require_apart(agents: Set[int], *, own: int, folder: Path, socket: Path) -> None:
    """Refuse to start where the gate's files are not another user's than the agents'.

    Parameters
    ----------
    agents
        Users of the agents.
    own
        The user as which the gate runs.
    folder
        Holds keys, log, rulings and policy: all of it is looked at.
    socket
        Where the gate shall answer; its folder is looked at.

    Raises
    ------
    NotApartError
        The gate runs as an agent's user; something belongs to one, or may be written by others;
        or an agent could read the folder, or put another one in its place.

    Notes
    -----
    A millisecond for a hundred files. It reads owners and modes: access control lists,
    capabilities and mounts it cannot see, nor what somebody changes afterwards.

    References
    ----------
    Security contract, sections 1 and 2.
    """
    if own in agents:
        raise NotApartError(
            f"the gate runs as user {own}, and so do agents; give it a user of its own"
        )
    place = folder.resolve()
    if not place.is_dir():
        raise NotApartError(f"`{folder}` is no folder; expected that of the gate")
    if not socket.parent.is_dir():
        raise NotApartError(f"`{socket.parent}` is no folder; make it, owned by the gate's user")
    if stat.S_IMODE(place.stat().st_mode) & _OTHERS_READ:
        raise NotApartError(f"others can look into `{folder}`; run `chmod o-rwx {folder}`")
    if socket.parent.resolve().is_relative_to(place):
        raise NotApartError(f"`{socket}` lies inside `{folder}`; agents reach it, and nothing else")
    for path in (*_inside(place), socket.parent.resolve()):
        _require(agents, path, path.lstat(), sticky=False)
    for path in {*_above(folder), *_above(socket.parent)}:
        _require(agents, path, path.lstat(), sticky=True)


def _inside(folder: Path) -> Iterator[Path]:
    """Yield a folder and everything in it; links are not followed."""
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _above(path: Path) -> Iterable[Path]:
    """Return the folders on the way to a path, as it is written and as it leads."""
    written, leads = path.absolute(), path.resolve()
    return {*written.parents, *leads.parents, written}


def _require(agents: Set[int], path: Path, found: os.stat_result, *, sticky: bool) -> None:
    """Refuse what an agent's user owns, or others may write.

    In a sticky folder such as ``/tmp`` nobody can move what is another's.
    """
    if found.st_uid in agents:
        raise NotApartError(f"`{path}` belongs to user {found.st_uid}, who runs agents")
    if stat.S_ISLNK(found.st_mode) or (sticky and found.st_mode & stat.S_ISVTX):
        return
    if found.st_mode & _OTHERS_WRITE:
        raise NotApartError(f"others may write `{path}`; run `chmod go-w {path}`")
