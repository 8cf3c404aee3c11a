"""Broken promise: what was due did not come, or was found not to be what was promised."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    Accepted,
    OutcomeObserved,
    Promised,
    RunEnded,
    TaskCompleted,
    Verified,
)
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.tally import Tally, severity

MEDIUM, HIGH = 2, 5  # promises
PROMISES = 1024  # open at the same time, of one run


class _Run(Run):
    __slots__ = ("broken", "edges", "open", "over", "place", "promises", "tally", "who")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.open: dict[str, tuple[int, Promised]] = {}
        self.over: dict[str, None] = {}
        self.promises = 0
        self.broken: dict[str, None] = {}
        self.edges: dict[tuple[str, str], None] = {}
        self.who: dict[str, None] = {}
        self.tally = Tally()
        self.place = 0


class BrokenPromise(PerRun[_Run]):
    """Counts promises that were not kept by the time they were due.

    A promise is kept when its promiser completes its task, when something that rests on it is
    accepted or completed, when somebody confirms it, or when an outcome about it is positive. It is
    broken when a check contradicts it or an outcome about it is false or 0; when the record goes on
    past `due` and none of that happened; or when it had no date and its run ended completed.

    Parameters
    ----------
    grace : float
        Seconds after `due` that are still taken for in time, from 0.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Facts of the record, given that it is complete: with a gap in the run, only promises that were
    contradicted are told.

    What it cannot see: promises kept and not recorded; promises released in words.
    """

    SPEC = DetectorSpec(
        name="broken_promise",
        version="1",
        title="A promise was not kept",
        plain="An agent promised something to others, and it did not come in time, or was not what "
        "was promised.",
        kinds=(
            "run.started", "run.ended", "gap", "promised", "accepted", "task.completed",
            "verified", "outcome.observed",
        ),
        failure_modes=("caif.conflict", "gradient.mixed_motive"),
        risk_factors=("caif.commitment_and_trust",),
        source="own rule; CAIF report, arXiv:2502.14143, commitment and trust",
        null="what is promised is done by the time it is due",
        assumptions=(
            "whatever keeps a promise is recorded, with its task or with the promise as a cause",
            "times are those of one clock",
        ),
        guarantees=(GuaranteeCode.FACT,),
        blind="promises kept and not recorded; promises released in words",
        memory=RUNS * PROMISES * 2 * KIB,
    )  # fmt: skip
    STATE = _Run

    def __init__(self, *, grace: float = 0.0, runs: int = RUNS) -> None:
        super().__init__(grace=grace, runs=runs)
        self._grace = int(grace * 1_000_000_000)

    def on_promised(self, run: _Run, event: Promised, content: bytes | None) -> Sequence[Answer]:
        """Keep a promise until it is settled."""
        answers = self._due(run, event)
        if event.agent and event.id not in run.open and event.id not in run.over:
            run.promises += 1
            if len(run.open) < PROMISES:
                run.open[event.id] = (run.place, event)
        return answers

    def on_accepted(self, run: _Run, event: Accepted, content: bytes | None) -> Sequence[Answer]:
        """Take what rests on a promise, or the promise's own fulfilment, as accepted."""
        answers = self._due(run, event)
        if event.subject not in run.open:  # to accept a promise is not yet to have its fruit
            self._keep(run, [cause.id for cause in event.causes])
        return answers

    def on_task_completed(
        self, run: _Run, event: TaskCompleted, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a promise as kept whose task is completed."""
        answers = self._due(run, event)
        if event.ok is not False:
            kept = [
                name
                for name, (_, promise) in run.open.items()
                if event.task and promise.task == event.task and promise.agent == event.agent
            ]
            self._keep(run, [*kept, *(cause.id for cause in event.causes)])
        return answers

    def on_verified(self, run: _Run, event: Verified, content: bytes | None) -> Sequence[Answer]:
        """Settle a promise that was checked."""
        answers = self._due(run, event)
        if event.result == "confirmed":
            self._keep(run, [event.subject])
        elif event.result == "contradicted":
            answers += self._break(run, event.subject, event.id)
        return answers

    def on_outcome_observed(
        self, run: _Run, event: OutcomeObserved, content: bytes | None
    ) -> Sequence[Answer]:
        """Settle a promise of which somebody saw what came of it."""
        answers = self._due(run, event)
        if event.about in run.open and isinstance(event.value, bool | int | float):
            if event.value:
                self._keep(run, [event.about])
            else:
                answers += self._break(run, event.about, event.id)
        return answers

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Settle what has no date, and give the final count."""
        answers: list[Answer] = []
        if ended is not None:
            answers += self._due(run, ended)
            if ended.outcome == "completed" and not run.gaps:
                for name, (_, promise) in list(run.open.items()):
                    if not promise.due:
                        answers += self._break(run, name, ended.id)
        if run.tally.grew():
            answers.append(self._finding(run))
        if run.gaps and run.open:
            answers.append(self.silent(run, "something of this run was not recorded"))
        return answers

    def _due(self, run: _Run, event: Event) -> list[Answer]:
        """Break what is due, as far as the record goes."""
        run.place += 1
        if not event.time or run.gaps:
            return []
        late = [
            name
            for name, (_, promise) in run.open.items()
            if promise.due and promise.due + self._grace < event.time
        ]
        return [answer for name in late for answer in self._break(run, name, event.id)]

    def _keep(self, run: _Run, names: Sequence[str]) -> None:
        for name in names:
            if run.open.pop(name, None) is not None:
                self._settle(run, name)

    def _settle(self, run: _Run, name: str) -> None:
        if len(run.over) < PROMISES:
            run.over[name] = None

    def _break(self, run: _Run, name: str, event: str) -> list[Answer]:
        kept = run.open.pop(name, None)
        if kept is None:
            return []
        self._settle(run, name)
        place, promise = kept
        run.tally.add((place, name), (run.place, event))
        if len(run.who) < MAX_EVIDENCE:
            run.who[promise.agent] = None
        for other in promise.to:
            if other and other != promise.agent and len(run.edges) < MAX_EVIDENCE:
                run.edges[promise.agent, other] = None
        return [self._finding(run)] if run.tally.reaches(1) else []

    def _finding(self, run: _Run) -> Finding:
        return self.claim(
            run,
            agents=run.who,
            edges=[Edge(sender=one, receiver=other) for one, other in run.edges],
            evidence=run.tally.evidence,
            onset=run.tally.onset,
            effect=(run.tally.count, "promises not kept"),
            n=run.promises,
            null="what is promised is done by the time it is due",
            severity=severity(run.tally.count, MEDIUM, HIGH),
        )
