"""Broken promise: due and not kept, or found wanting."""

from typing import Any

from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.finding import Edge
from tertius.core.oversight_events import Gap
from tertius.detectors.broken_promise import BrokenPromise

SECOND = 1_000_000_000


def promised(run: str = "r1", *, due: int = 5, **fields: Any) -> Record:
    record = Record(run)
    record.add(e.Promised, "ann", "it will be there", to=("bob",), due=due * SECOND, **fields)
    return record


def clocked(record: Record) -> Record:
    """One second for each event."""
    record.shown = [
        (replace(event, time=(place + 1) * SECOND), content)
        for place, (event, content) in enumerate(record.shown)
    ]
    return record


def waiting(record: Record, count: int = 6) -> Record:
    for _ in range(count):
        record.add(e.OutcomeObserved, about="weather", value=1)
    return clocked(record)


def test_what_does_not_come_in_time_is_told() -> None:
    (finding,) = findings(BrokenPromise(), waiting(promised()))
    assert finding.agents == ("ann",) and finding.edges == (Edge(sender="ann", receiver="bob"),)
    assert finding.evidence == ("r1/1", "r1/5")
    assert findings(BrokenPromise(grace=60), waiting(promised())) == []


def test_what_is_kept_is_quiet() -> None:
    by_task = promised(task="t")
    by_task.add(e.TaskCompleted, "ann", task="t")
    by_cause = promised()
    by_cause.add(e.TaskCompleted, "ann", task="other", causes=("r1/1",))
    confirmed = promised()
    confirmed.add(e.Verified, "bob", subject="r1/1", result="confirmed")
    seen = promised()
    seen.add(e.OutcomeObserved, about="r1/1", value=True)
    for record in (by_task, by_cause, confirmed, seen):
        assert findings(BrokenPromise(), waiting(record)) == []


def test_to_accept_a_promise_or_to_fail_is_not_to_keep_it() -> None:
    accepted = promised(task="t")
    accepted.add(e.Accepted, "bob", subject="r1/1", causes=("r1/1",))
    accepted.add(e.TaskCompleted, "ann", task="t", ok=False)
    accepted.add(e.TaskCompleted, "cid", task="t")
    assert len(findings(BrokenPromise(), waiting(accepted))) == 1


def test_what_is_refuted_is_told_without_a_date() -> None:
    for kind, fields in (
        (e.Verified, {"subject": "r1/1", "result": "contradicted"}),
        (e.OutcomeObserved, {"about": "r1/1", "value": False}),
    ):
        record = promised(due=0)
        record.add(kind, "bob", **fields)
        assert len(findings(BrokenPromise(), record)) == 1


def test_an_open_promise_is_broken_when_the_work_is_over() -> None:
    for outcome, count in (("completed", 1), ("aborted", 0)):
        record = promised(due=0)
        record.end(outcome)  # type: ignore[arg-type]
        assert len(findings(BrokenPromise(), record)) == count


def test_a_gap_leaves_it_open_and_so_do_unknown_times() -> None:
    record = promised()
    record.add(Gap)
    record = waiting(record)
    assert findings(BrokenPromise(), record) == []
    assert unsure(BrokenPromise(), record) == ["something of this run was not recorded"]
    timeless = promised()
    timeless.add(e.OutcomeObserved, about="weather", value=1)
    assert findings(BrokenPromise(), timeless) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    twice = waiting(promised("r2"))
    twice.shown += twice.shown[1:3]
    assert check_detector(BrokenPromise(), [waiting(promised()).shown, twice.shown]).findings == 2
