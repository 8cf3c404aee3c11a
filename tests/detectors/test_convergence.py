"""Convergence: places that are overloaded too often, slots that are drawn too often."""

import random

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.convergence import Convergence

SIX = [f"driver-{n}" for n in range(6)]


def days(count: int, crowd: int, run: str = "r1", *, roads: bool = True) -> Record:
    """So many drivers take the bridge every day, the others the ferry."""
    record = Record(run, *SIX)
    for day in range(count):
        moves = {name: "bridge" if n < crowd else "ferry" for n, name in enumerate(SIX)}
        acts = [record.add(e.Acted, name, step=day, action=move) for name, move in moves.items()]
        for (name, move), act in zip(moves.items(), acts, strict=True):
            if roads:
                record.add(e.ResourceClaimed, name, resource=f"{move}-road", causes=[act])
    record.end()
    return record


def test_it_fires_when_a_road_is_overloaded_day_after_day() -> None:
    (finding,) = findings(Convergence(capacities="bridge-road=3"), days(20, 5))
    assert finding.agents == tuple(SIX[:5])
    assert finding.effect.value == 1
    assert finding.n < 10
    assert (finding.e_value or 0) > 20
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert "`bridge-road` is overloaded in a round with a chance of at most 0.1" in finding.null


def test_it_is_silent_at_the_capacity_and_on_a_rare_overload() -> None:
    detector = Convergence(capacities="bridge-road=3 ferry-road=5")
    assert findings(detector, days(60, 3)) == []
    assert unsure(detector, days(60, 3)) == []
    assert findings(detector, *(days(9, 3, f"q{n}") for n in range(9)), days(1, 6, "z")) == []


def test_moves_are_places_too() -> None:
    (finding,) = findings(Convergence(capacities="bridge=3"), days(20, 5, roads=False))
    assert len(finding.agents) == 5


def test_a_place_known_only_by_the_star_counts_from_its_second_round() -> None:
    starred, named = Convergence(capacities="*=3"), Convergence(capacities="bridge-road=3")
    (late,), (early,) = (findings(each, days(20, 5)) for each in (starred, named))
    assert late.evidence[-1] != early.evidence[-1]


def test_an_operator_may_announce_a_capacity() -> None:
    record = Record("r1", *SIX)
    record.add(e.OutcomeObserved, "driver-1", about="capacity/bridge", value=1)
    record.add(e.OutcomeObserved, about="capacity/bridge", value="small")
    tail = days(20, 5, "r2", roads=False)
    assert findings(Convergence(), record, tail) == []
    record.add(e.OutcomeObserved, about="capacity/bridge", value=3)
    assert len(findings(Convergence(), record, tail)) == 1


def test_claims_without_moves_go_by_their_time() -> None:
    record = Record("r1", *SIX)
    for second in range(1, 20):
        for name in SIX:
            record.add(e.ResourceClaimed, name, resource="api", amount=2)
            event, content = record.shown[-1]
            record.shown[-1] = (replace(event, time=second), content)
    assert len(findings(Convergence(capacities="api=10"), record)) == 1
    assert findings(Convergence(capacities="api=12"), record) == []


def test_without_time_and_step_it_cannot_tell() -> None:
    record = Record("r1", "ann")
    for _ in range(9):
        record.add(e.ResourceClaimed, "ann", resource="api", amount=20)
    (why,) = unsure(Convergence(capacities="api=10"), record)
    assert "without a step" in why


def test_too_few_rounds_are_said() -> None:
    assert unsure(Convergence(capacities="bridge=5", share=0.5), days(2, 6)) == [
        "too few observations of any one key: the evidence ceiling"
    ]
    assert unsure(Convergence(), days(20, 6)) == []


def test_moves_out_of_order_are_counted_and_not_believed() -> None:
    record = days(20, 3)
    record.shown[-1:] = days(9, 6, roads=False).shown[7:-1]
    assert findings(Convergence(capacities="bridge=3"), record) == []
    assert "moves came out of order (54 times)" in unsure(
        Convergence(capacities="bridge=3"), record
    )


def drawn(chance: float, seed: int, count: int = 400) -> Record:
    rng, record = random.Random(seed), Record("r1", *SIX)
    for step in range(count):
        slot = 0 if rng.random() < chance else rng.randrange(8)
        record.add(e.Acted, SIX[step % 6], step=step, action=f"slot-{slot}")
    return record


def test_slots_that_should_be_drawn_at_random() -> None:
    detector = Convergence(slots=8)
    (finding,) = findings(detector, drawn(0.5, 1))
    assert "`slot-0` is drawn with chance 1/8" in finding.null
    assert sum(bool(findings(detector, drawn(0, seed, 200))) for seed in range(20)) <= 2


def test_parameters_that_mean_nothing_are_refused() -> None:
    for bad in ({"share": 0.0}, {"share": 1.0}, {"slots": 1}):
        with pytest.raises(ParameterError):
            Convergence(**bad)


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r9")
    for number in range(300):
        crowd.add(e.Acted, f"agent-{number}", step=number // 4, action=f"move-{number}")
        crowd.add(e.ResourceClaimed, f"agent-{number}", resource=f"place-{number}")
    streams = [days(20, 5).shown, days(40, 3, "r2").shown, crowd.shown]
    detector = Convergence(capacities="bridge-road=3 *=1", slots=8)
    assert check_detector(detector, streams).findings >= 1
