"""Constraints that could never hold, or say less than they seem to, are refused."""

from typing import Any

import pytest

from tertius.core.constraints import (
    AnyValue,
    Constraint,
    ConstraintError,
    HasLength,
    InRange,
    Matches,
    OneOf,
    OnHost,
    UnderPath,
)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_an_argument_path_has_no_empty_part(path: str) -> None:
    with pytest.raises(ConstraintError, match="bad argument path"):
        AnyValue(argument=path)


def test_true_one_and_one_point_nought_are_three_values() -> None:
    assert len(OneOf(argument="a", values=(True, 1, 1.0)).values) == 3
    with pytest.raises(ConstraintError, match="twice"):
        OneOf(argument="a", values=(1, True, 1))


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        (OneOf, {"values": ()}, "one of nothing"),
        (OneOf, {"values": (float("nan"),)}, "no JSON number"),
        (InRange, {"low": 2, "high": 1}, "the lower first"),
        (InRange, {"low": float("nan"), "high": 1}, "finite numbers"),
        (InRange, {"low": 0, "high": float("inf")}, "finite numbers"),
        (OnHost, {"hosts": ()}, "needs hosts"),
        (OnHost, {"hosts": ("EXAMPLE.org",)}, "bad host"),
        (OnHost, {"hosts": ("*.example.org",)}, "bad host"),
        (OnHost, {"hosts": ("a@b",)}, "bad host"),
        (OnHost, {"hosts": ("ex\u0430mple.org",)}, "bad host"),
        (OnHost, {"hosts": ("a", "a")}, "twice"),
        (UnderPath, {"folders": ()}, "no folder"),
        (UnderPath, {"folders": ("data",)}, "absolute path"),
        (UnderPath, {"folders": ("/data/../etc",)}, "absolute path"),
        (UnderPath, {"folders": ("/data/%2e%2e",)}, "absolute path"),
        (HasLength, {"low": 3, "high": 2}, "3 to 2"),
    ],
)
def test_a_constraint_that_means_nothing(
    kind: type[Constraint], settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConstraintError, match=said):
        kind(argument="a", **settings)


@pytest.mark.parametrize(
    "pattern", ["a", r"AID-\d{4}", "[a-z]+", "[^/]{1,8}x?", r"\.\*", r"\w+@example\.org", r"[\]]"]
)
def test_patterns_of_the_dialect(pattern: str) -> None:
    assert Matches(argument="a", pattern=pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    ["", "(a+)+", "a|b", "^a$", r"\1", "a**", "a{1,2}{3}", "[a", "a]", "*a", r"a\b", "(?=a)"],
)
def test_patterns_on_which_a_matcher_could_hang_are_refused(pattern: str) -> None:
    with pytest.raises(ConstraintError, match="bad pattern"):
        Matches(argument="a", pattern=pattern)
