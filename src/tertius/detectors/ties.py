"""The pair graph: what several detectors' bets say of each pair of agents, as one e-value."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import pi
from operator import attrgetter, itemgetter
from typing import Any

from tertius.core.events import Asserted
from tertius.core.kinds import KINDS, Event
from tertius.detectors.betting import Betting
from tertius.detectors.reader import Shown
from tertius.detectors.recent import Recent
from tertius.detectors.standing import FIRST, HALF, Bet
from tertius.stats.family import group_bound

Pair = tuple[str, str]
VOTES = 4096  # of which the place in the record is kept


class Tie:
    """What is known of one pair, in either direction.

    Attributes
    ----------
    pair
        The two, in the order of their names.
    value
        Mean e-value over all detectors and both directions.
    weight
        Its share of the level, fixed as it entered.
    n
        Bets placed on it.
    """

    __slots__ = ("_first", "_latest", "n", "pair", "value", "weight")

    def __init__(self, pair: Pair, number: int) -> None:
        self.pair = pair
        self.value = 1.0
        self.weight = 6 / (pi * number) ** 2
        self.n = 0
        self._first: list[tuple[int, str]] = []
        self._latest: deque[tuple[int, str]] = deque(maxlen=HALF)

    def cite(self, events: list[tuple[int, str]]) -> None:
        """Keep events that counted against the null."""
        kept = self._first if len(self._first) < FIRST else self._latest
        kept.extend(events)

    @property
    def evidence(self) -> tuple[tuple[int, str], ...]:
        """Numbered events that counted against the null, in their order."""
        return (*self._first, *self._latest)


class Ties:
    """Reads detectors that bet on pairs of agents, and keeps one e-value for each pair.

    The detectors are averaged with the same fixed weight, and so are the two directions of one
    that tells them apart: where it placed no bet, a pair stands at 1. The mean is an e-process,
    under any dependence, of the null that none of the nulls is broken in either direction.

    Parameters
    ----------
    directed
        Fresh detectors whose keys are ordered pairs.
    mutual
        Fresh detectors whose keys are pairs in the order of the names.
    most
        Pairs kept. Later ones are not read, and `left` counts them.

    Attributes
    ----------
    parts
        All of these detectors.

    Notes
    -----
    The j-th pair to arrive has the weight 6 / (pi j)^2.

    References
    ----------
    Statistical contract, sections 3 (average, never multiply) and 4.
    """

    def __init__(
        self, directed: Sequence[Betting[Pair]], mutual: Sequence[Betting[Pair]], *, most: int
    ) -> None:
        self.ties: dict[Pair, Tie] = {}
        self.left = 0
        self._directed, self._mutual, self._most = tuple(directed), tuple(mutual), most
        self.parts = (*directed, *mutual)
        self._kinds = {part: {KINDS[kind] for kind in part.SPEC.kinds} for part in self.parts}
        self._by_kind = {
            kind: [part for part in self.parts if kind in self._kinds[part]]
            for kind in set().union(*self._kinds.values())
        }
        self._betting: set[Betting[Pair]] = set()  # those that placed a bet so far
        self._number = 0
        self._votes = Recent[str, int](VOTES)

    def take(self, event: Event, content: bytes | None) -> list[Tie]:
        """Take one event and return the pairs on which it led to bets, each once."""
        self._count(event)
        moved: dict[Pair, Tie] = {}
        for part in self._by_kind[type(event)]:
            bets = part.take(event, content)
            if bets:
                self._note(part, bets, moved)
        return self._valued(moved)

    def take_many(self, shown: Sequence[Shown]) -> Iterator[tuple[int, Event, list[Tie]]]:
        """Take a batch; yield each event that led to bets before those on later ones are paid.

        No bet rests on what any is worth: so all of the batch are placed first. An event and those
        that a mapping reads out of it share a number, and are paid together, once.
        """
        placed: dict[int, list[tuple[Betting[Pair], list[Bet]]]] = {}  # by the event's number
        for part, kinds in self._kinds.items():
            bets = part.place([one for one in shown if type(one[1]) in kinds])
            for at, own in groupby(bets, attrgetter("at")):
                placed.setdefault(at, []).append((part, list(own)))
        for at, same in groupby(shown, itemgetter(0)):
            for _, event, _ in same:  # the last one stands for all
                self._count(event)
            moved: dict[Pair, Tie] = {}
            for part, paid in placed.pop(at, ()):
                part.pay(paid)
                self._note(part, paid, moved)
            if moved:
                yield at, event, self._valued(moved)

    def bound(self, group: Iterable[Tie], level: float) -> int:
        """Return how many pairs of a group are real at least, whoever chose the group."""
        places = {tie.pair: place for place, tie in enumerate(self.ties.values())}
        values = [tie.value for tie in self.ties.values()]
        weights = [tie.weight for tie in self.ties.values()]
        return group_bound(values, [places[tie.pair] for tie in group], level, weights=weights)

    def ways(self, tie: Tie, bar: float) -> list[Pair]:
        """Return the directions of a pair in which a detector's value reaches a bar, or the best.

        Where no single one does, several together made the pair stand out.
        """
        a, b = tie.pair
        worth = {
            (a, b): max(reader.value((a, b)) for reader in (*self._directed, *self._mutual)),
            (b, a): max((reader.value((b, a)) for reader in self._directed), default=0.0),
        }
        best = max(worth, key=worth.__getitem__)
        return [way for way, value in worth.items() if value >= bar or way == best]

    def _value(self, pair: Pair) -> float:
        total, back = 0.0, (pair[1], pair[0])
        for reader in self._mutual:
            total += reader.value(pair)
        for reader in self._directed:
            if reader in self._betting:
                total += (reader.value(pair) + reader.value(back)) / 2
            else:  # all pairs stand at 1
                total += 1.0
        return total / len(self.parts)

    def _count(self, event: Event) -> None:
        self._number += 1
        if type(event) is Asserted:
            self._votes[event.id] = self._number

    def _note(self, part: Betting[Pair], bets: Iterable[Bet], moved: dict[Pair, Tie]) -> None:
        """Count the bets that a part placed on an event."""
        self._betting.add(part)
        for bet in bets:
            tie = self._tie(bet.key)
            if tie is not None:
                tie.n += 1
                if bet.payoff > 0:
                    tie.cite(self._numbered(bet))
                moved[tie.pair] = tie

    def _valued(self, moved: dict[Pair, Tie]) -> list[Tie]:
        for tie in moved.values():
            tie.value = self._value(tie.pair)
        return list(moved.values())

    def _numbered(self, bet: Bet) -> list[tuple[int, str]]:
        """Return the votes that a bet rests on, or the event that completed it."""
        votes = [(self._votes[name], name) for name in bet.evidence[:-1] if name in self._votes]
        return votes or [(self._number, bet.evidence[-1])]

    def _tie(self, way: Any) -> Tie | None:
        pair: Pair = way if way[0] < way[1] else (way[1], way[0])
        tie = self.ties.get(pair)
        if tie is None:
            if len(self.ties) >= self._most:
                self.left += 1
                return None
            tie = self.ties[pair] = Tie(pair, len(self.ties) + 1)
        return tie
