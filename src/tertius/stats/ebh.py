"""E-BH: of one list, at the moment it is frozen, the expected false share is bounded."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.errors import CallerError


class ListError(CallerError):
    """Values, weights or a level that make no list."""


def e_bh(
    values: Sequence[float], level: float, *, weights: Sequence[float] | None = None
) -> list[int]:
    """Return the places of the keys on the list, the strongest first.

    Parameters
    ----------
    values
        E-values of all K keys at one moment, 0 or more each: of every key that was tested, not of
        the interesting ones.
    level
        Alpha, between 0 and 1.
    weights
        Above 0, fixed before data, summing to at most 1; 1 / K each when left out.

    Raises
    ------
    ListError
        Out of range.

    Notes
    -----
    The list is the R strongest, R the largest with ``e_(R) >= K / (alpha * R)``; with weights,
    ``w * e >= 1 / (alpha * R)``. At one stopping time, under any dependence, the expected share of
    keys on it whose null holds is at most alpha.

    What it does not cover: lists can shrink again, and the union of lists over time has no bound.
    K is fixed before data: with the running count of keys the guarantee is lost.

    References
    ----------
    Wang and Ramdas, "False discovery rate control with e-values", JRSS B 84 (2022), sections 3
    and 5; arXiv:2501.19360 for what becomes of suprema over time.

    Examples
    --------
    >>> e_bh([1.0, 50.0, 41.0, 0.2], 0.05), e_bh([1.0, 50.0, 39.0, 0.2], 0.05)
    ([1, 2], [])
    """
    if not 0.0 < level < 1.0:
        raise ListError(f"level {level!r}; expected between 0 and 1")
    if not all(value >= 0.0 for value in values):
        raise ListError("an e-value below 0, or none; expected 0 or more")
    count = len(values)
    if weights is None:
        scaled = list(values)
        bars = [count / (level * rank) for rank in range(1, count + 1)]
    else:
        if len(weights) != count or not all(weight > 0.0 for weight in weights):
            raise ListError(f"{len(weights)} weights; expected {count}, all above 0")
        if sum(weights) > 1.0 + 1e-9:
            raise ListError(f"weights that sum to {sum(weights):g}; expected at most 1")
        scaled = [weight * value for weight, value in zip(weights, values, strict=True)]
        bars = [1.0 / (level * rank) for rank in range(1, count + 1)]
    order = sorted(range(count), key=lambda place: -scaled[place])
    long = max(
        (rank for rank, bar in enumerate(bars, 1) if scaled[order[rank - 1]] >= bar), default=0
    )
    return order[:long]
