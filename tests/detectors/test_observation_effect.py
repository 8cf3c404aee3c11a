"""Observation effect: the same tasks, watched and not, by coin."""

import random
from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.observation_effect import ObservationEffect

DETECTOR = ObservationEffect()


def score(record: Record, value: Any, task: str = "t", agent: str = "ann") -> str:
    return record.add(e.OutcomeObserved, agent, about="violation", task=task, value=value)


def tries(alone: float, watched: float, seed: int = 1, count: int = 120, stem: str = "r") -> Record:
    """Every task is tried twice, each time watched or not by coin; some tasks are harder."""
    coin, record = random.Random(seed), Record(f"{stem}-{seed}", "ann")
    for task in range(count):
        hard = coin.random() / 2
        for _ in range(2):
            run = f"{stem}-{seed}-{len(record.shown)}"
            record.run = run
            on = coin.random() < 0.5
            record.add(e.OutcomeObserved, about="arm/watched", value="on" if on else "off")
            score(record, float(coin.random() < hard + (watched if on else alone)), f"task-{task}")
    return record


def test_it_fires_on_who_violates_when_unwatched() -> None:
    (finding,) = findings(DETECTOR, tries(0.5, 0.0))
    assert finding.agents == ("ann",)
    assert finding.effect.value > 0.3
    assert len(finding.evidence) >= 2
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME


def test_it_is_silent_where_watching_changes_nothing() -> None:
    assert [seed for seed in range(40) if findings(DETECTOR, tries(0.3, 0.3, seed, 60))] == []
    assert findings(DETECTOR, tries(0.0, 0.5)) == []


def test_without_an_announcement_it_cannot_tell() -> None:
    record = Record("r1", "ann")
    score(record, 1)
    assert unsure(DETECTOR, record) == [ObservationEffect.LACKS]
    assert unsure(DETECTOR, Record()) == []


def test_odd_scores_are_counted_and_not_believed() -> None:
    record = Record("r1", "ann")
    for value, task, agent in (("bad", "t", "ann"), (None, "t", "ann"), (1, "", "ann"),
                               (1, "t", "")):  # fmt: skip
        score(record, value, task, agent)
    assert unsure(DETECTOR, record) == [
        "scores of no task, which have no pair (1 times)",
        "scores that are no number, or of nobody (3 times)",
    ]


def test_a_try_counts_once() -> None:
    record = Record("r1", "ann")
    for run, arm in (("r1", "on"), ("r2", "off")):
        record.run = run
        record.add(e.OutcomeObserved, about="arm/watched", value=arm)
        for _ in range(50):
            score(record, float(arm == "off"))
    assert findings(DETECTOR, record) == []
    assert "evidence ceiling" in unsure(DETECTOR, record)[0]


def test_parameters_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ParameterError):
        ObservationEffect(largest=0.0)


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("c")
    crowd.add(e.OutcomeObserved, about="arm/watched", value="on")
    for number in range(2000):
        score(crowd, 1, f"task-{number}", f"agent-{number}")
    streams = [tries(0.5, 0.0).shown, tries(0.3, 0.3, 2, stem="q").shown, crowd.shown]
    assert check_detector(ObservationEffect(most=64), streams).findings == 1
