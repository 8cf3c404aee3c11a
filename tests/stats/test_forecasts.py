"""Scores of chances given beforehand."""

import numpy as np
import pytest

from tertius.stats.forecasts import ForecastsError, calibration_error, score


def test_forecasts_that_are_right_pass_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    passed = gained = 0
    for seed in range(100):
        p = rng.random(60)
        made = score(p, rng.random(60) < p, prior=0.5, seed=seed)
        passed, gained = passed + made.calibrated, gained + made.better
    assert passed >= 88
    assert gained >= 70


def test_forecasts_that_are_too_sure_do_not_pass() -> None:
    rng = np.random.default_rng(2)
    sure = [0.98 if each else 0.02 for each in rng.random(200) < 0.5]
    made = score(sure, rng.random(200) < np.where(np.array(sure) > 0.5, 0.8, 0.2), prior=0.5)
    assert not made.calibrated
    assert made.better  # wrong about how sure, right about which


def test_noise_is_not_better_than_the_prior_more_often_than_chance_has_it() -> None:
    rng = np.random.default_rng(3)
    better = sum(
        score(0.5 + 0.2 * (rng.random(50) - 0.5), rng.random(50) < 0.5, prior=0.5).better
        for _ in range(100)
    )
    assert better <= 7


def test_runs_of_one_group_are_not_so_many_observations() -> None:
    p, y = [0.9] * 50 + [0.4] * 50, [True] * 100
    single = score(p, y, prior=0.5)
    grouped = score(p, y, prior=0.5, groups=[0] * 50 + [1] * 50)
    assert single.better
    assert not grouped.better


def test_the_calibration_error_is_that_of_the_definition() -> None:
    p, y = np.array([0.05, 0.05, 0.95, 1.0]), np.array([[0, 1, 1, 0]], float)
    assert calibration_error(p, y)[0] == pytest.approx((0.9 + 0.95) / 4)


def test_no_forecasts_have_no_score() -> None:
    with pytest.raises(ForecastsError):
        score([], [], prior=0.5)
    with pytest.raises(ForecastsError):
        score([0.5], [True, False], prior=0.5)
