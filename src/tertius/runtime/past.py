"""What a gate's own log still knows, read once at the start; and how the desk adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from tertius.core.events import BaseEvent, Escalated, Event, PolicyChanged, Ruled
from tertius.escalation.transaction import Record
from tertius.log.read import LogReader
from tertius.log.writer import Writer


class Past:
    """One pass over a log, in which everybody who remembers hears every event.

    Attributes
    ----------
    escalations
        Ids of the events of questions, once the pass is over.
    loads
        How many documents were put in force so far.
    """

    def __init__(self, reader: LogReader) -> None:
        self.escalations: set[str] = set()
        self.loads = 0
        self._reader = reader
        self._at = -1

    def events(self, *hear: Callable[[Event], None]) -> Iterator[BaseEvent]:
        """Give every event in order, after all others heard it."""
        for at, event in enumerate(self._reader.events()):
            self._at = at
            if isinstance(event, Escalated | Ruled):
                self.escalations.add(event.id)
            elif isinstance(event, PolicyChanged) and event.change == "load":
                self.loads += 1
            for each in hear:
                each(event)
            yield event

    def content(self, event: BaseEvent) -> bytes | None:
        """Return the content of the event that `events` gave last; None if it was erased."""
        return self._reader.content(self._at)


class EscalationsTold:
    """Takes what happens to questions into the log; durable when it returns.

    Parameters
    ----------
    writer
        The gate's log.
    known
        Ids that the log had when the gate started: after a crash the desk tells them again.
    """

    def __init__(self, writer: Writer, known: set[str]) -> None:
        self._writer, self._known = writer, known

    def __call__(self, records: Sequence[Record], again: bool) -> None:
        """Append what the log does not have yet, and wait for the disk."""
        index = -1
        for each in records:
            if again and each.event.id in self._known:
                continue
            sealed = None if each.content is None else self._writer.seal(each.content)
            event = each.event
            if sealed is not None:
                event = replace(event, content=sealed.digest)
            index = self._writer.append(event, sealed)
        if index >= 0:
            self._writer.wait(index)
