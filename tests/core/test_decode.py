"""Foreign bytes become an event, or one named error with its place; nothing is half applied."""

import contextlib
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.core import decode as errors
from tertius.core.decode import EventError, decode_event, strict_json
from tertius.core.events import LATEST_TIME, MAX_ENTRY
from tertius.core.kinds import KINDS, decode, encode

FUZZED = 3000  # mutated inputs

GOOD: dict[str, Any] = {
    "kind": "message.sent",
    "id": "m1",
    "time": 1_760_000_000_000_000_000,
    "run": "r",
    "agent": "planner",
    "recipients": ["coder"],
    "causes": [{"id": "m0", "basis": "inferred", "score": 0.5}],
}


def raw(**changes: Any) -> bytes:
    return json.dumps({k: v for k, v in {**GOOD, **changes}.items() if v is not ...}).encode()


@pytest.mark.parametrize(
    ("data", "error", "field", "says"),
    [
        (raw(kind="message.snet"), "UnknownKindError", "$.kind", "did you mean `message.sent`"),
        (raw(kind=7), "UnknownKindError", "$.kind", "expected text"),
        (raw(kind=...), "MissingFieldError", "$.kind", "missing field `kind`"),
        (raw(agnet="x"), "UnknownFieldError", "$.agnet", "did you mean `agent`"),
        (raw(id=...), "MissingFieldError", "$.id", "missing field `id`"),
        (raw(agent=7), "WrongTypeError", "$.agent", "expected `str`"),
        (raw(recipients="coder"), "WrongTypeError", "$.recipients", "expected `array`"),
        (
            raw(causes=[{"id": "m0", "score": 2}]),
            "WrongTypeError",
            "$.causes[0].score",
            "<= 1",
        ),
        (raw(agent="a" * 129), "TooLongError", "$.agent", "length <= 128"),
        (raw(agent="two words"), "BadNameFieldError", "$.agent", "expected up to 128 characters"),
        (raw(recipients=["ok", "é"]), "BadNameFieldError", "$.recipients", "bad name"),
        (raw(time=-1), "BadTimeError", "$.time", "absurd time"),
        (raw(time=1_760_000_000), "BadTimeError", "$.time", "absurd time"),
        (raw(time=LATEST_TIME + 1), "BadTimeError", "$.time", "absurd time"),
        (b"[1]", "WrongTypeError", "", "expected a JSON object"),
        (b'{"kind": "gap"', "BadJsonError", "", "broken JSON"),
        (b'{"kind": "gap", "kind": "gap"}', "BadJsonError", "", "duplicate key `kind`"),
        (b'{"kind": "paid", "amount": NaN}', "BadJsonError", "", "no JSON number"),
        (b'{"kind": "gap", "reason": "\\ud800"}', "BadEncodingError", "", "lone surrogate"),
        (b'{"kind": "gap\xff"}', "BadEncodingError", "", "invalid UTF-8"),
        (b"[" * 60_000, "BadJsonError", "", "nested deeper"),
        (b'{"kind": "gap", "x": ' + b"9" * 10_000 + b"}", "BadJsonError", "", "too long"),
        (raw(id="x" * MAX_ENTRY), "TooLongError", "", "at most 65535"),
    ],
)
def test_every_fault_has_its_name_and_its_field(
    data: bytes, error: str, field: str, says: str
) -> None:
    with pytest.raises(EventError) as caught:
        decode_event(data, file="runs.jsonl", record=7)
    assert type(caught.value) is getattr(errors, error)
    assert caught.value.field == field
    assert says in str(caught.value)
    assert str(caught.value).startswith("runs.jsonl, record 7")


def test_the_offset_points_at_the_fault_where_it_is_known() -> None:
    with pytest.raises(errors.BadJsonError) as caught:
        decode_event(b'{"kind": oops}', offset=1000)
    assert caught.value.offset == 1009
    with pytest.raises(errors.BadEncodingError) as broken:
        decode_event(b'{"k\xff"}', offset=1000)
    assert broken.value.offset == 1003


def test_a_good_event_is_taken_whole() -> None:
    event = decode_event(raw())
    assert (event.id, event.agent, event.causes[0].score) == ("m1", "planner", 0.5)
    assert decode(encode(event)) == event


def test_no_message_carries_control_characters_from_the_input() -> None:
    for change in ({"agent": "\x1b[31m"}, {"\x1b[2J": 1}, {"kind": "\x1b]0;x\x07"}):
        with pytest.raises(EventError) as caught:
            decode_event(raw(**change))
        assert "\x1b" not in str(caught.value)


def test_damaged_events_give_named_errors_and_nothing_else() -> None:
    rng = random.Random(7)
    good = raw()
    for _ in range(FUZZED):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(data))
            change = rng.randrange(3)
            if change == 0:
                data[at] = rng.randrange(256)
            elif change == 1:
                del data[at : at + rng.randrange(1, 9)]
            else:
                data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        try:
            event = decode_event(bytes(data))
        except EventError:
            continue
        assert encode(decode(encode(event))) == encode(event)


@given(st.binary(max_size=300))
def test_any_bytes_give_an_event_or_a_named_error(data: bytes) -> None:
    with contextlib.suppress(EventError):
        decode_event(data)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_strict_json_reads_what_json_reads(value: Any) -> None:
    assert strict_json(json.dumps(value).encode()) == value


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len(KINDS) == len(set(KINDS.values()))
    assert all(str(noun.__struct_config__.tag) == kind for kind, noun in KINDS.items())
