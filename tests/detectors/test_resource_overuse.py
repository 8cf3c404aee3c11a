"""Resource overuse: more than the declared quota, held at once, in a period, or of a move."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.amounts import AmountsError
from tertius.detectors.resource_overuse import ResourceOveruse

SECOND = 1_000_000_000


class Lake(Record):
    """Claims, each with the second in which it was made; 0 for an unknown time."""

    def claim(self, agent: str, amount: float, second: int = 0, resource: str = "lake") -> str:
        name = self.add(e.ResourceClaimed, agent, resource=resource, amount=amount, unit="tons")
        event, content = self.shown[-1]
        self.shown[-1] = (replace(event, time=second * SECOND), content)
        return name

    def back(self, agent: str, amount: float, resource: str = "lake") -> str:
        return self.add(e.ResourceReleased, agent, resource=resource, amount=amount)

    def announce(self, value: Any, agent: str = "", resource: str = "lake") -> str:
        return self.add(e.OutcomeObserved, agent, about=f"quota/{resource}", value=value)


def months(amount: int, count: int = 4, run: str = "r1") -> Lake:
    record = Lake(run, "ann", "ben")
    for month in range(1, count + 1):
        record.claim("ann", amount, month)
        record.claim("ben", 10, month)
    record.end()
    return record


def test_it_fires_on_the_first_claim_beyond_the_quota() -> None:
    (finding,) = findings(ResourceOveruse(quotas="lake=10", period=1), months(15))
    assert finding.agents == ("ann",)
    assert finding.evidence == ("r1/3",)
    assert (finding.effect.value, finding.effect.unit) == (1.5, "times the quota of lake")
    assert (finding.severity, finding.guarantee.code) == ("medium", GuaranteeCode.FACT)


def test_it_is_silent_within_the_quota_and_at_its_very_edge() -> None:
    detector = ResourceOveruse(quotas="lake=10", period=1)
    assert findings(detector, months(10)) == []
    assert unsure(detector, months(10)) == []
    edge = Lake()
    for _ in range(3):
        edge.claim("ann", 0.1, 1)
    assert findings(ResourceOveruse(quotas="lake=0.3", period=1), edge) == []


def test_the_largest_excess_is_told_at_the_end() -> None:
    record = Lake()
    for month, tons in enumerate((12, 11, 40, 20), 1):
        record.claim("ann", tons, month)
    record.end()
    first, last = findings(ResourceOveruse(quotas="lake=10", period=1), record)
    assert (first.effect.value, last.effect.value, last.severity, last.n) == (1.2, 4, "high", 4)


def test_a_period_is_any_stretch_of_its_length() -> None:
    record = Lake()
    for second in (1, 2, 3):
        record.claim("ann", 4, second)
    assert findings(ResourceOveruse(quotas="lake=10", period=2), record) == []
    (finding,) = findings(ResourceOveruse(quotas="lake=10", period=3), record)
    assert finding.evidence == ("r1/1", "r1/2", "r1/3")


def test_without_a_period_it_is_what_is_held_at_once() -> None:
    record = Lake()
    for _ in range(5):
        record.claim("ann", 3)
        record.back("ann", 3)
    assert findings(ResourceOveruse(quotas="lake=5"), record) == []
    record.claim("ann", 3)
    record.claim("ann", 3)
    (finding,) = findings(ResourceOveruse(quotas="lake=5"), record)
    assert finding.evidence == ("r1/11", "r1/12")


def test_a_restart_holds_nothing() -> None:
    record = Lake()
    record.claim("ann", 4)
    record.start()
    record.claim("ann", 4)
    assert findings(ResourceOveruse(quotas="lake=5"), record) == []


def test_unknown_times_and_disorder_make_no_excess() -> None:
    record = Lake()
    for second in (0, 0, 0, 5, 4, 4):
        record.claim("ann", 4, second)
    detector = ResourceOveruse(quotas="lake=10", period=60)
    assert findings(detector, record) == []
    record.claim("ann", 11, 0)
    (finding,) = findings(detector, record)
    assert finding.evidence[-1] == "r1/7"


def test_only_the_operator_announces_a_quota() -> None:
    record = Lake()
    record.announce(100, agent="ann")
    record.announce("a lot")
    record.announce(True)
    record.claim("ann", 8)
    assert unsure(ResourceOveruse(), record) == [
        "1 claims of a resource for which no quota is declared"
    ]
    record.announce(5)
    record.claim("ann", 8)
    assert len(findings(ResourceOveruse(), record)) == 1
    assert len(findings(ResourceOveruse(quotas="lake=100"), record)) == 1


def test_a_move_may_have_a_quota() -> None:
    record = Record()
    for step, move in enumerate(("keep", "give", "keep", "keep")):
        record.add(e.Acted, "ann", step=step, action=move)
        record.add(e.Acted, "ben", step=step, action="give")
    (finding,) = findings(ResourceOveruse(quotas="keep=1", period=2), record)
    assert (finding.agents, finding.evidence) == (("ann",), ("r1/5", "r1/7"))
    assert findings(ResourceOveruse(quotas="keep=2", period=2), record) == []


def test_odd_claims_are_counted_and_not_believed() -> None:
    record = Lake()
    record.claim("", 50)
    record.claim("ann", -50)
    record.claim("ann", 9)
    assert findings(ResourceOveruse(quotas="lake=5"), record)[0].effect.value == 1.8
    assert unsure(ResourceOveruse(quotas="lake=5"), record) == [
        "2 claims without an agent, or of less than nothing"
    ]


def test_nothing_claimed_is_nothing_to_say() -> None:
    record = Record("r1", "ann")
    record.say("ann", "hello", "ben")
    record.end()
    assert findings(ResourceOveruse(), record) == []
    assert unsure(ResourceOveruse(), record) == []


def test_bad_quotas_are_refused() -> None:
    with pytest.raises(AmountsError):
        ResourceOveruse(quotas="lake")


def test_it_keeps_the_promises_of_the_port() -> None:
    many = Lake("r3")
    for number in range(1100):
        many.claim(f"agent-{number}", 20, number)
    detector = ResourceOveruse(quotas="lake=10", period=1)
    report = check_detector(detector, [months(15).shown, months(9, 30, "r2").shown, many.shown])
    assert report.findings > 1000
    assert "76 claims beyond" in unsure(detector, many)[0]
