"""Intervals for batch estimates: means of independent or paired values, and proportions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct
from scipy.special import ndtri, stdtrit  # type: ignore[import-untyped]

from tertius.core.errors import NotEvaluatedError


class TooFewError(NotEvaluatedError):
    """Too few values to say anything about their spread."""


class Interval(Struct, frozen=True):
    """An estimate with its limits, and from how many values."""

    value: float
    low: float
    high: float
    n: int


def mean(values: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the mean with Student's two-sided interval.

    Parameters
    ----------
    values
        Two or more, independent.
    confidence
        Between 0 and 1; each of the two limits errs with half of what is left.

    Raises
    ------
    TooFewError
        Fewer than two values.

    Notes
    -----
    Exact for normal values, good for means of many; blind to dependence between the values.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6 (1908).

    Examples
    --------
    >>> found = mean([1.0, 2.0, 3.0])
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, -0.484, 4.484)
    """
    count = len(values)
    if count < 2:
        raise TooFewError(f"{count} values; an interval needs two or more")
    centre = math.fsum(values) / count
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (count - 1))
    reach = float(stdtrit(count - 1, (1 + confidence) / 2)) * spread / math.sqrt(count)
    return Interval(centre, centre - reach, centre + reach, count)


def proportion(hits: int, count: int, *, confidence: float = 0.95) -> Interval:
    """Return a proportion with Wilson's score interval.

    Raises
    ------
    TooFewError
        Nothing was counted.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    Examples
    --------
    >>> found = proportion(0, 10)
    >>> found.value, round(found.high, 3)
    (0.0, 0.278)
    """
    if count < 1:
        raise TooFewError("nothing was counted; a proportion needs at least one")
    z = float(ndtri((1 + confidence) / 2))
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = (
        z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    )
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach), count)
