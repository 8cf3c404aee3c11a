"""Reading: who looked at what, since when, and what does not count."""

from typing import Any

from tertius.core import events as e
from tertius.core.events import Cause
from tertius.core.kinds import Event
from tertius.detectors.reading import Reading


def shown(*events: Event, most: int = 64) -> Reading:
    reading = Reading(most)
    for event in events:
        assert reading.take(event)
    return reading


def at(kind: type[Any], name: str, agent: str, **fields: Any) -> Event:
    made: Event = kind(id=name, time=0, run="r", agent=agent, **fields)
    return made


RESULT = at(e.TaskCompleted, "result", "worker", task="t1")


def test_what_cites_the_subject_is_a_read_of_it() -> None:
    cause = (Cause(id="result"),)
    read = at(e.MemoryRead, "read", "boss", store="s", causes=cause)
    assert shown(RESULT, read).since("boss", "result") == "read"
    assert shown(RESULT, at(e.Verified, "check", "boss", subject="result",
                            result="unclear")).since("boss", "result") == "check"  # fmt: skip


def test_another_agents_read_and_another_task_do_not_count() -> None:
    other = at(e.MemoryRead, "read", "other", store="s", causes=(Cause(id="result"),))
    elsewhere = at(e.ToolReturned, "tool", "boss", tool="open", task="t2")
    assert shown(RESULT, other, elsewhere).since("boss", "result") is None


def test_a_read_in_the_task_counts_since_the_subject_appeared_only() -> None:
    read = at(e.ToolReturned, "read", "boss", tool="open", task="t1")
    assert shown(read, RESULT).since("boss", "result") is None
    assert shown(RESULT, read).since("boss", "result") == "read"


def test_a_message_taken_in_is_a_read_of_what_it_rests_on() -> None:
    sent = at(e.MessageSent, "sent", "worker", recipients=("boss",), causes=(Cause(id="result"),))
    taken = at(e.MessageConsumed, "taken", "boss", message="sent")
    assert shown(RESULT, sent).since("boss", "result") is None
    assert shown(RESULT, sent, taken).since("boss", "result") == "taken"


def test_words_that_rest_on_an_own_read_are_read() -> None:
    read = at(e.MemoryRead, "read", "boss", store="s")
    reading = shown(RESULT, read)
    assert reading.since("boss", "result", resting=["read"]) == "read"
    assert reading.since("other", "result", resting=["read", "nothing"]) is None


def test_an_event_shown_twice_is_one_and_memory_is_bounded() -> None:
    reading = shown(RESULT)
    assert not reading.take(RESULT)
    reading = Reading(16)
    for number in range(200):
        reading.take(at(e.MemoryRead, f"e{number}", "a", store="s", task=f"t{number}"))
    assert reading.of("e10") is None
    assert reading.since("a", "t199") == "e199"
    assert reading.since("a", "t10") is None


def test_a_read_of_the_key_that_the_subject_was_written_to_is_a_read_of_it() -> None:
    reading = Reading(64)
    reading.cite(at(e.MemoryWritten, "diff", "worker", store="repo", key="pr-7"))
    assert reading.take(at(e.MemoryRead, "read", "boss", store="repo", key="pr-7"))
    assert reading.take(at(e.MemoryRead, "other", "peer", store="repo", key="pr-8"))
    assert reading.since("boss", "diff") == "read"
    assert reading.since("peer", "diff") is None


def test_a_read_that_names_nothing_is_loose() -> None:
    early = at(e.MemoryRead, "early", "boss", store="repo", key="pr-7")
    assert not shown(early, RESULT).loosely("boss", "result")
    late = at(e.MemoryRead, "late", "boss", store="repo", key="pr-7")
    assert shown(RESULT, late).loosely("boss", "result")
    assert not shown(RESULT, late).loosely("peer", "result")
    linked = at(e.MemoryRead, "linked", "boss", store="repo", task="t2")
    assert not shown(RESULT, linked).loosely("boss", "result")


def test_a_task_is_whose_who_completed_it_and_its_completion_stands_for_it() -> None:
    assigned = at(e.TaskAssigned, "asked", "lead", to="worker", task="t1")
    reading = shown(assigned, RESULT, at(e.TaskCompleted, "again", "other", task="t1"))
    known = reading.of("t1")
    assert known is not None
    assert (known.place, known.author, known.cited) == (1, "worker", ("result",))
    read = at(e.MemoryRead, "read", "boss", store="s", causes=(Cause(id="result"),))
    assert shown(assigned, RESULT, read).since("boss", "t1") == "read"
    assert shown(assigned, RESULT, read).since("other", "t1") is None
