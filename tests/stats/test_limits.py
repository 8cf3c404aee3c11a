"""Baselines from a closed window: exact coverage by summing over everything it could have held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tertius.stats.limits import WindowError, bar, lower, upper


@pytest.mark.parametrize("count", [1, 7, 60])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3, 0.5, 0.97])
def test_the_limit_lies_below_the_rate_with_at_most_half_of_the_level(
    count: int, rate: float
) -> None:
    missed = sum(
        binom.pmf(hits, count, rate)
        for hits in range(count + 1)
        if upper(hits, count, level=0.05) < rate
    )
    assert missed <= 0.025


@given(st.integers(1, 500), st.data())
def test_at_the_limit_so_few_hits_have_half_of_the_level_for_a_chance(
    count: int, data: st.DataObject
) -> None:
    hits = data.draw(st.integers(0, count - 1))
    assert binom.cdf(hits, count, upper(hits, count, level=0.05)) == pytest.approx(0.025, rel=1e-6)


@given(st.integers(1, 500), st.data())
def test_a_floor_mirrors_a_ceiling(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = lower(hits, count, level=0.05), upper(hits, count, level=0.05)
    assert 0 <= low <= hits / count <= high <= 1
    assert low == 1 - upper(count - hits, count, level=0.05)


def test_the_alarm_stands_at_two_over_the_level() -> None:
    assert bar(0.05) == 40


@pytest.mark.parametrize(("hits", "count"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_window_is_refused(hits: int, count: int) -> None:
    with pytest.raises(WindowError):
        upper(hits, count, level=0.05)
    with pytest.raises(WindowError):
        lower(hits, count, level=0.05)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(WindowError):
        upper(1, 2, level=level)
    with pytest.raises(WindowError):
        bar(level)
