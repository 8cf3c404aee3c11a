"""All kinds: one canonical form, read back as what they are."""

from typing import Any

import msgspec
import pytest

from tertius.core.events import MAX_ENTRY, BaseEvent, MessageSent
from tertius.core.kinds import KINDS, decode, encode

NEEDED: dict[str, Any] = {
    "id": "e", "time": 0, "run": "r", "tool": "t", "store": "s", "resource": "gpu", "to": "b",
    "subject": "x", "ratee": "b", "score": 1, "result": "confirmed", "about": "x", "step": 3,
    "steps": 9, "seed": 1, "state": "0" * 64, "amount": 2, "request": "0" * 64, "outcome": "permit",
    "finding": "0" * 64, "detector": "d", "version": "1", "severity": "low", "escalation": "q",
    "deadline": 0, "ruling": "denied", "value": "0" * 64, "receiver": "b", "change": "load",
    "index": 4, "content": "0" * 64, "origin": "o", "digest": "0" * 64, "length": 5, "writer": "w",
    "key": "k", "size": 6, "root": "0" * 64,
}  # fmt: skip


def example(noun: type[BaseEvent]) -> BaseEvent:
    fields = [f for f in msgspec.structs.fields(noun) if f.required]
    return noun(**{f.name: NEEDED[f.name] for f in fields})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_read_back_as_itself(kind: str) -> None:
    event = example(KINDS[kind])
    raw = encode(event)
    assert raw.startswith(b'{"kind":"%s"' % kind.encode())
    assert decode(raw) == event
    assert encode(decode(raw)) == raw
    assert len(raw) < MAX_ENTRY


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_unknown_fields_are_refused_in_every_kind(kind: str) -> None:
    raw = encode(example(KINDS[kind]))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        decode(raw[:-1] + b',"surprise":1}')


def test_what_is_not_known_is_left_out_of_the_bytes() -> None:
    raw = encode(MessageSent(id="m", time=0, run="r"))
    assert raw == b'{"kind":"message.sent","id":"m","time":0,"run":"r"}'
