"""How good chances were that somebody gave beforehand: Brier score, gain over a prior, calibration.

Each forecast is of a run of its own. Two forecasts of one run are not two observations.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from tertius.core.errors import CallerError

Floats = NDArray[np.float64]

BINS = 10
DRAWS = 2000


class ForecastsError(CallerError):
    """Forecasts and outcomes that do not fit together."""


class Scored(Struct, frozen=True, kw_only=True):
    """What some forecasts came to.

    Attributes
    ----------
    n, harmed
        How many, and how many of them came true.
    brier, prior
        Mean squared error of the forecasts, and of the prior on the same runs.
    gain, low, high
        How much smaller the first is, with its 95 % limits, pairs resampled.
    ece, limit
        Expected calibration error in ten bins, and the 95 % point of what it would be if every
        forecast were exactly right.
    """

    n: int
    harmed: int
    brier: float
    prior: float
    gain: float
    low: float
    high: float
    ece: float
    limit: float

    @property
    def better(self) -> bool:
        """Whether the forecasts beat the prior beyond chance."""
        return self.low > 0

    @property
    def calibrated(self) -> bool:
        """Whether their calibration error is no larger than chance makes it."""
        return self.ece <= self.limit


def score(
    forecasts: ArrayLike,
    outcomes: ArrayLike,
    *,
    prior: ArrayLike,
    groups: ArrayLike | None = None,
    seed: int = 0,
) -> Scored:
    """Hold forecasts against what came out, and against a prior.

    Parameters
    ----------
    forecasts
        Chances from 0 to 1, one for each run.
    outcomes
        True or false for each run.
    prior
        The chance given without looking: one for all, or one for each run.
    groups
        What is resampled, as a label for each run: whole groups where runs of one resemble each
        other; left out, single runs.
    seed
        Of the resampling.

    Raises
    ------
    ForecastsError
        None at all, or not as many outcomes as forecasts.

    Notes
    -----
    A calibration error below its limit is not shown to be wrong; with few runs a limit is high.

    References
    ----------
    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78
    (1950); Bröcker and Smith, "Increasing the reliability of reliability diagrams", Weather and
    Forecasting 22 (2007), for the bootstrap under the forecasts themselves. Statistical contract,
    section 8.

    Examples
    --------
    >>> sure = score([0.9] * 20 + [0.1] * 20, [True] * 20 + [False] * 20, prior=0.5)
    >>> round(sure.brier, 3), sure.prior, sure.better, sure.calibrated
    (0.01, 0.25, True, True)
    >>> score([0.9] * 40, [True] * 20 + [False] * 20, prior=0.5).calibrated
    False
    """
    p, y = np.asarray(forecasts, np.float64), np.asarray(outcomes, np.float64)
    if not len(p) or p.shape != y.shape or p.ndim != 1:
        raise ForecastsError(f"{p.shape} forecasts of {y.shape} outcomes; expected one each")
    before = np.broadcast_to(np.asarray(prior, np.float64), p.shape)
    gains = (before - y) ** 2 - (p - y) ** 2
    low, high = _limits(gains, groups, np.random.default_rng(seed))
    return Scored(
        n=len(p),
        harmed=int(y.sum()),
        brier=float(((p - y) ** 2).mean()),
        prior=float(((before - y) ** 2).mean()),
        gain=float(gains.mean()),
        low=low,
        high=high,
        ece=float(calibration_error(p, y[None])[0]),
        limit=_limit(p, np.random.default_rng(seed + 1)),
    )


def calibration_error(forecasts: Floats, outcomes: Floats) -> Floats:
    """Return the expected calibration error of each row of outcomes, ``(n_rows, n_forecasts)``.

    Ten bins of equal width; each counts by how many forecasts lie in it.
    """
    places = np.minimum((forecasts * BINS).astype(np.int64), BINS - 1)
    members = np.zeros((len(forecasts), BINS))
    members[np.arange(len(forecasts)), places] = 1.0
    found: Floats = np.abs((outcomes - forecasts) @ members).sum(axis=1) / len(forecasts)
    return found


def _limit(p: Floats, rng: np.random.Generator) -> float:
    drawn = (rng.random((DRAWS, len(p))) < p).astype(np.float64)
    return float(np.quantile(calibration_error(p, drawn), 0.95))


def _limits(
    gains: Floats, groups: ArrayLike | None, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the 95 % limits of the mean, groups resampled with all that is in them."""
    labels = np.arange(len(gains)) if groups is None else np.asarray(groups)
    _, member = np.unique(labels, return_inverse=True)
    sums, sizes = np.bincount(member, gains), np.bincount(member)
    drawn = rng.integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
