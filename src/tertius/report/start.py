"""Which turning point to start with, and why: one that nobody took back and others built on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from tertius.report.built import BRINGS
from tertius.report.point import Point
from tertius.report.words import told

TROUBLE = BRINGS | {
    "failed",
    "empty",
    "handed-on",
    "made-up",
    "repeated",
    "sign",
    "believed",
    "finding",
}
"""Kinds that can be where a run went wrong; the others tell how it came to its end."""

FOLLOWS = TROUBLE | {"approved", "self-approved", "taken-over", "announced"}
"""Kinds that may have followed from it."""

_FAILED = frozenset({"failed", "empty"})
_WEIGHTY = frozenset({"finding", "made-up", "believed", "self-approved"})


def marked(points: Sequence[Point], last: int = -1) -> list[Point]:
    """Mark the point to start with, the first failure before it, and what came after.

    Parameters
    ----------
    points
        In the order of the record.
    last
        Number of the event with the last words; -1 for none.

    Notes
    -----
    A failure that was repaired, spoken of in the next words, or tried again there was taken back. A
    claim or an assumption counts if later words or the last ones build on it. If nothing of that
    kind is there, the first trouble that was not repaired is where to start.
    """
    mended = {point.event for point in points if point.mended is not None}
    open_ = [
        point for point in points if point.kind in FOLLOWS - {"announced"} and point.mended is None
    ]
    weighty = [point for point in open_ if _counts(point, last, mended)]
    plain = [point for point in open_ if point.kind in TROUBLE]
    first = next(iter(weighty), next(iter(plain), None))
    if first is None:
        return list(points)
    failure = next((p for p in points if p.kind in _FAILED and p.event < first.event), None)
    why = _why(first, bool(weighty), failure, last)
    return [replace(point, **_role(point, first, failure, why)) for point in points]


def _counts(point: Point, last: int, mended: Collection[int]) -> bool:
    if point.kind in _FAILED:
        return point.admitted is None
    if point.kind in _WEIGHTY:
        return point.kind != "made-up" or point.event not in mended
    return point.kind in BRINGS and point.source is None and _rests(point, last)


def _rests(point: Point, last: int) -> bool:
    return bool(point.built) or (point.kind == "claimed" and point.event == last)


def _role(point: Point, first: Point, failure: Point | None, why: str) -> dict[str, str]:
    if point.event == first.event and point.kind in FOLLOWS and point.mended is None:
        return {"role": "start", "why": why if point is first else ""}
    if failure is not None and point is failure:
        return {"role": "failure"}
    after = point.event > first.event and point.kind in FOLLOWS and point.mended is None
    return {"role": "after" if after else ""}


def _why(first: Point, weighty: bool, failure: Point | None, last: int) -> str:
    """Say why this one comes first, and not a failure before it."""
    if not weighty:
        return "the first trouble on record; nothing was noticed on which later words build"
    if first.kind in _FAILED:
        return "it was not admitted in the next words, nor repaired later"
    why = "nobody took it back"
    builders = [f"#{event + 1}" for event in first.built if event != last]
    if builders:
        why += f", and {told(builders)} build{'s' if len(builders) == 1 else ''} on it"
    if last in first.built:
        why += ", and so do the last words" if builders else ", and the last words build on it"
    elif first.event == last:
        why += ", and it is in the last words"
    if failure is None:
        return why
    became = [f"repaired in #{failure.mended + 1}"] if failure.mended is not None else []
    if not became:
        became += ["tried again"] if failure.tries else []
        became += [f"admitted in #{failure.admitted + 1}"] if failure.admitted is not None else []
    what = "failed" if failure.kind == "failed" else "gave nothing"
    return f"{why}. The call in #{failure.event + 1} {what} earlier, but that was {told(became)}"
