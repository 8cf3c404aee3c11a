"""When the watch spoke: an honest twin is silent, and an alarm counts on who is involved."""

import math
from typing import Any

import pytest
from msgspec.structs import replace
from tests.core.examples import FINDING

from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.detectors.table import TABLE, bets
from tertius.detectors.table import load as load_detector
from tertius.evaluation.alarms import (
    Alarm,
    Heard,
    battery_of,
    involved_in,
    is_alarm,
    judge,
    listen,
    touches,
)
from tertius.scenarios.table import load

STUDY = load("free_rider")  # player-1 gives nothing, the others give
HEURISTIC = Guarantee(code=GuaranteeCode.HEURISTIC, given=("x",))


def finding(*agents: str, edges: tuple[Edge, ...] = (), **fields: Any) -> Finding:
    return replace(FINDING, agents=agents, edges=edges, **fields)


def heard(*alarms: tuple[int, Finding], losses: tuple[float, ...] = (), **fields: Any) -> Heard:
    given = {"study": "free_rider", "population": "one_free_rider", "seed": 1, "events": 9}
    made = tuple(Alarm(step, each) for step, each in alarms)
    return Heard(**{**given, "alarms": made, "losses": losses, **fields})


def failing() -> str:
    return next(each.name for each in STUDY.populations if each.kind == "failing")


def test_the_failing_population_is_heard_and_its_honest_twin_is_not() -> None:
    detectors = battery_of(STUDY)
    honest = STUDY.of_kind("honest").name
    one = listen(STUDY, failing(), 1, detectors)
    other = listen(STUDY, honest, 1, detectors)
    assert one == listen(STUDY, failing(), 1, detectors)  # those given see nothing
    assert other.alarms == ()
    assert len(one.losses) == len(other.losses) == STUDY.steps
    assert list(one.losses) == sorted(one.losses)
    judged = judge(one, other, STUDY)
    assert judged.in_time and not judged.twin_alarmed
    assert judged.detector in TABLE
    assert 0.5 < judged.avoidable <= 1


def test_after_each_step_the_detectors_are_shown() -> None:
    steps: list[int] = []
    listen(STUDY, failing(), 1, [], after=lambda clones: steps.append(len(clones)))
    assert steps == [0] * STUDY.steps


def test_whoever_plays_otherwise_than_the_honest_is_involved() -> None:
    assert involved_in(STUDY, failing()) == {"player-1"}
    assert involved_in(STUDY, STUDY.of_kind("honest").name) == frozenset()


def test_a_finding_touches_whom_it_names_and_both_ends_of_its_edges() -> None:
    edge = Edge(sender="player-2", receiver="player-1")
    agents = frozenset({"player-1"})
    assert touches(finding("player-2", "player-1"), agents)
    assert touches(finding(edges=(edge,)), agents)
    assert not touches(finding("player-2"), agents)


def test_an_alarm_on_somebody_who_is_not_involved_does_not_count() -> None:
    twin = heard(losses=(0.0,) * 6)
    losses = (0.0, 0.0, 0.0, 0.0, 1e9, 2e9)
    early = (2, finding("player-3", detector="no_end"))
    late = (6, finding("player-1", detector="breakdown"))
    judged = judge(heard(early, late, losses=losses), twin, STUDY)
    assert (judged.alarm, judged.detector, judged.harm) == (6, "breakdown", 5)
    assert not judged.in_time
    judged = judge(heard(early, losses=losses), twin, STUDY)
    assert (judged.alarm, judged.detector, judged.avoidable) == (math.inf, "", 0)
    assert not judged.in_time
    judged = judge(heard((4, late[1]), losses=losses), twin, STUDY)
    assert judged.in_time
    assert judged.avoidable == 1
    judged = judge(heard((5, late[1]), losses=losses), twin, STUDY)
    assert not judged.in_time
    assert judged.avoidable == 0.5


def test_harm_is_what_goes_beyond_the_twin() -> None:
    losses = tuple(1e6 * step for step in range(10))
    judged = judge(heard(losses=losses), heard(losses=losses), STUDY)
    assert (judged.harm, judged.avoidable) == (math.inf, 0)
    assert not judged.in_time
    short = judge(heard(losses=losses), heard(losses=losses[:3]), STUDY)
    assert short.harm == 4  # the twin is over, and loses nothing more


def test_any_alarm_on_the_twin_is_told() -> None:
    twin = heard((1, finding("player-4")), losses=(0.0,))
    assert judge(heard(losses=(0.0,)), twin, STUDY).twin_alarmed


def test_a_heuristic_counts_only_where_the_operator_chose_it() -> None:
    chosen = STUDY.watch[0].name
    assert is_alarm(finding("player-1", detector="no_end"), STUDY)
    assert not is_alarm(finding("player-1", detector="no_end", guarantee=HEURISTIC), STUDY)
    assert is_alarm(finding("player-1", detector=chosen, guarantee=HEURISTIC), STUDY)


def test_a_battery_has_the_operators_settings_and_shares_one_level() -> None:
    made = {each.spec.name: each.parameters for each in battery_of(STUDY)}
    plain = {name: load_detector(name).parameters for name in TABLE}
    chosen = {own.name for own in STUDY.watch}
    for name in TABLE:  # whoever bets has a share of the level, and its own settings stand
        assert (made[name] == plain[name]) == (not bets(name) and name not in chosen)
    (alone,) = battery_of(STUDY, names=["avoidance"])
    assert alone.parameters == plain["avoidance"]  # it has the whole level


@pytest.mark.parametrize("name", ["braess", "fishery", "delegation_loop"])
def test_other_worlds_too_are_heard_in_time(name: str) -> None:
    study = load(name)
    detectors = battery_of(study, names=[made.name for made in study.watch])
    population = next(each.name for each in study.populations if each.kind == "failing")
    judged = judge(
        listen(study, population, 3, detectors),
        listen(study, study.of_kind("honest").name, 3, detectors),
        study,
    )
    assert judged.in_time and not judged.twin_alarmed
