"""Unowned work: parts that are left, tossed tickets, actions that nobody answers for."""

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.oversight_events import Gap
from tertius.detectors.unowned_work import UnownedWork


def job(record: Record, number: int, *, given: int = 3, done: int = 3) -> None:
    """A job of three parts, of which some are given to somebody, and some done."""
    tasks = [f"job-{number}/part-{part}" for part in range(3)]
    for task in tasks:
        record.add(e.OutcomeObserved, about=task, value="open")
    for worker, task in enumerate(tasks[:given]):
        record.add(e.TaskAssigned, "lead", to=f"w{worker}", task=task)
    for worker, task in enumerate(tasks[:done]):
        record.add(e.TaskCompleted, f"w{worker}", task=task)
    record.add(e.TaskCompleted, "lead", task=f"job-{number}")


def left(run: str = "r1") -> Record:
    record = Record(run, "lead", "w0")
    job(record, 1)
    job(record, 2, given=2, done=2)
    job(record, 3, done=1)
    record.end("completed")
    return record


def test_parts_that_nobody_was_given_or_did_are_told_and_counted() -> None:
    first, last = findings(UnownedWork(), left())
    assert first.effect.value == 1 and first.agents == ("lead",)
    assert (last.effect.value, last.severity) == (3, "medium")
    assert set(last.agents) == {"lead", "w1", "w2"}


def test_work_that_is_done_is_quiet() -> None:
    record = Record()
    for number in range(20):
        job(record, number)
    record.end("completed")
    assert findings(UnownedWork(), record) == [] and unsure(UnownedWork(), record) == []


def tossed(run: str = "r1", *, back: bool = False) -> Record:
    record = Record(run)
    record.add(e.TaskAssigned, "lead", to="ann", task="t")
    record.add(e.HandedOff, "ann", to="bob", task="t")
    record.add(e.HandedOff, "bob", to="ann" if back else "cid", task="t")
    return record


def test_a_tossed_ticket_is_told_at_once() -> None:
    (finding,) = findings(UnownedWork(), tossed())
    assert finding.agents == ("ann", "bob", "cid") and finding.evidence[-1] == "r1/3"
    assert findings(UnownedWork(tosses=3), tossed()) == []
    assert len(findings(UnownedWork(tosses=3), tossed(back=True))) == 1


def test_who_acts_without_a_principal_is_told_where_others_have_one() -> None:
    for principal, count in (("bank", 1), ("", 0)):
        record = Record("r1", "stray")
        record.add(e.AgentJoined, "ann", principal=principal)
        record.call("stray", "pay")
        record.call("ann", "pay")
        found = findings(UnownedWork(), record)
        assert [finding.agents for finding in found] == [("stray",)] * count


def test_a_ticket_tossed_between_nobody_names_nobody() -> None:
    record = Record()
    for _ in range(4):
        record.add(e.HandedOff, to="", task="t")
    assert findings(UnownedWork(), record) == []


def test_a_gap_leaves_it_open() -> None:
    record = Record()
    record.add(Gap)
    job(record, 1, done=0)
    assert findings(UnownedWork(), record) == []
    assert unsure(UnownedWork(), record) == ["something of this run was not recorded"]


def test_without_tasks_it_could_not_tell() -> None:
    assert unsure(UnownedWork(), Record()) == ["no tasks are recorded"]


def test_it_keeps_the_promises_of_the_port() -> None:
    doubled = left("r3")
    doubled.shown += doubled.shown[5:9]
    streams = [left().shown, tossed("r2").shown, doubled.shown]
    assert check_detector(UnownedWork(), streams).findings == 5
