"""Repeated falsehood: what was refuted is said again, by whoever took it from there."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import RunEnded, Verified
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.recent import Recent
from tertius.detectors.tally import Tally, severity

MEDIUM, HIGH = 3, 10  # times said again
EVENTS = 4096  # kept of one run, to trace lineage through
STEPS = 16  # links from a repetition back to what was refuted
SAYS = ("message.sent", "claimed", "asserted", "memory.written", "handed.off")
LINKS = ("message.delivered", "message.consumed", "model.called", "memory.read")


class _Run(Run):
    __slots__ = ("checks", "edges", "links", "place", "refuted", "said", "tally", "who")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.links: Recent[str, tuple[str, ...]] = Recent(EVENTS)
        self.said: Recent[str, tuple[int, str]] = Recent(EVENTS)
        self.refuted: dict[str, tuple[int, str]] = {}
        self.checks: set[str] = set()  # that refuted them
        self.tally = Tally()
        self.edges: dict[tuple[str, str], None] = {}
        self.who: dict[str, None] = {}
        self.place = 0


class RepeatedFalsehood(PerRun[_Run]):
    """Tells who says again what a check had already refuted, by the lineage of what is said.

    A repetition is a message, claim, assertion, note or hand-over that comes after the check, was
    not made by the verifier, and rests on what was refuted by declared or observed causes: at once,
    or through deliveries, readings and other repetitions. What rests on the check as well, or is by
    whoever checked, is taken for a correction.

    Parameters
    ----------
    least : int
        Repetitions before it is told, at least 1.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    That it rests on what was refuted is a fact of the record; that it says the same is not looked
    at, since contents may be erased: the assumption says so.

    What it cannot see: a repetition without a link; a denial that does not cite the check.
    """

    SPEC = DetectorSpec(
        name="repeated_falsehood",
        version="1",
        title="Refuted and said again",
        plain="Agents went on saying or noting what a check had already refuted.",
        kinds=("run.started", "run.ended", "gap", "verified", *SAYS, *LINKS),
        failure_modes=("caif.conflict", "ms.kb_poisoning"),
        mast_modes=("FM-2.5",),
        risk_factors=(
            "caif.information_asymmetries.deception",
            "caif.network_effects.error_propagation",
        ),
        source="own rule, by lineage; Flooding, arXiv:2407.07791 (false facts that persist)",
        null="nothing that a check refuted is said again by others afterwards",
        assumptions=("what rests on a refuted statement and not on its refutation repeats it",),
        guarantees=(GuaranteeCode.FACT,),
        blind="repetitions without a link; denials that do not cite the check",
        memory=RUNS * EVENTS * KIB,
    )
    STATE = _Run

    def __init__(self, *, least: int = 1, runs: int = RUNS) -> None:
        super().__init__(least=least, runs=runs)
        self._least = least

    def on_verified(self, run: _Run, event: Verified, content: bytes | None) -> Sequence[Answer]:
        """Keep what is refuted."""
        run.place += 1
        fresh = event.result == "contradicted" and event.subject not in run.refuted
        if fresh and len(run.refuted) < EVENTS:
            run.refuted[event.subject] = (run.place, event.id)
            run.checks.add(event.id)
        run.said[event.id] = (run.place, "")
        return ()

    def _link(self, run: _Run, event: Event, content: bytes | None) -> Sequence[Answer]:
        """Keep what an event rests on."""
        run.place += 1
        if event.causes:
            causes = tuple([cause.id for cause in event.causes if cause.basis != "inferred"])
            if causes:
                run.links[event.id] = causes
        return ()

    on_message_delivered = on_message_consumed = on_model_called = on_memory_read = _link

    def on_any(self, run: _Run, event: Event, content: bytes | None) -> Sequence[Answer]:
        """See whether what is said rests on what was refuted."""
        self._link(run, event, content)
        run.said[event.id] = (run.place, event.agent)
        if not (run.refuted and event.agent):
            return ()
        found = self._source(run, event.id)
        if found is None:
            return ()
        subject, (place, check) = found
        source = run.said.get(subject, (0, ""))
        shown = [] if not source[0] else [(source[0], subject)]
        run.tally.add(*shown, (place, check), (run.place, event.id))
        if len(run.who) < MAX_EVIDENCE:
            run.who[event.agent] = None
        if source[1] and source[1] != event.agent and len(run.edges) < MAX_EVIDENCE:
            run.edges[source[1], event.agent] = None
        return (self._finding(run),) if run.tally.reaches(self._least) else ()

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Give the final count."""
        if run.tally.grew():
            return (self._finding(run),)
        if run.refuted and not run.links:
            return (self.silent(run, "no statement names what it rests on"),)
        return ()

    def _source(self, run: _Run, name: str) -> tuple[str, tuple[int, str]] | None:
        """Return what was refuted that an event rests on; None where it cites the refutation."""
        waiting, seen = list(run.links.get(name, ())), {name}
        found = None
        for _ in range(STEPS):
            if not waiting:
                break
            cause = waiting.pop(0)
            if cause in seen:
                continue
            seen.add(cause)
            if cause in run.checks:
                return None
            if found is None and cause in run.refuted:
                found = (cause, run.refuted[cause])
            waiting += run.links.get(cause, ())
        return found

    def _finding(self, run: _Run) -> Finding:
        return self.claim(
            run,
            agents=run.who,
            edges=[Edge(sender=one, receiver=other) for one, other in run.edges],
            evidence=run.tally.evidence,
            onset=run.tally.onset,
            effect=(run.tally.count, "times said again after it was refuted"),
            n=run.tally.count,
            null="nothing that a check refuted is said again by others afterwards",
            severity=severity(run.tally.count, MEDIUM, HIGH),
        )
