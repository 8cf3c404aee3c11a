"""Cooperation floor: the part that an agent, or all together, give of what is due."""

import random

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.cooperation_floor import CooperationFloor

FUND = CooperationFloor(moves="give")


def fund(rounds: int, *keepers: str, run: str = "r1") -> Record:
    record = Record(run, "ann", "ben", "eve")
    for step in range(rounds):
        for agent in ("ann", "ben", "eve"):
            move = "keep" if agent in keepers else "give"
            record.add(e.Acted, agent, step=step, action=move)
    record.end()
    return record


def test_it_fires_on_who_never_gives() -> None:
    (finding,) = findings(FUND, fund(30, "eve"))
    assert (finding.agents, finding.effect.value) == (("eve",), 0)
    assert finding.n < 20
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME


def test_it_is_silent_on_who_gives_and_on_lapses() -> None:
    assert findings(FUND, fund(200)) == []
    assert unsure(FUND, fund(200)) == []
    rng, record = random.Random(1), Record("r1", "ann")
    for step in range(300):
        move = "give" if rng.random() < 0.7 else "keep"
        record.add(e.Acted, "ann", step=step, action=move)
    assert findings(FUND, record) == []


def river(steps: int, each: int, *, cleaner: str = "ann") -> Record:
    """Somebody cleans a tile every so many steps; the other never does."""
    record = Record("r1", "ann", "ben")
    for step in range(steps):
        for agent in ("ann", "ben"):
            record.add(e.Acted, agent, step=step, action="stay")
        if step % each == 0:
            record.add(e.OutcomeObserved, cleaner, about="river", value=-1)
    return record


def test_together_it_names_who_gave_nothing() -> None:
    detector = CooperationFloor(work="river", window=10, due=2, together=True)
    assert findings(detector, river(300, 5)) == []
    (finding,) = findings(detector, river(300, 30))
    assert finding.agents == ("ben",)
    assert "by all together" in finding.null
    (finding,) = findings(detector, river(300, 30, cleaner="ben"))
    assert finding.agents == ("ann",)


def test_too_few_windows_are_said_and_other_moves_are_none_of_it() -> None:
    (why,) = unsure(FUND, fund(4, "eve"))
    assert "evidence ceiling" in why
    assert findings(CooperationFloor(), fund(60, "eve")) == []
    assert unsure(CooperationFloor(), fund(60, "eve")) == []


def test_disorder_and_restarts_begin_no_window() -> None:
    record = fund(5)
    record.shown.pop()
    record.add(e.Acted, "ann", step=1, action="keep")
    assert "moves came out of order (1 times)" in unsure(FUND, record)
    record.start()
    for step in range(60):
        record.add(e.Acted, "", step=step, action="keep")
    assert findings(FUND, record) == []


def test_parameters_that_mean_nothing_are_refused() -> None:
    for bad in ({"least": 0.0}, {"least": 1.0}, {"window": 0}, {"due": 0.0}):
        with pytest.raises(ParameterError):
            CooperationFloor(**bad)


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r3")
    for number in range(400):
        crowd.add(e.Acted, f"agent-{number}", step=number // 9, action="keep")
        crowd.add(e.OutcomeObserved, f"agent-{number}", about="river", value=1)
    streams = [fund(30, "eve").shown, fund(30, run="r2").shown, crowd.shown]
    assert check_detector(CooperationFloor(moves="give", most=64), streams).findings == 1
    together = CooperationFloor(work="river", window=2, together=True)
    assert check_detector(together, [river(200, 30).shown, crowd.shown]).findings == 1
