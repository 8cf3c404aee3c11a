"""A turning point that an agent's words show."""

from __future__ import annotations

from tertius.report.point import Kind, Point
from tertius.report.turn import Turn


def worded(turn: Turn, kind: Kind, says: str, quote: str, *, source: int | None = None) -> Point:
    """Return the point in a turn that a fixed list of words shows, with the words themselves."""
    return Point(event=turn.number, kind=kind, says=says, quote=quote, known="words", source=source)
