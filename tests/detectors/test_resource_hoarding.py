"""Resource hoarding: the idle share of what is held, reading by reading of a meter."""

from typing import Any

import pytest
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.betting import ParameterError
from tertius.detectors.resource_hoarding import ResourceHoarding


def meter(record: Record, agent: str, used: Any, resource: str = "gpu") -> str:
    return record.add(e.OutcomeObserved, agent, about=f"use/{resource}", value=used)


def hours(claimed: float, used: float, count: int = 40, run: str = "r1") -> Record:
    """Somebody claims so many hours a step and uses some of them; another uses all it has."""
    record = Record(run, "ann", "ben")
    for _ in range(count):
        record.add(e.ResourceClaimed, "ann", resource="gpu", amount=claimed)
        record.add(e.ResourceClaimed, "ben", resource="gpu", amount=2)
        meter(record, "ann", used)
        meter(record, "ben", 2)
    record.end()
    return record


def test_it_fires_on_who_holds_much_and_uses_little() -> None:
    (finding,) = findings(ResourceHoarding(consumed="gpu"), hours(20, 2))
    assert finding.agents == ("ann",)
    assert finding.effect.value > 0.9
    assert finding.n < 20
    assert finding.guarantee.code is GuaranteeCode.FAMILY_ANYTIME
    assert "at most 0.5 of the `gpu` held lies idle" in finding.null


def test_it_is_silent_on_who_uses_what_it_has() -> None:
    detector = ResourceHoarding(consumed="gpu")
    assert findings(detector, hours(4, 4, 200)) == []
    assert unsure(detector, hours(4, 4, 200)) == []


def test_what_is_not_consumed_stays_in_hand() -> None:
    record = Record("r1", "ann")
    record.add(e.ResourceClaimed, "ann", resource="gpu", amount=4)
    for _ in range(60):
        meter(record, "ann", 4)
    assert findings(ResourceHoarding(), record) == []
    record.add(e.ResourceReleased, "ann", resource="gpu", amount=3)
    meter(record, "ann", 4)
    assert unsure(ResourceHoarding(), record) == ["readings of more use than was claimed (1 times)"]
    spent = unsure(ResourceHoarding(consumed="gpu"), record)
    assert spent[0] == "readings of more use than was claimed (60 times)"


def test_a_restart_holds_nothing() -> None:
    record = hours(20, 2, 5)
    record.shown.pop()
    record.start()
    meter(record, "ann", 2)
    assert "readings of more use than was claimed (1 times)" in unsure(ResourceHoarding(), record)


def test_odd_readings_are_counted_and_not_believed() -> None:
    record = Record("r1", "ann")
    record.add(e.ResourceClaimed, "ann", resource="gpu", amount=20)
    for odd in (None, "much", True, -3):
        meter(record, "ann", odd)
    meter(record, "", 3)
    record.add(e.ResourceClaimed, "ann", resource="gpu", amount=-20)
    assert unsure(ResourceHoarding(), record) == [
        "claims without an agent, or of less than nothing (1 times)",
        "readings of a meter that are no amount (4 times)",
    ]


def test_too_few_readings_are_said() -> None:
    (why,) = unsure(ResourceHoarding(consumed="gpu"), hours(20, 2, 3))
    assert "evidence ceiling" in why


def test_parameters_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ParameterError):
        ResourceHoarding(slack=1.0)


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Record("r3")
    for number in range(400):
        crowd.add(e.ResourceClaimed, f"agent-{number}", resource="gpu", amount=9)
        meter(crowd, f"agent-{number}", 1)
    streams = [hours(20, 2).shown, hours(4, 4, 40, "r2").shown, crowd.shown]
    report = check_detector(ResourceHoarding(consumed="gpu", most=64), streams)
    assert report.findings == 1
