"""What a detector must bear: strangers without end, keys that go and come back, bad input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from msgspec.structs import fields, replace

from tertius.conformance.held import held
from tertius.core.events import RunEnded
from tertius.core.finding import Finding
from tertius.core.kinds import Event, encode
from tertius.core.ports.detector import Detector

Shown = tuple[Event, bytes | None]
FLOOD = 5_000
"""Events of strangers that are shown."""
KEYS = 8
"""Keys that a detector which bets is let to hold, so that some must go."""
LOOKS = 2
SLICE = 25  # events in which strangers keep their names; then come nine times as many, each new
SECOND = 1_000_000_000
LATE = 4_000_000_000_000_000_000  # in the year 2096
_NAMED = ("agent", "about", "id", "member", "owner", "ratee", "sender", "task", "to")
_GARBAGE = (None, b"", b"\xff\x00{", b"[" * 40, b'{"a": 1e999}', b"null", b'"text"')


def strangers(streams: Sequence[Sequence[Shown]], count: int) -> Iterator[Shown]:
    """Give the events of some records on and on, each time as if by agents never seen before.

    Parameters
    ----------
    streams
        Records; ends of runs are left out, so that nothing may be forgotten with them.
    count
        How many events.

    Notes
    -----
    Ids, tasks, subjects and agents are named anew; first they keep their new names over `SLICE`
    events, then, over nine times as many, each event has names of its own. Every other time the
    run is new, too. Time goes on.
    """
    events = [shown for stream in streams for shown in stream if type(shown[0]) is not RunEnded]
    if not events:
        return
    names = _names(events)
    parts = [(_renaming(event, names), event, content) for event, content in events]
    given, turn = 0, 0
    while given < count:
        start = turn * SLICE
        for place in range(10 * SLICE):
            parts_of, event, content = parts[(start + place) % len(parts)]
            mark = f"/{turn}.{place // len(parts) if place < SLICE else place}"
            yield _stranger(event, parts_of, mark, new_run=turn % 2 == 1, later=turn), content
            given += 1
            if given >= count:
                return
        turn += 1


def grown(detector: Detector, streams: Sequence[Sequence[Shown]], count: int) -> int:
    """Return the most bytes that a detector holds while strangers come."""
    watching, kinds, largest = detector.clone(), set(detector.spec.kinds), 0
    flood = ((e, c) for e, c in strangers(streams, count) if e.__struct_config__.tag in kinds)
    every = max(1, count // LOOKS)
    for number, (event, content) in enumerate(flood, 1):
        watching.update(event, content)
        if number % every == 0:
            largest = max(largest, held(watching))
    return max(largest, held(watching))


def returned_whole(detector: Detector, streams: Sequence[Sequence[Shown]], count: int) -> str:
    """Name a key that was let go and would come back as if it had never been; empty if none.

    Only of detectors that bet: they offer `smaller`, `values` and `value`.
    """
    if not all(hasattr(detector, name) for name in ("smaller", "values", "value")):
        return ""
    watching: Any = detector.smaller(KEYS)  # type: ignore[attr-defined]
    kinds, known = set(detector.spec.kinds), dict[Any, None]()
    for event, content in strangers(streams, count):
        if event.__struct_config__.tag not in kinds:
            continue
        watching.update(event, content)
        standing = watching.values()
        if len(standing) > KEYS:
            return f"{len(standing)} keys at once, of at most {KEYS}"
        for key in known.keys() - standing.keys():
            if not watching.value(key) < 1:
                return repr(key)
        known = dict.fromkeys([*known, *standing][-4 * KEYS :])
    return ""


def changed(detector: Detector, stream: Sequence[Shown]) -> bool:
    """Whether events or contents differ after a detector has seen them."""
    before = [(encode(event), content and bytes(content)) for event, content in stream]
    watching, kinds = detector.clone(), set(detector.spec.kinds)
    for event, content in stream:
        if event.__struct_config__.tag in kinds:
            watching.update(event, content)
    watching.finish()
    return before != [(encode(event), content) for event, content in stream]


def crashed(detector: Detector, stream: Sequence[Shown]) -> str:
    """Say on what kind of bad input a detector fails, and how; empty if it bears all."""
    kinds = set(detector.spec.kinds)
    for what, bad in _bad(stream):
        watching, shown = detector.clone(), set[str]()
        try:
            for event, content in bad:
                if event.__struct_config__.tag not in kinds:
                    continue
                shown.add(event.id)
                for answer in watching.update(event, content):
                    if isinstance(answer, Finding) and not shown.issuperset(answer.evidence):
                        return f"{what}: it cites what it was not shown"
            watching.finish()
        except Exception as error:  # anything may happen in a stranger's code
            return f"{what}: {type(error).__name__}: {error}"
    return ""


def _bad(stream: Sequence[Shown]) -> Iterator[tuple[str, list[Shown]]]:
    """Give a record in all kinds of disorder."""
    yield "events in reverse", list(reversed(stream))
    yield (
        "events out of order",
        sorted(stream, key=lambda shown: sha256(shown[0].id.encode()).digest()),
    )
    yield "events twice", [shown for shown in stream for _ in range(2)]
    yield "a record twice", [*stream, *stream]
    yield (
        "events from the future",
        [
            (replace(event, time=LATE if number % 3 == 0 else event.time), content)
            for number, (event, content) in enumerate(stream)
        ],
    )
    yield "events without a time", [(replace(event, time=0), content) for event, content in stream]
    yield (
        "contents that are none",
        [(event, _GARBAGE[number % len(_GARBAGE)]) for number, (event, _) in enumerate(stream)],
    )
    for turn in range(3):
        yield (
            "missing fields",
            [
                (_without(event, number + turn), content)
                for number, (event, content) in enumerate(stream)
            ],
        )
    yield (
        "missing names",
        [
            (replace(event, agent="", run="", task="", causes=()), content)
            for event, content in stream
        ],
    )


def _without(event: Event, turn: int) -> Event:
    """Leave out one field of an event that need not be there."""
    may = _optional(type(event))
    name, value = may[turn % len(may)]
    return replace(event, **{name: value}) if isinstance(value, str | tuple | None) else event


@cache
def _optional(kind: type[Event]) -> list[tuple[str, Any]]:
    return [(each.name, each.default) for each in fields(kind) if not each.required]


def _names(events: Sequence[Shown]) -> frozenset[str]:
    """Return the names that strangers have of their own."""
    names: set[str] = set()
    for event, _ in events:
        for field in _NAMED:
            value = getattr(event, field, "")
            names.update([value] if isinstance(value, str) else value)
        names.update(getattr(event, "recipients", ()))
    return frozenset(names - {""})


def _renaming(event: Event, names: frozenset[str]) -> tuple[tuple[str, Any], ...]:
    """Return the fields of an event in which such names stand."""
    found: list[tuple[str, Any]] = []
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if field == "run":
            continue
        if isinstance(value, str):
            one = value in names
        else:
            one = isinstance(value, tuple) and any(isinstance(v, str) and v in names for v in value)
        if one:
            found.append((field, value))
    return tuple(found)


def _stranger(
    event: Event, parts: tuple[tuple[str, Any], ...], mark: str, *, new_run: bool, later: int
) -> Event:
    made: dict[str, Any] = {
        name: value + mark if isinstance(value, str) else tuple(f"{v}{mark}" for v in value)
        for name, value in parts
    }
    if event.causes:
        made["causes"] = tuple(replace(cause, id=cause.id + mark) for cause in event.causes)
    if new_run and event.run:
        made["run"] = f"{event.run}{mark}"
    made["time"] = event.time + later * SECOND
    return replace(event, **made)
