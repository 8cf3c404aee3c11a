"""Canonical bytes equal those of an independent RFC 8785 writer, or the value is refused."""

import json
import random
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from tertius.policy.canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_MEMBERS,
    MAX_WHOLE,
    ArgumentsError,
    canonical_bytes,
    canonical_json,
    schema_digest,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WHOLE = st.integers(-MAX_WHOLE, MAX_WHOLE)
FLOAT = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda f: not (f.is_integer() and MAX_WHOLE < abs(f) < 1e21)
)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
@example({"\U0001f600": 1, "\uff00": 2})  # astral keys sort before this one in UTF-16
@example([1e21, 1e-7, 1.5e-6, 1e-5, 1e-4, -0.0, 0.1, 5e-324, 1.7e308, 123456789.5])
@example({'\x00\x1f\x7f\u2028"\\/': "\b\f\n\r\t"})
def test_the_bytes_are_those_of_an_independent_writer(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_any_spelling_of_a_value_has_one_canonical_form(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    spelt = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    canonical = canonical_json(spelt)
    assert canonical == canonical_bytes(value)
    assert canonical_json(canonical) == canonical, "canonical once is canonical for good"
    assert canonical_bytes(json.loads(canonical)) == canonical, "what runs has the same bytes"


def test_every_single_character_is_written_as_the_independent_writer_does() -> None:
    for code in [*range(0x800), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x10FFFF]:
        if not 0xD800 <= code <= 0xDFFF:
            value = {chr(code): chr(code)}
            assert canonical_bytes(value) == rfc8785.dumps(value), hex(code)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b'{"a":1,"a":1}', "duplicate key"),
        (b'{"a":{"b":1,"\\u0062":2}}', "duplicate key"),
        (b'{"a": NaN}', "no JSON number|broken"),
        (b'{"a": Infinity}', "JSON"),
        (b'{"a": 1e400}', "not finite"),
        (b'{"a": 9007199254740992}', "2\\*\\*53"),
        (b'{"a": -9007199254740992}', "2\\*\\*53"),
        (b'{"a": 1e20}', "2\\*\\*53"),
        (b'{"a": ' + b"9" * 5000 + b"}", "2\\*\\*53|too long"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'{"a": "\xff"}', "invalid UTF-8 at offset 7"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        (b"", "broken JSON"),
        (b'{"a": 1', "broken JSON"),
        (b"{} {}", "broken JSON"),
        (b"{'a': 1}", "broken JSON"),
        (b"[" * 100_000, "deeper"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" + b"0," * MAX_MEMBERS + b"0]", "10000 values"),
        (b'"' + b"x" * MAX_BYTES + b'"', "262146 bytes"),
        (b'"' + b"x" * 1_048_576 + b'"', "at most 262144"),
    ],
)
def test_what_has_no_meaning_or_two_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said):
        canonical_json(raw)


def test_a_refusal_never_repeats_what_stands_in_the_arguments() -> None:
    for raw in (b'{"secret-7": 1, "secret-7": 2}', b'{"a": secret-7}', b'{"secret-7": 1e400}'):
        with pytest.raises(ArgumentsError) as caught:
            canonical_json(raw)
        assert "secret-7" not in str(caught.value)


class Word(str):
    """A text that says something else when it is asked."""


LOOP: list[Any] = []
LOOP.append(LOOP)
BOMB: list[Any] = []
for _ in range(30):
    BOMB = [BOMB, BOMB]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1: 2}, "key that is no text"),
        ({None: 2}, "key that is no text"),
        ({"a": (1, 2)}, "type `tuple`"),
        ({"a": {1}}, "type `set`"),
        ({"a": b"x"}, "type `bytes`"),
        ({"a": Word("x")}, "type `Word`"),
        ({"a": object()}, "type `object`"),
        ({"a": float("nan")}, "not finite"),
        ({"a": float("-inf")}, "not finite"),
        ({"a": 2**53}, "2\\*\\*53"),
        ({"a": 2.0**53}, "2\\*\\*53"),
        ({"a": "\ud800"}, "surrogate"),
        ({"\ud800": "é"}, "surrogate"),
        (LOOP, "deeper"),
        (BOMB, "values|deeper"),
    ],
)
def test_python_values_that_are_no_plain_json_are_refused(value: Any, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said):
        canonical_bytes(value)


def test_limits_are_reached_exactly() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    assert canonical_json(canonical_bytes(deep)) == canonical_bytes(deep)
    assert canonical_bytes([0] * (MAX_MEMBERS - 1))
    assert canonical_bytes(MAX_WHOLE) == b"9007199254740991"
    assert len(canonical_bytes("x" * (MAX_BYTES - 2))) == MAX_BYTES


def test_true_one_and_the_text_differ_and_one_point_nought_is_one() -> None:
    assert len({canonical_bytes(value) for value in (True, 1, "1", 1.5)}) == 4
    assert canonical_bytes(1.0) == canonical_bytes(1)


def test_a_schema_has_one_digest_whatever_its_order() -> None:
    assert schema_digest({"a": 1, "b": 2}) == schema_digest({"b": 2, "a": 1})
    assert schema_digest({"a": 1}) != schema_digest({"a": True})


def test_fuzz_20000_damaged_inputs_end_in_canonical_bytes_or_one_named_error() -> None:
    chance = random.Random(4)
    seeds = [b'{"a":[1,2.5,true,null,"x\\n"],"b":{"c":-0.0}}', b'{"k": "\xc3\xa9", "l": 1e5}']
    alphabet = b'{}[]":,\\u0123456789eE+-.trufalsn \x00\xff\xc3\xed\xa0\x80ab'
    agreed = 0
    for _ in range(20_000):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 2)] = bytes(
                chance.choices(alphabet, k=chance.randint(0, 3))
            )
            raw = raw or bytearray(b"0")
        try:
            found = canonical_json(bytes(raw))
        except ArgumentsError:
            continue
        agreed += 1
        assert found == rfc8785.dumps(json.loads(raw))
    assert agreed > 100
