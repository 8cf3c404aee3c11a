"""Intervals against the libraries that everybody trusts."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from tertius.stats.intervals import TooFewError, mean, proportion


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.sampled_from([0.9, 0.98]))
def test_the_mean_is_students(values: list[float], confidence: float) -> None:
    assume(max(values) - min(values) > 1e-3)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    found = mean(values, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_proportion_is_wilsons(hits: int, more: int) -> None:
    expected = stats.binomtest(hits, hits + more).proportion_ci(0.95, method="wilson")
    found = proportion(hits, hits + more)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_too_few_values_say_nothing() -> None:
    with pytest.raises(TooFewError):
        mean([1.0])
    with pytest.raises(TooFewError):
        proportion(0, 0)
