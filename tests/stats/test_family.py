"""The family rule and the group bound against closed testing over every set of keys."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twins import closed_testing as twin

from tertius.stats.family import FamilyError, group_bound, named

# Quarters and sixty-fourths: the floats are exact, so that a tie is a tie in both.
VALUES = st.integers(0, 400).map(lambda quarters: quarters / 4)
LEVELS = st.sampled_from([Fraction(1, 20), Fraction(1, 4)])


@st.composite
def families(draw: st.DrawFn) -> tuple[list[float], list[Fraction]]:
    parts = draw(st.lists(st.integers(1, 12), min_size=1, max_size=5))
    values = [draw(VALUES) for _ in parts]
    return values, [Fraction(part, 64) for part in parts]


@given(families(), LEVELS)
def test_names_are_those_of_closed_testing(
    family: tuple[list[float], list[Fraction]], level: Fraction
) -> None:
    values, weights = family
    found = named(values, float(level), weights=[float(weight) for weight in weights])
    assert found == twin.named(values, level, weights)


@given(families(), LEVELS, st.sets(st.integers(0, 4)))
def test_a_group_s_bound_is_that_of_closed_testing(
    family: tuple[list[float], list[Fraction]], level: Fraction, chosen: set[int]
) -> None:
    values, weights = family
    group = [place for place in chosen if place < len(values)]
    found = group_bound(values, group, float(level), weights=[float(each) for each in weights])
    assert found == twin.group_bound(values, group, level, weights)


@given(st.integers(0, 3), st.data())
def test_equal_weights_are_the_default(power: int, data: st.DataObject) -> None:
    count = 2**power
    values = [data.draw(VALUES) for _ in range(count)]
    weights = [Fraction(1, count)] * count
    assert named(values, 0.05) == twin.named(values, Fraction(1, 20), weights)
    group = list(range(0, count, 2))
    assert group_bound(values, group, 0.05) == twin.group_bound(
        values, group, Fraction(1, 20), weights
    )


def test_many_a_little_is_a_group_though_none_is_named() -> None:
    # no member can be named alone, yet six of the nine must be real
    values = [25.0] * 9 + [1.0]
    assert named(values, 0.05) == []
    assert group_bound(values, range(9), 0.05) == 6


def test_nulls_that_break_by_what_was_seen_are_not_covered() -> None:
    # The documented limit. Key 0 is innocent and plays all or nothing up to 20. If it wins,
    # somebody lets key 1 break its null for all to see; if not, key 1 too plays fairly, to 40.
    assert named([20.0, 1e6], 0.05) == [0, 1] and named([0.0, 40.0], 0.05) == [1]
    wrongly = Fraction(1, 20) + Fraction(19, 20) * Fraction(1, 40)
    assert wrongly > Fraction(1, 20)
    # Where key 1's null holds whatever was seen, the win of key 0 alone names nobody.
    assert named([20.0, 1.0], 0.05) == []


def test_of_all_keys_at_one_nothing_is_said() -> None:
    assert named([1.0] * 5, 0.05) == []
    assert group_bound([1.0] * 5, range(5), 0.05) == 0
    assert named([], 0.05, weights=[]) == []


@pytest.mark.parametrize(
    ("values", "level", "weights"),
    [
        ([1.0], 0.0, None),
        ([1.0], 1.0, None),
        ([-1.0], 0.05, None),
        ([float("nan")], 0.05, None),
        ([1.0, 1.0], 0.05, [0.5]),
        ([1.0, 1.0], 0.05, [0.6, 0.6]),
        ([1.0, 1.0], 0.05, [1.0, 0.0]),
    ],
)
def test_what_is_no_family_is_refused(
    values: list[float], level: float, weights: list[float] | None
) -> None:
    with pytest.raises(FamilyError):
        named(values, level, weights=weights)


@pytest.mark.parametrize("group", [[0, 0], [2], [-1]])
def test_a_group_of_keys_that_are_none_is_refused(group: list[int]) -> None:
    with pytest.raises(FamilyError):
        group_bound([1.0, 1.0], group, 0.05)
