"""A run ends while work that the record shows as begun is not finished."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import BaseEvent, HandedOff, RunEnded, TaskAssigned, TaskCompleted
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run

OPEN = 1024  # open tasks of one run


class _Run(Run):
    __slots__ = ("acts", "assigned", "completed", "control", "known", "tasks")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tasks: dict[str, tuple[str, str]] = {}  # assigning event: (task, agent)
        self.control: tuple[str, str, str] | None = None  # from, to, event; nobody acted since
        self.known: dict[str, None] = {}
        self.assigned = self.completed = self.acts = 0


class PrematureEnd(PerRun[_Run]):
    """Tells, when ``run.ended`` comes, of tasks not completed and of control that nobody took up.

    *Tasks* count where the record is known to hold completions: it shows at least one in this run,
    or `completions` says so. *Control* counts where the run's last act was a hand-over to an agent
    that is known in the run.

    A run that was aborted was stopped by somebody else, and is no finding.
    The end of a chat, or an answer after which nobody speaks, is no finding.

    Parameters
    ----------
    completions : bool
        Whether the record holds every completion of a task, so that one that is missing counts
        also in a run that shows none.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    Calls of tools without a return are not looked at: an end while a call is open is common and
    `unreturned_result` tells where somebody built on it. What it cannot see: work that is nowhere
    recorded as a task or a hand-over, so most chats; whether the result was good enough.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-3.1.
    """

    SPEC = DetectorSpec(
        name="premature_end",
        version="2",
        title="Ended before the work was done",
        plain="The run ended while a task was still open or had just been handed to an agent "
        "that never took it up. What was asked for may be missing from the result.",
        kinds=(
            *("run.ended", "task.assigned", "task.completed", "handed.off", "gap"),
            *("agent.joined", "message.sent", "model.called", "tool.called", "tool.returned"),
        ),
        failure_modes=("caif.miscoordination",),
        mast_modes=("FM-3.1",),
        risk_factors=("caif.information_asymmetries.communication_constraints",),
        source="arXiv 2503.13657 (MAST), mode FM-3.1",
        null="a run ends after its tasks are completed and its last hand-over is taken up",
        assumptions=("the record is complete, and holds every completed task",),
        guarantees=(GuaranteeCode.FACT,),
        blind="work that is nowhere recorded as a task or a hand-over, so most chats; whether the "
        "result was good enough",
        memory=RUNS * 768 * KIB,
    )
    STATE = _Run

    def __init__(self, *, completions: bool = False, runs: int = RUNS) -> None:
        super().__init__(completions=completions, runs=runs)
        self._completions = completions

    def on_task_assigned(
        self, run: _Run, event: TaskAssigned, content: bytes | None
    ) -> Sequence[Answer]:
        """Open a task; assigned again, it passes on."""
        self.on_any(run, event, content)
        run.assigned += 1
        if event.task:
            for known, (task, _) in list(run.tasks.items()):
                if task == event.task:
                    del run.tasks[known]
        if len(run.tasks) < OPEN:
            run.tasks[event.id] = (event.task, event.to)
        return ()

    def on_task_completed(
        self, run: _Run, event: TaskCompleted, content: bytes | None
    ) -> Sequence[Answer]:
        """Close a task, by its name or, without one, the agent's newest."""
        self.on_any(run, event, content)
        run.completed += 1
        for known, (task, agent) in reversed(run.tasks.items()):
            if task == event.task if event.task else agent == event.agent:
                del run.tasks[known]
                break
        return ()

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Remember where control went."""
        self.on_any(run, event, content)
        if event.agent and event.to:
            run.control = (event.agent, event.to, event.id)
        return ()

    def on_agent_joined(
        self, run: _Run, event: BaseEvent, content: bytes | None
    ) -> Sequence[Answer]:
        """Take note of a member."""
        if len(run.known) < OPEN:
            run.known[event.agent] = None
        return ()

    def on_any(self, run: _Run, event: BaseEvent, content: bytes | None) -> Sequence[Answer]:
        """Count something done."""
        run.acts += 1
        run.control = None
        if event.agent not in run.known and len(run.known) < OPEN:
            run.known[event.agent] = None
        return ()

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Tell of what is open at the end."""
        if ended is None:
            return ()  # `no_end` tells of that
        if ended.outcome == "aborted":
            return (self.silent(run, "somebody stopped the run; its agents did not end it"),)
        counted = self._completions or run.completed > 0
        tasks = list(run.tasks.items())[:OPEN] if counted else []
        control = run.control if run.control and run.control[1] in run.known else None
        if not tasks and control is None:
            if run.assigned and not counted:
                return (self.silent(run, "no completed tasks are recorded in this run"),)
            if not run.assigned and run.control is None and not run.completed:
                return (self.silent(run, "no tasks and no open hand-over are recorded"),)
            return ()
        if run.gaps:
            return (self.silent(run, "the rest of the work may lie in a gap of the record"),)
        evidence = [event for event, _ in tasks]
        agents = [agent for _, (_, agent) in tasks]
        if control is not None:
            evidence.append(control[2])
            agents += control[:2]
        finding = self.claim(
            run,
            agents=agents,
            evidence=[*evidence, ended.id],
            effect=(len(evidence), "pieces of work open at the end"),
            n=run.assigned + (control is not None),
            null="a run ends after its tasks are completed and its last hand-over is taken up",
            severity="high" if ended.outcome == "completed" else "medium",
        )
        return (finding,)
