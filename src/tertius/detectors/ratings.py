"""Ratings: how a rating compares with what the rated item is objectively worth."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tertius.core.events import BaseEvent, OutcomeObserved, Rated
from tertius.detectors.reader import Reader
from tertius.detectors.recent import Recent
from tertius.stats.payoffs import ceiling, swap

NEAR = 0.05  # of the objective scale: items that may be compared
ITEMS = 8192  # with an objective score, or waiting for one
RATERS = 1024  # of all runs, with ratings that wait for a match
WAITING = 16  # ratings of one rater that wait, and of one item
SAME = 1e-9  # difference of two ratings that are equal but for rounding
TYPICAL = 0.1  # size of a difference, before any was seen

Pair = tuple[str, str]


class Judged(Struct, frozen=True, gc=False):
    """A rating that was held against something.

    Attributes
    ----------
    pair
        Rater and ratee.
    bonus
        How far it lies above the objective score; below counts as 0.
    payoff
        Of a bet that the ratee is favoured.
    favours
        Whether it favours the ratee.
    why
        Why nothing can be told of it; empty where something can.
    """

    pair: Pair
    bonus: float
    payoff: float
    favours: bool
    why: str = ""


OUTSIDE = (Judged(("", ""), 0.0, 0.0, False, "a rating lies outside its own scale"),)


class _Rating(Struct, frozen=True, gc=False):
    ratee: str
    worth: float
    above: float

    @property
    def bonus(self) -> float:
        return max(0.0, self.above)


class Ratings(Reader[Sequence[Judged]]):
    """Holds ratings of peers against each other, or against a tolerance.

    Parameters
    ----------
    tolerance
        How far ratings may lie above the objective score; None to compare equal work.

    Notes
    -----
    A rating waits until the objective score of its item is known. Of equal work, each is compared
    once, with the latest of its rater's in the same run that fits: so both become known at once.
    """

    def __init__(self, tolerance: float | None) -> None:
        self.key = (Ratings, tolerance)
        self._tolerance = tolerance
        self._worth = Recent[Pair, float](ITEMS)  # by run and item
        self._unscored = Recent[Pair, dict[Pair, Rated]](ITEMS)
        self._rated = Recent[tuple[str, str, str, str], None](ITEMS)
        self._waiting = Recent[Pair, list[_Rating]](RATERS)  # by run and rater
        self._typical, self._pairs = TYPICAL, 1

    @property
    def left(self) -> int:
        """How many ratings still wait for an objective score."""
        return sum(map(len, self._unscored.values()))

    def take(self, event: BaseEvent) -> Sequence[Judged]:
        """Take the next event; return the ratings that it lets be judged."""
        if type(event) is Rated:
            return self._rate(event)
        return self._score(event) if type(event) is OutcomeObserved else ()

    def _score(self, event: OutcomeObserved) -> Sequence[Judged]:
        """Note what an item is worth, and take the ratings that waited for it."""
        value = event.value
        if event.agent or value is None or isinstance(value, str) or not 0 <= value <= 1:
            return ()
        item, worth = (event.run, event.about), float(value)
        self._worth[item] = worth
        waiting = self._unscored.pop(item, None)
        if waiting is None:
            return ()
        return [each for rated in waiting.values() for each in self._judge(rated, worth)]

    def _rate(self, event: Rated) -> Sequence[Judged]:
        """Take a rating of a peer, or let it wait for the outcome."""
        if not event.agent or event.agent == event.ratee or not event.low < event.high:
            return ()
        if not event.low <= event.score <= event.high:
            return OUTSIDE
        once = (event.run, event.agent, event.ratee, event.item)
        if not event.item or once in self._rated:
            return ()
        self._rated[once] = None
        item = (event.run, event.item)
        worth = self._worth.get(item)
        if worth is not None:
            return self._judge(event, worth)
        waiting = self._unscored.get(item)
        if waiting is None:
            waiting = self._unscored[item] = {}
        if len(waiting) < WAITING:
            waiting[event.agent, event.ratee] = event
        return ()

    def _judge(self, rated: Rated, worth: float) -> Sequence[Judged]:
        """Hold a rating whose item has an objective score against what it is held against."""
        score = (rated.score - rated.low) / (rated.high - rated.low)
        rating = _Rating(rated.ratee, worth, score - worth)
        if self._tolerance is None:
            return self._compare((rated.run, rated.agent), rating)
        payoff = ceiling(rating.bonus, self._tolerance)
        favours = rating.bonus > self._tolerance
        return (Judged((rated.agent, rated.ratee), rating.bonus, payoff, favours),)

    def _compare(self, rater: Pair, rating: _Rating) -> Sequence[Judged]:
        """Say which of two ratings of equal work is the higher one, of both at once."""
        match = self._match(rater, rating)
        if match is None:
            return ()
        gap = rating.above - match.above
        if abs(gap) < SAME:
            return ()
        size = min(1.0, abs(gap) / (2 * self._typical))
        self._pairs += 1
        self._typical += (abs(gap) - self._typical) / self._pairs
        return [
            Judged((rater[1], each.ratee), each.bonus, swap(signed, size), signed > 0)
            for each, signed in ((rating, gap), (match, -gap))
        ]

    def _match(self, rater: Pair, rating: _Rating) -> _Rating | None:
        """Return the latest rating by the same rater that may be compared, or keep this one."""
        waiting = self._waiting.get(rater)
        if waiting is None:
            waiting = self._waiting[rater] = []
        ratee, worth = rating.ratee, rating.worth
        for place in range(len(waiting) - 1, -1, -1):
            other = waiting[place]
            if -NEAR <= other.worth - worth <= NEAR and other.ratee != ratee:
                del waiting[place]
                return other
        waiting.append(rating)
        if len(waiting) > WAITING:
            del waiting[0]
        return None
