"""Records for the tests of detectors: a run written down in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tertius.core import events as e
from tertius.core.events import Cause
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector

Shown = tuple[Event, bytes | None]
Outcome = Literal["unknown", "completed", "failed", "aborted"]


class Record:
    """Events of one run, in order; each method adds one and returns its id."""

    def __init__(self, run: str = "r1", *agents: str) -> None:
        self.run = run
        self.shown: list[Shown] = []
        self.start()
        for agent in agents:
            self.add(e.AgentJoined, agent)

    def add(
        self,
        kind: type[e.BaseEvent],
        agent: str = "",
        text: str | None = None,
        *,
        causes: Sequence[str] = (),
        **fields: Any,
    ) -> str:
        name = f"{self.run}/{len(self.shown)}"
        event: Any = kind(
            id=name,
            time=0,
            run=self.run,
            agent=agent,
            causes=tuple(Cause(id=cause) for cause in causes),
            **fields,
        )
        self.shown.append((event, None if text is None else text.encode()))
        return name

    def start(self) -> str:
        return self.add(e.RunStarted)

    def end(self, outcome: Outcome = "unknown") -> str:
        return self.add(e.RunEnded, outcome=outcome)

    def say(self, agent: str, text: str | None, *to: str, **fields: Any) -> str:
        return self.add(e.MessageSent, agent, text, recipients=to, **fields)

    def call(self, agent: str, tool: str, text: str | None = "{}", **fields: Any) -> str:
        return self.add(e.ToolCalled, agent, text, tool=tool, **fields)

    def got(self, agent: str, tool: str, text: str | None = "ok", **fields: Any) -> str:
        return self.add(e.ToolReturned, agent, text, tool=tool, **fields)

    def hand(self, agent: str, to: str, text: str | None = None) -> str:
        return self.add(e.HandedOff, agent, text, to=to)

    def without_contents(self) -> Record:
        bare = Record(self.run)
        bare.shown = [(event, None) for event, _ in self.shown]
        return bare


def answers(detector: Detector, *records: Record) -> list[Finding | CouldNotTell]:
    """Show whole records to a clone of a detector, the kinds it declares, then end."""
    watching = detector.clone()
    found: list[Finding | CouldNotTell] = []
    for record in records:
        for event, content in record.shown:
            if event.__struct_config__.tag in watching.spec.kinds:
                found += watching.update(event, content)
    return [*found, *watching.finish()]


def findings(detector: Detector, *records: Record) -> list[Finding]:
    return [each for each in answers(detector, *records) if isinstance(each, Finding)]


def unsure(detector: Detector, *records: Record) -> list[str]:
    """Return why it could not tell."""
    return [each.why for each in answers(detector, *records) if isinstance(each, CouldNotTell)]
