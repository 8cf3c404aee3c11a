"""Logistic regression that begins at a known chance: where every feature is 0, it says just that.

There is no intercept to fit: it is the logit of the base rate. A ridge keeps weights finite where
the classes can be told apart without error, and small where there is little to learn from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tertius.core.errors import CallerError

Floats = NDArray[np.float64]

ROUNDS = 100
SETTLED = 1e-10  # largest change of a weight at which it stops
HALVINGS = 40


class RegressionError(CallerError):
    """Rows, outcomes or settings that do not fit together."""


def logit(chance: float) -> float:
    """Return the log-odds of a chance.

    Raises
    ------
    RegressionError
        Not strictly between 0 and 1.

    Examples
    --------
    >>> logit(0.5)
    0.0
    """
    if not 0.0 < chance < 1.0:
        raise RegressionError(f"chance {chance!r}; expected strictly between 0 and 1")
    return float(np.log(chance) - np.log1p(-chance))


def chances(rows: ArrayLike, weights: ArrayLike, *, base: float) -> Floats:
    """Return the chance of each row of features, shape ``(n_rows, n_features)``.

    Examples
    --------
    >>> chances([[0.0], [1.0]], [2.0], base=0.2).round(3).tolist()
    [0.2, 0.649]
    """
    found: Floats = _expit(logit(base) + np.asarray(rows, np.float64) @ np.asarray(weights))
    return found


def fit(
    rows: ArrayLike, outcomes: ArrayLike, *, base: float, shares: ArrayLike, ridge: float
) -> Floats:
    """Return the weights, one for each feature.

    Parameters
    ----------
    rows
        Features, of order 1 each, shape ``(n_rows, n_features)``.
    outcomes
        True or false for each row.
    base
        The chance where all features are 0, strictly between 0 and 1.
    shares
        How much each row counts, 0 or more: rows of one run share out one.
    ridge
        What the squares of the weights cost, above 0: 1 is a prior of standard deviation 1.

    Raises
    ------
    RegressionError
        They do not fit together.

    Notes
    -----
    Newton's method on a strictly convex loss (iteratively reweighted least squares), with steps
    halved where they overshoot; no randomness, so the same rows give the same weights.

    What it cannot see: that rows depend on one another beyond their shares.

    References
    ----------
    Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2nd edition, section
    4.4.1 (the iteration); le Cessie and van Houwelingen, "Ridge estimators in logistic regression",
    Applied Statistics 41 (1992).

    Examples
    --------
    >>> rows, outcomes = [[0.0], [0.0], [1.0], [1.0]], [False, False, True, True]
    >>> weak = fit(rows, outcomes, base=0.5, shares=[1.0] * 4, ridge=1.0)
    >>> strong = fit(rows * 100, outcomes * 100, base=0.5, shares=[1.0] * 400, ridge=1.0)
    >>> bool(0 < weak[0] < strong[0])
    True
    """
    x, y = np.asarray(rows, np.float64), np.asarray(outcomes, np.float64)
    counts = np.asarray(shares, np.float64)
    _check(x, y, counts, ridge)
    start, weights = logit(base), np.zeros(x.shape[1])
    loss = _loss(x, y, counts, weights, start, ridge)
    for _ in range(ROUNDS):
        p = _expit(start + x @ weights)
        slope = x.T @ (counts * (p - y)) + ridge * weights
        bend = (x * (counts * p * (1 - p))[:, None]).T @ x + ridge * np.eye(x.shape[1])
        step = np.linalg.solve(bend, slope)
        for _ in range(HALVINGS):
            tried = _loss(x, y, counts, weights - step, start, ridge)
            if tried <= loss:
                weights, loss = weights - step, tried
                break
            step = step / 2
        if float(np.abs(step).max(initial=0.0)) < SETTLED:
            break
    found: Floats = weights
    return found


def _expit(z: Floats) -> Floats:
    found: Floats = np.exp(-np.logaddexp(0.0, -z))
    return found


def _loss(
    x: Floats, y: Floats, counts: Floats, weights: Floats, start: float, ridge: float
) -> float:
    z = start + x @ weights
    misfit = counts @ (np.logaddexp(0.0, z) - y * z)
    return float(misfit + ridge / 2 * (weights @ weights))


def _check(x: Floats, y: Floats, counts: Floats, ridge: float) -> None:
    if x.ndim != 2 or not len(x) or y.shape != (len(x),) or counts.shape != y.shape:
        raise RegressionError(
            f"{x.shape} features, {y.shape} outcomes, {counts.shape} shares; "
            "expected a row of features, an outcome and a share each"
        )
    if not (np.isfinite(x).all() and np.isin(y, (0.0, 1.0)).all() and (counts >= 0).all()):
        raise RegressionError("a feature that is no number, an outcome, or a share below 0")
    if not ridge > 0.0:
        raise RegressionError(f"ridge {ridge!r}; expected above 0")
