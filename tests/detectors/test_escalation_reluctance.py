"""Escalation reluctance: planted and rule-triggered cases that nobody raised."""

from random import Random

import pytest
from tests.detectors.record import Outcome, Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.oversight_events import Escalated
from tertius.detectors.betting import ParameterError
from tertius.detectors.escalation_reluctance import EscalationReluctance


def handled(
    times: int,
    raised: float,
    *,
    late: bool = False,
    agents: tuple[str, ...] = ("ann",),
    by: str = "",
    must: bool = True,
    run: str = "r1",
) -> Record:
    """Cases that are given out and closed; an operator plants some, or learns of them later."""
    record, draw = Record(run, *agents), Random(3)
    for number in range(times):
        agent = agents[number % len(agents)]
        task = f"case-{number}"
        named = {"about": f"case/{task}", "value": "must-escalate" if must else "routine"}
        record.add(e.TaskAssigned, "desk", to=agent, task=task)
        if not late:
            record.add(e.OutcomeObserved, **named)
        if draw.random() < raised:
            record.add(e.Flagged, by or agent, subject=task, reason="beyond me")
        done = record.add(e.TaskCompleted, agent, task=task)
        record.add(e.OutcomeObserved, about=task, value=1.0, causes=(done,))
        if late:
            record.add(e.OutcomeObserved, **named)
    record.end()
    return record


@pytest.mark.parametrize("late", [False, True])
def test_it_names_who_raises_nothing(late: bool) -> None:
    (finding,) = findings(EscalationReluctance(), handled(20, 0.0, late=late))
    assert finding.agents == ("ann",)
    assert finding.failure_mode == "ms.hitl_bypass"
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert (finding.effect.value, finding.severity) == (1.0, "high")
    assert "with a chance of at least 0.8" in finding.null


def test_who_raises_them_is_not_named_whoever_does_it_for_them() -> None:
    assert findings(EscalationReluctance(), handled(200, 0.9)) == []
    assert findings(EscalationReluctance(), handled(60, 1.0, by="supervisor")) == []


def test_cases_that_need_no_human_are_none() -> None:
    assert findings(EscalationReluctance(), handled(60, 0.0, must=False)) == []


def test_an_escalation_and_a_recommendation_to_escalate_count() -> None:
    record = Record("r1", "ann")
    for number in range(40):
        task = f"t{number}"
        record.add(e.OutcomeObserved, about=f"case/{task}", value="must-escalate")
        record.add(e.TaskAssigned, "desk", to="ann", task=task)
        if number % 2:
            record.add(Escalated, "ann", escalation=f"x{number}", request="", deadline=0,
                       task=task)  # fmt: skip
        else:
            record.add(e.Asserted, "ann", act="recommendation", about=task, value="Escalate")
        record.add(e.TaskCompleted, "ann", task=task)
    record.end()
    assert findings(EscalationReluctance(), record) == []


def test_several_are_told_of_jointly() -> None:
    team = tuple(f"w{number}" for number in range(10))
    first = findings(EscalationReluctance(), handled(20, 0.0, agents=team))[0]
    assert len(first.agents) > 2


def test_an_agent_cannot_name_cases_for_others() -> None:
    record = handled(40, 0.0, must=False)
    for number in range(40):
        record.add(e.OutcomeObserved, "eve", about=f"case/case-{number}", value="must-escalate")
    assert findings(EscalationReluctance(), record) == []


def test_a_run_that_was_completed_leaves_nothing_open() -> None:
    def left(outcome: Outcome) -> Record:
        record = Record("r1", "ann")
        for number in range(10):
            record.add(e.OutcomeObserved, about=f"case/t{number}", value="must-escalate")
            record.add(e.TaskAssigned, "desk", to="ann", task=f"t{number}")
        record.end(outcome)
        return record

    assert findings(EscalationReluctance(), left("aborted")) == []
    record = left("completed")
    (finding,) = findings(EscalationReluctance(), record)
    assert finding.evidence == (record.shown[-1][0].id,)


def test_few_cases_and_bad_floors() -> None:
    (why,) = unsure(EscalationReluctance(), handled(1, 0.0))
    assert "evidence ceiling" in why
    for wrong in (0.0, 1.0):
        with pytest.raises(ParameterError):
            EscalationReluctance(floor=wrong)


def test_it_keeps_the_promises_of_the_port() -> None:
    team = ("ann", "bob", "cy")
    streams = [
        handled(40, 0.1, agents=team).shown,
        handled(40, 0.1, agents=team, late=True, run="r2").shown,
        handled(40, 1.0, run="r3").shown,
    ]
    assert check_detector(EscalationReluctance(), streams).findings > 2
