"""Who talks to whom in a stream, and how much: what a screen shows while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Final

from tertius.core.events import (
    BaseEvent,
    Delegated,
    HandedOff,
    MessageSent,
    Rated,
    RunEnded,
    RunStarted,
    TaskAssigned,
)

MOST = 65_536  # agents, and edges, that are counted apart


class Standing:
    """Counts of a stream so far.

    Attributes
    ----------
    events
        How many there were.
    agents
        Events of each agent.
    edges
        Events from one agent to another.
    others
        Events of agents or edges beyond the first `MOST`.
    open
        Runs that began and have not ended.
    time
        UTC nanoseconds of the latest event.

    Examples
    --------
    >>> standing = Standing()
    >>> standing.take([MessageSent(id="e", time=5, run="r", agent="a", recipients=("b", "c"))])
    >>> standing.agents, standing.edges
    ({'a': 1}, {('a', 'b'): 1, ('a', 'c'): 1})
    """

    def __init__(self) -> None:
        self.events = 0
        self.agents: dict[str, int] = {}
        self.edges: dict[tuple[str, str], int] = {}
        self.others = 0
        self.open: dict[str, None] = {}
        self.time = 0

    def take(self, events: Iterable[BaseEvent]) -> None:
        """Count some events."""
        agents, edges = self.agents, self.edges
        time = self.time
        for event in events:
            self.events += 1
            name = event.agent
            if event.time > time:
                time = event.time
            if not name:
                self._run(event)
                continue
            if name in agents:
                agents[name] += 1
            elif len(agents) < MOST:
                agents[name] = 1
            else:
                self.others += 1
            others = _TO.get(type(event))
            if others is None:
                continue
            for other in others(event):
                edge = (name, other)
                if edge in edges or len(edges) < MOST:
                    edges[edge] = edges.get(edge, 0) + 1
                else:
                    self.others += 1
        self.time = time

    def _run(self, event: BaseEvent) -> None:
        if isinstance(event, RunStarted) and len(self.open) < MOST:
            self.open[event.run] = None
        elif isinstance(event, RunEnded):
            self.open.pop(event.run, None)


def _one(field: str) -> Callable[[BaseEvent], tuple[str, ...]]:
    """Return what gives the one agent that an event goes to."""
    get = attrgetter(field)
    return lambda event: (get(event),)


_TO: Final[dict[type[BaseEvent], Callable[[BaseEvent], tuple[str, ...]]]] = {
    MessageSent: attrgetter("recipients"),
    HandedOff: _one("to"),
    Delegated: _one("to"),
    TaskAssigned: _one("to"),
    Rated: _one("ratee"),
}
"""Whom an event goes to, of those that go to somebody."""
