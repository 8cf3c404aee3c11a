"""What one unit of stake earns at one update: the constructions that every bet is made of.

A payoff is at least -1 (the stake is lost) and, under the key's null, its expected value given the
whole past is at most 0. Whatever a payoff is computed from besides the outcome, a ceiling, a number
of candidates, the size of a bet, must be known before the outcome: learned earlier, never from it.

References
----------
Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86
(2024), section 4: bets on a bounded mean. The other constructions are bets of the same form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tertius.core.errors import CallerError

_SCORES = "a permutation needs scores of 0 or more, and one pairing to compare"


class PayoffError(CallerError):
    """An outcome, or a null, for which there is no bet."""


def ceiling(x: float, m: float) -> float:
    """Return (x - m) / m: a bet against "the mean is at most m".

    Parameters
    ----------
    x
        The outcome, 0 to 1.
    m
        Above 0, at most 1; declared, or the upper limit of a closed window.

    Raises
    ------
    PayoffError
        Out of range.

    Notes
    -----
    Null: given the whole past, the outcome's expected value does not exceed m.

    Examples
    --------
    >>> ceiling(1.0, 0.25), ceiling(0.25, 0.25), ceiling(0.0, 0.25)
    (3.0, 0.0, -1.0)
    """
    if not (0.0 <= x <= 1.0 and 0.0 < m <= 1.0):
        raise PayoffError(
            f"outcome {x!r} under ceiling {m!r}; expected 0 to 1, and above 0 up to 1"
        )
    return (x - m) / m


def floor(x: float, m: float) -> float:
    """Return the bet against "the mean is at least m": 1 - x under the ceiling 1 - m.

    Parameters
    ----------
    x
        The outcome, 0 to 1.
    m
        At least 0, below 1.

    Raises
    ------
    PayoffError
        Out of range.

    Notes
    -----
    Null: given the whole past, the outcome's expected value is not below m.

    Examples
    --------
    >>> floor(0.0, 0.75), floor(0.75, 0.75), floor(1.0, 0.75)
    (3.0, 0.0, -1.0)
    """
    if not (0.0 <= x <= 1.0 and 0.0 <= m < 1.0):
        raise PayoffError(f"outcome {x!r} over floor {m!r}; expected 0 to 1, and from 0 to below 1")
    return ((1.0 - x) - (1.0 - m)) / (1.0 - m)


def swap(d: float, size: float) -> float:
    """Return the bet that a difference is above 0: its sign, times what was staked on its size.

    Parameters
    ----------
    d
        First minus second of a matched pair, or of a pair assigned by coin.
    size
        0 to 1; a function of ``abs(d)`` and of earlier pairs alone, never of the sign.

    Raises
    ------
    PayoffError
        Out of range.

    Notes
    -----
    Null: given the past, the two could be exchanged. Matching must make it so: unlike items do not.

    Examples
    --------
    >>> swap(3.0, 0.5), swap(0.0, 0.5), swap(-3.0, 0.5)
    (0.5, 0.0, -0.5)
    """
    if not (math.isfinite(d) and 0.0 <= size <= 1.0):
        raise PayoffError(f"difference {d!r}, stake {size!r}; expected a number, and 0 to 1")
    return size if d > 0 else -size if d < 0 else 0.0


def choice(chosen: bool, among: int) -> float:
    """Return the bet that one candidate is chosen more often than its share.

    Parameters
    ----------
    chosen
        Whether the candidate that this key watches was chosen.
    among
        How many candidates were free, this one with them; 1 or more, logged before the choice.

    Raises
    ------
    PayoffError
        No candidates.

    Notes
    -----
    Null: given the past, every free candidate of one stratum is equally likely. For chances that
    differ and are declared, use ``ceiling(float(chosen), chance)``.

    Examples
    --------
    >>> choice(True, 4), choice(False, 4), choice(True, 1)
    (3.0, -1.0, 0.0)
    """
    if among < 1:
        raise PayoffError(f"a choice among {among!r}; expected 1 candidate or more")
    return (among if chosen else 0) - 1.0


def permutation(observed: float, others: Sequence[float]) -> float:
    """Return the bet that the observed pairing scores above random pairings of the same units.

    Parameters
    ----------
    observed
        Score of what happened, 0 or more; the score was fixed earlier.
    others
        Scores of random pairings, one or more; 99 by custom.

    Raises
    ------
    PayoffError
        A score below 0 or none to compare with.

    Notes
    -----
    Null: the units (tasks, games: whatever restarts) could have been paired in any way. Never
    permute events inside a run: they depend on each other, and the bet is then unfair.

    Examples
    --------
    >>> permutation(3.0, [1.0, 0.0, 0.0]), permutation(0.0, [1.0]), permutation(0.0, [0.0])
    (2.0, -1.0, 0.0)
    """
    if not min(others, default=-1.0) >= 0.0:
        raise PayoffError(_SCORES)
    return permuted(observed, math.fsum((observed, *others)), len(others))


def permuted(observed: float, total: float, others: int) -> float:
    """Return what `permutation` does, for whoever has added the scores up.

    Parameters
    ----------
    observed
        Score of what happened, 0 or more.
    total
        Sum of all scores, each 0 or more, the observed one with them.
    others
        How many random pairings are in it, 1 or more.

    Raises
    ------
    PayoffError
        Out of range.

    Examples
    --------
    >>> permuted(3.0, 4.0, 3), permuted(0.0, 1.0, 1), permuted(0.0, 0.0, 1)
    (2.0, -1.0, 0.0)
    """
    if not (0.0 <= observed <= total and others >= 1):
        raise PayoffError(_SCORES)
    if not total < math.inf:
        raise PayoffError("a permutation's score is no number; expected finite scores")
    return observed * (1 + others) / total - 1.0 if total > 0.0 else 0.0


def calibration(y: float, p: float) -> tuple[float, float]:
    """Return two bets against a forecast, that outcomes run above it and that they run below.

    Parameters
    ----------
    y
        The outcome, 0 to 1.
    p
        The forecast, between 0 and 1, both excluded.

    Returns
    -------
    up, down
        Each belongs in a process of its own (slots 0 and 1 of a key); average the two.

    Raises
    ------
    PayoffError
        Out of range.

    Notes
    -----
    Null: given forecast and past, the outcome's mean is the forecast. All outcomes must arrive, or
    be audited at random: selective checking makes honest forecasts look biased.

    Examples
    --------
    >>> calibration(1.0, 0.25), calibration(0.0, 0.25)
    ((3.0, -1.0), (-1.0, 0.3333333333333333))
    """
    if not (0.0 <= y <= 1.0 and 0.0 < p < 1.0):
        raise PayoffError(
            f"outcome {y!r} after forecast {p!r}; expected 0 to 1, and between 0 and 1"
        )
    return (y - p) / p, (p - y) / (1.0 - p)


def children(counts: float | Sequence[float], *, most: int = 10) -> float:
    """Return the bet that errors have more than one child each on average.

    Parameters
    ----------
    counts
        How many children each error had that was born in one closed window, 0 or more each; or the
        count of a single error.
    most
        A count above this enters as this.

    Raises
    ------
    PayoffError
        An empty window, which is no update, or a count below 0.

    Notes
    -----
    Null: given the past, errors born in a window have on average at most one child. Lineage must be
    declared or observed, and the window closed: links that were inferred make this a heuristic.

    Examples
    --------
    >>> children([0, 2, 30]), children([0, 0]), children(1)
    (3.0, -1.0, 0.0)
    """
    each = (counts,) if isinstance(counts, (int, float)) else counts
    if not each or not all(0 <= count < math.inf for count in each):
        raise PayoffError("a window needs one error or more, each with 0 children or more")
    return sum(min(count, most) for count in each) / len(each) - 1.0
