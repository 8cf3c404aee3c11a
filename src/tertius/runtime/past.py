"""What a gate's own log still knows, read once at the start; and how the desk adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from tertius.core.events import BaseEvent
from tertius.core.kinds import Event
from tertius.core.oversight_events import Escalated, PolicyChanged, Ruled
from tertius.escalation.asked import Logged, NotWhatWasAskedError, logged
from tertius.escalation.transaction import Record
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.runtime.ledger import Ledger


class Past:
    """One pass over a log, in which everybody who remembers hears every event.

    Attributes
    ----------
    escalations
        Ids of the events of questions, once the pass is over.
    asked
        What was asked, by the question's id.
    loads
        How many documents were put in force so far.
    """

    def __init__(self, reader: LogReader) -> None:
        self.escalations: set[str] = set()
        self.asked: dict[str, Logged] = {}
        self.loads = 0
        self._reader = reader
        self._at = -1

    def events(self, *hear: Callable[[Event], None]) -> Iterator[BaseEvent]:
        """Give every event in order, after all others heard it."""
        for at, event in enumerate(self._reader.events()):
            self._at = at
            if isinstance(event, Escalated | Ruled):
                self.escalations.add(event.id)
                if isinstance(event, Escalated):
                    _opens(self.asked, event, self._reader.content(at))
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
        The gate's log, or the gate's own ledger of it.
    known
        Ids that the log had when the gate started: after a crash the desk tells them again.
    asked
        What it says was asked; grows with it.

    Notes
    -----
    What it is told comes out of a store that others may have written: of each question one
    opening counts, and nothing but questions and what became of them gets in.
    """

    def __init__(self, writer: Writer | Ledger, known: set[str], asked: dict[str, Logged]) -> None:
        self._writer, self._known, self._asked = writer, known, asked

    def __call__(self, records: Sequence[Record], again: bool) -> None:
        """Append what the log does not have yet, and wait for the disk.

        Raises
        ------
        NotWhatWasAskedError
            Something that no desk puts down.
        """
        index = -1
        for each in records:
            if again and each.event.id in self._known:
                continue
            if not isinstance(each.event, Escalated | Ruled):
                raise NotWhatWasAskedError(
                    f"the store holds `{each.event.id}`, which no desk puts down; it was altered"
                )
            sealed = None if each.content is None else self._writer.seal(each.content)
            event = each.event
            if sealed is not None:
                event = replace(event, content=sealed.digest)
            index = self._writer.append(event, sealed)
            if isinstance(event, Escalated):
                _opens(self._asked, event, each.content)
        if index >= 0:
            self._writer.wait(index)


def _opens(asked: dict[str, Logged], event: Escalated, content: bytes | None) -> None:
    """Note what was asked; a second opening of the same question spoils it."""
    asked[event.escalation] = logged(event, content, asked.get(event.escalation))
