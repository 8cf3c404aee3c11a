"""Who has looked at what: whether an agent read anything before it spoke of a subject.

One rule for all detectors. Something by an agent rests on a read if it names evidence itself, or if
since its subject appeared the agent read something that cites the subject or belongs to the same
task, or that reads the key to which the subject was written: a memory read, a tool's return, a
message taken in, a check. What was read by others does not count. A read that names nothing it
belongs to is *loose*: it may have been of the subject or not.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tertius.core.events import (
    Asserted,
    BaseEvent,
    Claimed,
    MemoryRead,
    MemoryWritten,
    MessageConsumed,
    OutcomeObserved,
    Rated,
    TaskCompleted,
    ToolReturned,
    Verified,
)
from tertius.detectors.recent import Recent

MOST = 8192  # subjects, and reads, that are kept in mind
CITED = 8  # causes of one event that are kept in mind
READS = ("memory.read", "tool.returned", "message.consumed", "verified")
"""Kinds of events by which an agent reads."""
_READS = frozenset({MemoryRead, ToolReturned, MessageConsumed, Verified})
_NAMING = frozenset({Asserted, Claimed, OutcomeObserved, Rated})


class Subject(Struct, frozen=True, gc=False):
    """What is known of something that an agent may speak of.

    Attributes
    ----------
    place
        When it appeared, in the order of what was shown.
    author, task
        Whose it is, and what task it belongs to; empty where that is not known. A task is whose
        who completed it first.
    cited
        Earlier events that it rests on; of a task, its completion.
    reader
        Who read by it; empty where it is no read.
    """

    place: int
    author: str
    task: str
    cited: tuple[str, ...]
    reader: str = ""


class Reading:
    """Remembers what appeared and who read what, and answers whether somebody had read.

    Parameters
    ----------
    most : int
        Subjects, and reads, that are kept in mind; of more, the oldest are let go.

    Attributes
    ----------
    any : bool
        Whether any read was shown. Where none was, the record may not hold reads at all.

    Notes
    -----
    What it cannot see: whether what was read was understood, or was the right thing; evidence that
    an agent only says it read.

    Examples
    --------
    >>> from tertius.core.events import MemoryRead, TaskCompleted
    >>> reading = Reading()
    >>> reading.take(TaskCompleted(id="e1", time=0, run="r", agent="b", task="t"))
    True
    >>> reading.since("a", "e1") is None
    True
    >>> reading.take(MemoryRead(id="e2", time=0, run="r", agent="a", task="t", store="s"))
    True
    >>> reading.since("a", "e1")
    'e2'
    """

    def __init__(self, most: int = MOST) -> None:
        self.any = False
        self._place = 0
        self._subjects = Recent[str, Subject](most)
        self._reads = Recent[tuple[str, str], tuple[int, str]](most)
        self._loose = Recent[str, int](most)
        self._written = Recent[tuple[str, str], str](most)

    def take(self, event: BaseEvent) -> bool:
        """Take the next event, whatever its kind; False where one with its id was shown before."""
        subjects, name, task, agent = self._subjects, event.id, event.task, event.agent
        if name in subjects:
            return False
        self._place += 1
        place = self._place
        cited = tuple([cause.id for cause in event.causes[:CITED]]) if event.causes else ()
        kind = type(event)
        reads = agent != "" and kind in _READS
        subjects[name] = Subject(place, agent, task, cited, agent if reads else "")
        if task:
            first = subjects.get(task)
            if kind is TaskCompleted and agent and (first is None or not first.author):
                since = place if first is None else first.place
                subjects[task] = Subject(since, agent, task, (name,))
            elif first is None:
                subjects[task] = Subject(place, "", task, ())
        if reads:
            self.any = True
            concerns = self._concerns(event, cited)
            for each in concerns:
                self._reads[agent, each] = (place, name)
            if not concerns:
                self._loose[agent] = place
        elif kind in _NAMING:
            about = _about(event)
            if about and about not in subjects:
                subjects[about] = Subject(place, "", about, ())
        return True

    def cite(self, event: BaseEvent) -> None:
        """Take an event that is no subject itself, as far as it passes a subject on to others."""
        if isinstance(event, MemoryWritten) and event.key:
            self._written[event.store, event.key] = event.id
        if event.causes:
            self.take(event)

    def loosely(self, agent: str, subject: str) -> bool:
        """Whether an agent made a loose read since a subject appeared, or ever if it never did."""
        known = self._subjects.get(subject)
        return self._loose.get(agent, 0) > (0 if known is None else known.place)

    def of(self, subject: str) -> Subject | None:
        """Return what is known of an event, a task or an item; None where it never appeared."""
        return self._subjects.get(subject)

    def since(
        self, agent: str, subject: str, *, task: str = "", resting: Iterable[str] = ()
    ) -> str | None:
        """Return the event by which an agent read of a subject since it appeared.

        Parameters
        ----------
        agent
            Whose reads count.
        subject
            Id of an event, or the name of a task or an item.
        task
            Task in which the agent speaks of it, where that is known.
        resting
            Events that the agent's own words rest on: its own reads among them count.

        Returns
        -------
        str or None
            None: no such read was shown.
        """
        for name in resting:
            known = self._subjects.get(name)
            if known is not None and known.reader == agent:
                return name
        found = self._reads.get((agent, subject))
        if found is not None:
            return found[1]
        known = self._subjects.get(subject)
        since = 0 if known is None else known.place
        linked = [task] if known is None else [task, known.task]
        if known is not None and known.task == subject:
            linked += known.cited
        for name in linked:
            found = self._reads.get((agent, name)) if name else None
            if found is not None and found[0] > since:
                return found[1]
        return None

    def _concerns(self, event: BaseEvent, cited: tuple[str, ...]) -> set[str]:
        """Return what a read is of: what it cites, what that rests on, and its task."""
        names = set(cited)
        if isinstance(event, Verified):
            names |= {event.subject, *event.evidence[:CITED]}
        elif isinstance(event, MessageConsumed) and event.message:
            names.add(event.message)
        elif isinstance(event, MemoryRead) and event.key:
            names.add(self._written.get((event.store, event.key), ""))
        for name in tuple(names):
            known = self._subjects.get(name)
            if known is not None:
                names.update(known.cited)
        if event.task:
            names.add(event.task)
        names.discard("")
        return names


def _about(event: BaseEvent) -> str:
    """Return the item that an event names."""
    if isinstance(event, (OutcomeObserved, Asserted, Claimed)):
        return event.about
    return event.item if isinstance(event, Rated) else ""
