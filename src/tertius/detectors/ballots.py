"""Ballots: who said what about an item, first and last, and what most others had said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from tertius.core.events import Asserted, Value
from tertius.detectors.recent import Recent

MOST = 4096  # items
VOTERS = 64  # of one item


class Ballot(Struct):
    """What was said about one item.

    Attributes
    ----------
    first, last
        By agent: what it said first, and last.
    events
        By agent: place and id of the event with which it said so first; places are in the order of
        what was shown.
    """

    first: dict[str, Value] = field(default_factory=dict)
    last: dict[str, Value] = field(default_factory=dict)
    events: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether agents disagreed at first."""
        return _differ(self.first)

    @property
    def settled(self) -> bool:
        """Whether all said the same at last."""
        return not _differ(self.last)

    def majority(self, without: str) -> Value | None:
        """Return what more of the others said first than anything else; None at a tie."""
        counted = Counter(_kind(value) for agent, value in self.first.items() if agent != without)
        most = counted.most_common(2)
        if not most or (len(most) > 1 and most[0][1] == most[1][1]):
            return None
        return most[0][0][1]


class Change(Struct, frozen=True):
    """An agent's second word on an item.

    Attributes
    ----------
    item, agent, place
        On what, whose, and when, in the order of what was shown.
    before, after
        What it said first, and what now.
    majority
        What most others had said first.
    """

    item: str
    agent: str
    place: int
    before: Value
    after: Value
    majority: Value | None

    @property
    def apart(self) -> bool:
        """Whether the agent stood apart from a majority before."""
        return self.majority is not None and not same(self.before, self.majority)

    @property
    def joined(self) -> bool:
        """Whether it went over to that majority."""
        return self.apart and same(self.after, self.majority)


class Ballots:
    """Collects votes, recommendations and assessments by item.

    An item is what an assertion is about, or else its task. An agent's first word on an item and
    its second are a change (to the same, maybe); later ones are no trial any more.
    """

    def __init__(self, most: int = MOST) -> None:
        self._items = Recent[tuple[str, str], Ballot](most)
        self._second = Recent[tuple[str, str, str], None](most)
        self._place = 0

    def all(self) -> Iterable[Ballot]:
        """Return the ballots of all items that are kept in mind."""
        return self._items.values()

    def take(self, event: Asserted) -> Change | None:
        """Take an assertion; return the change that it makes, if it is a second word."""
        self._place += 1
        item, agent, value = event.about or event.task, event.agent, event.value
        if not item or not agent or value is None:
            return None
        ballot = self._items.get((event.run, item))
        if ballot is None:
            ballot = self._items[event.run, item] = Ballot()
        if agent not in ballot.first:
            if len(ballot.first) < VOTERS:
                ballot.first[agent] = ballot.last[agent] = value
                ballot.events[agent] = (self._place, event.id)
            return None
        if event.id == ballot.events[agent][1]:
            return None
        ballot.last[agent] = value
        key = (event.run, item, agent)
        if key in self._second:
            return None
        self._second[key] = None
        before = ballot.first[agent]
        return Change(item, agent, self._place, before, value, ballot.majority(agent))


def _differ(said: dict[str, Value]) -> bool:
    return len(set(map(_kind, said.values()))) > 1


def same(one: Value | None, other: Value | None) -> bool:
    """Whether two values are the same; true is not 1, and letters' case is none of it."""
    return one is not None and other is not None and _kind(one) == _kind(other)


def _kind(value: Value) -> tuple[bool, Value]:
    folded = value.strip().lower() if isinstance(value, str) else value
    return isinstance(value, bool), folded
