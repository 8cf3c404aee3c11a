"""Premature end: tasks open, or control just handed over, when the run ends."""

import pytest
from tests.detectors.record import Outcome, Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core.events import TaskAssigned, TaskCompleted
from tertius.core.finding import Severity
from tertius.core.oversight_events import Gap
from tertius.detectors.premature_end import PrematureEnd


def tasks(done: int, of: int, run: str = "r1", outcome: Outcome = "unknown") -> Record:
    record = Record(run, "lead", "w")
    for number in range(of):
        record.add(TaskAssigned, "lead", f"part {number}", to="w", task=f"t{number}")
    for number in range(done):
        record.add(TaskCompleted, "w", task=f"t{number}")
    record.end(outcome)
    return record


@pytest.mark.parametrize(("outcome", "severity"), [("completed", "high"), ("failed", "medium")])
def test_it_fires_on_an_open_task(outcome: Outcome, severity: Severity) -> None:
    (finding,) = findings(PrematureEnd(), tasks(1, 3, outcome=outcome))
    assert finding.evidence == ("r1/4", "r1/5", "r1/7")
    assert (finding.effect.value, finding.severity, finding.agents) == (2, severity, ("w",))
    assert (finding.mast_mode, finding.n) == ("FM-3.1", 3)


def test_a_run_that_somebody_stopped_was_not_ended_by_its_agents() -> None:
    record = tasks(1, 3, outcome="aborted")
    assert findings(PrematureEnd(), record) == []
    assert unsure(PrematureEnd(), record) == ["somebody stopped the run; its agents did not end it"]


def test_it_stays_silent_when_all_is_done() -> None:
    assert findings(PrematureEnd(), tasks(3, 3)) == []
    assert unsure(PrematureEnd(), tasks(3, 3)) == []


def test_completions_that_are_nowhere_recorded_are_not_missing() -> None:
    assert unsure(PrematureEnd(), tasks(0, 2)) == ["no completed tasks are recorded in this run"]
    assert findings(PrematureEnd(completions=True), tasks(0, 2))


def test_a_task_assigned_again_is_one_task() -> None:
    record = Record("r1", "a", "b")
    record.add(TaskAssigned, "a", to="b", task="t")
    record.add(TaskAssigned, "b", to="a", task="t")
    record.add(TaskCompleted, "a", task="t")
    record.end()
    assert findings(PrematureEnd(), record) == []


def test_control_that_nobody_took_up() -> None:
    record = Record("r1", "a", "b")
    record.say("b", "hello", "a")
    hand = record.hand("a", "b", "your turn")
    record.end()
    (finding,) = findings(PrematureEnd(), record)
    assert finding.evidence == (hand, "r1/5")
    assert finding.agents == ("a", "b")


def test_control_that_was_taken_up_is_no_finding() -> None:
    record = Record("r1", "a", "b")
    record.hand("a", "b", "your turn")
    record.say("b", "thanks", "a")
    record.end()
    assert findings(PrematureEnd(), record) == []


def test_the_end_of_a_chat_is_no_finding() -> None:
    record = Record("r1", "a", "b")
    record.say("a", "What is the answer?", "b")
    record.end()
    assert unsure(PrematureEnd(), record) == ["no tasks and no open hand-over are recorded"]


def test_a_run_that_does_not_end_is_no_early_end() -> None:
    record = tasks(1, 3)
    record.shown.pop()
    assert findings(PrematureEnd(), record) == []


def test_a_gap_may_hold_the_rest() -> None:
    record = tasks(1, 3)
    record.shown.pop()
    record.add(Gap)
    record.end()
    assert unsure(PrematureEnd(), record) == ["the rest of the work may lie in a gap of the record"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [tasks(1, 3, "a").shown, tasks(2, 2, "b").shown, tasks(5, 90, "c").shown]
    assert check_detector(PrematureEnd(), streams).findings == 2
