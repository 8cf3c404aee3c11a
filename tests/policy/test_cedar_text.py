import subprocess
import sys

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.policy.cedar_text import (
    MAX_NESTING,
    MAX_OPERATORS,
    MAX_TEXT,
    CedarError,
    check_rule,
    parse_rule,
)
from tertius.policy.request_schema import shape

HEAD = "forbid (principal, action, resource)"
SCHEMA = cedarpy.Schema.from_str(shape("type Arguments = { amount?: Long };").text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"{HEAD}\n when {{ context.time > > 5 }};", "2:24"),
        ("garbage", "1:8"),
        (f"{HEAD} when {{ true }}", "1:51"),
        (f"{HEAD}\nwhen {{ true }};\nx", "3:2"),
        ('@id("a")\n@id("b") forbid (principal, action, resource);', "1:1"),
    ],
)
def test_says_where_text_cannot_be_parsed(text: str, place: str) -> None:
    with pytest.raises(CedarError, match=rf"^rule `k1`:{place}: "):
        parse_rule("k1", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds 0"),
        ("// nothing", "holds 0"),
        (f"{HEAD}; {HEAD};", "holds 2"),
        ("forbid (principal == ?principal, action, resource);", "is a template"),
    ],
)
def test_wants_exactly_one_rule(text: str, said: str) -> None:
    with pytest.raises(CedarError, match=said):
        parse_rule("k1", text)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("context.tiem > 5", r"1:53: attribute `tiem`.* did you mean `time`"),
        ("context.arguments.amount > 5", r"1:\d+: unable to guarantee safety"),
        ('context.time > "5"', "1:1: unexpected type"),
    ],
)
def test_says_where_a_rule_does_not_type_check(condition: str, said: str) -> None:
    with pytest.raises(CedarError, match=said):
        check_rule("k1", f"{HEAD} when {{ {condition} }};", SCHEMA, ("time",))


@pytest.mark.parametrize(
    "condition",
    [
        "(" * (MAX_NESTING + 1) + "true" + ")" * (MAX_NESTING + 1),
        " && ".join(["true"] * (MAX_OPERATORS + 2)),
        "context" + ".a" * (MAX_OPERATORS + 1),
        "[" * 100_000,
        "context" + '["a"]' * 1600,
        "// a comment that ends\r" + "(" * 3000 + "true" + ")" * 3000,
        "true }" + " when { true }" * 1000 + " when { true",
        '"' + "x" * MAX_TEXT + '"',
    ],
)
def test_refuses_what_could_overflow_the_parsers_stack(condition: str) -> None:
    with pytest.raises(CedarError, match=r"more than|longer than"):
        parse_rule("k1", f"{HEAD} when {{ {condition} }};")


@pytest.mark.parametrize(
    "condition",
    [
        "'(' * 3000 + 'true' + ')' * 3000",
        "'// a comment\\r' + '(' * 3000 + 'true' + ')' * 3000",
        "'context' + '[\"a\"]' * 3000",
    ],
)
def test_without_the_bound_the_parser_ends_the_process(condition: str) -> None:
    """The defence removed: the engine itself dies of 3,000 brackets, however they are hidden."""
    text = f"{HEAD!r} + ' when {{ ' + {condition} + '}};'"
    program = f"import cedarpy; cedarpy.PolicySet.from_str({text}).to_pst()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert ended.returncode < 0


def test_the_largest_rule_within_the_bounds_is_parsed() -> None:
    deep = "(" * (MAX_NESTING - 1) + "true" + ")" * (MAX_NESTING - 1)
    assert parse_rule("k1", f"{HEAD} when {{ {deep} }};").effect == "forbid"


@given(st.text(max_size=200))
def test_any_text_is_a_rule_or_a_named_error(text: str) -> None:
    try:
        parse_rule("k1", text)
    except CedarError as error:
        assert str(error).startswith("rule `k1`")


WORDS = [
    *("forbid", "permit", "principal", "action", "resource", "in", "is", "has", "like", "when"),
    *("unless", "context", "true", "false", "if", "then", "else", "time", "amount", "@id"),
    *("(", ")", "{", "}", "[", "]", ".", ",", ";", "==", "!", "-", "&&", "||", "*", "+", "<", ">"),
    *('"a"', "5", "9223372036854775808", 'Agent::"a"', "?principal", "//", "\n"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_words_of_the_language_are_a_rule_or_a_named_error(text: str) -> None:
    try:
        parse_rule("k1", text)
    except CedarError as error:
        assert str(error).startswith("rule `k1`")
