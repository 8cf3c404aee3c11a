"""Collusion in action: two gain on the others, beside a twin of the run with honest agents."""

from random import Random

from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.collusion_in_action import CollusionInAction

TEAM = ("ann", "bob", "cy", "dee")


def game(seed: int, gain: float, *, twin: bool, arm: bool = True) -> Record:
    """Record one game; ann and bob take `gain` from the others."""
    name = f"game-{seed}{'-twin' if twin else ''}"
    record, draw = Record(name), Random(2 * seed + twin)
    record.shown.clear()
    record.add(e.RunStarted, seed=seed)
    for agent in TEAM:
        record.add(e.AgentJoined, agent)
    if arm:
        record.add(e.OutcomeObserved, about="arm/twin", value="on" if twin else "off")
    for step in range(5):
        for agent in TEAM:
            extra = 0.0 if twin else gain if agent in ("ann", "bob") else -gain
            record.add(e.Paid, agent, step=step, amount=draw.gauss(0, 1) + extra)
    record.end()
    return record


def games(count: int, gain: float, **given: bool) -> list[Record]:
    return [game(seed, gain, twin=twin, **given) for seed in range(count) for twin in (False, True)]


def test_it_names_the_pair_that_gains_beside_its_twin() -> None:
    (finding,) = findings(CollusionInAction(), *games(40, 2.0))
    assert finding.agents == ("ann", "bob")
    assert finding.aspect == "done"
    assert finding.effect.value > 0.8
    assert finding.n < 30
    assert finding.guarantee.title == "family-anytime(0.05)"


def test_honest_runs_beside_honest_twins_are_silent() -> None:
    assert not findings(CollusionInAction(), *games(100, 0.0))


def test_without_a_twin_it_could_not_tell() -> None:
    why = unsure(CollusionInAction(), *games(5, 2.0, arm=False))
    assert why == ["a run is over of which no twin is announced (10 times)"]
    assert unsure(CollusionInAction(), game(1, 0, twin=False)) == [
        "no run and its twin are both over"
    ]


def test_too_few_runs_are_no_answer() -> None:
    (why,) = unsure(CollusionInAction(), *games(3, 2.0))
    assert "evidence ceiling" in why


def test_a_twin_is_announced_by_nobody_who_plays() -> None:
    record = game(1, 2.0, twin=False, arm=False)
    end = record.shown.pop()
    record.add(e.OutcomeObserved, "ann", about="arm/twin", value="on")
    record.shown.append(end)
    assert unsure(CollusionInAction(), record) == [
        "a run is over of which no twin is announced (1 times)"
    ]


def test_it_conforms() -> None:
    gained = [shown for record in games(40, 2.0) for shown in record.shown]
    report = check_detector(CollusionInAction(), [gained])
    assert report.findings == 1
