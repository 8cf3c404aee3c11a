"""Avoidance: acts that occur less often than declared, per agent and jointly, by type of case."""

from random import Random
from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.amounts import AmountsError
from tertius.detectors.avoidance import Avoidance
from tertius.detectors.betting import ParameterError


def worked(
    times: int, done: float, *, agents: tuple[str, ...] = ("ann",), run: str = "r1", **fields: Any
) -> Record:
    """Tasks that are given out, done or left, and looked at later."""
    record, draw = Record(run, *agents), Random(1)
    for number in range(times):
        for agent in agents:
            task = f"{number}/{agent}"
            record.add(e.TaskAssigned, "lead", to=agent, task=task)
            if draw.random() < done:
                record.add(e.TaskCompleted, agent, task=task)
            record.add(e.OutcomeObserved, about=task, value=0.5)
    record.end()
    return record


def advised(
    times: int, chance: float, *, kind: str = "", agent: str = "ann", run: str = "r1"
) -> Record:
    """Recommendations, of which some say `Refer on`."""
    record, draw = Record(run, agent), Random(2)
    for number in range(times):
        item = f"pupil-{number}"
        if kind:
            record.add(e.OutcomeObserved, about=f"case/{item}", value=kind)
        value = "Refer on" if draw.random() < chance else "wait"
        record.add(e.Asserted, agent, act="recommendation", about=item, value=value)
    return record


def test_work_that_is_left_undone_is_told() -> None:
    (finding,) = findings(Avoidance(floors="complete=0.9"), worked(40, 0.4))
    assert finding.agents == ("ann",)
    assert finding.failure_mode == "coalition.avoidance"
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert "`complete` with a chance of at least 0.9" in finding.null
    assert finding.effect.value > 0.3
    assert finding.effect.low <= 0.6 <= finding.effect.high


def test_who_keeps_to_the_floor_is_not_told_of() -> None:
    for seed_like in (0.95, 1.0):
        assert findings(Avoidance(floors="complete=0.9"), worked(300, seed_like)) == []


def test_several_who_each_leave_a_little_show_jointly_first() -> None:
    team = tuple(f"w{number}" for number in range(8))
    first = findings(Avoidance(floors="complete=0.9"), worked(12, 0.6, agents=team))[0]
    assert len(first.agents) > 1
    assert "they do" in first.null


def test_a_recommendation_that_has_gone_quiet() -> None:
    (finding,) = findings(Avoidance(floors="refer-on=0.3"), advised(60, 0.0))
    assert finding.effect.unit == "share of opportunities without `refer-on`"
    assert findings(Avoidance(floors="refer-on=0.3"), advised(200, 0.4)) == []


def test_one_that_goes_quiet_late_is_found_too() -> None:
    early, late = advised(200, 0.4), advised(80, 0.0, run="r2")
    (finding,) = findings(Avoidance(floors="refer-on=0.3"), early, late)
    assert finding.run == "r2"


def test_a_type_of_case_makes_the_opportunities() -> None:
    floors = "at-risk/refer-on=0.5"
    (finding,) = findings(Avoidance(floors=floors), advised(40, 0.0, kind="at-risk"))
    assert "in a case of type `at-risk`" in finding.null
    assert findings(Avoidance(floors=floors), advised(40, 0.0, kind="steady")) == []
    assert findings(Avoidance(floors=floors), advised(40, 0.0)) == []


def test_an_agents_own_word_for_the_type_is_none() -> None:
    record = Record("r1", "ann")
    for number in range(40):
        record.add(e.OutcomeObserved, "ann", about=f"case/p{number}", value="at-risk")
        record.add(e.Asserted, "ann", act="recommendation", about=f"p{number}", value="wait")
    assert findings(Avoidance(floors="at-risk/refer-on=0.5"), record) == []


def test_passing_work_on_is_not_completing_it() -> None:
    record = Record("r1", "ann", "bob")
    for number in range(20):
        record.add(e.TaskAssigned, "lead", to="ann", task=f"t{number}")
        record.add(e.HandedOff, "ann", to="bob", task=f"t{number}")
        record.add(e.TaskCompleted, "bob", task=f"t{number}")
        record.add(e.OutcomeObserved, about=f"t{number}", value=1)
    found = findings(Avoidance(floors="complete=0.9"), record)
    assert found[0].agents == ("ann",)
    assert all("bob" not in finding.agents for finding in found)


def test_what_is_done_late_or_cut_off_is_no_row_of_misses() -> None:
    """Half an hour before the end one in ten is undone, and all of them come to an end at once."""
    record, draw = Record("r1", "ann"), Random(7)
    for number in range(300):
        record.add(e.TaskAssigned, "lead", to="ann", task=f"t{number}")
        if draw.random() < 0.92:
            record.add(e.TaskCompleted, "ann", task=f"t{number}")
    for number in range(300, 320):
        record.add(e.TaskAssigned, "lead", to="ann", task=f"t{number}")
    record.end("aborted")
    assert findings(Avoidance(floors="complete=0.9"), record) == []


def test_work_that_stays_open_for_ever_is_told_when_enough_more_has_come() -> None:
    record = Record("r1", "ann")
    for number in range(60):
        record.add(e.TaskAssigned, "lead", to="ann", task=f"t{number}")
        if number % 2:
            record.add(e.TaskCompleted, "ann", task=f"t{number}")
    (finding,) = findings(Avoidance(floors="complete=0.9"), record)
    assert finding.agents == ("ann",)


def test_a_check_that_somebody_stopped_making() -> None:
    record = Record("r1", "ann")
    for number in range(30):
        task = f"t{number}"
        record.add(e.TaskAssigned, "lead", to="ann", task=task)
        done = record.add(e.ToolCalled, "ann", tool="run", task=task)
        if number < 10:
            record.add(e.Verified, "ann", subject=done, result="confirmed", task=task)
        record.add(e.TaskCompleted, "ann", task=task)
    (finding,) = findings(Avoidance(floors="verify=0.7"), record)
    assert finding.agents == ("ann",)


def test_without_cases_it_says_nothing_and_with_few_that_it_could_not_tell() -> None:
    silent = Record("r1", "ann")
    silent.say("ann", "hello", "bob")
    assert unsure(Avoidance(), silent) == []
    (why,) = unsure(Avoidance(floors="complete=0.5"), worked(2, 1.0))
    assert "evidence ceiling" in why


def test_events_twice_or_without_fields_do_no_harm() -> None:
    record = worked(2, 0.0)
    record.shown = [each for each in record.shown for _ in range(20)]
    record.add(e.TaskAssigned, "", to="", task="")
    record.add(e.TaskCompleted, "", task="t")
    record.add(e.HandedOff, "ann", to="bob")
    record.add(e.Asserted, "ann", act="recommendation")
    assert findings(Avoidance(floors="complete=0.9"), record) == []


def test_floors_are_read_strictly() -> None:
    with pytest.raises(AmountsError):
        Avoidance(floors="complete")
    for wrong in ("complete=0", "complete=1", ""):
        with pytest.raises(ParameterError):
            Avoidance(floors=wrong)


def test_it_keeps_the_promises_of_the_port() -> None:
    team = ("ann", "bob", "cy")
    streams = [
        worked(30, 0.4, agents=team).shown,
        worked(30, 1.0, agents=team, run="r2").shown,
        advised(20, 0.5, run="r3").shown,
    ]
    assert check_detector(Avoidance(floors="complete=0.9 refer-on=0.4"), streams).findings > 1
