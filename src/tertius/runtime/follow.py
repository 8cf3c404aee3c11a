"""Follow logs that are still being written: what has come since, in one recorded order.

Entries of one log keep their order. Where a deployment has several writers, what came between two
looks is merged by time, and the order in which that was done is given back as segments: whoever
keeps the segments can read the same events in the same order again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from tertius.core.errors import IntegrityError
from tertius.core.events import Event
from tertius.log.deployment import logs_of, origin_of
from tertius.log.read import LogReader

BATCH = 16_384  # events given by one look
Shown = tuple[int, Event, bytes | None]


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
        fresh: list[tuple[int, str, int, Event, bytes | None]] = []
        for log in sorted(self._logs(), key=lambda each: each.name):
            reader, start = LogReader(log), self._next.get(log.name, 0)
            if len(reader) < start:
                raise ShrunkLogError(
                    f"log `{log.name}` became shorter: {len(reader)} entries, {start} were read; "
                    "run `tertius verify`"
                )
            latest = 0
            for index, event, content in reader.since(start):
                if index - start >= BATCH:
                    break
                latest = max(latest, event.time)
                fresh.append((latest, log.name, index, event, content))
        fresh.sort(key=lambda each: each[:3])
        shown: list[Shown] = []
        segments: list[Segment] = []
        for _, name, index, event, content in fresh[:BATCH]:
            shown.append((self.position, event, content))
            self.position += 1
            if segments and segments[-1].log == name:
                segments[-1] = Segment(name, segments[-1].first, index + 1)
            else:
                segments.append(Segment(name, index, index + 1))
            self._next[name] = index + 1
        return shown, segments

    def _logs(self) -> list[Path]:
        return [log for log in logs_of(self.folder) if log.name != "anchor"]
