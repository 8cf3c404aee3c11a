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
    Event,
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
from tertius.core.ports.reader import ReadProblem

MAX_KEPT = 1000  # problems kept word for word; all are counted

ACTS: tuple[type[BaseEvent], ...] = (
    ModelCalled, MessageSent, MessageDelivered, ToolCalled, ToolReturned, MemoryWritten,
    MemoryRead, HandedOff, Delegated, TaskAssigned, TaskCompleted, Offered, Accepted, Promised,
    Claimed, Rated, Asserted, Verified, Acted,
)  # fmt: skip
"""Kinds that somebody did: without an agent, their sender is unknown."""


class Edge(Struct, frozen=True, kw_only=True, order=True):
    """One agent's output reaching another; empty names are not known."""

    sender: str
    receiver: str
    channel: str


class RunTally(Struct, kw_only=True):
    """One run: where it was read, its agents, events and edges with their counts."""

    file: str
    format: str
    agents: set[str] = field(default_factory=set)
    events: int = 0
    edges: Counter[Edge] = field(default_factory=Counter)


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
    """

    files: int = 0
    bytes: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    runs: dict[str, RunTally] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=Unknown)
    truths: int = 0
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
        self.kinds[str(event.__struct_config__.tag)] += 1
        run = self.runs.get(event.run)
        if run is None:
            run = self.runs[event.run] = RunTally(file=file, format=format)
        run.events += 1
        if event.agent:
            run.agents.add(event.agent)
        elif isinstance(event, ACTS):
            self.unknown.senders += 1
        if not event.time:
            self.unknown.times += 1
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
            "truth_records": self.truths,
            "skipped": {reason: len(files) for reason, files in sorted(self.skipped.items())},
            "problems": self.problem_count,
            "warnings": self.warning_count,
        }

    def _reach(self, run: RunTally, sender: str, receivers: tuple[str, ...], channel: str) -> None:
        run.agents.update(receivers)
        for receiver in receivers:
            run.edges[Edge(sender=sender, receiver=receiver, channel=channel)] += 1
