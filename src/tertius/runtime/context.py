"""What an agent has read and done in one task, as far as what it does next may rest on it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from tertius.core.events import Cause

MAX_ENDS: Final = 64  # events that one act cites; beyond that they are folded into one


class Context:
    """The loose ends of an agent's task: events that no later event of its own cites yet.

    Notes
    -----
    Nobody can see into an agent, so what it does next may rest on all of it. Every act cites all
    loose ends and becomes the only one, so that following causes upwards leads to everything the
    agent had read. Thread-safe.

    Examples
    --------
    >>> context = Context()
    >>> context.read("m1")
    >>> [cause.id for cause in context.causes()]
    ['m1']
    >>> context.did("t1", context.causes())
    >>> [cause.id for cause in context.causes()]
    ['t1']
    """

    def __init__(self) -> None:
        self._ends: dict[str, None] = {}
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether the next thing that is read must cite the rest."""
        return len(self._ends) >= MAX_ENDS

    @property
    def ends(self) -> tuple[str, ...]:
        """The loose ends, oldest first."""
        with self._lock:
            return tuple(self._ends)

    def causes(self, *more: str, declared: Iterable[str] = ()) -> tuple[Cause, ...]:
        """Return the causes of an act: `more` and the loose ends as observed, others as declared.

        An event that is cited in two ways is cited once, as observed.
        """
        with self._lock:
            observed = dict.fromkeys((*more, *self._ends))
        found = [Cause(id=each, basis="observed") for each in observed]
        found += [Cause(id=each) for each in dict.fromkeys(declared) if each not in observed]
        return tuple(found)

    def read(self, event: str) -> None:
        """Take in something that was read."""
        with self._lock:
            self._ends[event] = None

    def did(self, event: str, causes: Iterable[Cause]) -> None:
        """Put an event in the place of what it cites."""
        with self._lock:
            for cause in causes:
                self._ends.pop(cause.id, None)
            self._ends[event] = None
