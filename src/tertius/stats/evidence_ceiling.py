"""The least number of updates before anything can be said: shorter runs are "could not tell"."""

from __future__ import annotations

import math

from tertius.core.errors import CallerError
from tertius.stats.eprocess import GRID, EProcess


class CeilingError(CallerError):
    """Numbers that bound nothing."""


def needed(keys: int, level: float, largest: float) -> int:
    """Return how many updates a lone key needs at least before it can be named.

    Parameters
    ----------
    keys
        How many share the level, 1 or more.
    level
        Alpha, between 0 and 1.
    largest
        The largest factor that one update can multiply the wealth by, above 1; see `factor`.

    Raises
    ------
    CeilingError
        Out of range.

    Notes
    -----
    ln(keys / level) / ln(largest), rounded up. The start mixture needs a few more, see `reach`.

    Examples
    --------
    >>> needed(1, 0.05, 1.9), needed(10_000, 0.05, 1.9)
    (5, 20)
    """
    if keys < 1 or not 0.0 < level < 1.0 or not largest > 1.0:
        raise CeilingError(
            f"{keys} keys at {level!r}, factors up to {largest!r}; expected 1 key or more,"
            " a level between 0 and 1 and a factor above 1"
        )
    return math.ceil(math.log(keys / level) / math.log(largest))


def factor(payoff: float) -> float:
    """Return the largest factor that the grid makes of one update with a payoff.

    Parameters
    ----------
    payoff
        The largest that one update can earn: ``(1 - m) / m`` under a ceiling m, 1 for swaps, the
        number of candidates less 1 for choices.

    Examples
    --------
    >>> factor(1.0)
    1.9
    """
    return 1.0 + max(GRID) * payoff


def reach(updates: int, payoff: float) -> float:
    """Return the value that the start mixture has after updates that all earn the most.

    Parameters
    ----------
    updates
        0 or more.
    payoff
        The largest that one update can earn; 0 or more.

    Raises
    ------
    CeilingError
        Out of range.

    Notes
    -----
    A run of which not even this reaches its bar "could not tell". Time: 8 steps per update.

    Examples
    --------
    >>> reach(0, 1.0), round(reach(5, 1.0), 2), round(reach(8, 1.0), 1)
    (1.0, 4.88, 23.0)
    """
    if updates < 0 or not payoff >= 0.0:
        raise CeilingError(f"{updates} updates of {payoff!r}; expected 0 or more of each")
    best = EProcess()
    for _ in range(updates):
        best.update(payoff)
    return best.value
