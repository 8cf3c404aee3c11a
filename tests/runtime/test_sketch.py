"""The sketch of a record is bounded, says what it left out, and changes nothing."""

import json
from typing import Any

from tertius.core.events import MessageSent, ToolCalled
from tertius.core.kinds import Event
from tertius.core.ports.reader import Recorded
from tertius.runtime import sketch as module
from tertius.runtime.sketch import MAX_EXAMPLES, MAX_SHAPES, Key, Sketch, sketched


def called(n: int, tool: str, **arguments: Any) -> tuple[Event, bytes]:
    event = ToolCalled(id=f"r/{n}", time=0, run="r", agent="ann", tool=tool)
    return event, json.dumps(arguments).encode()


def said(n: int, text: str) -> tuple[Event, bytes]:
    return MessageSent(id=f"r/{n}", time=0, run="r", agent="ann"), text.encode()


def test_the_sketch_is_bounded_and_says_what_it_left_out() -> None:
    sketch = Sketch()
    for n in range(MAX_SHAPES + 7):
        sketch.see(*called(n, f"tool-{n}", a=1))
    for n in range(MAX_EXAMPLES + 5):
        sketch.see(*called(n, "tool-0", **{f"key-{k}": "v" * 50 for k in range(n)}))
    assert len(sketch.shapes) == MAX_SHAPES
    assert sketch.beyond == 7
    first = sketch.shapes["tool.called", "tool-0"]
    assert (first.count, len(first.examples)) == (MAX_EXAMPLES + 6, MAX_EXAMPLES)
    assert len(first.keys) <= 24


def test_records_pass_through_unchanged() -> None:
    records = [Recorded(event=event, contents=(raw,)) for event, raw in (said(1, "a"), said(2, ""))]
    sketch = Sketch()
    assert list(sketched([*records, "other"], sketch)) == [*records, "other"]
    assert sketch.kinds == {"message.sent": 2}


def test_keys_remember_types_ends_and_short_words() -> None:
    key = Key()
    for value in (3, 4.5, True, "yes", "x" * 99, None):
        key.see(value)
    assert key.types == {"int": 1, "float": 1, "bool": 1, "str": 2, "NoneType": 1}
    assert (key.low, key.high) == (3, 4.5)
    assert key.values == {"true": 1, "yes": 1}


def test_messages_beyond_the_bound_are_only_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGES", 2)
    sketch = Sketch()
    for n in range(5):
        sketch.see(*said(n, "I approve it"))
    assert sketch.beyond == 3
    assert sketch.kinds == {"message.sent": 5}
    assert [shape.count for shape in sketch.shapes.values()] == [2]


def test_messages_that_are_json_are_told_apart_by_their_keys() -> None:
    sketch = Sketch()
    sketch.see(*said(1, '{"vote": "yes"}'))
    sketch.see(*said(2, 'Here: ```json\n{"vote": "no", "why": "x"}\n```'))
    sketch.see(*said(3, "[1]"))
    assert [name for _, name in sketch.shapes] == ["{vote}", "{vote, why}"]
