"""Who reached whom."""

from typing import Any

from tests.report.small import story

from tertius.core.events import (
    Cause,
    MemoryRead,
    MemoryWritten,
    MessageDelivered,
    MessageSent,
    ToolCalled,
)
from tertius.core.kinds import Event
from tertius.report.reach import reaches


def told(*events: Event) -> dict[tuple[str, str], tuple[str, str, int]]:
    return {(r.sender, r.receiver): (r.channel, r.how, r.times) for r in reaches(events)}


def base(id: str, agent: str, *causes: str) -> dict[str, Any]:
    return {"id": id, "time": 0, "run": "r", "agent": agent,
            "causes": tuple(Cause(id=cause) for cause in causes)}  # fmt: skip


def test_a_message_reaches_each_recipient_once_even_if_delivery_is_recorded_too() -> None:
    sent = MessageSent(**base("1", "a"), recipients=("b", "c"), channel="chat")
    here = MessageDelivered(**base("2", "b"), sender="a", message="1", channel="chat")
    assert told(sent, here) == {("a", "b"): ("chat", "recorded", 1),
                                ("a", "c"): ("chat", "recorded", 1)}  # fmt: skip


def test_a_delivery_without_its_message_counts() -> None:
    here = MessageDelivered(**base("2", "b"), sender="a", message="lost")
    assert told(here) == {("a", "b"): ("", "unnamed", 1)}


def test_a_channel_that_the_record_does_not_name_is_told_apart() -> None:
    sent = MessageSent(**base("1", "a"), recipients=("b",))
    assert told(sent) == {("a", "b"): ("", "unnamed", 1)}


def test_memory_is_a_channel_and_the_reader_may_not_know_whose_value_it_reads() -> None:
    wrote = MemoryWritten(**base("1", "a"), store="board", key="k")
    assert told(wrote, MemoryRead(**base("2", "b", "1"), store="board", key="k")) == {
        ("a", "b"): ("board", "recorded", 1)
    }
    assert told(wrote, MemoryRead(**base("2", "b"), store="board", key="k")) == {
        ("a", "b"): ("board", "implied", 1)
    }
    assert told(wrote, MemoryRead(**base("2", "b"), store="board", key="other")) == {}
    assert told(wrote, MemoryRead(**base("2", "a", "1"), store="board", key="k")) == {}


def test_causes_across_agents_without_any_message_are_implied() -> None:
    did, upon = (ToolCalled(**each, tool="t") for each in (base("1", "a"), base("2", "b", "1")))
    assert told(did, upon) == {("a", "b"): ("", "implied", 1)}


def test_an_unknown_sender_reaches_nobody_that_could_be_drawn() -> None:
    assert told(MessageSent(**base("1", ""), recipients=("b",))) == {}


def test_the_story_of_the_samples() -> None:
    found = told(*(event for event, _ in story()))
    assert found["coder", "planner"][1] in ("recorded", "unnamed")
    assert found["planner", "tester"] == ("board", "recorded", 1)
    assert found["coder", "tester"][2] == 1
    assert found["planner", "coder"] == ("", "implied", 1)
