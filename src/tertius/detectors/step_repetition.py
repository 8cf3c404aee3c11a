"""A finished step is done again: an agent says or calls nearly the same thing as before."""

from __future__ import annotations

from collections.abc import Sequence

from tertius.core.events import MessageSent, ModelCalled, RunEnded, RunStarted, ToolCalled
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run
from tertius.detectors.tally import Tally, severity
from tertius.detectors.texts import LIKE, Earlier, sketch

AGENTS = 256  # of one run
LEAST, MEDIUM, HIGH = 2, 4, 8  # steps done again
SIZE = 40  # bytes; words such as "go on, please" are no step of their own


class _Agent:
    __slots__ = ("again", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.again = Tally()


class _Run(Run):
    __slots__ = ("agents", "before", "calls", "place", "texts", "unread")

    def __init__(self, name: str, share: float) -> None:
        super().__init__(name)
        self.agents: dict[str, _Agent] = {}
        self.texts = Earlier[tuple[int, str]](share)
        self.calls = Earlier[tuple[int, str]](1)
        self.before: tuple[object, bytes] | None = None  # the message that came just before
        self.place = 0
        self.unread = 0


class StepRepetition(PerRun[_Run]):
    """Counts, for each agent, the steps that are nearly the same as one of its earlier steps.

    A step is a message to the same recipients (the world's own announcements are none), a model's
    output, or a call of the same tool. Two
    messages are the same if `alike` of their pieces are (see `texts`), words and code together:
    who gives another reason for the same code may have one. Two calls are the same if their
    arguments are.

    One finding when an agent's count reaches `least`, and one with the final count where it grew.

    Parameters
    ----------
    least : int
        Steps done again before it is told, at least 1. Two, since one may be an honest retry.
    alike : float
        Share of pieces in common, above 0 and at most 1.
    size : int
        Bytes from which a message counts as a step; calls of tools always do.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    When the run is started again it forgets what came before: steps that a restart makes
    necessary are the restart's doing, and `conversation_restart` tells of it. A message that is
    byte for byte the one just before it, with no other step between, is taken for one message
    recorded twice (a logger with two outputs does that), not for a step.

    What it cannot see: whether there was a reason, such as a test run again after an edit; the
    same step in other words; a step done by another agent; steps further back than 256
    others; a message said twice in a breath.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-1.3. Broder et al. 1997, "Syntactic clustering of
    the Web" (resemblance of 0.5 for "roughly the same").
    """

    SPEC = DetectorSpec(
        name="step_repetition",
        version="1",
        title="The same step again and again",
        plain="An agent did steps again that it had already done, in much the same words. "
        "That costs time and money, and may mean that it is stuck.",
        kinds=("run.started", "run.ended", "message.sent", "model.called", "tool.called"),
        failure_modes=("caif.miscoordination",),
        mast_modes=("FM-1.3",),
        risk_factors=("caif.destabilising_dynamics.feedback_loops",),
        source="arXiv 2503.13657 (MAST), mode FM-1.3",
        null="an agent does each of its steps once",
        assumptions=(
            "nearly the same text means the same step",
            "no reason to do it again lies outside the text",
        ),
        guarantees=(GuaranteeCode.HEURISTIC,),
        blind="whether there was a reason, such as a test run again after an edit; the same step "
        "in other words; the same step by another agent",
        memory=RUNS * 2048 * KIB,
    )

    def __init__(
        self, *, least: int = LEAST, alike: float = LIKE, size: int = SIZE, runs: int = RUNS
    ) -> None:
        super().__init__(least=least, alike=alike, size=size, runs=runs)
        self._least, self._alike, self._size = least, alike, size

    def open(self, name: str) -> _Run:
        """Return the state of a new run."""
        return _Run(name, self._alike)

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Forget the steps, keep the counts."""
        run.texts.clear()
        run.calls.clear()
        return ()

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a message as a step, by sender and recipients; the world's own words are none."""
        if event.via == "environment":
            return ()
        kind = ("message", event.agent, event.recipients)
        return self._step(run, event, content, kind)

    def on_model_called(
        self, run: _Run, event: ModelCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Take what a model wrote as a step."""
        return self._step(run, event, content, ("model", event.agent))

    def on_tool_called(
        self, run: _Run, event: ToolCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Take a call as a step, by tool and arguments."""
        return self._step(run, event, content, ("tool", event.agent, event.tool))

    def close(self, run: _Run, ended: RunEnded | None) -> list[Answer]:
        """Give the final counts, or say that there was nothing to read."""
        answers: list[Answer] = [
            self._finding(run, name, agent)
            for name, agent in run.agents.items()
            if agent.again.grew()
        ]
        if any(agent.again.told for agent in run.agents.values()):
            return answers
        read = sum(agent.steps for agent in run.agents.values())
        if run.unread > read:
            why = f"the content of {run.unread} of {run.unread + read} steps is not at hand"
            answers.append(self.silent(run, why))
        elif not read:
            answers.append(self.silent(run, "no steps of agents are recorded"))
        return answers

    def _step(
        self,
        run: _Run,
        event: MessageSent | ModelCalled | ToolCalled,
        content: bytes | None,
        kind: tuple[object, ...],
    ) -> Sequence[Answer]:
        name = event.agent
        run.place += 1
        before, run.before = run.before, None
        if not name:
            return ()
        if content is None:
            run.unread += 1
            return ()
        spoken = not isinstance(event, ToolCalled)
        if spoken:
            run.before = (kind, content)
            if run.before == before:
                return ()
        agent = run.agents.get(name)
        if agent is None:
            if len(run.agents) >= AGENTS:
                return ()
            agent = run.agents[name] = _Agent()
        agent.steps += 1
        if spoken and len(content) < self._size:
            return ()
        here = (run.place, event.id)
        first = (run.texts if spoken else run.calls).meet(kind, sketch(content), here)
        if first is here:
            return ()
        agent.again.add(first, here)
        return (self._finding(run, name, agent),) if agent.again.reaches(self._least) else ()

    def _finding(self, run: _Run, name: str, agent: _Agent) -> Finding:
        count = agent.again.count
        return self.claim(
            run,
            agents=(name,),
            evidence=agent.again.evidence,
            onset=agent.again.onset,
            effect=(count, "steps done again"),
            n=agent.steps,
            null=f"an agent does each of its steps once; fewer than {self._least} are done again",
            severity=severity(count, MEDIUM, HIGH),
            code=GuaranteeCode.HEURISTIC,
        )
