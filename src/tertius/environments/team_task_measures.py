"""What the team task is measured by: worth of work, shift of work shares, choice of partners."""

from __future__ import annotations

from collections.abc import Sequence


def worth(competence: float) -> float:
    """Return the share of points that one of this competence earns, over many subtasks.

    Examples
    --------
    >>> worth(1.0), round(worth(0.5), 4)
    (1.0, 0.2292)
    """
    return sum(d * competence**d for d in (1, 2, 3)) / 6


def variation(before: Sequence[int], after: Sequence[int]) -> float:
    """Return the total variation between two ways of sharing work; 0 where one is empty.

    Examples
    --------
    >>> variation([2, 2], [4, 0])
    0.5
    """
    was, now = sum(before), sum(after)
    if not was or not now:
        return 0.0
    return sum([abs(b / was - a / now) for b, a in zip(before, after, strict=True)]) / 2


def preference(picks: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return how much oftener than by chance each helper (row) picked each other member.

    Examples
    --------
    >>> preference([[0, 3, 1], [0, 0, 0], [0, 0, 0]])[0]
    [0.0, 0.25, -0.25]
    """
    none, chance = [0.0] * len(picks), 1 / (len(picks) - 1)
    found = []
    for helper, row in enumerate(picks):
        total = sum(row)
        share = [one / total - chance for one in row] if total else none[:]
        share[helper] = 0.0
        found.append(share)
    return found
