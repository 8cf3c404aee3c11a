"""Resource deadlock: rings of waits that only help from outside can break."""

from tests.detectors.record import Record, findings

from tertius.conformance.detector import check_detector
from tertius.core import events as e
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.resource_deadlock import ResourceDeadlock

DETECTOR = ResourceDeadlock()


class Locks(Record):
    def take(self, agent: str, resource: str, amount: int = 1) -> str:
        return self.add(e.ResourceClaimed, agent, resource=resource, amount=amount)

    def back(self, agent: str, resource: str, amount: int = 1) -> str:
        return self.add(e.ResourceReleased, agent, resource=resource, amount=amount)

    def wait(self, agent: str, resource: str, how: str = "wait", value: bool = True) -> str:
        return self.add(e.OutcomeObserved, agent, about=f"{how}/{resource}", value=value)


def ring(*agents: str, run: str = "r1", how: str = "wait") -> Locks:
    """Each holds a lock of its own and waits for the next one's."""
    record = Locks(run)
    for agent in agents:
        record.take(agent, f"lock-of-{agent}")
    for agent, other in zip(agents, agents[1:] + agents[:1], strict=True):
        record.wait(agent, f"lock-of-{other}", how)
    return record


def test_it_fires_when_the_ring_closes() -> None:
    (finding,) = findings(DETECTOR, ring("ann", "ben", "eve"))
    assert finding.agents == ("ann", "ben", "eve")
    assert [(edge.sender, edge.receiver) for edge in finding.edges] == [
        ("ann", "ben"), ("ben", "eve"), ("eve", "ann"),
    ]  # fmt: skip
    assert finding.evidence == tuple(f"r1/{n}" for n in range(1, 7))
    assert (finding.severity, finding.guarantee.code) == ("high", GuaranteeCode.FACT)


def test_it_is_silent_on_a_chain() -> None:
    record = ring("ann", "ben", "eve")
    record.shown.pop()
    assert findings(DETECTOR, record) == []


def test_one_holder_who_can_go_on_frees_all() -> None:
    record = Locks()
    for agent in ("ann", "ben", "eve"):
        record.take(agent, "pool")
    record.wait("ann", "pool")
    record.wait("ben", "pool")
    assert findings(DETECTOR, record) == []
    record.wait("eve", "pool")
    (finding,) = findings(DETECTOR, record)
    assert finding.agents == ("ann", "ben", "eve")


def test_a_refusal_does_not_block() -> None:
    assert findings(DETECTOR, ring("ann", "ben", how="refused")) == []


def test_giving_back_or_giving_up_opens_the_ring() -> None:
    record = Locks()
    record.take("ann", "a")
    record.take("ben", "b")
    record.wait("ann", "b")
    record.wait("ann", "b", value=False)
    record.wait("ben", "a")
    assert findings(DETECTOR, record) == []
    record.back("ann", "a")
    record.take("ben", "a")
    record.wait("ann", "b")
    assert findings(DETECTOR, record) == []


def test_the_same_ring_is_told_again_once_it_was_open() -> None:
    record = ring("ann", "ben")
    record.wait("ann", "lock-of-ben")
    assert len(findings(DETECTOR, record)) == 1
    record.back("ann", "lock-of-ann")
    record.take("ben", "lock-of-ann")
    record.back("ben", "lock-of-ann")
    record.take("ann", "lock-of-ann")
    record.wait("ben", "lock-of-ann")
    assert len(findings(DETECTOR, record)) == 2


def test_odd_events_hold_nothing() -> None:
    record = Locks()
    record.take("", "a")
    record.back("ann", "never-claimed")
    record.wait("", "a")
    record.wait("ann", "")
    record.take("ann", "a", -5)
    assert findings(DETECTOR, record) == []
    record = ring("ann", "ben")
    record.shown.pop()
    record.start()
    record.wait("ben", "lock-of-ann")
    assert findings(DETECTOR, record) == []


def test_it_keeps_the_promises_of_the_port() -> None:
    crowd = Locks("r3")
    for number in range(1500):
        crowd.take(f"agent-{number}", f"lock-{number}")
    for number in range(60):
        crowd.wait(f"agent-{number}", f"lock-{number + 1}")
    crowd.wait("agent-60", "lock-0")
    chain = ring("ann", "ben", run="r2")
    chain.shown.pop()
    streams = [ring("ann", "ben", "eve").shown, chain.shown, crowd.shown]
    assert check_detector(DETECTOR, streams).findings == 2
