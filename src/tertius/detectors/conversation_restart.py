"""The conversation starts again from its opening after work had been done."""

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
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, MAX_EVIDENCE, RUNS, PerRun, Run
from tertius.detectors.tally import Tally, severity
from tertius.detectors.texts import NEARLY, alike, sketch

AFTER = 4  # acts since the opening; a prompt sent twice at once is a retry, not a restart
SIZE = 200  # bytes; an opening states a task, a shorter text may be an announcement
MEDIUM, HIGH = 1, 3  # restarts


class _Run(Run):
    __slots__ = (
        "acts",
        "again",
        "agents",
        "declared",
        "last",
        "opening",
        "place",
        "started",
        "total",
        "unread",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.place = self.acts = self.total = self.unread = 0
        self.started: tuple[int, str] | None = None
        self.opening: tuple[tuple[str, tuple[str, ...]], tuple[int, ...], tuple[int, str]] | None
        self.opening = None
        self.last: tuple[int, str] | None = None
        self.agents: dict[str, None] = {}
        self.declared = Tally()
        self.again = Tally()


class ConversationRestart(PerRun[_Run]):
    """Sees two kinds of restart, and tells each kind once when it first comes and once in sum.

    *Declared*: the record says that the run started, agents acted, and it says for the same run
    that it started. That is a fact. *By its words*: the run's opening message is sent again,
    nearly word for word, by the same agent to the same recipients, after at least `after` other
    acts. That is a heuristic.

    Parameters
    ----------
    after : int
        Acts of agents (messages, outputs, calls, hand-overs) that must lie between.
    alike : float
        Share of pieces (see `texts`) that two openings must have in common.
    size : int
        Bytes that an opening has at least.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    What it cannot see: a restart under a new run name; an opening in other words; whether
    somebody restarted on purpose; an agent that forgets without saying so.

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-2.1.
    """

    SPEC = DetectorSpec(
        name="conversation_restart",
        version="1",
        title="The conversation starts over",
        plain="The agents had already worked on the task, and then it began again from the "
        "opening. What had been found out until then may be lost, and is paid for twice.",
        kinds=(
            *("run.started", "run.ended", "message.sent", "model.called", "tool.called"),
            "handed.off",
        ),
        failure_modes=("gradient.communication",),
        mast_modes=("FM-2.1",),
        risk_factors=("caif.information_asymmetries.communication_constraints",),
        source="arXiv 2503.13657 (MAST), mode FM-2.1",
        null="a run starts once, and its opening message is sent once",
        assumptions=("one run's name stands for one attempt at the task",),
        guarantees=(GuaranteeCode.FACT, GuaranteeCode.HEURISTIC),
        blind="a restart under a new run name; an opening in other words; whether somebody "
        "restarted on purpose",
        memory=RUNS * 32 * KIB,
    )
    STATE = _Run

    def __init__(
        self, *, after: int = AFTER, alike: float = NEARLY, size: int = SIZE, runs: int = RUNS
    ) -> None:
        super().__init__(after=after, alike=alike, size=size, runs=runs)
        self._after, self._alike, self._size = after, alike, size

    def on_run_started(
        self, run: _Run, event: RunStarted, content: bytes | None
    ) -> Sequence[Answer]:
        """Count a start that comes after agents have acted."""
        run.place += 1
        here = (run.place, event.id)
        answers: Sequence[Answer] = ()
        if run.started is not None and run.acts and run.last is not None and run.agents:
            run.declared.add(run.started, run.last, here)
            if run.declared.reaches(1):
                answers = (self._finding(run, run.declared, GuaranteeCode.FACT),)
        if run.started is None or run.acts:
            run.started = here
        run.acts = 0
        return answers

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Remember the opening, and look for it later."""
        self._acted(run, event)
        if content is None:
            run.unread += 1
            return ()
        if not event.agent or (run.opening is None and run.unread):
            return ()
        kind = (event.agent, event.recipients)
        if run.opening is not None and run.opening[0] != kind:
            return ()
        if len(content) < self._size:
            return ()
        pieces, here = sketch(content), (run.place, event.id)
        if run.opening is None:
            run.opening = (kind, pieces, here)
            run.acts = 1
            return ()
        if not alike(pieces, run.opening[1], self._alike):
            return ()
        far = run.acts - 2 >= self._after  # this message and the last opening are not between
        run.acts = 1
        if not far:
            return ()
        run.again.add(run.opening[2], here)
        if run.again.reaches(1):
            return (self._finding(run, run.again, GuaranteeCode.HEURISTIC),)
        return ()

    def on_model_called(
        self, run: _Run, event: ModelCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Count an act."""
        return self._acted(run, event)

    def on_tool_called(
        self, run: _Run, event: ToolCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Count an act."""
        return self._acted(run, event)

    def on_handed_off(self, run: _Run, event: HandedOff, content: bytes | None) -> Sequence[Answer]:
        """Count an act."""
        return self._acted(run, event)

    def close(self, run: _Run, ended: RunEnded | None) -> list[Answer]:
        """Give the final counts, or say that the opening could not be read."""
        answers: list[Answer] = []
        if run.declared.grew():
            answers.append(self._finding(run, run.declared, GuaranteeCode.FACT))
        if run.again.grew():
            answers.append(self._finding(run, run.again, GuaranteeCode.HEURISTIC))
        if run.opening is None and not run.declared.told:
            what = "the opening's content is not at hand" if run.unread else "no opening message"
            answers.append(self.silent(run, f"{what}; only a declared restart would show"))
        return answers

    def _acted(
        self, run: _Run, event: MessageSent | ModelCalled | ToolCalled | HandedOff
    ) -> Sequence[Answer]:
        run.place += 1
        run.acts += 1
        run.total += 1
        run.last = (run.place, event.id)
        if event.agent and len(run.agents) < MAX_EVIDENCE:
            run.agents[event.agent] = None
        return ()

    def _finding(self, run: _Run, tally: Tally, code: GuaranteeCode) -> Finding:
        tally.told = tally.count
        fact = code is GuaranteeCode.FACT
        return self.claim(
            run,
            agents=run.agents,
            evidence=tally.evidence,
            onset=tally.onset,
            effect=(tally.count, "restarts"),
            n=run.total,
            null="a run starts once" if fact else "a run's opening message is sent once",
            severity=severity(tally.count, MEDIUM, HIGH),
            code=code,
        )
