"""The Adapter port: a framework's callbacks in, requests and events out, decisions obeyed."""

from __future__ import annotations

from typing import Any, Protocol

from tertius.core.coverage import Coverage
from tertius.core.decision import Decision
from tertius.core.kinds import Event
from tertius.core.request import Request


class Gate(Protocol):
    """The one door, as an adapter sees it."""

    def request(self, request: Request) -> Decision:
        """Ask before acting. Never raises for policy: what cannot be judged is forbidden."""
        ...

    async def arequest(self, request: Request) -> Decision:
        """Ask before acting, from a coroutine."""
        ...

    def observe(self, event: Event, contents: tuple[bytes, ...] = ()) -> None:
        """Record what happened; `contents` are the raw bytes that the log commits to."""
        ...


class Adapter(Protocol):
    """One framework.

    Notes
    -----
    An adapter translates, it never judges. It runs the decision's own copy of the arguments,
    nothing else, and a call it could not ask about does not happen.
    """

    @property
    def name(self) -> str:
        """Name in the family's table."""
        ...

    def attach(self, target: Any, gate: Gate) -> Coverage:
        """Put the gate around `target`, the framework's own object, and say what it covers.

        Raises
        ------
        CallerError
            `target` is of a kind or version that this adapter does not know.
        """
        ...

    def detach(self) -> None:
        """Take the gate away again; calling it twice is the same as once."""
        ...
