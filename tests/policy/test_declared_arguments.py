import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.policy.declared_arguments import ShapeError, declared_arguments


def test_reads_nested_fields_sets_and_comments() -> None:
    text = """// what rules look at
    type Arguments = { amount?: Long, "odd name"?: Set<String>, filter?: { limit?: Long } };"""
    assert declared_arguments(text) == {
        "amount?": "Long",
        "odd name?": "Set<String>",
        "filter?": {"limit?": "Long"},
    }


def test_nothing_declares_nothing() -> None:
    assert declared_arguments(" // only words\n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type Arguments = { amount: Long };", "1:20: field `amount` must be optional"),
        ("type Arguments = { a?: Lnog };", "unknown type `Lnog`; did you mean `Long`"),
        ("type Arguments = { a?: Long, a?: Bool };", "declared twice"),
        ("type Arguments = { a?: Long", "unexpected end"),
        ("type Context = {};", "expected `Arguments`"),
        ("type Arguments = {}; entity Agent;", "only `Arguments` is yours"),
        ("type Arguments = { a?: Long } §", "unexpected `\\\\xa7`"),
        ("type Arguments = " + "{ a?: " * 9 + "Long" + " }" * 9 + ";", "expected the name"),
        ('type Arguments = { "a\n\x1b[2J\u202e": Long };', r"field `a\\n\\x1b\[2J\\u202e` must be"),
        ("type Arguments = { ?: Long };", "expected the name of a field"),
        ('type Arguments = { "a?"?: Long };', "expected the name of a field"),
    ],
)
def test_refuses_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(ShapeError, match=rf"^\d+:\d+: .*{said}|{said}"):
        declared_arguments(text)


@given(st.text(alphabet='typeArgumns={}?:;,Long "/\n', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ShapeError):
        declared_arguments(text)
