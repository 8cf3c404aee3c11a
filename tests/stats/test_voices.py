"""Independent voices: what judges amount to whose errors go together, and which team is better."""

import numpy as np
import pytest

from tertius.stats.voices import (
    NoVoicesError,
    VoicesError,
    assignment,
    correlation,
    effective,
    voices,
)


def judges(shared: float, *, items: int = 800, count: int = 5) -> np.ndarray:
    rng = np.random.default_rng(3)
    common = rng.random((items, 1)) < 0.3
    own = rng.random((items, count)) < 0.3
    return np.where(rng.random((items, count)) < shared, common, own).astype(float)


def test_effective_voices_lie_between_one_and_all() -> None:
    assert effective(1, 0.7) == 1
    assert effective(4, -0.5) == 4
    for wrong in ((0, 0.5), (3, 1.5), (3, float("nan"))):
        with pytest.raises(VoicesError):
            effective(*wrong)


def test_correlation_is_pearsons_and_unknown_without_errors() -> None:
    table = judges(0.5, count=3)
    assert correlation(table) == pytest.approx(np.corrcoef(table.T))
    table[:, 0] = 0
    assert np.isnan(correlation(table)[0]).all()


def test_voices_are_estimated_with_an_interval_that_holds_the_truth() -> None:
    apart, as_one, half = (voices(judges(shared)) for shared in (0.0, 1.0, 0.7))
    assert apart.value > 4.5
    assert as_one.value == pytest.approx(1.0)
    assert half.low < 5 / (1 + 4 * 0.49) < half.high  # both copy with chance 0.7: 0.7 squared
    assert voices(judges(0.7)) == half
    for table in (np.zeros((40, 3)), np.ones((1, 2))):
        with pytest.raises(NoVoicesError):
            voices(table)


def test_a_team_mixes_models_that_err_apart_and_keeps_its_accuracy() -> None:
    rng = np.random.default_rng(1)
    alpha = rng.random(400) < 0.2
    twin = np.where(rng.random(400) < 0.9, alpha, rng.random(400) < 0.2)
    other, poor = rng.random(400) < 0.2, rng.random(400) < 0.6
    wrong = {"alpha": alpha, "twin": twin, "other": other, "poor": poor}
    team = assignment({name: row.astype(float).tolist() for name, row in wrong.items()}, 2)
    assert "other" in team.models
    assert "poor" not in team.models
    assert team.voices > 1.7
    alone = assignment({"alpha": alpha.astype(float).tolist()}, 3)
    assert (alone.models, alone.voices) == (("alpha",) * 3, 1.0)


def test_a_table_that_is_none_is_refused() -> None:
    for wrong, roles in (({}, 1), ({"a": [0.0], "b": [0.0, 1.0]}, 2), ({"a": [0.0]}, 0)):
        with pytest.raises(VoicesError):
            assignment(wrong, roles)
    with pytest.raises(VoicesError, match="teams"):
        assignment({str(n): [0.0, 1.0] for n in range(40)}, 8)
    with pytest.raises(VoicesError):
        correlation(np.zeros(3))
