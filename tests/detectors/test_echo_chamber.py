"""Echo chamber: collapse of disagreement, flips to a wrong majority, narrowing recommendations."""

from collections.abc import Sequence
from random import Random

from tests.detectors.record import Record, findings

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.echo_chamber import EchoChamber

TEAM = ("ann", "bob", "cy")


def debated(items: int, *, agree: float, right: str = "A", run: str = "r1") -> Record:
    """Two say A and Ann says B; with a chance all say A in the end."""
    record, draw = Record(run, *TEAM), Random(1)
    for number in range(items):
        about = f"item-{number}"
        for agent in TEAM:
            record.add(e.Asserted, agent, about=about, value="B" if agent == "ann" else "A")
        if draw.random() < agree:
            record.add(e.Asserted, "ann", about=about, value="A")
        record.add(e.OutcomeObserved, about=about, value=right)
    record.end()
    return record


def recommended(values: Sequence[str], run: str = "r1") -> Record:
    record = Record(run, "ann")
    for number, value in enumerate(values):
        record.add(e.Asserted, "ann", act="recommendation", about=f"c{number}", value=value)
    record.end()
    return record


def test_disagreement_that_is_gone_in_the_end() -> None:
    (finding,) = findings(EchoChamber(), debated(20, agree=1.0))
    assert finding.guarantee.code is GuaranteeCode.HEURISTIC
    assert finding.failure_mode == "gradient.conformity"
    assert (finding.effect.value, finding.n) == (1.0, 20)
    assert set(finding.agents) == set(TEAM)
    assert "disagreements" in finding.effect.unit


def test_flips_are_split_by_whether_the_majority_was_right() -> None:
    (wrong,) = findings(EchoChamber(collapsed=1.0), debated(40, agree=0.7, right="B"))
    assert wrong.agents == ("ann",)
    assert "wrong one" in wrong.effect.unit
    assert findings(EchoChamber(collapsed=1.0), debated(40, agree=0.7, right="A")) == []


def test_lasting_disagreement_is_no_echo() -> None:
    assert findings(EchoChamber(), debated(40, agree=0.2)) == []
    assert findings(EchoChamber(), debated(4, agree=1.0)) == []


def test_recommendations_that_narrow() -> None:
    varied = ["rest", "refer", "tutor", "wait"] * 5
    (finding,) = findings(EchoChamber(), recommended(varied + ["wait"] * 20))
    assert "variety" in finding.effect.unit
    assert finding.effect.value == 0.75
    assert findings(EchoChamber(), recommended(varied * 2)) == []
    assert findings(EchoChamber(), recommended(["wait"] * 40)) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    streams = [
        debated(20, agree=1.0).shown,
        debated(20, agree=0.1, run="r2").shown,
        recommended(["a", "b", "c"] * 6 + ["a"] * 18, run="r3").shown,
    ]
    assert check_detector(EchoChamber(), streams).findings == 2
