"""Confidence sequences: the formulas again, in order; what they cover is in test_streams."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.stats.intervals import TooFewError
from tertius.stats.sequences import MeanSequence, SequenceError, bounded_mean

UNITS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def by_the_paper(values: list[float], level: float) -> tuple[float, float]:
    """Theorem 2 with equations 14 and 15, every mean and spread from scratch."""

    def mean(upto: int) -> float:
        return (0.5 + sum(values[:upto])) / (upto + 1)

    def spread(upto: int) -> float:
        return (0.25 + sum((values[i] - mean(i + 1)) ** 2 for i in range(upto))) / (upto + 1)

    price = math.log(2 / level)
    top = paid = bottom = 0.0
    for t, x in enumerate(values, 1):
        stake = min(math.sqrt(2 * price / (spread(t - 1) * t * math.log(1 + t))), 0.5)
        top += stake * x
        bottom += stake
        paid += 4 * (x - mean(t - 1)) ** 2 * (-math.log(1 - stake) - stake) / 4
    return top / bottom, (price + paid) / bottom


@given(UNITS, st.sampled_from([0.01, 0.05, 0.5]))
def test_limits_are_those_of_the_paper(values: list[float], level: float) -> None:
    sequence = MeanSequence(level)
    for value in values:
        sequence.update(value)
    centre, reach = by_the_paper(values, level)
    found = sequence.interval
    assert found.value == pytest.approx(centre) and found.n == len(values)
    assert found.low == pytest.approx(max(0.0, centre - reach))
    assert found.high == pytest.approx(min(1.0, centre + reach))


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_a_change_of_scale_changes_the_limits_alike(mean: float, n: int) -> None:
    low, high = bounded_mean(mean, n)
    scaled = bounded_mean(4 * mean - 2, n, low=-2.0, high=2.0)
    assert scaled == pytest.approx((4 * low - 2, 4 * high - 2), abs=1e-9)
    assert low <= mean <= high


def test_limits_close_in_and_a_small_spread_is_used_where_it_is_seen() -> None:
    reaches = [bounded_mean(0.5, n)[1] - 0.5 for n in (10, 100, 1000, 10_000)]
    assert reaches == sorted(reaches, reverse=True) and reaches[-1] < 0.025
    steady = MeanSequence(0.05)
    for turn in range(1000):
        steady.update(0.5 + 0.01 * (turn % 2))
    assert steady.interval.high - steady.interval.low < reaches[2] / 2


@pytest.mark.parametrize(
    ("mean", "n", "low", "high"), [(0.5, 0, 0.0, 1.0), (2.0, 5, 0.0, 1.0), (0.5, 5, 1.0, 0.0)]
)
def test_what_is_no_mean_is_refused(mean: float, n: int, low: float, high: float) -> None:
    with pytest.raises(SequenceError):
        bounded_mean(mean, n, low=low, high=high)


def test_what_is_no_sequence_is_refused() -> None:
    for level in (0.0, 1.0):
        with pytest.raises(SequenceError):
            MeanSequence(level)
        with pytest.raises(SequenceError):
            bounded_mean(0.5, 5, level=level)
    sequence = MeanSequence(0.05)
    with pytest.raises(TooFewError):
        _ = sequence.interval
    with pytest.raises(SequenceError):
        sequence.update(1.5)
    with pytest.raises(TooFewError):
        _ = sequence.interval
