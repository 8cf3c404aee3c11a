"""Cases: who held what, what was done about it, and when it was over."""

from typing import Any

from tests.detectors.record import Record

from tertius.conformance.held import held
from tertius.core import events as e
from tertius.detectors.cases import KINDS, PATIENCE, Case, Cases


def over(record: Record, cases: Cases | None = None) -> list[Case]:
    cases = cases or Cases()
    return [case for event, _ in record.shown
            if event.__struct_config__.tag in KINDS for case in cases.take(event)]  # fmt: skip


def given(**fields: Any) -> Record:
    record = Record("r1", "ann")
    record.add(e.TaskAssigned, "desk", to="ann", task="t1", **fields)
    return record


def test_a_case_is_over_with_its_outcome_and_not_before() -> None:
    record = given()
    done = record.add(e.TaskCompleted, "ann", task="t1")
    record.add(e.Verified, "ann", subject=done, result="confirmed")
    assert over(record) == []
    record.add(e.OutcomeObserved, about="t1", value=1.0)
    (case,) = over(record)
    assert (case.item, case.agent, case.given) == ("t1", "ann", True)
    assert case.acts == {"complete", "verify"}
    assert not case.raised


def test_completing_the_next_one_closes_the_one_before() -> None:
    record = given()
    record.add(e.TaskCompleted, "ann", task="t1")
    record.add(e.TaskCompleted, "ann", task="t2")
    (case,) = over(record)
    assert case.item == "t1"
    record.end()
    assert [(case.item, case.given) for case in over(record)] == [("t1", True), ("t2", False)]


def test_several_may_hold_one_item_and_one_may_hand_it_on() -> None:
    record = given()
    record.add(e.TaskAssigned, "desk", to="bob", task="t1")
    record.add(e.HandedOff, "ann", to="cy", task="t1")
    record.add(e.TaskCompleted, "cy", task="t1")
    record.add(e.OutcomeObserved, about="t1", value=1)
    assert [(case.agent, sorted(case.acts)) for case in over(record)] == [
        ("ann", ["hand-off"]),
        ("bob", []),
        ("cy", ["complete"]),
    ]


def test_what_came_first_is_told_first() -> None:
    record = given()
    record.add(e.TaskAssigned, "desk", to="ann", task="t2")
    record.add(e.OutcomeObserved, about="t2", value=1)
    assert over(record) == []
    record.add(e.OutcomeObserved, about="t1", value=1)
    assert [case.item for case in over(record)] == ["t1", "t2"]


def test_a_case_is_over_at_the_latest_when_so_many_more_have_come() -> None:
    record = given()
    for number in range(PATIENCE):
        assert over(record) == []
        record.add(e.TaskAssigned, "desk", to="ann", task=f"more-{number}")
    assert [(case.item, case.done) for case in over(record)] == [("t1", False)]


def test_the_type_comes_before_or_after_and_only_once() -> None:
    record = given()
    record.add(e.OutcomeObserved, about="case/t1", value="urgent")
    record.add(e.OutcomeObserved, about="t1", value=1)
    record.add(e.OutcomeObserved, about="case/t1", value="dull")
    assert [(case.type, case.late) for case in over(record)] == [("urgent", False)]
    record = given()
    record.add(e.OutcomeObserved, about="t1", value=1)
    record.add(e.OutcomeObserved, about="case/t1", value="urgent")
    assert [case.late for case in over(record)] == [False, True]  # one case, told of twice


def test_raising_counts_whoever_does_it_and_after_it_was_over() -> None:
    record = given()
    record.add(e.Flagged, "eve", subject="t1")
    record.add(e.OutcomeObserved, about="t1", value=1)
    assert over(record)[0].raised
    record = given()
    record.add(e.OutcomeObserved, about="t1", value=1)
    record.add(e.Flagged, "ann", subject="t1")
    record.add(e.OutcomeObserved, about="case/t1", value="urgent")
    assert [(case.raised, case.late) for case in over(record)] == [(False, False), (True, True)]


def test_memory_is_bounded_and_what_is_let_go_is_counted() -> None:
    cases, sizes = Cases(64), []
    for number in range(3000):
        task = f"t{number}"
        cases.take(e.TaskAssigned(id=f"a{number}", time=0, run="r", agent="x", to=task, task=task))
        cases.take(e.Flagged(id=f"f{number}", time=0, run="r", agent=task, subject=task))
        if number in (1000, 2999):
            sizes.append(held(cases))
    assert sizes[1] < 1.1 * sizes[0]
    assert cases.lost == 3000 - 64


def test_what_a_number_is_called_does_not_depend_on_what_was_said_before() -> None:
    record = Record("r1", "ann")
    for value in (0.0, -0.0, 0, False):
        record.add(e.Asserted, "ann", act="recommendation", value=value)
    assert [case.acts for case in over(record)] == [{"0.0"}, {"-0.0"}, {"0"}, {"false"}]
