"""A loop: the same exchange of two agents or more, several times in a row."""

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.detectors.agent_loop import AgentLoop

ROUND = [("a", "Is it done?", "b"), ("b", "Ask c.", "a"), ("a", "Ask c?", "c"), ("c", "No.", "a")]


def loop(rounds: int, length: int = 2, run: str = "r1", after: str = "") -> Record:
    record = Record(run)
    record.say("user", "begin", "a")
    for _ in range(rounds):
        for sender, text, to in ROUND[:length]:
            record.say(sender, text, to)
    if after:
        record.say("a", after, "user")
    record.end()
    return record


@pytest.mark.parametrize("length", [2, 3, 4])
def test_it_fires_when_the_third_round_is_complete(length: int) -> None:
    (finding,) = findings(AgentLoop(), loop(3, length))
    assert finding.evidence == tuple(f"r1/{n}" for n in range(2, 2 + 3 * length))
    assert finding.effect.value == 3
    assert finding.effect.unit == f"rounds of {length} messages"
    assert finding.agents == (("a", "b") if length < 4 else ("a", "b", "c"))
    assert finding.aspect == "said"


def test_it_stays_silent_on_two_rounds_and_on_talk() -> None:
    assert findings(AgentLoop(), loop(2)) == []
    record = Record()
    for number in range(30):
        record.say("ab"[number % 2], f"thought {number}", "ba"[number % 2])
    assert findings(AgentLoop(), record) == []
    assert unsure(AgentLoop(), record) == []


@pytest.mark.parametrize("after", ["", "That is enough."])
def test_a_long_loop_is_told_again_when_it_ends(after: str) -> None:
    first, last = findings(AgentLoop(), loop(7, 2, after=after))
    assert (first.effect.value, last.effect.value, last.severity) == (3, 7, "high")
    assert last.evidence[-1] == "r1/15"


def test_one_agent_alone_makes_no_loop() -> None:
    record = Record()
    for _ in range(9):
        record.say("a", "one", "b")
        record.say("a", "two", "b")
    assert findings(AgentLoop(), record) == []


def test_something_new_in_between_ends_the_loop() -> None:
    record = Record()
    for number in range(6):
        record.say("a", "Is it done?", "b")
        record.say("b", "No.", "a")
        record.say("a", f"attempt {number}", "c")
    assert findings(AgentLoop(), record) == []


def test_two_loops_are_two_findings() -> None:
    record = loop(3, 2, after="now something else")
    record.shown.pop()
    for _ in range(3):
        record.say("b", "x", "c")
        record.say("c", "y", "b")
    assert [each.agents for each in findings(AgentLoop(), record)] == [("a", "b"), ("b", "c")]


def test_missing_contents_and_too_few_messages() -> None:
    assert unsure(AgentLoop(), loop(5).without_contents()) == [
        "the sender or content of 11 messages is not known"
    ]
    assert unsure(AgentLoop(), loop(1)) == ["too few messages"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [loop(3, run="a").shown, loop(9, 3, run="b").shown, loop(30, 4, run="c").shown]
    assert check_detector(AgentLoop(), streams).findings == 5
