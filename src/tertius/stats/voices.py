"""Independent voices: how much several judges amount to whose errors go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.stats.intervals import Interval

MOST_TEAMS = 5_000


class VoicesError(CallerError):
    """Errors that are no table, or a team that could not be."""


class NoVoicesError(NotEvaluatedError):
    """Too few items, or judges that never err: nothing is known of how their errors go together."""


class Team(Struct, frozen=True, kw_only=True):
    """Which models to give the roles, and what they would amount to.

    Attributes
    ----------
    models
        One for each role, sorted.
    voices
        Independent voices, an estimate.
    accuracy
        Mean accuracy of its members, an estimate.
    """

    models: tuple[str, ...]
    voices: float
    accuracy: float


def effective(count: int, rho: float) -> float:
    """Return to how many independent voices `count` voices amount: N / (1 + (N - 1) rho).

    Parameters
    ----------
    count
        1 or more.
    rho
        Mean correlation of their errors, at most 1; below 0 it counts as 0, since errors that
        cancel out are no more than `count` voices.

    References
    ----------
    Kish, "Survey Sampling" (1965): the design effect.

    Examples
    --------
    >>> effective(5, 0.0), effective(5, 1.0), effective(3, 0.5)
    (5.0, 1.0, 1.5)
    """
    if count < 1 or not rho <= 1.0 + 1e-9:
        raise VoicesError(f"{count} voices with correlation {rho!r}; expected 1 or more, at most 1")
    return count / (1.0 + (count - 1) * min(1.0, max(0.0, rho)))


def correlation(wrong: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how judges' errors correlate, pair by pair.

    Parameters
    ----------
    wrong
        (items, judges): 1 where a judge was wrong, 0 where right.

    Returns
    -------
    ndarray
        (judges, judges); nan for a judge that was always right or always wrong.
    """
    table = np.asarray(wrong, np.float64)
    if table.ndim != 2 or not len(table):
        raise VoicesError(f"errors of shape {table.shape}; expected items by judges")
    centred = table - table.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray[np.float64] = (centred.T @ centred) / np.outer(spread, spread)
    return found


def voices(
    wrong: NDArray[np.float64], *, confidence: float = 0.95, draws: int = 400, seed: int = 0
) -> Interval:
    """Return the number of independent voices with an interval by drawing items anew.

    Parameters
    ----------
    wrong
        (items, judges): 1 where a judge was wrong, 0 where right; items on which all answered.
    confidence
        Between 0 and 1.
    draws, seed
        Of the bootstrap.

    Raises
    ------
    NoVoicesError
        Fewer than two items, or no two judges that err now and then.

    Notes
    -----
    An estimate, for items like these: no guarantee. Judges that never erred here are left out of
    the mean correlation, and still count as voices.

    References
    ----------
    Kish (1965); Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    table = np.asarray(wrong, np.float64)
    value = _voices(table)
    if value is None or len(table) < 2:
        raise NoVoicesError("too few items or errors to know how errors go together")
    rng = np.random.default_rng(seed)
    found = [_voices(table[rng.integers(0, len(table), len(table))]) for _ in range(draws)]
    known = [each for each in found if each is not None] or [value]
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, min(value, float(low)), max(value, float(high)), len(table))


def assignment(wrong: Mapping[str, Sequence[float]], roles: int, *, loss: float = 0.05) -> Team:
    """Return the models to give the roles so that they amount to the most independent voices.

    Parameters
    ----------
    wrong
        For each model and each of the same items, the share of its agents that were wrong.
    roles
        How many roles there are; a model may fill several.
    loss
        How much accuracy may be given up against the most accurate model alone, 0 to 1.

    Raises
    ------
    VoicesError
        No models, models with different numbers of items, or too many teams to look at.
    NoVoicesError
        No team keeps that accuracy.

    Notes
    -----
    Two agents on one model are taken to err together always, which is the worst case; measured
    correlation between models stands in for all others, and where it is not known (a model that
    never erred) it counts as none. An estimate from past items, and one over many teams, so the
    winner's number is too good.
    """
    names = sorted(wrong)
    sizes = {len(wrong[name]) for name in names}
    if not names or len(sizes) != 1 or roles < 1 or 0 in sizes:
        raise VoicesError("an assignment needs models with the same items, and a role")
    if comb(len(names) + roles - 1, roles) > MOST_TEAMS:
        raise VoicesError(f"more than {MOST_TEAMS} teams of {roles} among {len(names)} models")
    table = np.array([wrong[name] for name in names], np.float64).T
    between = np.nan_to_num(correlation(table), nan=0.0)
    np.fill_diagonal(between, 1.0)
    right = 1.0 - table.mean(axis=0)
    best: Team | None = None
    for team in combinations_with_replacement(range(len(names)), roles):
        accuracy = float(right[list(team)].mean())
        if accuracy < right.max() - loss - 1e-12:
            continue
        found = effective(roles, _mean(between[np.ix_(team, team)]))
        if best is None or (found, accuracy) > (best.voices, best.accuracy):
            models = tuple(names[each] for each in team)
            best = Team(models=models, voices=found, accuracy=accuracy)
    if best is None:
        raise NoVoicesError(f"no team of {roles} keeps within {loss:g} of the best accuracy")
    return best


def _voices(table: NDArray[np.float64]) -> float | None:
    count = table.shape[1]
    between = correlation(table)
    pairs = between[np.triu_indices(count, 1)]
    pairs = pairs[~np.isnan(pairs)]
    return effective(count, float(pairs.mean())) if len(pairs) else None


def _mean(between: NDArray[np.float64]) -> float:
    """Return the mean of what lies above the diagonal; 0 for a single voice."""
    pairs = between[np.triu_indices(len(between), 1)]
    return float(pairs.mean()) if len(pairs) else 0.0
