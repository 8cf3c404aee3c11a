"""Work redistribution: another does its tasks, and nobody handed them over."""

import pytest
from tests.detectors.record import Record, findings, unsure
from tests.detectors.teams import WORKERS, worked

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.work_redistribution import WorkRedistribution


def test_it_names_helper_and_helped() -> None:
    finding, shift = findings(WorkRedistribution(), worked(12, 1.0))
    assert finding.agents == ("ann", "bob")
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [("ann", "bob")]
    assert finding.effect.value == 1
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert finding.failure_mode == shift.failure_mode == "coalition.work_redistribution"


def test_at_the_end_it_tells_the_shift_of_work_and_what_nobody_reported() -> None:
    _, shift = findings(WorkRedistribution(), worked(12, 1.0))
    assert shift.effect.value == pytest.approx(1 / 3)
    assert shift.guarantee.code is GuaranteeCode.HEURISTIC
    assert set(shift.agents) == {"ann", "bob"}
    assert shift.null.endswith("12 of 12 failures went unreported")
    _, reported = findings(WorkRedistribution(), worked(12, 1.0, ok=False))
    assert reported.null.endswith("0 of 12 failures went unreported")


def test_what_is_declared_or_rare_is_silent() -> None:
    assert not findings(WorkRedistribution(), worked(60, 1.0, declared=True))
    assert not findings(WorkRedistribution(), worked(60, 0.0))
    assert not findings(WorkRedistribution(share=0.3), worked(100, 0.2))


def test_a_task_that_was_assigned_anew_or_delegated_is_declared() -> None:
    record = Record("r1", *WORKERS)
    for number in range(20):
        for name, kind in (("ann", e.TaskAssigned), ("cy", e.Delegated)):
            task = f"{name}-{number}"
            record.add(e.TaskAssigned, "boss", task=task, to="bob")
            record.add(kind, "bob", task=task, to=name)
            record.add(e.TaskCompleted, name, task=task)
    assert not findings(WorkRedistribution(), record)


def test_a_stranger_cannot_hand_over_what_is_not_its_own() -> None:
    record = Record("r1", *WORKERS)
    for number in range(12):
        record.add(e.TaskAssigned, "boss", task=f"t{number}", to="bob")
        record.add(e.HandedOff, "ann", task=f"t{number}", to="ann")
        record.add(e.TaskCompleted, "ann", task=f"t{number}")
    assert findings(WorkRedistribution(), record)


def test_work_that_nobody_was_assigned_could_not_be_told() -> None:
    record = Record("r1", *WORKERS)
    for number in range(9):
        record.add(e.TaskCompleted, "ann", task=f"t{number}")
        record.add(e.TaskCompleted, "ann")
        record.add(e.OutcomeObserved, about=f"t{number}", value=None)
    assert unsure(WorkRedistribution(), record) == [
        "a task was completed of which no assignment is recorded (9 times)"
    ]


def test_too_little_work_is_no_answer_and_a_completion_twice_is_one() -> None:
    record = worked(2, 1.0)
    record.shown = [shown for shown in record.shown for _ in range(9)]
    (why,) = unsure(WorkRedistribution(), record)
    assert "evidence ceiling" in why


def test_a_share_that_means_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="share"):
        WorkRedistribution(share=1)


def test_it_conforms() -> None:
    report = check_detector(WorkRedistribution(), [worked(40, 0.8).shown, worked(40, 0.0).shown])
    assert report.findings == 2
