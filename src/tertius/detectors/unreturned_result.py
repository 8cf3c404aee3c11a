"""Somebody builds on a result that no tool returned."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tertius.core.events import (
    Asserted,
    Claimed,
    MessageSent,
    ModelCalled,
    RunEnded,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.names import is_derived
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run
from tertius.detectors.tally import severity

CALLS = 1024  # open calls of one run
MARKERS = ("observation:", "tool output:", "tool result:", "function result:")
MEDIUM, HIGH = 2, 4  # results


class _Run(Run):
    __slots__ = ("claims", "fresh", "pending", "returns", "told", "traffic", "unread")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pending: dict[str, tuple[str, str, str]] = {}  # event: (agent, tool, call)
        self.fresh: dict[str, None] = {}  # agents to whom something was returned since they spoke
        self.told: dict[str, int] = {}
        self.traffic = self.returns = self.claims = self.unread = 0


class UnreturnedResult(PerRun[_Run]):
    """Sees a result that is cited or written down, though the record shows no return of it.

    *Cited*: a claim, an assertion or a completed task names as its cause, or as its evidence, a
    call that has not returned by then, in a run that records returns. That is a fact. What a
    mapping says that the call itself means cites no result of it.
    *Written down*: an agent's text holds a line that begins with one of `markers`, as output of a
    tool would, in a run that records calls or returns, and nothing was returned to that agent
    since it last spoke. That is a heuristic.

    Parameters
    ----------
    markers : tuple of str
        Beginnings of lines, in lower case, that announce a tool's output.
    runs : int
        Runs watched at the same time.

    Notes
    -----
    A finding for each such event, at that event. What it cannot see: a result told in other words;
    a result that was returned and is told wrongly; runs whose tools are not recorded; an agent
    that quotes what another one's tool returned (it may well be told of for that).

    References
    ----------
    Cemri et al. 2025, arXiv 2503.13657, mode FM-2.6. Bryan et al. 2025, Microsoft's taxonomy of
    failure modes in agentic systems (hallucination).
    """

    SPEC = DetectorSpec(
        name="unreturned_result",
        version="2",
        title="A result that no tool returned",
        plain="An agent gave or used the result of a tool, and the record shows no such result. "
        "It may have been made up, or spoken of too early; whatever rests on it is unsafe.",
        kinds=(
            *("run.ended", "tool.called", "tool.returned", "message.sent", "model.called"),
            *("claimed", "asserted", "task.completed", "gap"),
        ),
        failure_modes=("ms.hallucination",),
        mast_modes=("FM-2.6",),
        risk_factors=("caif.network_effects.error_propagation",),
        source="arXiv 2503.13657 (MAST), mode FM-2.6; Microsoft taxonomy, hallucination",
        null="a result is told or used after a tool has returned it",
        assumptions=("the record holds every return of a tool",),
        guarantees=(GuaranteeCode.FACT, GuaranteeCode.HEURISTIC),
        blind="a result told in other words; one that was returned and is told wrongly; runs whose "
        "tools are not recorded",
        memory=RUNS * 768 * KIB,
    )
    STATE = _Run

    def __init__(self, *, markers: Sequence[str] = MARKERS, runs: int = RUNS) -> None:
        super().__init__(markers=tuple(markers), runs=runs)
        words = "|".join(re.escape(each) for each in markers)
        self._marked = re.compile(rf"^[ \t]*(?:{words})".encode(), re.MULTILINE | re.IGNORECASE)
        self._words = tuple(each.encode() for each in markers)

    def on_tool_called(
        self, run: _Run, event: ToolCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Open a call."""
        run.traffic += 1
        if len(run.pending) >= CALLS:
            del run.pending[next(iter(run.pending))]
        run.pending[event.id] = (event.agent, event.tool, event.call)
        return ()

    def on_tool_returned(
        self, run: _Run, event: ToolReturned, content: bytes | None
    ) -> Sequence[Answer]:
        """Close a call: by its name, its cause, or else the oldest of this agent and tool."""
        run.traffic += 1
        run.returns += 1
        run.fresh[event.agent] = None
        causes = {cause.id for cause in event.causes}
        for known, (agent, tool, call) in run.pending.items():
            same = call == event.call if event.call else (agent, tool) == (event.agent, event.tool)
            if known in causes or same:
                del run.pending[known]
                break
        return ()

    def on_message_sent(
        self, run: _Run, event: MessageSent, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at its text."""
        return self._written(run, event, content)

    def on_model_called(
        self, run: _Run, event: ModelCalled, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at its text."""
        return self._written(run, event, content)

    def on_claimed(self, run: _Run, event: Claimed, content: bytes | None) -> Sequence[Answer]:
        """Look at what it cites."""
        return self._cites(run, event, ())

    def on_asserted(self, run: _Run, event: Asserted, content: bytes | None) -> Sequence[Answer]:
        """Look at what it cites."""
        return self._cites(run, event, event.evidence)

    def on_task_completed(
        self, run: _Run, event: TaskCompleted, content: bytes | None
    ) -> Sequence[Answer]:
        """Look at what it cites."""
        return self._cites(run, event, ())

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say where there was nothing to hold results against."""
        if run.told:
            return ()
        if not run.traffic:
            return (self.silent(run, "no calls or returns of tools are recorded in this run"),)
        if not run.returns:
            return (self.silent(run, "no returns of tools are recorded in this run"),)
        if run.unread > run.claims:
            return (self.silent(run, f"the content of {run.unread} texts is not at hand"),)
        return ()

    def _cites(
        self,
        run: _Run,
        event: Claimed | Asserted | TaskCompleted,
        evidence: tuple[str, ...],
    ) -> Sequence[Answer]:
        if not run.pending or not run.returns or run.gaps or not event.agent:
            return ()
        named = [*(cause.id for cause in event.causes), *evidence]
        open_calls = [
            name for name in run.pending if name in named and not is_derived(event.id, name)
        ]
        if not open_calls:
            return ()
        null = "what is cited as a result has been returned"
        return (self._finding(run, event.agent, [*open_calls, event.id], null, fact=True),)

    def _written(
        self, run: _Run, event: MessageSent | ModelCalled, content: bytes | None
    ) -> Sequence[Answer]:
        agent = event.agent
        returned = agent in run.fresh
        if returned and isinstance(event, MessageSent):
            del run.fresh[agent]
        if content is None:
            run.unread += 1
            return ()
        run.claims += 1
        if returned or not run.traffic or run.gaps or not agent:
            return ()
        if self._marked.search(content) is None:
            return ()
        null = "a tool's output is written down after the tool has returned"
        return (self._finding(run, agent, [event.id], null, fact=False),)

    def _finding(
        self, run: _Run, agent: str, evidence: list[str], null: str, *, fact: bool
    ) -> Finding:
        count = run.told[agent] = run.told.get(agent, 0) + 1
        return self.claim(
            run,
            agents=(agent,),
            evidence=evidence,
            effect=(count, "results that no tool returned"),
            n=max(1, run.claims),
            null=null,
            severity=severity(count, MEDIUM, HIGH),
            code=GuaranteeCode.FACT if fact else GuaranteeCode.HEURISTIC,
            aspect="done" if fact else "said",
        )
