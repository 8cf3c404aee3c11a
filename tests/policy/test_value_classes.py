from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tertius.policy.cedar_text import parse_rule
from tertius.policy.value_classes import classed, stand_in, value_classes


def classes(*conditions: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    head = "forbid (principal, action, resource)"
    return value_classes(parse_rule("k", f"{head} when {{ {text} }};") for text in conditions)


def test_finds_what_is_only_compared_with_numbers() -> None:
    assert classes("context.a > 5 && -3 != context.b.c", "context.a <= 9 && context has a") == {
        ("a",): (5, 9),
        ("b", "c"): (-3,),
    }


def test_leaves_out_what_is_read_in_any_other_way() -> None:
    assert classes("context.a > 5", "context.a + 1 > 2") == {}
    assert classes("context.a > 5", "context.a == context.b") == {}
    assert classes("context.a.b > 5", "context.a == {}") == {}
    assert classes("context.a > 5", "context == {}") == {}
    assert classes("context.a > 5", "[1].contains(context.a)") == {}
    assert classes("context.a > 9223372036854775807") == {}


@given(st.integers(-50, 50), st.lists(st.integers(-20, 20), min_size=1, unique=True))
def test_the_stand_in_is_on_the_same_side_of_every_number(value: int, numbers: list[int]) -> None:
    one = stand_in(value, tuple(sorted(numbers)))
    for number in numbers:
        assert ((value > number), (value == number)) == ((one > number), (one == number))


def test_texts_that_are_only_compared_have_one_stand_in() -> None:
    found = classes(
        'context.a == "x" || context.a != "y"', 'context.b == "x" && context.b like "*"'
    )
    assert found == {("a",): frozenset({"x", "y"})}
    assert [classed({"a": value}, found)["a"] for value in ("x", "z", "~")] == ["x", "~", "~"]
    assert classes('["x"].contains(context.a)', 'context.a == "x"') == {}
    assert classes('context.a == "x" && context.a == 3') == {}


def test_absent_fields_and_other_types_stay() -> None:
    context: dict[str, Any] = {"a": 7, "b": True, "d": {"e": 1}}
    told = classed(context, {("a",): (3,), ("b",): (3,), ("c", "x"): (3,), ("d", "e"): (3,)})
    assert told == {"a": 4, "b": True, "d": {"e": 2}}
