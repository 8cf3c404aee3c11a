"""Who may ask the gate beside them: users of the operating system, and which agents each runs.

The kernel says which user stands at the other end of a Unix socket; no message can.
"""

from __future__ import annotations

import pwd
import socket
import struct
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.events import Identity
from tertius.core.names import check_name, nearest

_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: process, user, group


class CallersError(CallerError):
    """A table of callers that cannot hold."""


class Peer(Struct, frozen=True):
    """The process that connected, and its user at that time."""

    pid: int
    uid: int


class Caller(Struct, frozen=True):
    """A user and its agents, sorted.

    `identity` is how well the socket proves an agent's name: ``bound`` where the user runs one
    agent, ``framework`` where several share it and their process tells them apart.
    """

    uid: int
    agents: tuple[str, ...]

    @property
    def identity(self) -> Identity:
        """How well the socket proves an agent's name."""
        return "bound" if len(self.agents) == 1 else "framework"


Credentials = Callable[[socket.socket], Peer]


def peer_credentials(connection: socket.socket) -> Peer:
    """Return who connected, as the kernel says (``SO_PEERCRED``).

    Notes
    -----
    Taken when the connection was made: it cannot see that the other end was handed to another
    process since. Whoever hands it on vouches for what comes through it.

    References
    ----------
    unix(7), SO_PEERCRED.
    """
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    return Peer(pid, uid)


class Callers:
    """The table: which user runs which agents.

    Raises
    ------
    CallersError
        It is empty, holds the superuser, or gives one agent to two users.

    Examples
    --------
    >>> callers = Callers({1003: ["tutor"], 1004: ["aid"]})
    >>> callers.of(1003).agents, callers.of(7)
    (('tutor',), None)
    """

    def __init__(self, agents_of: Mapping[int, Iterable[str]]) -> None:
        self._callers: dict[int, Caller] = {}
        owner: dict[str, int] = {}
        for uid, names in agents_of.items():
            agents = tuple(sorted({check_name(name, "agent") for name in names}))
            if not agents:
                raise CallersError(f"user {uid} runs no agent; name one")
            if uid == 0:
                raise CallersError("no agent may run as user 0; nothing could hold it back")
            for name in agents:
                if owner.setdefault(name, uid) != uid:
                    raise CallersError(
                        f"agent `{name}` belongs to the users {owner[name]} and {uid}; give it one"
                    )
            self._callers[uid] = Caller(uid, agents)
        if not self._callers:
            raise CallersError("nobody may ask; name at least one user and its agents")

    def of(self, uid: int) -> Caller | None:
        """Return the caller behind a user, None for a stranger."""
        return self._callers.get(uid)

    def require_known(
        self,
        manifests: Collection[str],
        refused: Mapping[str, str] | None = None,
        *,
        before: Collection[str] = (),
    ) -> tuple[str, ...]:
        """Refuse an agent that never had a manifest, such as one that is spelt wrongly.

        Parameters
        ----------
        manifests
            The agents that have one in force.
        refused
            Agents whose manifest was refused, and why: they may do nothing, and the others go on.
        before
            Agents that had one before; so may they.

        Returns
        -------
        The agents that may do nothing.

        Raises
        ------
        CallersError
            There is one that never had any, with the nearest that has; or none of them all has one
            in force.
        """
        names = [name for caller in self._callers.values() for name in caller.agents]
        idle = tuple(name for name in names if name not in manifests)
        whys = refused or {}
        for name in idle:
            if name not in whys and name not in before:
                hint = nearest(name, manifests)
                raise CallersError(f"agent `{name}` has no manifest in force{hint}")
        if idle and len(idle) == len(names):
            why = f": {whys[idle[0]]}" if idle[0] in whys else ""
            more = ", nor has any other" if len(idle) > 1 else ""
            raise CallersError(f"agent `{idle[0]}` has no manifest in force{more}{why}")
        return idle

    @property
    def uids(self) -> frozenset[int]:
        """All users that run agents."""
        return frozenset(self._callers)


def parse_callers(texts: Iterable[str]) -> Callers:
    """Read a table written as ``user=agent,agent``; a user is a name or a number.

    Raises
    ------
    CallersError
        A text of another form, an unknown user, or as `Callers`.

    Examples
    --------
    >>> sorted(parse_callers(["1003=tutor,adviser", "1004=aid"]).uids)
    [1003, 1004]
    """
    agents_of: dict[int, list[str]] = {}
    for text in texts:
        user, equals, names = text.partition("=")
        if not (user and equals and names):
            raise CallersError(
                f"`{ascii(text)[1:-1][:60]}` names no user and agents; expected `1003=tutor,aid`"
            )
        agents_of.setdefault(_uid(user), []).extend(names.split(","))
    return Callers(agents_of)


def _uid(user: str) -> int:
    if user.isascii() and user.isdigit() and len(user) <= 10:
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except (KeyError, ValueError):
        raise CallersError(f"no user `{ascii(user)[1:-1][:60]}` on this machine") from None
