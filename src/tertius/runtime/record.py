"""Write ingested runs into a log: contents under salted commitments, events in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from tertius.core.events import Event
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.content import Sealed
from tertius.log.writer import Writer

BATCH = 500  # events handed to the log together


def record(
    records: Iterable[Recorded | TruthRecord],
    writer: Writer,
    *,
    on_truth: Callable[[TruthRecord], None] = lambda truth: None,
) -> int:
    """Append every event and return their number; truth goes to `on_truth`, never into the log.

    Parameters
    ----------
    records : iterable
        As `tertius.runtime.ingest.Ingest` gives them.
    writer : Writer
        An open log; it is not closed here.
    on_truth : callable
        Told of every answer or label, in order.

    Notes
    -----
    Holds 500 events in memory.
    """
    count = 0
    events = _events(records, on_truth)
    while batch := list(islice(events, BATCH)):
        writer.extend([_sealed(each, writer) for each in batch])
        count += len(batch)
    return count


def _events(
    records: Iterable[Recorded | TruthRecord], on_truth: Callable[[TruthRecord], None]
) -> Iterator[Recorded]:
    for each in records:
        if isinstance(each, TruthRecord):
            on_truth(each)
        else:
            yield each


def _sealed(record: Recorded, writer: Writer) -> tuple[Event, Sealed | None]:
    if not record.contents:
        return record.event, None
    sealed = writer.seal(record.contents[0])
    return replace(record.event, content=sealed.digest), sealed
