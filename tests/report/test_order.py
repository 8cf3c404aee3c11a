"""In which order agents spoke."""

from hypothesis import given
from hypothesis import strategies as st

from tertius.report.order import MOST_STEPS, Order, order


def unfolded(found: Order) -> list[int]:
    return [agent for step in found.steps for agent in step.agents * step.times]


@given(st.lists(st.integers(-1, 3), max_size=60))
def test_unfolded_it_is_the_talk_itself(speakers: list[int]) -> None:
    found = order(speakers)
    told = unfolded(found)
    assert told == speakers[: len(told)]
    assert found.after == len(speakers) - len(told)
    assert found.after == 0 or len(found.steps) == MOST_STEPS


def test_a_round_is_folded_whatever_its_size() -> None:
    def steps(*speakers: int) -> list[tuple[tuple[int, ...], int]]:
        return [(step.agents, step.times) for step in order(speakers).steps]

    assert steps(0, 0, 0) == [((0,), 3)]
    assert steps(9, *(0, 1) * 11, 2) == [((9,), 1), ((0, 1), 11), ((2,), 1)]
    assert steps(*(0, 1, 2) * 2) == [((0, 1, 2), 2)]
    assert steps(0, 1, 2) == [((0,), 1), ((1,), 1), ((2,), 1)]


def test_a_talk_in_which_nothing_repeats_is_cut_and_the_rest_counted() -> None:
    found = order(range(5000))
    assert unfolded(found) == list(range(MOST_STEPS))
    assert found.after == 5000 - MOST_STEPS
