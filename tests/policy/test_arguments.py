"""What may be given to a tool: typed, named, and nothing else."""

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from tests.policy.documents import tool

from tertius.core.constraints import (
    AnyValue,
    ArgumentConstraint,
    HasLength,
    InRange,
    Matches,
    OneOf,
    OnHost,
    UnderPath,
)
from tertius.core.grants import ManifestError
from tertius.policy.arguments import Arguments


def problem(given: Any, *constraints: ArgumentConstraint) -> str | None:
    return Arguments(tool("t", *constraints)).problem(given)


ONE = OneOf(argument="a", values=("x", 1, None))
TRUE = OneOf(argument="a", values=(True, 2.0))
WHOLE = InRange(argument="a", low=0, high=9, whole=True)
NUMBER = InRange(argument="a", low=-0.5, high=9)
HOST = OnHost(argument="a", hosts=("ledger.example",), schemes=("https",))
PATH = UnderPath(argument="a", folders=("/data/aid/", "/tmp"))
FORM = Matches(argument="a", pattern=r"S-\d{4}", max_length=8)
LENGTH = HasLength(argument="a", low=1, high=3)


@pytest.mark.parametrize(
    ("constraint", "value", "good"),
    [
        (ONE, "x", True), (ONE, 1, True), (ONE, None, True), (ONE, True, False), (ONE, "1", False),
        (ONE, 1.5, False), (ONE, ["x"], False), (ONE, {}, False), (ONE, False, False),
        (TRUE, True, True), (TRUE, 1, False), (TRUE, 2, True), (TRUE, "True", False),
        (WHOLE, 0, True), (WHOLE, 9, True), (WHOLE, 10, False), (WHOLE, True, False),
        (WHOLE, 1.5, False), (WHOLE, "1", False), (WHOLE, None, False), (NUMBER, 1.5, True),
        (NUMBER, -1, False), (NUMBER, False, False),
        (HOST, "https://ledger.example/x", True), (HOST, "http://ledger.example/x", False),
        (HOST, "https://ledger.example.evil/", False), (HOST, "https://ledger.example:444/", False),
        (HOST, "https://ledger.example@evil/", False), (HOST, 7, False),
        (PATH, "/data/aid", True), (PATH, "/data/aid/x", True), (PATH, "/tmp/../data/aid/x", True),
        (PATH, "/data/aid2", False), (PATH, "/data/aid/../etc", False), (PATH, "/data", False),
        (PATH, "/data/aid/%2e%2e/x", False), (PATH, "data/aid/x", False), (PATH, 7, False),
        (FORM, "S-0001", True), (FORM, "S-001", False), (FORM, "S-00011", False),
        (FORM, "S-0001\n", False), (FORM, 7, False),
        (LENGTH, "abc", True), (LENGTH, [1], True), (LENGTH, "", False), (LENGTH, "abcd", False),
        (LENGTH, {"a": 1}, False), (LENGTH, 2, False),
        (AnyValue(argument="a"), {"b": [1]}, True),
    ],
)  # fmt: skip
def test_values_with_their_type(constraint: ArgumentConstraint, value: Any, good: bool) -> None:
    found = problem({"a": value}, constraint)
    assert (found is None) is good, found
    assert good or "`a`" in str(found)


def test_an_argument_that_no_constraint_names_is_refused_and_the_known_ones_told() -> None:
    assert problem({"a": 1, "b": 1}, ONE) == "`b` is not granted; expected `a`"
    assert problem({"b": 1}) == "`b` is not granted; expected no arguments"
    assert problem({}) is None


def test_a_key_that_is_no_name_is_not_repeated() -> None:
    assert problem({"a": 1, "p 9 \x1b": 1}, ONE) == "an argument is not granted; expected `a`"


def test_a_missing_argument_is_named_and_an_optional_one_may_be_missing() -> None:
    late = OneOf(argument="b.c", values=(1,), optional=True)
    assert problem({"a": 1}, ONE, late) is None
    assert problem({"b": {}}, ONE, late) == "argument `a` is missing"
    assert problem({}, OneOf(argument="b.c", values=(1,))) == "argument `b` is missing"
    assert problem({"b": {}}, OneOf(argument="b.c", values=(1,))) == "argument `b.c` is missing"


def test_a_dotted_path_means_a_field_and_never_a_key_with_a_dot() -> None:
    deep = OneOf(argument="filter.limit", values=(1,))
    assert problem({"filter": {"limit": 1}}, deep) is None
    assert "not granted" in str(problem({"filter.limit": 1}, deep))
    assert problem({"filter": 1}, deep) == "`filter` is not a mapping of names to values"
    assert "`filter.other` is not granted" in str(
        problem({"filter": {"limit": 1, "other": 2}}, deep)
    )


def test_arguments_are_a_mapping() -> None:
    assert problem([1], ONE) == "`arguments` is not a mapping of names to values"
    assert problem(None) == "`arguments` is not a mapping of names to values"


def test_no_reason_repeats_a_value() -> None:
    for constraint in (ONE, WHOLE, HOST, PATH, FORM, LENGTH):
        assert "hunter2-x" not in str(problem({"a": "hunter2-x"}, constraint))


@pytest.mark.parametrize("order", [1, -1])
def test_one_argument_constrained_as_a_whole_and_in_part(order: int) -> None:
    both = (AnyValue(argument="f"), OneOf(argument="f.g", values=(1,)))[::order]
    with pytest.raises(ManifestError, match="as a whole and in part"):
        Arguments(tool("t", *both))


NAMES = ("a", "b", "c.d", "c.e")
BOUNDS = st.fixed_dictionaries(
    {}, optional={name: st.tuples(st.booleans(), st.booleans()) for name in NAMES}
)
VALUES = st.sampled_from([0, 5, 50, "x", None])
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "a": VALUES, "b": VALUES, "z": VALUES,
        "c": VALUES | st.fixed_dictionaries({}, optional={"d": VALUES, "e": VALUES, "z": VALUES}),
    },
)  # fmt: skip


def plainly(given: dict[str, Any], bounds: dict[str, tuple[bool, bool]]) -> bool:
    """Tell whether arguments are granted: one value after the other, one constraint after it."""
    flat = {}
    for name, value in given.items():
        if isinstance(value, dict):
            if not any(each.startswith(f"{name}.") for each in bounds):
                return False
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    if not flat.keys() <= bounds.keys():
        return False
    inside = all(not bounds[n][0] or (type(v) is int and v <= 9) for n, v in flat.items())
    return inside and all(name in flat for name, (_, optional) in bounds.items() if not optional)


@drawn(GIVEN, BOUNDS)
def test_it_says_what_one_look_at_each_value_says(
    given: dict[str, Any], bounds: dict[str, tuple[bool, bool]]
) -> None:
    granted = [
        InRange(argument=name, low=0, high=9, whole=True, optional=optional)
        if checked
        else AnyValue(argument=name, optional=optional)
        for name, (checked, optional) in bounds.items()
    ]
    assert (problem(given, *granted) is None) == plainly(given, bounds)
