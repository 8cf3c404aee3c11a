"""A restart: declared by the record, or the opening that comes again after work."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.conversation_restart import ConversationRestart

TASK = (
    "Find the cheapest train from Lyon to Turin next Monday and summarise how to book it. Compare "
    "at least three trains, name the change of trains if there is one, and say whether a seat must "
    "be reserved. Answer with a table."
)


def declared(run: str = "r1", restarts: int = 1) -> Record:
    record = Record(run)
    for number in range(restarts + 1):
        if number:
            record.start()
        record.say("planner", f"attempt {number}", "surfer")
        record.say("surfer", f"found {number}", "planner")
    record.end()
    return record


def reopened(after: int, run: str = "r1") -> Record:
    record = Record(run)
    record.say("user", TASK, "planner")
    for number in range(after):
        record.say("planner", f"step {number}", "surfer")
    record.say("user", TASK, "planner")
    record.say("planner", "again", "surfer")
    record.end()
    return record


def test_a_declared_restart_is_a_fact() -> None:
    (finding,) = findings(ConversationRestart(), declared())
    assert finding.guarantee.code is GuaranteeCode.FACT
    assert finding.evidence == ("r1/0", "r1/2", "r1/3")
    assert finding.agents == ("planner", "surfer")
    assert (finding.mast_mode, finding.severity, finding.effect.value) == ("FM-2.1", "medium", 1)


def test_several_restarts_are_told_once_and_in_sum() -> None:
    first, last = findings(ConversationRestart(), declared(restarts=4))
    assert (first.effect.value, last.effect.value, last.severity) == (1, 4, "high")


def test_starts_without_work_between_are_no_restart() -> None:
    record = Record()
    record.start()
    record.start()
    record.say("planner", TASK, "surfer")
    record.end()
    assert findings(ConversationRestart(), record) == []
    assert unsure(ConversationRestart(), record) == []


def test_the_opening_sent_again_after_work_is_a_heuristic() -> None:
    (finding,) = findings(ConversationRestart(), reopened(5))
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert finding.evidence == ("r1/1", "r1/7")


def test_the_opening_sent_again_at_once_is_a_retry() -> None:
    assert findings(ConversationRestart(), reopened(3)) == []
    assert findings(ConversationRestart(), reopened(4))


def test_a_short_announcement_may_come_again() -> None:
    record = Record()
    for number in range(20):
        record.say("host", "Now it is daytime, everybody may speak.", "a", "b")
        record.say("a", f"speech {number}", "b")
    assert findings(ConversationRestart(), record) == []


def test_the_opening_by_somebody_else_is_no_restart() -> None:
    record = Record()
    record.say("user", TASK, "planner")
    for number in range(9):
        record.say("planner", f"step {number}", "surfer")
    record.say("planner", TASK, "surfer")
    assert findings(ConversationRestart(), record) == []


def test_the_same_opening_in_another_run_is_no_restart() -> None:
    assert findings(ConversationRestart(), declared("a", 0), declared("b", 0)) == []


def test_without_the_opening_only_a_declared_restart_shows() -> None:
    (why,) = unsure(ConversationRestart(), reopened(5).without_contents())
    assert "not at hand" in why
    assert findings(ConversationRestart(), declared().without_contents())


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [declared("a", 3).shown, reopened(7, "b").shown, declared("c", 0).shown]
    assert check_detector(ConversationRestart(), streams).findings == 3
