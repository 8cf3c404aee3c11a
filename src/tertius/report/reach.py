"""Who sent to whom in a run, over which channel, and how that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from tertius.core.events import (
    BaseEvent,
    Delegated,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageDelivered,
    MessageSent,
    ModelCalled,
    Offered,
    Promised,
    TaskAssigned,
    ToolCalled,
    ToolReturned,
)
from tertius.core.kinds import Event

How = Literal["recorded", "unnamed", "implied"]
"""*recorded*: an event says so; *unnamed*: an event says so, but not over which channel; *implied*:
no event says so, and yet one agent's event rests on the other's."""

ADDRESSED: dict[type[Event], tuple[str, str]] = {
    HandedOff: ("hand-over", "message"),
    Delegated: ("delegation", "message"),
    TaskAssigned: ("task", "message"),
    Offered: ("offer", "message"),
    Promised: ("promise", "message"),
}
"""Kinds that name a receiver and no channel: what stands for the channel, and its kind."""

ACTS: tuple[type[BaseEvent], ...] = (MessageSent, ModelCalled, ToolCalled, ToolReturned)
"""Kinds that an agent does itself."""

LEAST_CHAIN = 4


class Reach(Struct, frozen=True):
    """One agent sent to another, or had it rest on what it did, `times` times."""

    sender: str
    receiver: str
    channel: str
    via: str
    how: How
    times: int


def receivers(event: Event) -> tuple[str, ...]:
    """Return whom an event is addressed to, as far as it tells.

    Examples
    --------
    >>> receivers(HandedOff(id="1", time=0, run="r", agent="a", to="b"))
    ('b',)
    """
    found = getattr(event, "recipients", None) or getattr(event, "to", None) or ()
    return (found,) if isinstance(found, str) else tuple(found)


def reaches(events: Sequence[Event]) -> list[Reach]:
    """Return who sent to whom, the most frequent first.

    Notes
    -----
    Sending, delivery and consumption of one message are one reach. A value read from memory counts
    as reach from whoever wrote it, recorded if the read names the write as a cause, else implied by
    the store's last write under that key. **It cannot see** a channel that left no event.

    Examples
    --------
    >>> from tertius.core.events import Cause
    >>> said = MessageSent(id="1", time=0, run="r", agent="a", recipients=("b",), channel="chat")
    >>> answered = HandedOff(id="2", time=0, run="r", agent="c", to="b", causes=(Cause(id="1"),))
    >>> [(r.sender, r.receiver, r.channel, r.how) for r in reaches([said, answered])]
    [('a', 'b', 'chat', 'recorded'), ('a', 'c', '', 'implied'), ('c', 'b', 'hand-over', 'recorded')]
    """
    counts: Counter[tuple[str, str, str, str, How]] = Counter(_told(events))
    pairs = {(sender, receiver) for sender, receiver, *_ in counts}
    for pair in _rested(events):
        if pair not in pairs:
            counts[(*pair, "", "unknown", "implied")] += 1
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [Reach(*key, times) for key, times in ordered]


def chained(events: Sequence[Event]) -> bool:
    """Whether each act rests on the act before it, in a run of four acts or more.

    That is the rule of a group chat: whoever speaks has heard all that was said before. Then
    everything later rests on everything earlier, which says little about any single event.

    Examples
    --------
    >>> from tertius.core.events import Cause
    >>> said = [MessageSent(id=str(n), time=0, run="r", causes=(Cause(id=str(n - 1)),) if n else ())
    ...         for n in range(4)]
    >>> chained(said), chained(said[:3])
    (True, False)
    """
    acts = [event for event in events if isinstance(event, ACTS)]
    rests = all(before.id in {cause.id for cause in act.causes} for before, act in pairwise(acts))
    return rests and len(acts) >= LEAST_CHAIN


def _told(events: Iterable[Event]) -> Iterator[tuple[str, str, str, str, How]]:
    sent: dict[str, frozenset[str]] = {}
    wrote: dict[tuple[str, str], str] = {}
    writes: dict[str, str] = {}
    for event in events:
        if isinstance(event, MessageSent):
            sent[event.id] = frozenset(event.recipients)
            how: How = "recorded" if event.channel else "unnamed"
            for receiver in event.recipients if event.agent else ():
                yield event.agent, receiver, event.channel, event.via, how
        elif isinstance(event, MessageDelivered):
            known = event.agent in sent.get(event.message, ())
            if event.sender and event.agent and not known:
                how = "recorded" if event.channel else "unnamed"
                yield event.sender, event.agent, event.channel, "message", how
        elif isinstance(event, MemoryWritten):
            wrote[event.store, event.key] = writes[event.id] = event.agent
        elif isinstance(event, MemoryRead):
            named = [writes[cause.id] for cause in event.causes if cause.id in writes]
            last = [] if named else [wrote.get((event.store, event.key), "")]
            for writer in dict.fromkeys(named + last):
                if writer and event.agent and writer != event.agent:
                    yield (
                        writer,
                        event.agent,
                        event.store,
                        "memory",
                        "recorded" if named else "implied",
                    )
        elif type(event) in ADDRESSED and event.agent:
            channel, via = ADDRESSED[type(event)]
            for receiver in receivers(event):
                yield event.agent, receiver, channel, via, "recorded"


def _rested(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Give pairs of agents of which one acted upon what the other had done."""
    by: dict[str, str] = {}
    for event in events:
        by[event.id] = event.agent
        for cause in event.causes:
            before = by.get(cause.id, "")
            if before and event.agent and before != event.agent:
                yield before, event.agent
