"""Duties: what becomes of a task."""

from tests.detectors.record import Record

from tertius.core import events as e
from tertius.detectors.duties import KINDS, TASKS, Duties


def followed(record: Record) -> Duties:
    duties = Duties()
    for event, _ in record.shown:
        if event.__struct_config__.tag in KINDS:
            duties.take(event)
    return duties


def test_a_task_goes_from_owner_to_owner_until_it_is_done() -> None:
    record = Record()
    record.add(e.TaskAssigned, "lead", to="ann", task="job/one")
    record.add(e.HandedOff, "ann", to="bob", task="job/one")
    record.add(e.HandedOff, "bob", to="ann", task="job/one")
    (duty,) = followed(record).rest()
    assert (list(duty.owners), duty.passed, duty.back, duty.done) == (
        ["ann", "bob"],
        2,
        True,
        False,
    )
    record.add(e.TaskCompleted, "ann", task="job/one")
    assert followed(record).rest()[0].done


def test_parts_are_settled_with_the_whole_and_forgotten() -> None:
    record = Record()
    for part in ("one", "two"):
        record.add(e.OutcomeObserved, about=f"job/{part}", value="open")
    record.add(e.OutcomeObserved, "ann", about="job/three", value="open")  # nobody's to announce
    duties = followed(record)
    assert [duty.name for duty in duties.settled("job")] == ["job/one", "job/two"]
    assert duties.settled("job") == [] and duties.rest() == []


def test_of_too_many_tasks_the_oldest_are_let_go() -> None:
    duties = Duties()
    for number in range(TASKS + 10):
        duties.take(
            e.TaskAssigned(id=f"e{number}", time=0, run="r", agent="a", to="b", task=f"t{number}")
        )
    assert len(duties.rest()) == TASKS
