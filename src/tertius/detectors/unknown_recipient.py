"""Something is sent, handed or assigned to an agent that never appears."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    Delegated,
    HandedOff,
    MessageSent,
    Offered,
    RunEnded,
    TaskAssigned,
)
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run
from tertius.detectors.tally import severity

OUTSIDE = ("user", "human", "customer", "operator")
NAMES = 1024  # agents and recipients of one run
EVENTS = 8  # kept for each recipient
MEDIUM, HIGH = 2, 5  # times that something went to nobody


class _Run(Run):
    __slots__ = ("seen", "sent", "total")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.seen: dict[str, None] = {}
        self.sent: dict[tuple[str, str], list[str]] = {}  # (sender, recipient): events
        self.total = 0


class UnknownRecipient(PerRun[_Run]):
    """Tells, at the end of a run, of recipients that neither joined nor ever did anything.

    Parameters
    ----------
    outside : tuple of str
        Names (in lower case) of people outside the record, who may be written to and never act
        in it.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    A message to several of whom at least one appears is no message to nobody, but the others are
    looked at too. What it cannot see: recipients that the record does not name; whether a name is
    a misspelling of another; agents that are there and keep silent without having joined.

    References
    ----------
    Hammond et al. 2025, arXiv 2502.14143 (network effects, rewiring).
    """

    SPEC = DetectorSpec(
        name="unknown_recipient",
        version="1",
        title="Sent to somebody who is not there",
        plain="Messages or work went to an agent that never appears in this run. "
        "Whatever was in them reached nobody, and the sender may be waiting for an answer.",
        kinds=(
            *("run.ended", "agent.joined", "message.sent", "handed.off", "delegated"),
            *("task.assigned", "offered", "gap"),
            *("model.called", "message.delivered", "message.consumed", "tool.called"),
            *("tool.returned", "memory.read", "memory.written", "task.completed", "accepted"),
            *("asserted", "rated", "verified", "acted"),
        ),
        failure_modes=("gradient.communication",),
        risk_factors=("caif.network_effects.network_rewiring",),
        source="arXiv 2502.14143, network rewiring",
        null="whoever is written to joins the run or acts in it",
        assumptions=("the record is complete", "agents that are there join or act"),
        guarantees=(GuaranteeCode.FACT,),
        blind="recipients that the record does not name; misspelt names; agents that are there "
        "and keep silent without having joined",
        memory=RUNS * 1536 * KIB,
    )
    STATE = _Run

    def __init__(self, *, outside: Sequence[str] = OUTSIDE, runs: int = RUNS) -> None:
        super().__init__(outside=tuple(outside), runs=runs)
        self._outside = frozenset(outside)

    def on_agent_joined(
        self, run: _Run, event: AgentJoined, content: bytes | None
    ) -> Sequence[Answer]:
        """Take note of a member."""
        return self.on_any(run, event, content)

    def on_any(self, run: _Run, event: BaseEvent, content: bytes | None) -> Sequence[Answer]:
        """Remember who appeared."""
        if event.agent not in run.seen and len(run.seen) < NAMES:
            run.seen[event.agent] = None
        return ()

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Take note of who was written to; tools and people outside are nobody's agents."""
        if event.via not in ("message", "unknown"):
            return self.on_any(run, event, content)
        return self._sent(run, event, event.recipients)

    def on_offered(self, run: _Run, event: Offered, content: bytes | None) -> Sequence[Answer]:
        """Take note of who got an offer."""
        return self._sent(run, event, event.to)

    def _handed(
        self, run: _Run, event: HandedOff | Delegated | TaskAssigned, content: bytes | None
    ) -> Sequence[Answer]:
        return self._sent(run, event, (event.to,))

    on_handed_off = on_delegated = on_task_assigned = _handed

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Tell of every sender and recipient of whom one never appeared."""
        if not run.total:
            return (self.silent(run, "no recipients are recorded in this run"),)
        missing = {
            pair: events
            for pair, events in run.sent.items()
            if pair[1] not in run.seen and pair[1].lower() not in self._outside
        }
        if missing and (run.gaps or len(run.seen) >= NAMES):
            return (self.silent(run, "who never appears may appear in a gap of the record"),)
        return [
            self.claim(
                run,
                agents=(sender,),
                edges=(Edge(sender=sender, receiver=to),),
                evidence=events[:EVENTS],
                effect=(len(events), "times sent to nobody"),
                n=run.total,
                null="whoever is written to joins the run or acts in it",
                severity=severity(len(events), MEDIUM, HIGH),
            )
            for (sender, to), events in missing.items()
        ]

    def _sent(self, run: _Run, event: BaseEvent, to: tuple[str, ...]) -> Sequence[Answer]:
        sender = event.agent
        if sender not in run.seen and len(run.seen) < NAMES:
            run.seen[sender] = None
        if not sender or not any(to):
            return ()
        run.total += 1
        for name in to:
            if name and name not in run.seen and name != sender:
                events = run.sent.get((sender, name))
                if events is not None:
                    if len(events) < 4 * EVENTS:
                        events.append(event.id)
                elif len(run.sent) < NAMES:
                    run.sent[sender, name] = [event.id]
        return ()
