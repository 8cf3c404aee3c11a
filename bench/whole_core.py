"""Whether the core was all ours while something was timed.

A rented core is often one of the two threads of a real one. While the other thread works for
somebody else, for some milliseconds now and then, everything takes up to twice as long, and nothing
tells it but plain work of a fixed length, which takes longer too. So what is timed one by one is
timed in small groups, with plain work between them, and a group counts if the plain work on both
sides of it was at the core's full pace. How long the group itself took has no say in that.

Plain work is timed in pieces of some microseconds, and the median of them is the pace: a thread of
our own that holds the interpreter delays a piece or two, and does not hide the group beside it.
"""

import time
from collections.abc import Callable, Sequence
from itertools import chain, compress, pairwise
from statistics import median
from typing import NamedTuple

PIECES, STEPS = 7, 150
SLACK = 1.15  # times the best pace; with the other thread at work it is slower by half or more
GROUP = 10  # calls between two looks at the pace
MOST = 10
LOT = 1000  # calls after which it is asked whether there are enough


class Timed(NamedTuple):
    """Times of calls in groups of `GROUP`, and which groups were on a whole core."""

    groups: list[list[float]]
    good: list[bool]

    @property
    def all(self) -> list[float]:
        """All times, sorted."""
        return sorted(chain(*self.groups))

    @property
    def whole(self) -> list[float]:
        """Times of those on a whole core, sorted."""
        return sorted(chain(*compress(self.groups, self.good)))

    def share(self, which: Sequence[bool] | None = None) -> float:
        """Return what share of groups were on a whole core; of all, or of some."""
        asked = self.good if which is None else list(compress(self.good, which))
        return sum(asked) / max(1, len(asked))


def on_whole_core(
    call: Callable[[int], float],
    count: int,
    *,
    before: Callable[[int], None] = lambda number: None,
    most: int = MOST,
) -> Timed:
    """Make calls until so many were on a whole core, and return their times.

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
        if number % LOT == 0 and GROUP * sum(whole(paces)) >= count:
            break
    return Timed(groups, whole(paces))


def pace() -> float:
    """Return the microseconds of a piece of plain work, the median of some."""
    found = []
    for _ in range(PIECES):
        began = time.perf_counter_ns()
        sum(range(STEPS))
        found.append(time.perf_counter_ns() - began)
    return median(found) / 1e3


def whole(paces: Sequence[float]) -> list[bool]:
    """Return of each group whether the core was whole, given the paces between them.

    Parameters
    ----------
    paces
        Before the first group, between each two, and after the last; one more than groups.

    Examples
    --------
    >>> whole([2.0, 2.1, 3.9, 2.2, 2.2])
    [True, False, False, True]
    """
    full = SLACK * min(paces)
    return [before <= full and after <= full for before, after in pairwise(paces)]
