"""Follow logs that are still being written: what has come since, in one recorded order.

Entries of one log keep their order. Where a deployment has several writers, what came between two
looks is merged by time, and the order in which that was done is given back as segments: whoever
keeps the segments can read the same events in the same order again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from msgspec import Struct

from tertius.core.errors import IntegrityError
from tertius.core.events import Event
from tertius.log.deployment import logs_of, origin_of
from tertius.log.read import LogReader

BATCH = 16_384  # events given by one look
Pair = tuple[Event, bytes | None]
Shown = tuple[int, Event, bytes | None]
_Stretch = tuple[str, int, list[Pair]]
"""Entries of one log in a row: its name, the index of the first, and what they hold."""


class ShrunkLogError(IntegrityError):
    """A log is shorter than what was read of it, or is another one."""


class Segment(Struct, frozen=True):
    """Entries of one log, from `first` up to `last` without it, that were read in a row."""

    log: str
    first: int
    last: int


class Follower:
    """Reads a log, or all writers of a deployment, as they grow.

    Parameters
    ----------
    folder
        A log's folder or a deployment's.
    done
        Segments that were read before.

    Raises
    ------
    NoLogError
        There is no log.

    Notes
    -----
    Reads durable entries, sealed or not; it trusts the files as `LogReader` does. A writer that
    joins later is found at the next look. Positions count all events read, from 0.
    """

    def __init__(self, folder: Path, *, done: Sequence[Segment] = ()) -> None:
        self.folder = folder
        self._done = tuple(done)
        self._next: dict[str, int] = {}
        self.position = 0
        for each in done:
            self._next[each.log] = each.last
            self.position += each.last - each.first

    def origin(self, name: str) -> str:
        """Return the origin of a log, by its name; one that is empty has none."""
        return next((origin_of(log) for log in self._logs() if log.name == name), "")

    def before(self) -> Iterator[Shown]:
        """Give once more what was read before, in the same order.

        Raises
        ------
        ShrunkLogError
            It is not all there any more.
        """
        position = 0
        readers = {log.name: LogReader(log) for log in self._logs()}
        for each in self._done:
            reader = readers.get(each.log)
            if reader is None or len(reader) < each.last:
                raise ShrunkLogError(
                    f"log `{each.log}` holds less than the {each.last} entries that were watched; "
                    "run `tertius verify`, or begin a new watch with another --state"
                )
            for index, event, content in reader.since(each.first):
                if index >= each.last:
                    break
                yield position, event, content
                position += 1

    def more(self) -> tuple[list[Shown], list[Segment]]:
        """Return what has come since the last look, at most `BATCH` events, and its segments."""
        came: list[_Stretch] = []
        for log in sorted(self._logs(), key=lambda each: each.name):
            reader, start = LogReader(log), self._next.get(log.name, 0)
            if len(reader) < start:
                raise ShrunkLogError(
                    f"log `{log.name}` became shorter: {len(reader)} entries, {start} were read; "
                    "run `tertius verify`"
                )
            since = islice(reader.since(start), BATCH)
            pairs = [(event, content) for _, event, content in since]
            if pairs:
                came.append((log.name, start, pairs))
        shown: list[Shown] = []
        segments: list[Segment] = []
        for name, first, pairs in came if len(came) < 2 else _merged(came):
            shown += [(at, *pair) for at, pair in enumerate(pairs, self.position + len(shown))]
            self._next[name] = first + len(pairs)
            segments.append(Segment(name, first, first + len(pairs)))
        self.position += len(shown)
        return shown, segments

    def _logs(self) -> list[Path]:
        return [log for log in logs_of(self.folder) if log.name != "anchor"]


def _merged(came: list[_Stretch]) -> Iterator[_Stretch]:
    """Merge what came by time, at most `BATCH` events, in stretches of one log each.

    A time that is unknown, or lies before an earlier one of its log, counts as that one.
    """
    fresh: list[tuple[int, str, int, Pair]] = []
    for name, first, pairs in came:
        latest = 0
        for index, pair in enumerate(pairs, first):
            latest = max(latest, pair[0].time)
            fresh.append((latest, name, index, pair))
    fresh.sort(key=lambda each: each[:3])
    for name, stretch in groupby(fresh[:BATCH], key=lambda each: each[1]):
        entries = list(stretch)
        yield name, entries[0][2], [pair for *_, pair in entries]
