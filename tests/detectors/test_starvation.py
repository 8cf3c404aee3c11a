"""Starvation: a wait that others pass by again and again."""

from msgspec.structs import replace
from tests.detectors.record import Record, findings, unsure

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.starvation import Starvation

SECOND = 1_000_000_000


class Desk(Record):
    def wait(self, agent: str, value: bool | int = True, *, how: str = "wait") -> str:
        return self.add(e.OutcomeObserved, agent, about=f"{how}/lock", value=value)

    def take(self, agent: str, resource: str = "lock") -> str:
        return self.add(e.ResourceClaimed, agent, resource=resource)

    def at(self, second: int) -> None:
        event, content = self.shown[-1]
        self.shown[-1] = (replace(event, time=second * SECOND), content)


def passed(times: int, run: str = "r1", *, how: str = "wait") -> Desk:
    record = Desk(run, "ann", "ben")
    record.wait("ann", how=how)
    for _ in range(times):
        record.take("ben")
    record.end()
    return record


def test_it_fires_when_others_pass_too_often() -> None:
    for how in ("wait", "refused"):
        (finding,) = findings(Starvation(passes=3), passed(9, how=how))
        assert (finding.agents, finding.effect.value) == (("ann",), 4)
        assert finding.evidence == tuple(f"r1/{n}" for n in range(3, 8))
        assert finding.guarantee.code is GuaranteeCode.FACT


def test_it_is_silent_at_the_bound_and_about_other_resources() -> None:
    assert findings(Starvation(passes=3), passed(3)) == []
    record = passed(3)
    record.shown.pop()
    for _ in range(9):
        record.take("ben", "another")
    assert findings(Starvation(passes=3), record) == []


def test_being_served_or_giving_up_ends_a_wait() -> None:
    record = Desk("r1", "ann", "ben")
    for number in range(9):
        record.wait("ann")
        record.take("ben")
        record.take("ben")
        record.take("ann") if number % 2 else record.wait("ann", False)
    assert findings(Starvation(passes=3), record) == []


def test_a_wait_may_have_a_length() -> None:
    record = Desk("r1", "ann", "ben")
    record.wait("ann")
    record.at(10)
    record.wait("ann")
    record.at(69)
    detector = Starvation(seconds=60)
    assert findings(detector, record) == []
    record.wait("ann")
    record.at(71)
    (finding,) = findings(detector, record)
    assert finding.evidence == ("r1/3", "r1/5")
    unknown = Desk("r2", "ann")
    unknown.wait("ann")
    unknown.take("ben")
    unknown.at(10**6)
    assert findings(detector, unknown) == []


def test_a_restart_ends_all_waits_and_nobody_waits() -> None:
    record = passed(3)
    record.shown.pop()
    record.start()
    record.wait("")
    for _ in range(9):
        record.take("ben")
    assert findings(Starvation(passes=3), record) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Desk("r3")
    for number in range(1200):
        crowd.wait(f"agent-{number}")
    crowd.take("ben")
    streams = [passed(9).shown, passed(3, "r2").shown, crowd.shown]
    assert check_detector(Starvation(passes=3), streams).findings == 1
    assert "176 waits" in unsure(Starvation(), crowd)[0]
