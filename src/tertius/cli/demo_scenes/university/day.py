"""An ordinary day: a student is missed, advised and tutored, and nobody reads too much."""

from __future__ import annotations

from tertius.cli.demo_scenes.university.agents import advising, financial_aid, retention, tutoring
from tertius.cli.demo_scenes.university.campus import University
from tertius.cli.demo_scenes.university.sis import ABSENT
from tertius.core.events import ToolCalled, ToolReturned

ADVICE = "advice.send"


def ordinary_day(university: University) -> str:
    """Let all four agents do their work, and return the advice that the student got."""
    with university.open() as campus:
        retention(campus.agent("retention"), ABSENT)
        financial_aid(campus.agent("financial-aid"), ABSENT)
        advice = advising(campus.agent("advising"), ABSENT)
        tutoring(campus.agent("tutoring"))
    return advice


def called(university: University, tool: str) -> str:
    """Return the id of the last call of a tool, to trace what it rests on."""
    return _last(university, ToolCalled, tool)


def returned(university: University, tool: str) -> str:
    """Return the id of the last result of a tool, to trace what it led to."""
    return _last(university, ToolReturned, tool)


def _last(university: University, kind: type[ToolCalled | ToolReturned], tool: str) -> str:
    events = [each.event for each in university.record()]
    return [each.id for each in events if isinstance(each, kind) and each.tool == tool][-1]
