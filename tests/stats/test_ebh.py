"""E-BH: the list from its definition, and what breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.stats.ebh import ListError, e_bh

VALUES = st.lists(st.floats(0, 2000), max_size=12)


def by_definition(values: list[float], level: float) -> int:
    """The largest R such that R values are at least K / (level * R)."""
    count = len(values)
    ranks = range(1, count + 1)
    fits = [r for r in ranks if sum(v >= count / (level * r) for v in values) >= r]
    return max(fits, default=0)


@given(VALUES, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_list_is_that_of_its_definition(values: list[float], level: float) -> None:
    found = e_bh(values, level)
    assert len(found) == by_definition(values, level)
    assert [values[place] for place in found] == sorted(values, reverse=True)[: len(found)]


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=12))
def test_equal_weights_are_the_default_up_to_rounding(values: list[float]) -> None:
    weights = [1 / len(values)] * len(values)
    one, other = e_bh(values, 0.05), e_bh([v * (1 + 1e-9) for v in values], 0.05, weights=weights)
    assert set(one) <= set(other)
    assert set(other) <= set(e_bh([v * (1 + 1e-6) for v in values], 0.05))


def test_weight_moves_the_bar_of_its_key() -> None:
    values = [30.0, 10.0]
    assert e_bh(values, 0.05) == []
    assert e_bh(values, 0.05, weights=[0.9, 0.1]) == [0]


def test_of_nothing_nothing_is_listed() -> None:
    assert e_bh([], 0.05) == []
    assert e_bh([0.0, 1.0, 19.0], 0.05) == []


@pytest.mark.parametrize(
    ("values", "level", "weights"),
    [
        ([1.0], 0.0, None),
        ([-1.0], 0.05, None),
        ([float("nan")], 0.05, None),
        ([1.0], 0.05, [0.5, 0.5]),
        ([1.0, 1.0], 0.05, [0.5, 0.6]),
        ([1.0], 0.05, [0.0]),
    ],
)
def test_what_makes_no_list_is_refused(
    values: list[float], level: float, weights: list[float] | None
) -> None:
    with pytest.raises(ListError):
        e_bh(values, level, weights=weights)
