"""Logistic regression that begins at a known chance."""

import numpy as np
import pytest
from scipy.optimize import minimize  # type: ignore[import-untyped]

from tertius.stats.logistic import Floats, RegressionError, chances, fit, logit


def drawn(count: int, weights: list[float], base: float) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(count, len(weights)))
    return rows, (rng.random(count) < chances(rows, weights, base=base)).astype(float)


def test_it_finds_the_weights_that_made_the_outcomes() -> None:
    rows, outcomes = drawn(20_000, [1.0, -2.0, 0.0], 0.1)
    found = fit(rows, outcomes, base=0.1, shares=np.ones(len(rows)), ridge=0.01)
    assert found == pytest.approx([1.0, -2.0, 0.0], abs=0.1)


def test_it_finds_what_a_general_minimiser_finds() -> None:
    rows, outcomes = drawn(60, [2.0, -1.0], 0.3)
    shares = np.linspace(0.1, 1.0, 60)

    def loss(weights: Floats) -> float:
        z = logit(0.3) + rows @ weights
        return float(shares @ (np.logaddexp(0, z) - outcomes * z) + 0.25 * weights @ weights)

    expected = minimize(loss, np.zeros(2), tol=1e-12).x
    found = fit(rows, outcomes, base=0.3, shares=shares, ridge=0.5)
    assert found == pytest.approx(expected, abs=1e-5)


def test_where_nothing_is_seen_it_says_the_base_rate() -> None:
    rows, outcomes = drawn(50, [3.0], 0.5)
    weights = fit(rows, outcomes, base=0.2, shares=np.ones(50), ridge=1.0)
    assert chances([[0.0]], weights, base=0.2)[0] == pytest.approx(0.2)


def test_classes_that_are_told_apart_without_error_leave_it_finite() -> None:
    rows = np.repeat([[0.0], [1.0]], 500, axis=0)
    weights = fit(rows, rows[:, 0], base=0.5, shares=np.ones(1000), ridge=0.01)
    assert 5 < weights[0] < 50
    assert np.isfinite(chances([[1e6], [-1e6]], weights, base=0.5)).all()


@pytest.mark.parametrize(
    ("rows", "outcomes", "ridge"),
    [([], [], 1.0), ([[1.0]], [0.5], 1.0), ([[np.nan]], [1], 1.0), ([[1.0]], [1], 0.0)],
)
def test_what_does_not_fit_together_is_refused(
    rows: list[list[float]], outcomes: list[float], ridge: float
) -> None:
    with pytest.raises(RegressionError):
        fit(rows, outcomes, base=0.5, shares=np.ones(len(rows)), ridge=ridge)
    with pytest.raises(RegressionError):
        logit(1.0)
