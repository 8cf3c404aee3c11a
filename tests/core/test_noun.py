"""What every noun shares: frozen, no unknown fields, errors that name the field."""

from typing import Any

import msgspec
import pytest
from tests.core.examples import DIGEST, EXAMPLES

from tertius.core.errors import CallerError
from tertius.core.noun import (
    NounError,
    require_digests,
    require_distinct,
    require_names,
)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_nouns_are_frozen(name: str) -> None:
    noun: Any = EXAMPLES[name]
    with pytest.raises(AttributeError):
        setattr(noun, noun.__struct_fields__[0], None)


@pytest.mark.parametrize("bad", ["", "two words", "a\n", "é", "a" * 129, "admin\u200b"])
def test_a_bad_name_is_shown_escaped_with_its_field(bad: str) -> None:
    with pytest.raises(NounError, match="bad agent `") as raised:
        require_names(NounError, run="r1", agent=bad)
    assert str(raised.value).isascii()
    assert "\n" not in str(raised.value)


def test_none_and_tuples_of_names_pass() -> None:
    require_names(NounError, peer=None, tools=("a", "b"))
    with pytest.raises(NounError, match="bad tools `b c`"):
        require_names(NounError, tools=("a", "b c"))


@pytest.mark.parametrize("bad", ["", "ab", DIGEST.upper(), DIGEST[:-1] + "g", DIGEST + "0"])
def test_a_digest_is_64_lower_case_hex_digits(bad: str) -> None:
    require_digests(NounError, good=DIGEST, none=None)
    with pytest.raises(NounError, match="bad view"):
        require_digests(NounError, view=bad)


def test_what_is_named_twice_is_named_in_the_error() -> None:
    require_distinct(NounError, tools=("a", "b"))
    with pytest.raises(NounError, match="tools names `b` twice"):
        require_distinct(NounError, tools=("a", "b", "b"))


def test_a_noun_error_is_the_callers_and_keeps_its_cause_through_decoding() -> None:
    assert issubclass(NounError, CallerError)
    raw = msgspec.json.encode({**msgspec.to_builtins(EXAMPLES["ruling"]), "person": "p 1"})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=type(EXAMPLES["ruling"]))
