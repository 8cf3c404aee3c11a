"""The evidence ceiling: no run below it can name anybody, and one just above it can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.stats.eprocess import EProcess
from tertius.stats.evidence_ceiling import CeilingError, factor, needed, reach


@given(st.integers(1, 10**6), st.sampled_from([0.001, 0.05, 0.5]), st.floats(0.2, 50))
def test_no_shorter_run_reaches_the_bar(keys: int, level: float, payoff: float) -> None:
    least = needed(keys, level, factor(payoff))
    assert reach(least - 1, payoff) < keys / level
    assert reach(4 * least + 40, payoff) >= keys / level


@given(st.lists(st.floats(-1, 4), max_size=30))
def test_no_run_of_payoffs_gets_beyond_its_reach(payoffs: list[float]) -> None:
    process = EProcess()
    for payoff in payoffs:
        process.update(payoff)
    assert process.value <= reach(len(payoffs), 4.0)


@pytest.mark.parametrize(
    ("keys", "level", "largest"), [(0, 0.05, 2.0), (1, 0.0, 2.0), (1, 1.0, 2.0), (1, 0.05, 1.0)]
)
def test_numbers_that_bound_nothing_are_refused(keys: int, level: float, largest: float) -> None:
    with pytest.raises(CeilingError):
        needed(keys, level, largest)


@pytest.mark.parametrize(("updates", "payoff"), [(-1, 1.0), (1, -0.5), (1, float("nan"))])
def test_a_reach_of_nothing_is_refused(updates: int, payoff: float) -> None:
    with pytest.raises(CeilingError):
        reach(updates, payoff)
