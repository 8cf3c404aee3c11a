"""Patterns give named groups, and no text holds them up."""

import re

import pytest

from tertius.runtime.pattern import MAX_TEXT, Pattern, PatternError


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        (r"(?P<a>\w+) approves (?P<b>.+)", "ann approves order 7", {"a": "ann", "b": "order 7"}),
        (r"(?i)APPROVED", "it is approved", {}),
        (r"(?P<a>x)|(?P<b>y)", "y", {"b": "y"}),
        (r"^done$", "not\ndone", None),
        (r"(?m)^done$", "not\ndone\nyet", {}),
        (r"(?P<a>\d{2,3})", "12345", {"a": "123"}),
        (r"(?P<a>\d{2,3}?)", "12345", {"a": "12"}),
        ("(?P<a>é+)", "caféé", {"a": "éé"}),
    ],
)
def test_named_groups(source: str, text: str, found: dict[str, str] | None) -> None:
    assert Pattern(source).search(text) == found


def test_a_hostile_text_is_no_trouble() -> None:
    """With `re` this would not end within the age of the universe."""
    assert Pattern("(?:a+)+(?:a|aa)+b").search("a" * MAX_TEXT) is None


def test_text_beyond_the_limit_is_not_looked_at() -> None:
    assert Pattern("b").search("a" * (MAX_TEXT - 1) + "b") == {}
    assert Pattern("b").search("a" * MAX_TEXT + "b") is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("(", "no regular expression: missing"),
        ("a" * 301, "301 characters; a pattern has at most 300"),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a(?=b)", "invalid perl operator: (?="),
        ("(?x) a", "invalid perl operator: (?x"),
        ("(?:a{500}){500}", "invalid repetition size: {500}"),
        ("\ud800", "no regular expression"),
    ],
)
def test_what_is_refused_says_why(source: str, problem: str) -> None:
    with pytest.raises(PatternError, match=re.escape(problem)):
        Pattern(source)


def test_what_is_no_text_matches_nothing() -> None:
    assert Pattern("a").search("a\ud800") is None
