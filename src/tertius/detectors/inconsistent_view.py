"""Two agents act on different values of the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from tertius.core.events import BaseEvent, Claimed, MemoryRead, MemoryWritten, RunEnded
from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import KINDS, Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.per_run import KIB, RUNS, PerRun, Run

VIEWS = 1024  # kept of one run

ACTS = (
    *("message.sent", "tool.called", "task.completed", "handed.off", "delegated", "task.assigned"),
    *("accepted", "asserted", "acted", "paid", "resource.claimed", "promised", "offered"),
)
UNFOUNDED = frozenset(map(KINDS.__getitem__, ACTS))  # of no account where they name no cause

Thing = tuple[str, str, str]  # what kind of thing, its store, its name


class _View:
    """What one agent took a thing to be: from when, and until when it acted on it."""

    __slots__ = ("acted", "agent", "event", "last", "since", "thing", "value")

    def __init__(self, agent: str, thing: Thing, value: object, event: str, since: int) -> None:
        self.agent, self.thing, self.value = agent, thing, value
        self.event, self.since = event, since
        self.last = since
        self.acted = ""


class _Run(Run):
    __slots__ = ("by_event", "of", "place", "shared", "told", "unread", "writes", "written")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.by_event: dict[str, _View] = {}
        self.of: dict[Thing, dict[str, _View]] = {}  # the newest view of each agent
        self.writes: dict[str, str] = {}  # writing event: agent
        self.written: dict[tuple[Thing, bytes], str] = {}  # value: agent that first wrote it
        self.shared: dict[Thing, None] = {}
        self.told: dict[tuple[Thing, str, str], None] = {}
        self.place = self.unread = 0


class InconsistentView(PerRun[_Run]):
    """Follows what each agent takes a thing to be, and what it does on the strength of it.

    A view is a claim (``claimed`` with `about` and `value`) or a read of a stored value. An agent
    acts on a view when an event of its own, other than a claim or a read, names the view among its
    causes. Two views of a thing clash when their values differ and the times from view to last act
    overlap: the one was still acted on after the other was there. First one and then the other is
    an update and no clash.

    A stored value counts only where the store is seen to be shared: some agent read under that key
    what another one wrote, by its causes or by its bytes. Else a key may name something private to
    each.

    Parameters
    ----------
    runs : int
        Runs watched at the same time.

    Notes
    -----
    One finding for each thing and pair of agents. What it cannot see: views that are only spoken
    of, without a recorded claim or read; acts whose causes are not recorded; whether two values
    mean the same (1.0 m or 100 cm); what lies more than 1,024 views back.

    References
    ----------
    Hammond et al. 2025, arXiv 2502.14143 (miscoordination, information asymmetries).
    """

    SPEC = DetectorSpec(
        name="inconsistent_view",
        version="1",
        title="Two agents, two versions of the truth",
        plain="Two agents worked at the same time with different values for the same thing. "
        "At least one of them was wrong or out of date, and acted on it.",
        kinds=("run.ended", "claimed", "memory.read", "memory.written", *ACTS),
        failure_modes=("caif.miscoordination",),
        risk_factors=("caif.information_asymmetries.communication_constraints",),
        source="arXiv 2502.14143, miscoordination and information asymmetries",
        null="agents that act on a thing at the same time act on the same value of it",
        assumptions=("causes are recorded truly", "one name means one thing"),
        guarantees=(GuaranteeCode.FACT,),
        blind="views that are only spoken of; acts whose causes are not recorded; whether two "
        "values mean the same",
        memory=RUNS * 1024 * KIB,
    )
    STATE = _Run

    def __init__(self, *, runs: int = RUNS) -> None:
        super().__init__(runs=runs)

    def update_many(
        self, shown: Iterable[tuple[int, Event, bytes | None]]
    ) -> list[tuple[int, Answer]]:
        """As one by one; an act without a cause is passed over once its run is open."""
        runs = self._runs
        return super().update_many(
            each
            for each in shown
            if each[1].causes or type(each[1]) not in UNFOUNDED or each[1].run not in runs
        )

    def on_claimed(self, run: _Run, event: Claimed, content: bytes | None) -> Sequence[Answer]:
        """Take a claim as its agent's view; a claim is no act."""
        run.place += 1
        if event.agent and event.about and event.value is not None:
            value = (type(event.value) is bool, event.value)
            self._view(run, event, ("claim", "", event.about), value)
        return ()

    def on_memory_read(
        self, run: _Run, event: MemoryRead, content: bytes | None
    ) -> Sequence[Answer]:
        """Take what was read as its agent's view."""
        run.place += 1
        if not event.agent or not event.key:
            return ()
        thing = ("stored", event.store, event.key)
        writers = [run.writes.get(cause.id, event.agent) for cause in event.causes]
        value = None if content is None else blake2b(content, digest_size=16).digest()
        if value is None:
            run.unread += 1
        else:
            writers.append(run.written.get((thing, value), event.agent))
            self._view(run, event, thing, value)
        if any(writer != event.agent for writer in writers) and len(run.shared) < VIEWS:
            run.shared[thing] = None
        return ()

    def on_memory_written(
        self, run: _Run, event: MemoryWritten, content: bytes | None
    ) -> Sequence[Answer]:
        """Remember who wrote, and take it as an act."""
        if event.key and event.agent and len(run.writes) < VIEWS:
            run.writes[event.id] = event.agent
            if content is not None:
                thing = ("stored", event.store, event.key)
                value = blake2b(content, digest_size=16).digest()
                run.written.setdefault((thing, value), event.agent)
        return self.on_any(run, event, content)

    def on_any(self, run: _Run, event: BaseEvent, content: bytes | None) -> Sequence[Answer]:
        """Hold what it acts on against what others acted on."""
        if not event.causes or not run.by_event:
            return ()
        run.place += 1
        answers: list[Answer] = []
        for cause in event.causes:
            view = run.by_event.get(cause.id)
            if view is not None and view.agent == event.agent:
                view.last, view.acted = run.place, event.id
                answers += self._clashes(run, view)
        return answers

    def close(self, run: _Run, ended: RunEnded | None) -> Sequence[Answer]:
        """Say where there was nothing to compare."""
        if run.told:
            return ()
        if run.unread > len(run.by_event):
            return (self.silent(run, f"the content of {run.unread} reads is not at hand"),)
        if not run.by_event:
            return (self.silent(run, "no claims and no reads of stored values are recorded"),)
        return ()

    def _view(self, run: _Run, event: BaseEvent, thing: Thing, value: object) -> None:
        if len(run.by_event) >= VIEWS:
            oldest = run.by_event.pop(next(iter(run.by_event)))
            if run.of.get(oldest.thing, {}).get(oldest.agent) is oldest:
                del run.of[oldest.thing][oldest.agent]
                if not run.of[oldest.thing]:
                    del run.of[oldest.thing]
        views = run.of.setdefault(thing, {})
        held = views.get(event.agent)
        if held is not None and held.value == value:
            run.by_event[event.id] = held  # the same view, told or read again
            return
        view = _View(event.agent, thing, value, event.id, run.place)
        run.by_event[event.id] = views[event.agent] = view

    def _clashes(self, run: _Run, view: _View) -> list[Answer]:
        """Tell of every other agent's view that differs and was acted on at the same time."""
        answers: list[Answer] = []
        if view.thing[0] == "stored" and view.thing not in run.shared:
            return answers
        for other in run.of.get(view.thing, {}).values():
            pair = sorted((view.agent, other.agent))
            key = (view.thing, pair[0], pair[1])
            if (
                other.agent != view.agent
                and other.acted
                and other.value != view.value
                and other.last > view.since
                and view.last > other.since
                and key not in run.told
                and len(run.told) < VIEWS
            ):
                run.told[key] = None
                answers.append(self._finding(run, view, other))
        return answers

    def _finding(self, run: _Run, view: _View, other: _View) -> Finding:
        first, second = sorted((view, other), key=lambda each: each.since)
        acts = sorted((view, other), key=lambda each: each.last)
        return self.claim(
            run,
            agents=(first.agent, second.agent),
            evidence=[first.event, second.event, *(each.acted for each in acts)],
            onset=second.event,
            effect=(2, "values of one thing acted on at the same time"),
            n=len(run.of[view.thing]),
            null="agents that act on a thing at the same time act on the same value of it",
            severity="high",
        )
