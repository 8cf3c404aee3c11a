"""A group chat in a few lines: who says what, and what their code gives back."""

from typing import Any

from tertius.core.events import Cause, MessageSent, ToolReturned
from tertius.report.ending import ending
from tertius.report.entry import Entry, kept
from tertius.report.gist import task
from tertius.report.origin import origins
from tertius.report.point import Point
from tertius.report.returns import returns
from tertius.report.sequel import sequels
from tertius.report.signs import signs
from tertius.report.turning_points import turning_points

BRIEFING = "You are given a plan.\n\n# General Task\n{}\n\n# Plan\nCount them."


def code(text: str) -> str:
    return f"Please run this.\n```python\n{text}\n```"


def chat(*said: tuple[str, str]) -> list[Entry]:
    """Each rests on the one before; the agent `tool` gives back what code was run."""
    entries: list[Entry] = []
    for number, (agent, text) in enumerate(said):
        causes = (Cause(id=entries[-1].event.id),) if entries else ()
        base: dict[str, Any] = {"time": 0, "run": "r", "agent": agent, "causes": causes}
        if agent == "tool":
            base |= {"tool": "code", "ok": not text.startswith("exitcode: 1")}
            entries.append(kept(ToolReturned(id=str(number), **base), text.encode()))
        else:
            entries.append(kept(MessageSent(id=str(number), **base), text.encode()))
    return entries


def points(question: str, *said: tuple[str, str]) -> list[Point]:
    """The turning points of a chat, whose event 0 is the briefing."""
    entries = chat(("ann", BRIEFING.format(question)), *said)
    back, asked = returns(entries), task(entries)
    last = ending(entries, back)
    assert asked is not None and last is not None
    traced = origins(entries, back, last.part, stated=last.value, asked=asked.quote)
    trouble = [s for s in sequels(entries, back, signs(entries)) if s.event != asked.event]
    return turning_points(entries, back, trouble, asked=asked, last=last, origins=traced)


def of(kind: str, found: list[Point]) -> list[Point]:
    return [point for point in found if point.kind == kind]
