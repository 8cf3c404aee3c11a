"""Unanswered request: asked of one agent, and nothing comes back while the run goes on."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import AgentJoined, Offered, TaskAssigned
from tertius.core.guarantee import GuaranteeCode
from tertius.core.oversight_events import Gap
from tertius.detectors.unanswered_request import UnansweredRequest


def asked(text: str | None = "Which page was it?", run: str = "r1", later: int = 6) -> Record:
    record = Record(run, "a", "b", "c")
    record.say("a", text, "b")
    for number in range(later):
        record.say("ac"[number % 2], f"on with it {number}", "ca"[number % 2])
    return record


def test_it_fires_on_a_question_that_stays_open() -> None:
    (finding,) = findings(UnansweredRequest(), asked())
    assert (finding.agents, finding.evidence) == (("a", "b"), ("r1/4",))
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert finding.mast_mode == "FM-2.5"


def test_it_stays_silent_on_an_answer() -> None:
    for to in [("a",), ("a", "c"), ()]:
        record = asked()
        record.say("b", "page 3", *to)
        assert findings(UnansweredRequest(), record) == []
        assert unsure(UnansweredRequest(), record) == []


def test_of_a_run_that_somebody_stopped_nobody_can_tell() -> None:
    record = asked()
    record.end("aborted")
    assert findings(UnansweredRequest(), record) == []
    assert unsure(UnansweredRequest(), record) == [
        "somebody stopped the run; the answers may have come later"
    ]


def test_an_answer_to_somebody_else_is_none() -> None:
    record = asked()
    record.say("b", "page 3", "c")
    assert len(findings(UnansweredRequest(), record)) == 1


def test_what_is_asked_at_the_very_end_is_not_ignored() -> None:
    assert findings(UnansweredRequest(), asked(later=3)) == []


def test_what_does_not_end_with_a_question_is_no_request() -> None:
    for text in ("It was page 3.", "See https://example.org/?page=3", "You ask why? I know."):
        assert findings(UnansweredRequest(), asked(text)) == []


def test_a_question_to_all_asks_nobody_in_particular() -> None:
    record = Record("r1", "a", "b", "c")
    record.say("a", "Which page was it?", "b", "c")
    for number in range(9):
        record.say("a", f"on with it {number}", "b", "c")
    (why,) = unsure(UnansweredRequest(), record)
    assert why.startswith("no agent ended a message to a single other agent with a question mark")


def test_people_may_answer_elsewhere() -> None:
    record = Record()
    record.add(AgentJoined, "b", role="human")
    record.shown += asked().shown
    assert findings(UnansweredRequest(), record) == []


def test_a_task_that_nobody_answered_is_a_fact() -> None:
    record = Record("r1", "a", "b", "c")
    task = record.add(TaskAssigned, "a", "do it", to="b")
    offer = record.add(Offered, "a", to=("b",))
    record.shown += asked("No question.", "r1").shown[4:]
    (finding,) = findings(UnansweredRequest(), record)
    assert finding.evidence == (task, offer)
    assert finding.guarantee.code is GuaranteeCode.FACT
    assert (finding.effect.value, finding.severity) == (2, "medium")


def test_somebody_who_is_not_there_is_not_this_detectors() -> None:
    record = Record("r1", "a", "c")
    record.shown += asked().shown[4:]
    assert findings(UnansweredRequest(), record) == []


def test_gaps_and_missing_contents() -> None:
    record = asked()
    record.add(Gap)
    assert unsure(UnansweredRequest(), record) == ["the answers may lie in a gap of the record"]
    (why,) = unsure(UnansweredRequest(), asked().without_contents())
    assert "not at hand" in why


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [asked(run="a").shown, asked(run="b", later=90).shown, asked("No.", "c").shown]
    assert check_detector(UnansweredRequest(), streams).findings == 2
