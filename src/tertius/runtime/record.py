"""Write ingested runs into a log: contents under salted commitments, events in their order.

What detectors find on the way is written behind the events that showed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from tertius.core.events import UNKNOWN_TIME
from tertius.core.finding import Finding
from tertius.core.kinds import Event
from tertius.core.oversight_events import Found
from tertius.core.ports.detector import Answer
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.content import Sealed
from tertius.log.writer import Writer
from tertius.runtime.detect import Watching
from tertius.runtime.uncollected import uncollected

BATCH = 500  # events handed to the log together
MAX_EVIDENCE = 64  # ids that stand in the event of a finding; its content names all


def record(
    records: Iterable[Recorded | TruthRecord],
    writer: Writer,
    *,
    watching: Watching | None = None,
    on_truth: Callable[[TruthRecord], None] = lambda truth: None,
    on_answer: Callable[[Answer], None] = lambda answer: None,
) -> int:
    """Append every event and return their number; truth goes to `on_truth`, never into the log.

    Parameters
    ----------
    records : iterable
        As `tertius.runtime.ingest.Ingest` gives them.
    writer : Writer
        An open log; it is not closed here.
    watching : Watching or None
        Detectors that are shown every event as it stands in the log. Each finding becomes a
        `found` event behind the batch in which it came up; `recorded` does not count it.
    on_truth : callable
        Told of every answer or label, in order.
    on_answer : callable
        Told of every finding and every "could not tell", in order.

    Notes
    -----
    Holds 500 events in memory.
    """
    count = 0
    events = _events(records, on_truth)
    read = BATCH
    while read == BATCH:
        with uncollected():
            batch = list(islice(events, BATCH))
            pairs = _sealed(batch, writer)
            writer.extend(pairs)
            if watching is not None:
                shown = (
                    (number, event, None if sealed is None else sealed.data)
                    for number, (event, sealed) in enumerate(pairs)
                )
                _keep([answer for _, answer in watching.update_many(shown)], writer, on_answer)
        read = len(batch)
        count += read
    if watching is not None:
        _keep(watching.finish(), writer, on_answer)
    return count


def found_event(finding: Finding) -> Recorded:
    """Return the event by which a log keeps a finding; its content is the whole of it.

    Notes
    -----
    It names no causes: a finding is about what happened, it is no part of what an event reached.
    Its time is not known, since whoever reads a recording was not there.
    """
    return Recorded(
        event=Found(
            id=f"found/{finding.id}",
            time=UNKNOWN_TIME,
            run=finding.run,
            finding=finding.id,
            detector=finding.detector,
            version=finding.version,
            severity=finding.severity,
            evidence=finding.evidence[:MAX_EVIDENCE],
        ),
        contents=(msgspec.json.encode(finding),),
    )


def _keep(answers: Sequence[Answer], writer: Writer, tell: Callable[[Answer], None]) -> None:
    found = [found_event(each) for each in answers if isinstance(each, Finding)]
    writer.extend(_sealed(found, writer))
    for answer in answers:
        tell(answer)


def _events(
    records: Iterable[Recorded | TruthRecord], on_truth: Callable[[TruthRecord], None]
) -> Iterator[Recorded]:
    for each in records:
        if isinstance(each, TruthRecord):
            on_truth(each)
        else:
            yield each


def _sealed(batch: Sequence[Recorded], writer: Writer) -> list[tuple[Event, Sealed | None]]:
    """Return each event with its content, which it names by then."""
    sealed = iter(writer.seal_all([each.contents[0] for each in batch if each.contents]))
    pairs: list[tuple[Event, Sealed | None]] = []
    for each in batch:
        if each.contents:
            content = next(sealed)
            pairs.append((replace(each.event, content=content.digest), content))
        else:
            pairs.append((each.event, None))
    return pairs
