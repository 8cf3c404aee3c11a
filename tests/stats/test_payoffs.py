"""Payoffs: never below the stake, fair at the edge of their null, refused where there is no bet."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.stats.payoffs import (
    PayoffError,
    calibration,
    ceiling,
    children,
    choice,
    floor,
    permutation,
    permuted,
    swap,
)

UNIT = st.floats(0, 1)
INNER = st.floats(1e-9, 1 - 1e-9)


@given(UNIT, INNER)
def test_no_payoff_loses_more_than_the_stake(x: float, m: float) -> None:
    assert min(ceiling(x, m), floor(x, m), *calibration(x, m), swap(x - m, x)) >= -1


@given(UNIT, INNER)
def test_a_floor_is_the_ceiling_of_the_rest(x: float, m: float) -> None:
    assert floor(x, m) == ceiling(1 - x, 1 - m)


@given(INNER)
def test_bets_are_fair_at_the_edge(m: float) -> None:
    edge = m * ceiling(1, m) + (1 - m) * ceiling(0, m)
    up, down = (
        m * one + (1 - m) * none
        for one, none in zip(calibration(1, m), calibration(0, m), strict=True)
    )
    assert max(map(abs, (edge, up, down))) < 1e-12


@given(st.integers(1, 10**6))
def test_a_choice_is_fair_whatever_the_number_of_candidates(among: int) -> None:
    share = Fraction(1, among)
    assert share * Fraction(choice(True, among)) == (1 - share) * -Fraction(choice(False, among))


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8))
def test_a_permutation_is_fair_over_all_ways_it_could_have_been(scores: list[int]) -> None:
    ways = [
        permutation(float(score), [float(other) for other in scores[:at] + scores[at + 1 :]])
        for at, score in enumerate(scores)
    ]
    assert abs(math.fsum(ways)) < 1e-9 and min(ways) >= -1


def test_a_swap_bets_on_the_sign_and_stakes_the_size() -> None:
    assert [swap(d, 0.25) for d in (-7.0, 0.0, 1e-300)] == [-0.25, 0.0, 0.25]


def test_a_window_counts_ten_children_at_most() -> None:
    assert children([100, 0]) == children([10, 0]) == 4.0 == children([0, 3, 0, 100], most=17)
    assert children(25) == 9.0 and children([0] * 9) == -1.0


@pytest.mark.parametrize(
    "bet",
    [
        lambda: ceiling(0.5, 0.0),
        lambda: ceiling(1.1, 0.5),
        lambda: ceiling(math.nan, 0.5),
        lambda: floor(0.5, 1.0),
        lambda: floor(-0.1, 0.5),
        lambda: swap(math.nan, 0.5),
        lambda: swap(1.0, 1.5),
        lambda: choice(True, 0),
        lambda: permutation(-1.0, [1.0]),
        lambda: permutation(1.0, []),
        lambda: permutation(1.0, [math.nan]),
        lambda: permutation(1.0, [math.inf]),
        lambda: permuted(-1.0, 1.0, 1),
        lambda: permuted(2.0, 1.0, 1),
        lambda: permuted(1.0, 1.0, 0),
        lambda: permuted(1.0, math.nan, 1),
        lambda: permuted(1.0, math.inf, 1),
        lambda: calibration(1.0, 0.0),
        lambda: calibration(1.0, 1.0),
        lambda: calibration(2.0, 0.5),
        lambda: children([]),
        lambda: children([1, -1]),
        lambda: children(math.nan),
    ],
)
def test_what_is_no_bet_is_refused(bet: Callable[[], object]) -> None:
    with pytest.raises(PayoffError):
        bet()
