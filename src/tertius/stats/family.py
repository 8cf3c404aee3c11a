"""Which of many keys may be named at any time, and how many of a group must be real.

Naive and exact: one pass over all keys per question. `keyed` keeps the same rule as it goes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from tertius.core.errors import CallerError


class FamilyError(CallerError):
    """Values, weights, a group or a level for which there is no family."""


def named(
    values: Sequence[float], level: float, *, weights: Sequence[float] | None = None
) -> list[int]:
    """Return the places of the keys that the family-anytime rule names.

    Parameters
    ----------
    values
        E-values of all keys at one moment, 0 or more each.
    level
        Alpha, between 0 and 1.
    weights
        Above 0, fixed before data, summing to at most 1; equal for all when left out.

    Raises
    ------
    FamilyError
        Out of range.

    Notes
    -----
    Key k is named when ``w_k * (e_k - 1/alpha)`` is at least the sum over the other keys of
    ``w_i * max(0, 1/alpha - e_i)``; weight not handed out counts as one key at 1. This is the
    closed test whose every intersection is judged by its weighted mean: under any dependence the
    chance that it ever names a key whose null holds is at most alpha. Say it of e-processes on the
    whole log's past alone.

    What it does not cover: which keys' nulls hold is a fact of the world, fixed before data. Where
    somebody decides along the way, by what was seen, whose null breaks, the bound can be exceeded;
    ``w_k * e_k >= 1/alpha`` alone would still hold then.

    References
    ----------
    Vovk and Wang, "E-values", Annals of Statistics 49 (2021), section 3 (the mean merges) and
    "Confidence and discoveries with e-values", Statistical Science 38 (2023).

    Examples
    --------
    >>> named([90.0, 1.0, 1.0], 0.05), named([50.0, 1.0, 1.0], 0.05), named([50.0, 30.0], 0.05)
    ([0], [], [0, 1])
    """
    shares = _shares(values, weights)
    bar = 1.0 / _level(level)
    owed = [share * max(0.0, bar - value) for share, value in zip(shares, values, strict=True)]
    total = math.fsum([*owed, _rest(shares) * (bar - 1.0)])
    return [
        place
        for place, (share, value) in enumerate(zip(shares, values, strict=True))
        if value >= bar and share * (value - bar) >= total
    ]


def group_bound(
    values: Sequence[float],
    group: Collection[int],
    level: float,
    *,
    weights: Sequence[float] | None = None,
) -> int:
    """Return how many keys of a group are real at least, whoever chose the group and when.

    Parameters
    ----------
    values
        E-values of all keys at one moment.
    group
        Places of its keys, each once; may be chosen after looking.
    level
        Alpha, between 0 and 1.
    weights
        As for `named`.

    Raises
    ------
    FamilyError
        Out of range, or a group of keys that are none.

    Notes
    -----
    The size of the group less the largest j for which the j terms ``w * (1/alpha - e)`` that are
    largest in the group, with ``w * max(0, 1/alpha - e)`` of all keys outside, sum to more than 0.
    Right for all groups at all times at once with probability at least 1 - alpha. It says how many,
    not which, and not since when.

    References
    ----------
    Goeman and Solari, "Multiple testing for exploratory research", Statistical Science 26 (2011),
    section 2, for the count from a closed test; Vovk and Wang (2023) with e-values.

    Examples
    --------
    >>> group_bound([60.0, 60.0, 60.0, 0.5], [0, 1, 2], 0.05)
    3
    >>> group_bound([30.0, 25.0, 1.0, 1.0], [0, 1], 0.05), group_bound([1.0, 1.0], [0, 1], 0.05)
    (0, 0)
    """
    shares = _shares(values, weights)
    bar = 1.0 / _level(level)
    inside = set(group)
    if len(inside) != len(group) or not all(0 <= place < len(values) for place in inside):
        raise FamilyError(f"a group of keys; expected distinct places below {len(values)}")
    owed = [share * (bar - value) for share, value in zip(shares, values, strict=True)]
    outside = [max(0.0, term) for place, term in enumerate(owed) if place not in inside]
    sums = [*outside, _rest(shares) * (bar - 1.0)]
    largest = 0
    for count, term in enumerate(sorted((owed[place] for place in inside), reverse=True), 1):
        sums.append(term)
        if math.fsum(sums) > 0.0:
            largest = count
    return len(inside) - largest


def _level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise FamilyError(f"level {level!r}; expected between 0 and 1")
    return level


def _rest(shares: Sequence[float]) -> float:
    """Return the weight not handed out; equal shares have none, whatever their sum rounds to."""
    rest = 1.0 - math.fsum(shares)
    return rest if rest > 1e-12 else 0.0


def _shares(values: Sequence[float], weights: Sequence[float] | None) -> Sequence[float]:
    if not all(value >= 0.0 for value in values):
        raise FamilyError("an e-value below 0, or none; expected 0 or more")
    if weights is None:
        return [1.0 / len(values)] * len(values)
    if len(weights) != len(values) or not all(weight > 0.0 for weight in weights):
        raise FamilyError(f"{len(weights)} weights; expected {len(values)}, all above 0")
    if math.fsum(weights) > 1.0 + 1e-9:
        raise FamilyError(f"weights that sum to {math.fsum(weights):g}; expected at most 1")
    return weights
