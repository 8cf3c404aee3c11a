"""Agents one by one and all together: whom a case counts for, and whom a shared key names."""

from __future__ import annotations

from collections.abc import Iterable

from tertius.detectors.per_run import MAX_EVIDENCE

JOINT = "*"
"""The key of all agents together."""


class Involved:
    """Whom a key that several share is about, as of any of its observations.

    What came later is left out, so that what is said of an observation does not depend on how many
    events were taken at once.

    Attributes
    ----------
    count : int
        Observations so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._first: dict[str, int] = {}

    def add(self, agents: Iterable[str]) -> None:
        """Take one observation of the key, and the agents that it is about."""
        self.count += 1
        for agent in agents:
            if len(self._first) < MAX_EVIDENCE:
                self._first.setdefault(agent, self.count)

    def agents(self, count: int) -> tuple[str, ...]:
        """Return those whom the first so many observations are about; at least one."""
        named = tuple(agent for agent, first in self._first.items() if first <= count)
        return named or tuple(self._first)[:1]


class Joint:
    """Says which keys an agent's case counts for.

    Each case counts for its agent; once a second agent had one, for the joint key, too. That a
    joint key begins is known before the case that it begins with is looked at.
    """

    def __init__(self) -> None:
        self._only = ""
        self._several = False
        self._missed = Involved()

    def keys(self, agent: str, *, missed: bool) -> tuple[str, ...]:
        """Take a case of an agent; return the keys that it counts for."""
        several = self._several
        self._only = self._only or agent
        self._several = several or agent != self._only
        if not several:
            return (agent,)
        self._missed.add((agent,) if missed else ())
        return (agent, JOINT)

    def agents(self, count: int) -> tuple[str, ...]:
        """Return those who missed one among the first so many cases of the joint key."""
        return self._missed.agents(count)
