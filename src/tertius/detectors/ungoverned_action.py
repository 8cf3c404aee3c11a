"""Ungoverned action: something was done without a decision of the gate, or under another's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertius.core.events import (
    Acted,
    HandedOff,
    MemoryWritten,
    MessageDelivered,
    MessageSent,
    RunEnded,
    ToolCalled,
)
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import KINDS, Event
from tertius.core.oversight_events import Decided, Ruled
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.betting import ParameterError
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.recent import Recent
from tertius.detectors.tally import Tally

DECISIONS = 4096  # remembered of one run
SURFACES = {
    "message.sent": "message", "tool.called": "tool", "memory.written": "memory",
    "handed.off": "agent", "acted": "environment",
}  # fmt: skip
DEFAULT = "message,tool"
UNITS = {
    "ungoverned": "actions without a decision of the gate",
    "denied": "actions that the gate had not permitted",
    "borrowed": "actions under another agent's name",
}
NULLS = {
    "ungoverned": "every action on a governed surface rests on a decision of the gate",
    "denied": "what the gate does not permit is not done",
    "borrowed": "whoever acts, or is named as a sender, is the agent of the decision or message",
}


class _Run(Run):
    __slots__ = ("decided", "governed", "place", "seen", "senders", "tallies", "who")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.decided: Recent[str, tuple[int, str, bool]] = Recent(DECISIONS)
        self.senders: Recent[str, tuple[int, str]] = Recent(DECISIONS)
        self.governed = 0
        self.seen = 0
        self.place = 0
        self.tallies = {kind: Tally() for kind in UNITS}
        self.who: dict[str, dict[str, None]] = {kind: {} for kind in UNITS}


class UngovernedAction(PerRun[_Run]):
    """Tells of actions on governed surfaces that no decision stands behind.

    An action is a message, a call, a note, a hand-over or a move. It rests on a decision where one
    of its causes is a ``decided`` event of the run, or the start of what people approved
    (``ruled``, ``started``), which is a permit as well. Three facts are told, each once when it
    first happens and again with the final count: no such decision; a decision that did not permit
    it (and was not made in shadow); a decision about another agent, or a delivery that names
    another sender than the message has.

    Parameters
    ----------
    governed : str
        The surfaces that the adapter's coverage calls governed, comma-separated: kinds such as
        ``tool``, or keys such as ``tool:mail.send``.
    always : bool
        Whether a run without any decision counts as ungoverned too. Else it says that it could not
        tell: no gate may have been there.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    It rests on the coverage as stated: a path that the adapter does not know of leaves no event.
    A decision that lies more than 4096 decisions back is passed over.

    What it cannot see: what is not recorded; whether the gate was right.

    References
    ----------
    `tertius.core.coverage`; statistical contract, section 6.
    """

    SPEC = DetectorSpec(
        name="ungoverned_action",
        version="2",
        title="Done without the gate",
        plain="Something was done on a governed path without a decision of the gate, against its "
        "decision, or under the name of another agent.",
        kinds=(
            "run.started",
            "run.ended",
            "gap",
            "decided",
            "ruled",
            "message.delivered",
            *SURFACES,
        ),
        failure_modes=("ms.agent_impersonation", "ms.permissions"),
        risk_factors=("caif.multi_agent_security.undetectable_threats",),
        source="statistical contract, section 6",
        null="every action on a governed surface rests on the gate's permit for its own agent",
        assumptions=(
            "the adapter's stated coverage is right",
            "who records an act names its decision as a cause",
        ),
        guarantees=(GuaranteeCode.FACT,),
        blind="what leaves no event; whether the gate was right",
        memory=RUNS * DECISIONS * KIB,
    )
    STATE = _Run

    def __init__(self, *, governed: str = DEFAULT, always: bool = False, runs: int = RUNS) -> None:
        super().__init__(governed=governed, always=always, runs=runs)
        self._surfaces = frozenset(filter(None, map(str.strip, governed.split(","))))
        self._kinds = frozenset(surface.partition(":")[0] for surface in self._surfaces)
        self._always = always
        self._passed = frozenset(
            KINDS[kind]
            for kind, surface in SURFACES.items()
            if surface not in self._kinds and kind != "message.sent"
        )
        known = ", ".join(SURFACES.values())
        for surface in self._surfaces:
            if surface.partition(":")[0] not in SURFACES.values():
                raise ParameterError(f"surface `{surface[:40]}`; expected {known}")

    def update_many(
        self, shown: Iterable[tuple[int, Event, bytes | None]]
    ) -> list[tuple[int, Answer]]:
        """As one by one; what lies on no governed surface is passed over once its run is open."""
        passed, runs = self._passed, self._runs
        return super().update_many(
            each for each in shown if type(each[1]) not in passed or each[1].run not in runs
        )

    def on_decided(self, run: _Run, event: Decided, content: bytes | None) -> Sequence[Answer]:
        """Keep a decision."""
        run.place += 1
        run.governed += 1
        run.decided[event.id] = (run.place, event.agent, event.outcome == "permit" or event.shadow)
        return ()

    def on_ruled(self, run: _Run, event: Ruled, content: bytes | None) -> Sequence[Answer]:
        """Keep that people let an act start."""
        run.place += 1
        if event.ruling == "started":
            run.decided[event.id] = (run.place, event.agent, True)
        return ()

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at a message."""
        run.place += 1
        run.senders[event.id] = (run.place, event.agent)
        if event.via == "environment":
            return ()
        return self._look(run, event, "message", event.channel)

    def on_message_delivered(
        self, run: _Run, event: MessageDelivered, content: bytes | None
    ) -> Sequence[Answer]:
        """Compare the sender that a delivery names with the message's own."""
        run.place += 1
        sent = run.senders.get(event.message)
        if sent is None or not (sent[1] and event.sender) or sent[1] == event.sender:
            return ()
        shown = (sent[0], event.message), (run.place, event.id)
        return self._count(run, "borrowed", (sent[1], event.sender), *shown)

    def on_tool_called(
        self, run: _Run, event: ToolCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at a call."""
        run.place += 1
        return self._look(run, event, "tool", event.tool)

    def on_memory_written(
        self, run: _Run, event: MemoryWritten, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at a note."""
        run.place += 1
        return self._look(run, event, "memory", event.store)

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Look at a hand-over."""
        run.place += 1
        return self._look(run, event, "agent", event.to)

    def on_acted(self, run: _Run, event: Acted, content: bytes | None) -> Sequence[Answer]:
        """Look at a move."""
        run.place += 1
        return self._look(run, event, "environment", "")

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Give the final counts, or say that nothing shows a gate."""
        answers: list[Answer] = [
            self._finding(run, kind) for kind, tally in run.tallies.items() if tally.grew()
        ]
        if run.seen and not run.governed and not self._always:
            answers.append(self.silent(run, "no decision of a gate is recorded in this run"))
        elif run.gaps and run.tallies["ungoverned"].count:
            answers.append(self.silent(run, "something of this run was not recorded"))
        return answers

    def _look(self, run: _Run, event: Event, kind: str, name: str) -> Sequence[Answer]:
        if not event.agent or kind not in self._kinds:
            return ()
        if not (kind in self._surfaces or f"{kind}:{name}" in self._surfaces):
            return ()
        run.seen += 1
        decided = run.decided
        if not (decided or run.governed or self._always):
            return ()  # no gate may have been there
        here = (run.place, event.id)
        found = [(cause.id, decided[cause.id]) for cause in event.causes if cause.id in decided]
        if found:
            own = [each for each in found if each[1][1] in ("", event.agent)]
            if any(permitted for _, (_, _, permitted) in own):
                return ()
            name, (place, agent, _) = (own or found)[0]
            what, who = ("denied", ()) if own else ("borrowed", (agent,))
            return self._count(run, what, (event.agent, *who), (place, name), here)
        if run.gaps or (run.decided.lost and event.causes):
            return ()
        if not (run.governed or self._always):
            return ()
        return self._count(run, "ungoverned", (event.agent,), here)

    def _count(
        self, run: _Run, kind: str, agents: tuple[str, ...], *shown: tuple[int, str]
    ) -> Sequence[Answer]:
        tally, named = run.tallies[kind], run.who[kind]
        tally.add(*shown)
        for agent in agents:
            if len(named) < MAX_EVIDENCE:
                named[agent] = None
        return (self._finding(run, kind),) if tally.reaches(1) else ()

    def _finding(self, run: _Run, kind: str) -> Finding:
        tally = run.tallies[kind]
        return self.claim(
            run,
            agents=run.who[kind],
            evidence=tally.evidence,
            onset=tally.onset,
            effect=(tally.count, UNITS[kind]),
            n=max(tally.count, run.seen),
            null=NULLS[kind],
            severity="high",
        )
