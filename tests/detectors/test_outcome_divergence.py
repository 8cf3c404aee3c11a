"""Outcome divergence: assessments held against what came out, in either direction, with drift."""

from random import Random
from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.detectors.betting import ParameterError
from tertius.detectors.outcome_divergence import OutcomeDivergence


def forecast(
    times: int, bias: float, *, since: int = 0, seed: int = 1, run: str = "r1", sure: bool = False
) -> Record:
    """Cases with a chance of their own, assessed, and what came of them."""
    record, draw = Record(run, "ann"), Random(seed)
    for number in range(times):
        chance = draw.uniform(0.2, 0.8)
        said = min(1.0, max(0.0, chance + (bias if number >= since else 0.0)))
        how: dict[str, Any] = {"value": said}
        if sure:
            how = {"value": said >= 0.5, "confidence": max(said, 1 - said)}
        record.add(e.Asserted, "ann", about=f"case-{number}", **how)
        record.add(e.OutcomeObserved, about=f"case-{number}", value=draw.random() < chance)
    record.end()
    return record


def rated(rounds: int, bonus: float) -> Record:
    record, draw = Record("r1", "ann", "bob", "cy"), Random(5)
    for number in range(rounds):
        for rater in ("ann", "cy"):
            lift = bonus if rater == "ann" else 0.0
            record.add(e.Rated, rater, ratee="bob", score=50 + 100 * lift, high=100,
                       item=f"w{number}")  # fmt: skip
        record.add(e.OutcomeObserved, about="bob", value=0.5 + 0.1 * (draw.random() - 0.5))
    record.end()
    return record


def test_it_names_who_says_more_than_comes_out() -> None:
    (finding,) = findings(OutcomeDivergence(), forecast(200, 0.35))
    assert finding.agents == ("ann",)
    assert finding.failure_mode == "coalition.ground_truth_divergence"
    assert finding.guarantee.title == "family-anytime(0.05)"
    assert finding.effect.unit == "assessment minus outcome"
    assert 0.15 < finding.effect.value < 0.6


def test_less_than_comes_out_is_a_divergence_too() -> None:
    (finding,) = findings(OutcomeDivergence(), forecast(200, -0.35))
    assert finding.effect.value < -0.15


def test_calibrated_assessments_are_not_told_of() -> None:
    for seed in range(20):
        assert findings(OutcomeDivergence(slack=0.02), forecast(150, 0.0, seed=seed)) == []
        assert findings(OutcomeDivergence(), forecast(150, 0.05, seed=seed)) == []


def test_a_drift_is_found() -> None:
    record = forecast(500, 0.45, since=250)
    (finding,) = findings(OutcomeDivergence(), record)
    place = [event.id for event, _ in record.shown].index(finding.evidence[-1])
    assert place > 2 * 250


def test_a_confident_yes_or_no_is_a_forecast() -> None:
    assert findings(OutcomeDivergence(slack=0.02), forecast(150, 0.0, sure=True)) == []
    record = Record("r1", "ann")
    for number in range(30):
        record.add(e.Asserted, "ann", about=f"c{number}", value=True, confidence=0.9)
        record.add(e.OutcomeObserved, about=f"c{number}", value=number % 2)
    assert findings(OutcomeDivergence(), record)


def test_ratings_are_forecasts_of_a_peer_and_the_pair_is_named() -> None:
    (finding,) = findings(OutcomeDivergence(), rated(40, 0.4))
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [("ann", "bob")]
    assert finding.agents == ()
    assert findings(OutcomeDivergence(), rated(40, 0.0)) == []


def test_an_outcome_that_the_assessor_reports_itself_settles_nothing() -> None:
    record = Record("r1", "ann")
    for number in range(60):
        record.add(e.Asserted, "ann", about=f"c{number}", value=0.9)
        record.add(e.OutcomeObserved, "ann", about=f"c{number}", value=0)
    assert findings(OutcomeDivergence(), record) == []


def test_what_has_no_scale_could_not_be_told() -> None:
    record = Record("r1", "ann", "bob")
    record.add(e.Asserted, "ann", about="c1", value=73)
    record.add(e.Asserted, "ann", about="c2", value="fine")
    record.add(e.Rated, "ann", ratee="bob", score=120, high=100)
    record.add(e.Asserted, "ann", about="c3", value=0.5)
    record.add(e.OutcomeObserved, about="c3", value=17)
    assert unsure(OutcomeDivergence(), record) == [
        "a rating outside its scale (1 times)",
        "an assessment that is no number from 0 to 1 (2 times)",
        "an outcome that is no number from 0 to 1 (1 times)",
    ]
    assert unsure(OutcomeDivergence(scale=100), forecast(60, 0.0)) == []


def test_events_twice_count_once_and_early_outcomes_count_for_nothing() -> None:
    record = forecast(4, 0.5)
    record.shown = [each for each in record.shown for _ in range(30)]
    assert findings(OutcomeDivergence(), record) == []
    late = Record("r1", "ann")
    for number in range(60):
        late.add(e.OutcomeObserved, about=f"c{number}", value=0)
        late.add(e.Asserted, "ann", about=f"c{number}", value=0.9)
    assert findings(OutcomeDivergence(), late) == []


def test_parameters_are_checked() -> None:
    for slack in (-0.1, 1.0):
        with pytest.raises(ParameterError):
            OutcomeDivergence(slack=slack)
    with pytest.raises(ParameterError):
        OutcomeDivergence(scale=0.0)


def test_no_slack_is_exact_calibration() -> None:
    record = Record("r1", "ann")
    record.add(e.Asserted, "ann", about="c", value=True)
    record.add(e.OutcomeObserved, about="c", value=1)
    assert "quite sure" in unsure(OutcomeDivergence(slack=0.0), record)[0]


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [
        forecast(150, 0.4).shown,
        forecast(100, 0.0, run="r2").shown,
        rated(40, 0.4).shown,
    ]
    assert check_detector(OutcomeDivergence(), streams).findings == 2
