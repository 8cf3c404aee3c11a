"""Patterns match what `re` matches, without its worst case."""

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core.constraints import ConstraintError, Matches
from tertius.policy.linear_pattern import MAX_STATES, LinearPattern

CLASSES = [
    "a",
    "b",
    ".",
    r"\d",
    r"\w",
    "[ab]",
    "[^a]",
    "[a-c]",
    r"[\d-]",
    r"[\]x]",
    r"\.",
    "é",
    "-",
]
CLASSES += [r"[a\-c]", r"[^\w]", "[-a]", "[a-]", "[a-c1-3]"]
REPEATS = ["", "", "?", "*", "+", "{2}", "{0}", "{1,}", "{0,2}", "{1,3}"]
PATTERNS = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(REPEATS)).map("".join),
    min_size=1,
    max_size=6,
).map("".join)


@given(PATTERNS, st.text("abcé1-.\n]x", max_size=9))
def test_matches_what_a_backtracking_matcher_matches(pattern: str, text: str) -> None:
    assert Matches(argument="a", pattern=pattern)
    expected = re.fullmatch(pattern, text, re.ASCII) is not None
    assert LinearPattern(pattern).matches(text) is expected


def test_a_pattern_bomb_takes_a_step_for_each_character() -> None:
    """`re` takes the cube of the length for each more `a*`; this one keeps all states at once."""
    bomb = LinearPattern("a*" * 12 + "b")
    assert not bomb.matches("a" * 1024)
    assert bomb.matches("a" * 1023 + "b")


def test_letters_and_digits_are_ascii_only() -> None:
    assert not LinearPattern(r"\d").matches("\u0663")
    assert not LinearPattern(r"\w\w*\w*").matches("\u0430")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[z-a]", "bad range"),
        (r"[\d-z]", "bad range"),
        ("a{3,2}", "bad repetition"),
        (r"[\s]", "unknown escape"),
        ("[^]", "empty class"),
        ("a{999}" * 5, "too many repetitions"),
    ],
)
def test_what_the_dialect_allows_and_means_nothing(pattern: str, said: str) -> None:
    assert Matches(argument="a", pattern=pattern)
    with pytest.raises(ConstraintError, match=said):
        LinearPattern(pattern)


def test_doubled_signs_in_a_class_are_plain_characters() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LinearPattern("[a&&b]").matches("&")
        assert LinearPattern("[+--]").matches(",")


def test_the_shortest_match() -> None:
    assert LinearPattern("a?b+c{3}d*").shortest == 4
    assert MAX_STATES >= 999
