"""The indexes beside a log, made anew where they are missing, damaged or older than the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tertius.cli.screen import progress
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_file import LineageIndexError
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.runtime.index import (
    EventIndex,
    IndexMissingError,
    IndexWriteError,
    build_index,
    open_lineage,
)

TRIES = 3  # a gate that stands may seal a checkpoint while the index is built


@contextmanager
def indexed(log: Path) -> Iterator[EventIndex]:
    """Open the index of events, up to date.

    Raises
    ------
    IndexMissingError
        It is not, and cannot be written here; with the command for whoever can.
    """
    for last in (*[False] * TRIES, True):
        try:
            index = EventIndex(log)
            break
        except IndexMissingError as error:
            if last or not _rebuilt(log):
                raise error
    with closing(index):
        yield index


def lineage_of(log: Path) -> Lineage:
    """Open the index of causes, up to date.

    Raises
    ------
    LineageIndexError
        As `indexed`.
    """
    for last in (*[False] * TRIES, True):
        try:
            return open_lineage(log, check_contents=False)
        except LineageIndexError:
            if last or not _rebuilt(log):
                raise
    raise AssertionError("the last try returns or raises")


def rebuild(log: Path) -> int:
    """Build both indexes, with a bar for whoever watches; return the number of events."""
    total = sum(len(LogReader(path, tail=False)) for path in logs_of(log))
    with progress() as bar:
        task = bar.add_task("indexing", total=total)
        return build_index(log, on_event=lambda done: bar.update(task, completed=done))


def _rebuilt(log: Path) -> bool:
    """Build the indexes anew; False where this user cannot write there."""
    try:
        rebuild(log)
    except (IndexWriteError, OSError):
        return False
    return True
