"""Cascade: errors that cause errors, counted along the lineage in windows that are closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from tertius.core.events import (
    BaseEvent,
    Cause,
    MemoryWritten,
    OutcomeObserved,
    TaskCompleted,
    ToolReturned,
    Verified,
)
from tertius.core.finding import Edge
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.betting import Betting, ParameterError
from tertius.detectors.outbreak import CANARY
from tertius.detectors.per_run import MAX_EVIDENCE
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.detectors.strains import text_key

SECONDS = 600.0
WINDOW = 5
ENOUGH = 3.0
MOST_CHILDREN = 10  # one error with a thousand children proves one error
EVENTS = 65_536  # kept to trace lineage through
ERRORS = 8_192
STEPS = 64  # up the lineage, for one error
NANO = 1_000_000_000
ALL = "all errors"


class _Error:
    """An error: who made it, what it caused, and where its chain began."""

    __slots__ = ("agent", "born", "chain", "children", "descendants", "root")

    def __init__(self, agent: str, born: str, parent: _Error | None) -> None:
        self.agent, self.born = agent, born
        self.children = self.descendants = 0
        self.chain: int = 0 if parent is None else parent.chain + 1
        self.root: _Error = self if parent is None else parent.root


class Cascade(Betting[str]):
    """Bets that errors cause more than one further error each.

    An error is a call or a task that failed, whatever somebody's check refuted, or a copy of a
    canary that an operator announced (`outbreak` says how). Its parent is the nearest error that
    it rests on by declared or observed causes. Of the errors born one after the other, `window`
    make a window; it is closed `seconds` after the last of them, or as soon as they have `enough`
    children on average, and pays the mean of ``min(children, 10)`` less 1. A window that does not
    fill pays for those in it alone; the next one begins with the next error after its end.

    Parameters
    ----------
    seconds : float
        How long children may still come, above 0.
    window : int
        Errors of one window, at least 1.
    enough : float
        Mean number of children at which a window is closed at once, above 1.
    level, most
        See `Betting`.

    Notes
    -----
    Children that come after a window's end are not counted, which favours the null; so whoever
    closes early is not wrong, only slow. In a small group a cascade runs out of agents after two or
    three windows: it then takes several runs to be told, or `contagion`, which counts each copy.

    What it cannot see: links that are not declared or observed; errors that nobody found.

    References
    ----------
    Statistical contract, sections 3 and 6. Harris 1963, "The theory of branching processes" (a mean
    of 1 is critical).
    """

    SPEC = DetectorSpec(
        name="cascade",
        version="1",
        title="Errors cause more errors",
        plain="Each error is followed by more than one further error that rests on it, so that the "
        "trouble grows from step to step.",
        kinds=(
            "model.called", "message.sent", "message.delivered", "message.consumed", "tool.called",
            "tool.returned", "memory.written", "memory.read", "handed.off", "task.assigned",
            "task.completed", "accepted", "claimed", "asserted", "verified", "outcome.observed",
        ),
        failure_modes=("gradient.cascading_reliability",),
        risk_factors=(
            "caif.network_effects.error_propagation",
            "caif.destabilising_dynamics.feedback_loops",
        ),
        source="statistical contract, section 6; Harris 1963",
        null="given what came before, an error causes on average at most one further error",
        assumptions=(
            "causes are declared or observed, not inferred",
            "errors are found whether or not they rest on another error",
        ),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="links that are not recorded, or declared falsely; errors that nobody found",
        memory=EVENTS * 1024 + ERRORS * 1024 + 2**20,
        scope="log",
    )  # fmt: skip
    HIGH: ClassVar[float] = float(MOST_CHILDREN)
    LARGEST: float = MOST_CHILDREN - 1.0
    GRAVE: ClassVar[tuple[float, float]] = (1.5, 2.5)
    LACKS: ClassVar[str] = "no window of errors is closed yet"

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        window: int = WINDOW,
        enough: float = ENOUGH,
        **parameters: Any,
    ) -> None:
        super().__init__(seconds=seconds, window=window, enough=enough, **parameters)
        if not (seconds > 0 and window >= 1 and enough > 1):
            raise ParameterError(
                f"seconds {seconds}, window {window}, enough {enough}; "
                "expected above 0, 1 or more, above 1"
            )
        self._wait, self._size, self._enough = int(seconds * NANO), window, enough
        self._causes: Recent[str, tuple[Cause, ...]] = Recent(EVENTS)
        self._who: Recent[str, str] = Recent(EVENTS)
        self._texts: Recent[str, str] = Recent(EVENTS)
        self._canaries: Recent[str, str] = Recent(ERRORS)
        self._errors: Recent[str, _Error] = Recent(ERRORS)
        self._window: list[_Error] = []
        self._deadline = 0
        self._edges: Recent[tuple[str, str], None] = Recent(MAX_EVIDENCE)
        self._longest = self._largest = 0

    def on_any(self, event: Event, content: bytes | None) -> None:
        """Keep what an event rests on, and close the window that is over."""
        if self._window and event.time > self._deadline:
            self._close(event)
        causes, agent = event.causes, event.agent
        if causes:
            self._causes[event.id] = causes
        if agent:
            self._who[event.id] = agent

    def on_tool_returned(self, event: ToolReturned, content: bytes | None) -> None:
        """Take a call that failed as an error."""
        self.on_any(event, content)
        if event.ok is False:
            self._born(event.id, event)

    def on_task_completed(self, event: TaskCompleted, content: bytes | None) -> None:
        """Take a task that failed as an error."""
        self.on_any(event, content)
        if event.ok is False:
            self._born(event.id, event)

    def on_verified(self, event: Verified, content: bytes | None) -> None:
        """Take what was refuted as an error, born now."""
        self.on_any(event, content)
        if event.result == "contradicted":
            self._born(event.subject, event)

    def on_memory_written(self, event: MemoryWritten, content: bytes | None) -> None:
        """Take a copy of a canary as an error."""
        self.on_any(event, content)
        if content is None or not event.agent:
            return
        text = self._texts[event.id] = text_key(content)
        if text in self._canaries and event.causes:
            self._born(event.id, event)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Take note of a canary; it is an error, and so are its copies from now on."""
        self.on_any(event, content)
        if event.about == CANARY and not event.agent:
            for cause in event.causes:
                text = self._texts.get(cause.id)
                if text is not None:
                    self._canaries[text] = cause.id
                    self._born(cause.id, event)

    def _born(self, name: str, event: BaseEvent) -> None:
        """Enter an error under the event that is in error; `event` is what shows it."""
        if name in self._errors:
            return
        if not event.time:
            self.lacked("an error at an unknown time")
            return
        parent = self._parent(name)
        agent = self._who.get(name, event.agent)
        error = self._errors[name] = _Error(agent, event.id, parent)
        if parent is not None:
            parent.children += 1
            error.root.descendants += 1
            self._longest = max(self._longest, error.chain)
            self._largest = max(self._largest, error.root.descendants)
            if parent.agent and agent and parent.agent != agent:
                self._edges[parent.agent, agent] = None
        if len(self._window) < self._size:
            self._window.append(error)
            self._deadline = event.time + self._wait
        elif self._mean() >= self._enough:
            self._close(event)

    def _parent(self, name: str) -> _Error | None:
        """Return the nearest error that an event rests on."""
        waiting, seen = self._rests_on(name), {name}
        for _ in range(STEPS):
            if not waiting:
                return None
            cause = waiting.pop(0)
            if cause in seen:
                continue
            seen.add(cause)
            if cause in self._errors:
                return self._errors[cause]
            waiting += self._rests_on(cause)
        return None

    def _rests_on(self, name: str) -> list[str]:
        """Return the events that one rests on by declared or observed causes."""
        return [cause.id for cause in self._causes.get(name, ()) if cause.basis != "inferred"]

    def _mean(self) -> float:
        return sum([min(each.children, MOST_CHILDREN) for each in self._window]) / self._size

    def _close(self, event: Any) -> None:
        window, self._window = self._window, []
        children = [min(each.children, MOST_CHILDREN) for each in window]
        self.bet(
            ALL,
            sum(count - 1 for count in children) / self._size,
            seen=sum(children) / len(children),
            event=event,
            evidence=tuple(each.born for each in window if each.children)[:MAX_EVIDENCE],
        )

    def _at_all(self) -> bool:
        return bool(self._errors)

    def update_many(
        self, shown: Iterable[tuple[int, Event, bytes | None]]
    ) -> list[tuple[int, Answer]]:
        """Take several events one by one: a finding tells how things stand at its own event."""
        answers: list[tuple[int, Answer]] = []
        for self._at, event, content in shown:
            self._handlers[type(event)](event, content)
            if self._pending:
                answers += self._settle()
        return answers

    def claim(self, key: str, standing: Standing) -> Claim:
        """Name who passed errors on to whom, and how far one of them went."""
        edges = tuple(Edge(sender=one, receiver=other) for one, other in self._edges)
        agents = tuple(dict.fromkeys(name for edge in self._edges for name in edge))
        if not agents:
            agents = tuple(
                dict.fromkeys(each.agent for each in self._errors.values() if each.agent)
            )
        return Claim(
            agents=agents[:MAX_EVIDENCE],
            edges=edges,
            null="errors born in one window cause on average at most one further error each; the "
            f"longest chain here has {self._longest} links, and {self._largest} errors go back to "
            "one",
            unit="further errors that rest on an error",
        )
