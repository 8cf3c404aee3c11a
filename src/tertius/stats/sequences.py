"""Confidence sequences: intervals for a bounded mean that may be looked at after every value."""

from __future__ import annotations

import math

from tertius.core.errors import CallerError
from tertius.stats.intervals import Interval, TooFewError

_TUNED = 100  # values at which `bounded_mean` is closest


class SequenceError(CallerError):
    """A value, or a level, for which there is no sequence."""


def bounded_mean(
    mean: float, n: int, *, low: float = 0.0, high: float = 1.0, level: float = 0.05
) -> tuple[float, float]:
    """Return limits for a mean from nothing but the mean so far and the count, right at all times.

    Parameters
    ----------
    mean
        Of the values so far, from `low` to `high`.
    n
        How many, 1 or more.
    low, high
        Range of the values.
    level
        Alpha, between 0 and 1: the chance that the limits ever miss, two-sided.

    Raises
    ------
    SequenceError
        Out of range.

    Notes
    -----
    With v = n (high - low)^2 / 4 the sum is off by at most
    ``sqrt((v + r) * ln((v + r) / (r * level^2)))``, r chosen so that the limits are closest
    at about a hundred values. What is covered is the average of the values' conditional means,
    which may move and depend on the past; good for one key at a time, not for all at once.
    It knows nothing of the spread: for values that hardly vary `MeanSequence` is closer.

    References
    ----------
    Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
    sequences", Annals of Statistics 49 (2021), equation 14 (two-sided normal mixture; Robbins
    1970), with Hoeffding's bound on the spread.

    Examples
    --------
    >>> [round(limit, 3) for limit in bounded_mean(0.5, 100)]
    [0.348, 0.652]
    >>> bounded_mean(0.5, 1)
    (0.0, 1.0)
    """
    width = high - low
    if not (n >= 1 and 0.0 < level < 1.0 and width > 0.0 and low <= mean <= high):
        raise SequenceError(
            f"mean {mean!r} of {n} from {low!r} to {high!r} at {level!r}; expected a mean inside a"
            " range, of 1 value or more, at a level between 0 and 1"
        )
    spread = width * width / 4
    ease = 2.0 * math.log(1.0 / level)
    rest = _TUNED * spread / (ease + math.log1p(ease))
    sum_of = n * spread + rest
    reach = math.sqrt(sum_of * (math.log(sum_of / rest) + ease)) / n
    return max(low, mean - reach), min(high, mean + reach)


class MeanSequence:
    """Limits for the mean of values from 0 to 1, right at all times at once.

    Parameters
    ----------
    level
        Alpha, between 0 and 1: the chance that the limits ever miss, two-sided.

    Notes
    -----
    Predictable plug-in empirical Bernstein: with stakes ``s_t`` computed from earlier values,
    centre ``sum(s x) / sum(s)`` and reach
    ``(ln(2 / alpha) + sum(4 (x - earlier mean)^2 psi(s))) / sum(s)``,
    ``psi(s) = (-ln(1 - s) - s) / 4``.

    It covers the mean of the values' conditional means, weighted by the stakes: the mean itself
    where it is constant. Values may depend on the past in any other way. The reach shrinks by
    sqrt(ln t / t) with the spread of the values.

    What it cannot see: a mean that moved; it then covers an average that leans on early values.
    Memory: five numbers. Time: under 1 us per value.

    References
    ----------
    Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86
    (2024), theorem 2 with equations 14 and 15, c = 1/2.

    Examples
    --------
    >>> seen = MeanSequence(0.05)
    >>> for turn in range(1000):
    ...     seen.update(float(turn % 4 == 0))
    >>> found = seen.interval
    >>> found.low < 0.25 < found.high, round(found.high - found.low, 2), found.n
    (True, 0.11, 1000)
    """

    def __init__(self, level: float) -> None:
        if not 0.0 < level < 1.0:
            raise SequenceError(f"level {level!r}; expected between 0 and 1")
        self._price = math.log(2.0 / level)
        self._n = 0
        self._sum, self._square = 0.5, 0.25
        self._stakes = self._staked = self._paid = 0.0

    def update(self, x: float) -> None:
        """Add one value, 0 to 1.

        Raises
        ------
        SequenceError
            Out of range.
        """
        if not 0.0 <= x <= 1.0:
            raise SequenceError(f"value {x!r}; expected 0 to 1")
        self._n += 1
        turn = self._n
        earlier, spread = self._sum / turn, self._square / turn
        stake = min(math.sqrt(2.0 * self._price / (spread * turn * math.log1p(turn))), 0.5)
        self._stakes += stake
        self._staked += stake * x
        self._paid += (x - earlier) ** 2 * (-math.log1p(-stake) - stake)
        self._sum += x
        self._square += (x - self._sum / (turn + 1)) ** 2

    @property
    def interval(self) -> Interval:
        """The limits now, inside 0 to 1.

        Raises
        ------
        TooFewError
            No value yet.
        """
        if not self._n:
            raise TooFewError("no value yet; a confidence sequence needs one")
        centre = self._staked / self._stakes
        reach = (self._price + self._paid) / self._stakes
        return Interval(centre, max(0.0, centre - reach), min(1.0, centre + reach), self._n)
