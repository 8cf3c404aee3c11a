"""Ungoverned action: no decision, against the decision, or under another's name."""

from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.core.oversight_events import Decided, Gap, Ruled
from tertius.detectors.betting import ParameterError
from tertius.detectors.ungoverned_action import UngovernedAction


def asked(record: Record, agent: str, outcome: str = "permit", **fields: Any) -> str:
    return record.add(Decided, agent, request="0" * 64, outcome=outcome, **fields)


def governed(run: str = "r1", *, stray: int = 0) -> Record:
    record = Record(run)
    for _ in range(5):
        record.call("ann", "pay", causes=(asked(record, "ann"),))
    for _ in range(stray):
        record.call("ann", "pay")
    record.end()
    return record


def test_a_call_without_a_decision_is_told_and_counted() -> None:
    first, last = findings(UngovernedAction(), governed(stray=3))
    assert first.agents == ("ann",) and first.guarantee.code is GuaranteeCode.FACT
    assert (last.effect.value, last.n) == (3, 8)


def test_what_was_permitted_is_quiet() -> None:
    assert findings(UngovernedAction(), governed()) == []


def test_only_governed_surfaces_count() -> None:
    record = governed(stray=3)
    assert findings(UngovernedAction(governed="message"), record) == []
    assert findings(UngovernedAction(governed="tool:other"), record) == []
    assert len(findings(UngovernedAction(governed="tool:pay"), record)) == 2
    record.say("bob", "the world speaks", "ann", via="environment")
    assert findings(UngovernedAction(governed="message"), record) == []


@pytest.mark.parametrize(
    ("decision", "unit"),
    [
        ({"agent": "ann", "outcome": "forbid"}, "not permitted"),
        ({"agent": "ann", "outcome": "escalate"}, "not permitted"),
        ({"agent": "bob"}, "another agent's name"),
        ({"agent": "ann", "outcome": "forbid", "shadow": True}, None),
    ],
)
def test_a_decision_must_be_ones_own_permit(decision: dict[str, Any], unit: str | None) -> None:
    record = Record()
    record.call("ann", "pay", causes=(asked(record, **decision),))
    found = findings(UngovernedAction(), record)
    assert [unit in finding.effect.unit for finding in found] == ([True] if unit else [])


@pytest.mark.parametrize(
    ("agent", "ruling", "unit"),
    [
        ("ann", "started", None),
        ("ann", "approved", "not permitted"),  # it may start; that it did is told by itself
        ("ann", "void", "not permitted"),
        ("bob", "started", "not permitted"),
    ],
)
def test_what_people_approved_and_let_start_is_permitted(
    agent: str, ruling: str, unit: str | None
) -> None:
    record = Record()
    decision = asked(record, "ann", "escalate")
    ruled = record.add(Ruled, agent, escalation="q1", ruling=ruling)
    record.call("ann", "pay", causes=(decision, ruled))
    found = findings(UngovernedAction(), record)
    assert [unit in finding.effect.unit for finding in found] == ([True] if unit else [])


def test_a_delivery_must_name_the_sender() -> None:
    record = governed()
    said = record.say("ann", "hello", "bob", causes=(asked(record, "ann"),))
    record.add(e.MessageDelivered, "bob", sender="boss", message=said)
    record.add(e.MessageDelivered, "bob", sender="ann", message=said)
    shown = Record("r2")
    shown.shown = [pair for pair in record.shown if not isinstance(pair[0], e.RunEnded)]
    (finding,) = findings(UngovernedAction(), shown)
    assert finding.agents == ("ann", "boss")


def test_without_any_decision_there_may_have_been_no_gate() -> None:
    record = Record()
    record.call("ann", "pay")
    assert findings(UngovernedAction(), record) == []
    assert unsure(UngovernedAction(), record) == ["no decision of a gate is recorded in this run"]
    assert len(findings(UngovernedAction(always=True), record)) == 1


def test_a_gap_may_have_held_the_decision() -> None:
    record = Record()
    asked(record, "ann")
    record.add(Gap)
    record.call("ann", "pay")
    assert findings(UngovernedAction(), record) == []


def test_a_surface_must_be_one() -> None:
    with pytest.raises(ParameterError, match="telepathy"):
        UngovernedAction(governed="tool,telepathy")


def test_moves_that_need_no_decision_still_open_their_run() -> None:
    moves, calls = Record("r1"), Record("r2")
    moves.add(e.Acted, "ann", action="go", step=0)
    calls.call("ann", "pay")
    shown = [moves.shown[1], calls.shown[1]]
    one, many = UngovernedAction(runs=1), UngovernedAction(runs=1)
    said = [answer for event in shown for answer in one.update(*event)]
    assert [answer for _, answer in many.update_many([(0, *each) for each in shown])] == said
    assert [answer.run for answer in said] == ["r1"]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [governed(stray=3).shown, governed("r2").shown]
    assert check_detector(UngovernedAction(), streams).findings == 2
