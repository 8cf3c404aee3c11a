"""A run began, agents acted, and the record never says that it ended."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import (
    HandedOff,
    MessageSent,
    ModelCalled,
    RunEnded,
    RunStarted,
    ToolCalled,
)
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run


class _Run(Run):
    __slots__ = ("acts", "last", "started")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.started = ""
        self.acts = 0
        self.last: tuple[str, str] | None = None  # agent, event


class NoEnd(PerRun[_Run]):
    """Tells, at the end of the record, of runs that were started and not ended.

    Any ``run.ended`` is an end, whatever its outcome: also a chat that just stops, where the
    reader knows that the chat's record is whole.

    Parameters
    ----------
    runs : int
        Runs watched at the same time.

    Notes
    -----
    What it cannot see: whether the agents stopped too late; runs of a record that does not say
    when runs start; whether the run still goes on where the record was copied while it grew.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-1.5.
    """

    SPEC = DetectorSpec(
        name="no_end",
        version="1",
        title="The run never ends",
        plain="The agents began and worked, and the record is over without an end of the run. "
        "Perhaps nobody noticed that it was time to stop, perhaps it was cut off.",
        kinds=(
            *("run.started", "run.ended", "message.sent", "model.called", "tool.called"),
            *("handed.off", "gap"),
        ),
        failure_modes=("caif.miscoordination",),
        mast_modes=("FM-1.5",),
        risk_factors=("caif.commitment_and_trust.rigidity",),
        source="arXiv 2503.13657 (MAST), mode FM-1.5",
        null="every run that starts also ends",
        assumptions=("the record is over and complete",),
        guarantees=(GuaranteeCode.FACT,),
        blind="whether agents stopped too late; runs of a record that does not say when they start",
        memory=RUNS * 4 * KIB,
    )
    STATE = _Run

    def __init__(self, *, runs: int = RUNS) -> None:
        super().__init__(runs=runs)

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Remember the first start."""
        run.started = run.started or event.id
        return ()

    def on_any(
        self,
        run: _Run,
        event: MessageSent | ModelCalled | ToolCalled | HandedOff,
        content: bytes | None,
    ) -> Sequence[Answer]:
        """Remember who acted last."""
        if event.agent:
            run.acts += 1
            run.last = (event.agent, event.id)
        return ()

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Tell of a run without an end."""
        if ended is not None:
            return ()
        if not run.started:
            return (self.silent(run, "the record does not say when this run starts or ends"),)
        if run.last is None:
            return (self.silent(run, "no agent acted in this run"),)
        if run.gaps:
            return (self.silent(run, "the end may lie in a gap of the record"),)
        agent, event = run.last
        finding = self.claim(
            run,
            agents=(agent,),
            evidence=(run.started, event),
            effect=(run.acts, "acts of agents without an end"),
            n=run.acts,
            null="every run that starts also ends",
            severity="medium",
        )
        return (finding,)
