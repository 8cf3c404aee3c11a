"""Ping-pong: control goes back and forth and nobody works."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import TaskAssigned
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.handoff_pingpong import HandoffPingpong


def pingpong(times: int, run: str = "r1") -> Record:
    record = Record(run)
    for number in range(times):
        sender, to = ("sales", "refunds") if number % 2 == 0 else ("refunds", "sales")
        record.hand(sender, to)
        record.say(to, "not mine", sender)
    record.end()
    return record


def test_it_fires_at_the_fourth_hand_over() -> None:
    (finding,) = findings(HandoffPingpong(), pingpong(4))
    assert finding.evidence == ("r1/1", "r1/3", "r1/5", "r1/7")
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [
        ("sales", "refunds"), ("refunds", "sales"),
    ]  # fmt: skip
    assert finding.guarantee.code is GuaranteeCode.FACT
    assert finding.effect.value == 4


def test_it_tells_the_final_number() -> None:
    first, last = findings(HandoffPingpong(), pingpong(11))
    assert (first.effect.value, last.effect.value, last.severity) == (4, 11, "high")


def test_it_stays_silent_on_three_and_on_work_between() -> None:
    assert findings(HandoffPingpong(), pingpong(3)) == []
    record = Record()
    for number in range(9):
        record.hand("ab"[number % 2], "ba"[number % 2])
        record.call("ba"[number % 2], "search")
    assert findings(HandoffPingpong(), record) == []
    assert unsure(HandoffPingpong(), record) == []


def test_round_three_agents_is_no_pingpong() -> None:
    record = Record()
    for number in range(12):
        record.hand("abc"[number % 3], "abc"[(number + 1) % 3])
    assert findings(HandoffPingpong(), record) == []


def test_assigned_tasks_count_too() -> None:
    record = Record()
    for number in range(4):
        record.add(TaskAssigned, "ab"[number % 2], to="ba"[number % 2], task="t")
    assert len(findings(HandoffPingpong(), record)) == 1


def test_a_run_without_hand_overs_cannot_be_told() -> None:
    record = Record()
    record.say("a", "hello", "b")
    record.end()
    assert unsure(HandoffPingpong(), record) == ["no hand-overs are recorded in this run"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [pingpong(4, "a").shown, pingpong(60, "b").shown, pingpong(1, "c").shown]
    assert check_detector(HandoffPingpong(), streams).findings == 3
