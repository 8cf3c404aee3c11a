"""What was read, counted: runs, agents, events, edges, and everything that stayed unknown."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct, field

from tertius.core.errors import EXIT_CALLER, EXIT_PASS
from tertius.core.events import (
    Accepted,
    Acted,
    Asserted,
    BaseEvent,
    Claimed,
    Delegated,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageDelivered,
    MessageSent,
    ModelCalled,
    Offered,
    Promised,
    Rated,
    TaskAssigned,
    TaskCompleted,
    ToolCalled,
    ToolReturned,
    Verified,
)
from tertius.core.kinds import KINDS, Event
from tertius.core.ports.reader import ReadProblem

MAX_KEPT = 1000  # problems kept word for word; all are counted

ACTS: frozenset[type[BaseEvent]] = frozenset((
    ModelCalled, MessageSent, MessageDelivered, ToolCalled, ToolReturned, MemoryWritten,
    MemoryRead, HandedOff, Delegated, TaskAssigned, TaskCompleted, Offered, Accepted, Promised,
    Claimed, Rated, Asserted, Verified, Acted,
))  # fmt: skip
"""Kinds that somebody did: without an agent, their sender is unknown."""

UNADDRESSED = frozenset(KINDS.values()) - {
    MessageSent, HandedOff, Delegated, TaskAssigned, Offered, Promised,
}  # fmt: skip

Reach = tuple[str, tuple[str, ...], str]  # sender, receivers, channel of one event
_TAGS = {kind: tag for tag, kind in KINDS.items()}


class Edge(Struct, frozen=True, kw_only=True, order=True):
    """One agent's output reaching another; empty names are not known."""

    sender: str
    receiver: str
    channel: str


class RunTally(Struct, kw_only=True):
    """One run: where it was read, its agents, events, and who reached whom how often."""

    file: str
    format: str
    agents: set[str] = field(default_factory=set)
    events: int = 0
    reach: Counter[Reach] = field(default_factory=Counter)

    @property
    def edges(self) -> Counter[Edge]:
        """The edges with their counts."""
        found: Counter[Edge] = Counter()
        for (sender, receivers, channel), count in self.reach.items():
            for receiver in receivers:
                found[Edge(sender=sender, receiver=receiver, channel=channel)] += count
        return found


class Merged(Struct, frozen=True, kw_only=True):
    """A run that was read before from another file: its own name, and that of the run kept."""

    file: str
    run: str
    kept: str


class Unknown(Struct, kw_only=True):
    """How often the record does not tell."""

    senders: int = 0
    receivers: int = 0
    channels: int = 0
    times: int = 0


class IngestSummary(Struct, kw_only=True):
    """Everything that was read, and everything that was not.

    Notes
    -----
    Agents of different runs are counted apart, even under one name, and so are edges. Memory:
    one entry for each run, agent and edge; the first 1,000 problems are kept whole.

    Every run that a file holds is in one of `runs`, `merged` (read before from another file),
    `rows` (rows without events, by reason and file) and `problems`; every file without a run is
    in `skipped`, by reason, or in `problems`. `files` counts those that were read for runs.
    `alone` counts truth about runs that no file held.
    """

    files: int = 0
    bytes: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    runs: dict[str, RunTally] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=Unknown)
    merged: list[Merged] = field(default_factory=list)
    rows: dict[str, Counter[str]] = field(default_factory=dict)
    truths: int = 0
    alone: int = 0
    skipped: dict[str, list[str]] = field(default_factory=dict)
    problems: list[ReadProblem] = field(default_factory=list)
    problem_count: int = 0
    warning_count: int = 0

    @property
    def events(self) -> int:
        """Number of events."""
        return sum(self.kinds.values())

    @property
    def agents(self) -> int:
        """Number of agents, summed over runs."""
        return sum(len(run.agents) for run in self.runs.values())

    @property
    def edges(self) -> int:
        """Number of distinct (sender, receiver, channel), summed over runs."""
        return sum(len(run.edges) for run in self.runs.values())

    @property
    def exit_code(self) -> int:
        """2 if anything could not be read, 0 otherwise; warnings do not count."""
        return EXIT_CALLER if self.problem_count else EXIT_PASS

    def count(self, event: Event, *, file: str, format: str) -> None:
        """Count one event."""
        kind = type(event)
        self.kinds[_TAGS[kind]] += 1
        run = self.runs.get(event.run)
        if run is None:
            run = self.runs[event.run] = RunTally(file=file, format=format)
        run.events += 1
        if event.agent:
            run.agents.add(event.agent)
        elif kind in ACTS:
            self.unknown.senders += 1
        if not event.time:
            self.unknown.times += 1
        if kind in UNADDRESSED:
            return
        if isinstance(event, MessageSent):
            self.unknown.receivers += not event.recipients
            self.unknown.channels += not event.channel
            self._reach(run, event.agent, event.recipients, event.channel)
        elif isinstance(event, HandedOff | Delegated | TaskAssigned):
            self.unknown.receivers += not event.to
            self._reach(run, event.agent, (event.to,) if event.to else (), "")
        elif isinstance(event, Offered | Promised):
            self.unknown.receivers += not event.to
            self._reach(run, event.agent, event.to, "")

    def problem(self, problem: ReadProblem) -> None:
        """Count one problem, and keep it if there is room."""
        if problem.warning:
            self.warning_count += 1
        else:
            self.problem_count += 1
        if len(self.problems) < MAX_KEPT:
            self.problems.append(problem)

    def skip(self, file: str, reason: str) -> None:
        """Count a file that holds no run."""
        self.skipped.setdefault(reason, []).append(file)

    def no_events(self, file: str, reason: str, rows: int) -> None:
        """Count rows of a file that hold no event."""
        self.rows.setdefault(reason, Counter())[file] += rows

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain values for ``--json``."""
        return {
            "files": self.files,
            "bytes": self.bytes,
            "formats": dict(self.formats),
            "runs": len(self.runs),
            "agents": self.agents,
            "events": self.events,
            "kinds": dict(sorted(self.kinds.items())),
            "edges": self.edges,
            "unknown": {
                "senders": self.unknown.senders,
                "receivers": self.unknown.receivers,
                "channels": self.unknown.channels,
                "times": self.unknown.times,
            },
            "merged_runs": len(self.merged),
            "rows": {reason: rows.total() for reason, rows in sorted(self.rows.items())},
            "truth_records": self.truths,
            "truth_without_run": self.alone,
            "skipped": {reason: len(files) for reason, files in sorted(self.skipped.items())},
            "problems": self.problem_count,
            "warnings": self.warning_count,
        }

    def _reach(self, run: RunTally, sender: str, receivers: tuple[str, ...], channel: str) -> None:
        if receivers:
            reach = (sender, receivers, channel)
            before = run.reach.get(reach, 0)
            if not before:
                run.agents.update(receivers)
            run.reach[reach] = before + 1
