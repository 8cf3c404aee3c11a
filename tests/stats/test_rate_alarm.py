"""The alarm with a rate: exact in expectation, quick after a change, and no e-value."""

from fractions import Fraction

import pytest
from tests.twins.stopping_tree import at_most, roberts, worst

from tertius.stats.payoffs import PayoffError
from tertius.stats.rate_alarm import RateAlarm, RateError


def test_no_adversary_gets_above_the_number_of_updates() -> None:
    # what the bound rests on: the average less the time never rises under the null
    def step(state: tuple[int, tuple[Fraction, ...]], x: int) -> tuple[int, tuple[Fraction, ...]]:
        return state[0] + 1, roberts(state[1], Fraction(4 * x - 1))

    def ahead(state: tuple[int, tuple[Fraction, ...]]) -> Fraction:
        return sum(state[1], Fraction()) / 8 - state[0]

    assert worst((0, (Fraction(),) * 8), step, ahead, at_most(Fraction(1, 4)), 10) == 0


def test_it_is_the_sum_of_its_definition() -> None:
    alarm, sums = RateAlarm(1e9), (Fraction(),) * 8
    for payoff in (1, -1, 0, 3, 3, -1):
        assert not alarm.update(float(payoff))
        sums = roberts(sums, Fraction(payoff))
    assert abs(Fraction(alarm.value) / (sum(sums, Fraction()) / 8) - 1) < Fraction(1, 10**13)


def test_it_rings_soon_after_a_change_and_starts_anew() -> None:
    alarm = RateAlarm(1000.0)
    assert not any(alarm.update(-1.0 if turn % 2 else 1.0) for turn in range(200))
    assert 5 <= [alarm.update(1.0) for _ in range(30)].index(True) <= 15
    assert alarm.alarms >= 1 and alarm.n == 230 and alarm.value < 1000


@pytest.mark.parametrize("c", [1.0, 0.0, float("nan"), float("inf")])
def test_a_threshold_that_is_none_is_refused(c: float) -> None:
    with pytest.raises(RateError):
        RateAlarm(c)


@pytest.mark.parametrize("payoff", [-2.0, float("nan"), float("inf")])
def test_what_is_no_payoff_is_refused(payoff: float) -> None:
    alarm = RateAlarm(10.0)
    with pytest.raises(PayoffError):
        alarm.update(payoff)
    assert alarm.n == 0
