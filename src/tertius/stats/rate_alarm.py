"""Shiryaev-Roberts: quick to see a change, sure to alarm falsely now and then, at a known rate."""

from __future__ import annotations

import math

from tertius.core.errors import CallerError
from tertius.stats.eprocess import CAP, GRID
from tertius.stats.payoffs import PayoffError


class RateError(CallerError):
    """A threshold that is none."""


class RateAlarm:
    """An alarm that rings falsely at most once per c updates on average, and then starts anew.

    Parameters
    ----------
    c
        Threshold, and mean number of updates between false alarms at least; above 1.

    Notes
    -----
    Per share f of the grid ``M = (M + 1) * (1 + f * payoff)``; the alarm rings when the average
    reaches c. Under the null, given the past, the average less the number of updates falls, so it
    takes c updates or more on average to get there.

    What it is not: an e-value. Its height is no evidence, the chance of a false alarm by update T
    grows as T / c, and nothing of it enters a family or a list. Guarantee: `rate` alone.

    References
    ----------
    Shin, Ramdas and Rinaldo, "E-detectors", NEJSDS 2 (2024), definition 2.2 and theorem 2.4.

    Examples
    --------
    >>> alarm = RateAlarm(1000.0)
    >>> [alarm.update(1.0) for _ in range(16)].index(True), alarm.alarms
    (12, 1)
    """

    def __init__(self, c: float) -> None:
        if not 1.0 < c <= CAP:
            raise RateError(f"threshold {c!r}; expected above 1")
        self.c = c
        self.alarms = self.n = 0
        self._sums = [0.0] * len(GRID)

    @property
    def value(self) -> float:
        """The statistic since the last alarm; compare it with `c` and nothing else."""
        return sum(self._sums) / len(GRID)

    def update(self, payoff: float) -> bool:
        """Play one update; return whether the alarm rings.

        Raises
        ------
        PayoffError
            Below -1, or no finite number.
        """
        if not -1.0 <= payoff < math.inf:
            raise PayoffError(f"payoff {payoff!r}; expected a number of -1 or more")
        self.n += 1
        self._sums = [
            min((held + 1.0) * (1.0 + share * payoff), CAP)
            for held, share in zip(self._sums, GRID, strict=True)
        ]
        if self.value < self.c:
            return False
        self.alarms += 1
        self._sums = [0.0] * len(GRID)
        return True
