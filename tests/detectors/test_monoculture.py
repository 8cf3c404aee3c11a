"""Monoculture: shared errors on one base model, against partners that are as good."""

from random import Random

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.monoculture import Monoculture

MODELS = {"a1": "alpha", "a2": "alpha", "a3": "alpha", "b1": "beta", "c1": "gamma"}


def quiz(
    items: int, shared: float, *, declared: bool = True, seed: int = 1, run: str = "r1"
) -> Record:
    """Everybody errs in a third of the items; on alpha, with a chance, all on the same ones."""
    record, draw = Record(run), Random(seed)
    for agent, model in MODELS.items():
        record.add(e.AgentJoined, agent, model=model if declared else "")
    for number in range(items):
        about = f"item-{number}"
        together = draw.random() < 1 / 3
        for agent, model in MODELS.items():
            own = draw.random() < 1 / 3
            wrong = together if model == "alpha" and draw.random() < shared else own
            record.add(e.Asserted, agent, about=about, value="B" if wrong else "A")
        record.add(e.OutcomeObserved, about=about, value="A")
    record.end()
    return record


def test_it_names_the_agents_of_a_model_that_errs_as_one() -> None:
    found = findings(Monoculture(alike=0.1), quiz(400, 0.9))
    named = found[0]
    assert named.agents == ("a1", "a2", "a3")
    assert named.guarantee.title == "family-anytime(0.05)"
    assert named.failure_mode == "gradient.monoculture"
    assert 0.1 < named.effect.value < 0.4
    assert "`alpha`" in named.null


def test_it_estimates_voices_and_says_what_would_be_more() -> None:
    estimate = findings(Monoculture(share=0.8), quiz(300, 1.0))[-1]
    assert estimate.guarantee.code is GuaranteeCode.HEURISTIC
    assert 2.0 < estimate.effect.value < 4.0
    assert estimate.effect.low < estimate.effect.value < estimate.effect.high
    assert "independent voices of 5" in estimate.effect.unit
    assert "on beta" in estimate.effect.unit


def test_independent_errors_and_undeclared_models_are_not_told_of() -> None:
    for seed in range(6):
        assert findings(Monoculture(), quiz(200, 0.0, seed=seed)) == []
    (estimate,) = findings(Monoculture(), quiz(300, 1.0, declared=False))
    assert estimate.guarantee.code is GuaranteeCode.HEURISTIC
    assert " on " not in estimate.effect.unit


@pytest.mark.parametrize("worse", [0.36, 0.30])
def test_a_base_model_that_is_a_little_better_or_worse_is_no_reason(worse: float) -> None:
    record, draw = Record(), Random(2)
    for agent, model in MODELS.items():
        record.add(e.AgentJoined, agent, model=model)
    for number in range(600):
        for agent, model in MODELS.items():
            wrong = draw.random() < (worse if model == "alpha" else 0.33)
            record.add(e.Asserted, agent, about=f"i{number}", value="B" if wrong else "A")
        record.add(e.OutcomeObserved, about=f"i{number}", value="A")
    assert findings(Monoculture(), record) == []


def test_a_partner_must_be_as_good_so_far() -> None:
    record = quiz(10, 1.0)
    whys = unsure(Monoculture(), record)
    assert any("as good so far" in why for why in whys)
    assert any("too few items" in why for why in whys)
    with pytest.raises(ParameterError):
        Monoculture(least=0)


def test_shares_and_answers_after_the_outcome_are_no_answers() -> None:
    record = Record()
    for agent, model in MODELS.items():
        record.add(e.AgentJoined, agent, model=model)
    for number in range(60):
        for agent in MODELS:
            record.add(e.Asserted, agent, about=f"share-{number}", value=0.3)
        record.add(e.OutcomeObserved, about=f"share-{number}", value=0.9)
        record.add(e.OutcomeObserved, about=f"late-{number}", value="A")
        for agent in MODELS:
            record.add(e.Asserted, agent, about=f"late-{number}", value="B")
    assert findings(Monoculture(), record) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [quiz(200, 1.0).shown, quiz(60, 0.0, run="r2").shown]
    assert check_detector(Monoculture(alike=0.1, share=0.8), streams).findings >= 2
