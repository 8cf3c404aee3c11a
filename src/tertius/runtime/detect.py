"""Show a record to detectors, one event at a time, and pass on what they say.

The same function serves a log on disk and a live stream: an answer depends on the events and
their order, never on how they came.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tertius.core.events import BaseEvent
from tertius.core.kinds import KINDS, Event
from tertius.core.ports.detector import Answer, Detector
from tertius.detectors.reader import share
from tertius.detectors.table import TABLE, load, shares
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.runtime.uncollected import uncollected

Shown = tuple[int, Event, bytes | None]
"""A position, the event that stands there, and its content."""

REMEMBERED = 65_536
"""Ids of events by which one that comes twice is known."""


def battery(names: Iterable[str] | None = None) -> list[Detector]:
    """Return fresh detectors with their default parameters, in the order of the table.

    Those that bet share one level: the chance that any of them ever errs is at most 0.05.

    Parameters
    ----------
    names
        Some of `tertius.detectors.table.TABLE`; None for all.

    Raises
    ------
    UnknownDetectorError
        If a name is not in the table.

    Examples
    --------
    >>> [detector.spec.name for detector in battery(["no_end", "agent_loop"])]
    ['agent_loop', 'no_end']
    """
    chosen = set(TABLE if names is None else names)
    unknown = chosen - TABLE.keys()
    if unknown:
        load(min(unknown))
    wanted = [name for name in TABLE if name in chosen]
    levels = shares(wanted)
    return [load(name, **levels.get(name, {})) for name in wanted]


def detect(
    stream: Iterable[tuple[Event, bytes | None]], detectors: Sequence[Detector]
) -> Iterator[Answer]:
    """Yield what the detectors say of a record that is over.

    Parameters
    ----------
    stream
        Events in the order of the record, each with its content or None.
    detectors
        Each is shown the kinds it declares. They are not cloned: give fresh ones.

    Notes
    -----
    Answers to one event come in the order of `detectors`, and those to the end of the record too.
    Lazy: an answer is there before the next event is taken. What an event costs, with the
    structural detectors and with all, is measured by ``bench/analyze.py``; its text costs most.

    Examples
    --------
    >>> from tertius.core.events import MessageSent, RunEnded
    >>> said = MessageSent(id="e1", time=0, run="r", agent="a", recipients=("b",))
    >>> end = RunEnded(id="e2", time=0, run="r")
    >>> watchers = battery(["unknown_recipient"])
    >>> [found.edges[0].receiver for found in detect([(said, b"hello"), (end, None)], watchers)]
    ['b']
    """
    watching = Watching(detectors)
    update = watching.update
    for event, content in stream:
        answers = update(event, content)
        if answers:
            yield from answers
    yield from watching.finish()


class Watching:
    """Detectors at work on a stream that has no end yet; `detect` for those who push events.

    An event whose id was among the last `REMEMBERED` is passed over: it would count twice. The
    detectors are this one's from now on: what several of them read alike is read once for all.

    Attributes
    ----------
    again
        How many events were passed over.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.again = 0
        self._detectors = tuple(detectors)
        share(detectors)
        self._reads = [
            frozenset(KINDS[kind] for kind in each.spec.kinds if kind not in idle(each))
            for each in detectors
        ]
        self._by_kind = {
            kind: tuple(
                each.update
                for each, reads in zip(detectors, self._reads, strict=True)
                if kind in reads
            )
            for kind in KINDS.values()
        }
        self._ids: dict[str, None] = {}
        self._older: dict[str, None] = {}

    def update(self, event: BaseEvent, content: bytes | None) -> Sequence[Answer]:
        """Show one event to whoever declared its kind, and return the answers."""
        if self._met(event.id):
            return ()
        answers: list[Answer] | None = None
        for update in self._by_kind[type(event)]:
            said = update(event, content)  # type: ignore[arg-type]  # every kind is in the union
            if said:
                answers = [*answers, *said] if answers else [*said]
        return answers or ()

    def update_many(self, shown: Iterable[Shown]) -> list[tuple[int, Answer]]:
        """Show a batch of events, each with its position; answers carry the position.

        The same answers in the same order as one by one, at less cost: detectors that can take
        many events at once do.
        """
        answers: list[tuple[int, int, Answer]] = []
        with uncollected():
            taken = self._dealt(self._fresh(shown))
            for number, (detector, mine) in enumerate(zip(self._detectors, taken, strict=True)):
                if mine:
                    found = _taken(detector, mine)
                    answers += [(position, number, answer) for position, answer in found]
        answers.sort(key=lambda each: each[:2])
        return [(position, answer) for position, _, answer in answers]

    def _dealt(self, shown: Sequence[Shown]) -> list[list[Shown]]:
        """Return for each detector what it reads; those that read the same of it share a list."""
        kinds = [type(event) for _, event, _ in shown]
        there = set(kinds)
        lists = {reads & there: list[Shown]() for reads in self._reads}
        takers = {kind: [own for reads, own in lists.items() if kind in reads] for kind in there}
        start = 0
        for kind, same in groupby(kinds):  # events of one kind come together, more often than not
            end = start + len(list(same))
            run = shown[start:end]
            for own in takers[kind]:
                own += run
            start = end
        return [lists[reads & there] for reads in self._reads]

    def _fresh(self, shown: Iterable[Shown]) -> list[Shown]:
        """Return those whose ids were not met lately; remembers them."""
        given = list(shown)
        ids = dict.fromkeys([event.id for _, event, _ in given])
        new = len(ids) == len(given) and ids.keys().isdisjoint(self._ids.keys())
        if new and ids.keys().isdisjoint(self._older.keys()) and self._has_room(len(ids)):
            self._ids.update(ids)  # nearly always, and quicker than one by one
            return given
        return [each for each in given if not self._met(each[1].id)]

    def _met(self, id: str) -> bool:
        """Whether an id was met lately; remembers it."""
        if id in self._ids or id in self._older:
            self.again += 1
            return True
        if not self._has_room(1):
            self._older, self._ids = self._ids, {}
        self._ids[id] = None
        return False

    def _has_room(self, count: int) -> bool:
        """Whether so many more ids fit before the older half is forgotten."""
        return len(self._ids) + count <= REMEMBERED // 2

    def finish(self) -> Sequence[Answer]:
        """Tell all that the record is over, and return the answers."""
        return [answer for each in self._detectors for answer in each.finish()]


def idle(detector: Detector) -> frozenset[str]:
    """Return the declared kinds that a detector need not be shown, as its parameters are."""
    kinds: frozenset[str] = getattr(detector, "idle", frozenset())
    return kinds


def _taken(detector: Detector, shown: list[Shown]) -> Iterable[tuple[int, Answer]]:
    many = getattr(detector, "update_many", None)
    if many is not None:
        found: list[tuple[int, Answer]] = many(shown)
        return found
    return [
        (position, answer)
        for position, event, content in shown
        for answer in detector.update(event, content)
    ]


def detect_log(folder: Path, detectors: Sequence[Detector]) -> Iterator[Answer]:
    """Yield what the detectors say of a log, or of all writers of a deployment.

    Raises
    ------
    NoLogError
        If there is no log in `folder`.
    """
    return detect(recorded(folder), detectors)


def recorded(folder: Path) -> Iterator[tuple[Event, bytes | None]]:
    """Yield the events of a log, or of all writers of a deployment, with their contents.

    Notes
    -----
    Several writers are merged by time, then by the writer's name and the position in its log; an
    unknown time stands for the one before it in the same log. So the order is the same every
    time, and that of each log is kept. The anchor log is left out: it is about logs.
    """
    logs = [log for log in logs_of(folder) if log.name != "anchor"]
    if len(logs) == 1:
        yield from _one(logs[0])
        return
    merged = heapq.merge(*(_timed(log) for log in sorted(logs)), key=lambda item: item[0])
    for _, event, content in merged:
        yield event, content


def _one(log: Path) -> Iterator[tuple[Event, bytes | None]]:
    reader = LogReader(log)
    for index, event in enumerate(reader.events()):
        yield event, reader.content(index) if getattr(event, "content", "") else None


def _timed(log: Path) -> Iterator[tuple[tuple[int, str, int], Event, bytes | None]]:
    latest = 0
    for index, (event, content) in enumerate(_one(log)):
        latest = max(latest, event.time)
        yield (latest, log.name, index), event, content
