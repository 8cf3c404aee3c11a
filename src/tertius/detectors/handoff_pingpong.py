"""Two agents hand control back and forth, and neither does anything with it."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    Acted,
    Delegated,
    HandedOff,
    MemoryWritten,
    RunEnded,
    TaskAssigned,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.finding import Edge, Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.tally import severity

TURNS, MEDIUM, HIGH = 4, 6, 10  # hand-overs in a row


class _Run(Run):
    __slots__ = ("chain", "count", "handed", "told")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.handed = 0
        self.clear()

    def clear(self) -> None:
        """Begin to count anew."""
        self.chain: list[tuple[str, str, str]] = []  # from, to, event
        self.count = 0
        self.told = 0


class HandoffPingpong(PerRun[_Run]):
    """Counts hand-overs between the same two agents with no recorded work between them.

    A hand-over is control given on, a delegation or an assigned task. Work is a call or return of a
    tool, a write to memory, a move, or a completed task, by anybody: it ends the count. Messages
    do not, since a chat about who should do it is no work.

    One finding at `turns` hand-overs in a row, and one when the count has reached its end.

    Parameters
    ----------
    turns : int
        Hand-overs in a row, each back to where the last one came from; at least 2. Four, since
        "take it", "it is yours", "no, take it" can be a question put well.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    What it cannot see: work that is not recorded, such as thinking; control that goes round three
    agents (`agent_loop` sees that where the messages are alike).

    References
    ----------
    Hammond et al. 2025, arXiv 2502.14143 (miscoordination; cyclic behaviour).
    """

    SPEC = DetectorSpec(
        name="handoff_pingpong",
        version="1",
        title="Work handed back and forth",
        plain="Two agents kept handing the work to each other and nobody did it. "
        "It may be that each believes it to be the other one's job.",
        kinds=(
            *("run.ended", "handed.off", "delegated", "task.assigned", "task.completed"),
            *("tool.called", "tool.returned", "memory.written", "acted"),
        ),
        failure_modes=("caif.miscoordination",),
        risk_factors=("caif.destabilising_dynamics.cyclic_behaviour",),
        source="arXiv 2502.14143, miscoordination and cyclic behaviour",
        null="work that is handed over is worked on before it is handed back",
        assumptions=("the record holds every hand-over, and every call of a tool",),
        guarantees=(GuaranteeCode.FACT,),
        blind="work that is not recorded, such as thinking; control that goes round three agents",
        memory=RUNS * 16 * KIB,
    )
    STATE = _Run

    def __init__(self, *, turns: int = TURNS, runs: int = RUNS) -> None:
        super().__init__(turns=turns, runs=runs)
        self._turns = turns

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Take a hand-over."""
        return self._handed(run, event)

    def on_delegated(self, run: _Run, event: Delegated, content: bytes | None) -> Sequence[Answer]:
        """Take a hand-over."""
        return self._handed(run, event)

    def on_task_assigned(
        self, run: _Run, event: TaskAssigned, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a hand-over."""
        return self._handed(run, event)

    def on_any(
        self,
        run: _Run,
        event: TaskCompleted | ToolCalled | ToolReturned | MemoryWritten | Acted,
        content: bytes | None,
    ) -> Sequence[Answer]:
        """Somebody worked; the count begins anew."""
        return self._stop(run) if run.chain else ()

    def close(self, run: _Run, ended: RunEnded | None) -> list[Answer]:
        """Give the last count, or say that nothing was handed over."""
        if not run.handed:
            return [self.silent(run, "no hand-overs are recorded in this run")]
        return [*self._stop(run)]

    def _handed(self, run: _Run, event: HandedOff | Delegated | TaskAssigned) -> Sequence[Answer]:
        run.handed += 1
        step = (event.agent, event.to, event.id)
        answers: Sequence[Answer] = ()
        if not event.agent or not event.to or event.agent == event.to:
            return self._stop(run)
        if run.chain and run.chain[-1][:2] != (event.to, event.agent):
            answers = self._stop(run)
        run.count += 1
        run.chain.append(step)
        del run.chain[MAX_EVIDENCE // 2 : -MAX_EVIDENCE // 2]
        if run.count == self._turns:
            run.told = run.count
            return (*answers, self._finding(run))
        return answers

    def _stop(self, run: _Run) -> Sequence[Answer]:
        """End the count, and tell it where it grew after the first finding."""
        if not run.chain:
            return ()
        answers = (self._finding(run),) if 0 < run.told < run.count else ()
        run.clear()
        return answers

    def _finding(self, run: _Run) -> Finding:
        pairs = dict.fromkeys((sender, to) for sender, to, _ in run.chain)
        return self.claim(
            run,
            agents=[name for pair in pairs for name in pair],
            edges=[Edge(sender=sender, receiver=to) for sender, to in pairs],
            evidence=[event for _, _, event in run.chain],
            effect=(run.count, "hand-overs in a row without work between"),
            n=run.handed,
            null=f"fewer than {self._turns} hand-overs in a row between two without work between",
            severity=severity(run.count, MEDIUM, HIGH),
        )
