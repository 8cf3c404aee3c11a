"""Whether the core was all ours while something was timed.

A rented core is often one of the two threads of a real one. While the other thread works for
somebody else, for some milliseconds now and then, everything takes up to twice as long, and nothing
tells it but plain work of a fixed length, which takes longer too. So what is timed one by one is
timed in small groups, with plain work between them, and a group counts if the plain work on both
sides of it was at the core's full pace. How long the group itself took has no say in that.

What "full" means is a choice, and a time hangs on it. So there are several bounds, from close to
the best pace to half-way between both paces, and a time is the worst by any of them.

Plain work is timed in pieces of some microseconds, and the median of them is the pace: a thread of
our own that holds the interpreter delays a piece or two, and does not hide the group beside it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, compress, pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

PIECES, STEPS = 7, 150
SLACKS = (1.1, 1.15, 1.25, 1.4)  # times the best pace; with the other thread at work it is 1.5 to 2
GROUP = 10  # calls between two looks at the pace
MOST = 10
LOT = 5000  # calls after which it is asked whether there are enough
TAIL = 100  # calls beyond a quantile; with fewer it is not measured


class Timed(NamedTuple):
    """Times of calls in groups of `GROUP`, the paces around them, and beside what they stood.

    `groups` are in microseconds; `paces` are one more than they; `beside` tells of each group
    whether something rare happened meanwhile that makes a group fall out more often, or is empty.
    """

    groups: Sequence[Sequence[float]]
    paces: Sequence[float]
    beside: Sequence[bool] = ()

    @property
    def all(self) -> list[float]:
        """All times, sorted."""
        return sorted(chain(*self.groups))

    def good(self, slack: float) -> list[bool]:
        """Return which groups were on a whole core, by one bound."""
        return whole(self.paces, slack)

    def share(self, slack: float, *, beside: bool = False) -> float:
        """Return what share of groups were on a whole core; of all, or of those beside."""
        good = self.good(slack)
        asked = list(compress(good, self.beside)) if beside else good
        return sum(asked) / max(1, len(asked))

    def count(self, slack: float) -> int:
        """Return how many calls were on a whole core, by one bound."""
        return GROUP * sum(self.good(slack))

    def quantile(self, share: float, slack: float) -> float | None:
        """Return a quantile of the calls on a whole core by one bound; None if too few count."""
        found = self._counting(slack)
        if found is None or self.count(slack) * min(share, 1 - share) < TAIL:
            return None
        return float(np.quantile(found[0], share, weights=found[1], method="inverted_cdf"))

    def worst(self, share: float) -> float | None:
        """Return the largest quantile by any bound; None if by one of them too few count."""
        return worst(self.quantile(share, slack) for slack in SLACKS)

    def mean(self, slack: float) -> float | None:
        """Return the mean of the calls on a whole core by one bound; None if too few count."""
        found = self._counting(slack)
        if found is None or self.count(slack) < TAIL:
            return None
        return float(np.average(found[0], weights=found[1]))

    def _counting(self, slack: float) -> tuple[list[float], list[float]] | None:
        """Return the times that count by one bound, and what each weighs; None if none may."""
        good = self.good(slack)
        each = weights(good, self.beside or [False] * len(good))
        if each is None:
            return None
        groups = list(compress(self.groups, good))
        return list(chain(*groups)), list(np.repeat(each, GROUP))


def worst(values: Iterable[float | None]) -> float | None:
    """Return the largest of some times, or None if one of them is not known."""
    found = list(values)
    known = [value for value in found if value is not None]
    return max(known) if known and len(known) == len(found) else None


def weights(good: Sequence[bool], beside: Sequence[bool]) -> list[float] | None:
    """Return for each group that counts how many it stands for; None where nothing can stand.

    Those beside something rare weigh as much together as their share among all: a choice that left
    them out would hide what that costs.

    Examples
    --------
    >>> weights([True, True, True, False], [False, False, True, True])
    [1.0, 1.0, 2.0]
    >>> weights([True, True, True, False], [False, False, False, True])
    """
    rare = list(compress(good, beside))
    others = list(compress(good, [not each for each in beside]))
    if not any(good) or (rare and not any(rare)) or (others and not any(others)):
        return None
    more = sum(others) / len(others) * len(rare) / sum(rare) if rare and others else 1.0
    return [more if each else 1.0 for each in compress(beside, good)]


def on_whole_core(
    call: Callable[[int], float],
    count: int,
    *,
    before: Callable[[int], None] = lambda number: None,
    most: int = MOST,
) -> Timed:
    """Make calls until so many were on a whole core by the strictest bound; return their times.

    Parameters
    ----------
    call
        Makes the call with a number, from 0, and returns how long it took.
    count
        Calls wanted on a whole core.
    before
        What is done before the first call of each group, with its number; not timed.
    most
        After so many times the calls wanted, it ends with fewer.
    """
    groups: list[list[float]] = []
    paces = [pace()]
    for number in range(0, most * count, GROUP):
        before(number)
        groups.append([call(number + more) for more in range(GROUP)])
        paces.append(pace())
        if number % LOT == 0 and GROUP * sum(whole(paces, min(SLACKS))) >= count:
            break
    return Timed(groups, paces)


def pace() -> float:
    """Return the microseconds of a piece of plain work, the median of some."""
    found = []
    for _ in range(PIECES):
        began = time.perf_counter_ns()
        sum(range(STEPS))
        found.append(time.perf_counter_ns() - began)
    return median(found) / 1e3


def whole(paces: Sequence[float], slack: float) -> list[bool]:
    """Return of each group whether the core was whole, given the paces between them.

    Parameters
    ----------
    paces
        Before the first group, between each two, and after the last; one more than groups.
    slack
        How many times the best pace is still full pace.

    Examples
    --------
    >>> whole([2.0, 2.1, 3.9, 2.2, 2.2], 1.15)
    [True, False, False, True]
    """
    best = sorted(paces)[len(paces) // 100]  # a single one could be luck
    full = slack * best
    return [before <= full and after <= full for before, after in pairwise(paces)]
