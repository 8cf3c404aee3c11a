"""Who holds which content, and from whom: gains and losses of contents, by their lineage.

A content is held by an agent in a place: under a key of a store, or, by agents that keep no
memory, in what they said last. What is written to a place takes the place of what was there.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from tertius.core.events import AgentLeft, MemoryWritten, MessageSent, RunEnded
from tertius.core.kinds import Event
from tertius.detectors.recent import Recent

KINDS = (
    "run.ended", "agent.left", "model.called", "message.sent", "message.delivered",
    "message.consumed", "tool.called", "tool.returned", "memory.written", "memory.read",
)  # fmt: skip
"""What a detector must read to follow contents."""

EVENTS = 16_384  # kept to trace lineage through
CONTENTS = 4_096
RUNS = 16
AGENTS = 2_048  # of one run
PLACES = 8  # of one agent
CARRIERS = 24  # remembered of one content: the first
SOURCES = 4  # contents that one event may hand on
LATEST = 1024  # short texts whose digests are at hand: more than a batch of events holds
SHORT = 2048  # bytes
SAID = ("", "")
PLACED = AGENTS * (400 + PLACES * 200)
MEMORY = EVENTS * 1024 + CONTENTS * 8192 + RUNS * PLACED


class Strain:
    """One content, and what became of it.

    Attributes
    ----------
    key
        A digest of the content, or the id of the event that brought it where that is erased.
    source, born, run
        Who had it first, in which event of which run.
    holders
        In how many places it is held now.
    taken, lost
        How often it was taken over from another agent, and how often another content took its
        place.
    carriers
        For the first agents that took it over, from whom.
    """

    __slots__ = (
        "born", "carriers", "holders", "key", "lost", "read", "run", "source", "taken",
    )  # fmt: skip

    def __init__(self, key: str, read: bool, source: str, born: str, run: str) -> None:
        self.key, self.read, self.source, self.born, self.run = key, read, source, born, run
        self.holders = self.taken = self.lost = 0
        self.carriers: dict[str, str] = {}

    @property
    def hands(self) -> int:
        """Through how many hands it went in a row, among the carriers that are remembered."""
        depths: dict[str, int] = {}
        for taker, giver in self.carriers.items():  # who gives had it before
            depths[taker] = depths.get(giver, 0) + 1
        return max(depths.values(), default=0)


class Change(Struct, frozen=True, gc=False):
    """A content gained or lost a holder.

    Attributes
    ----------
    strain
        Which content.
    gained
        False where another content took its place, or its holder left.
    agent, giver
        Who holds or held it; from whom it was taken over, empty for a loss.
    contested
        Whether something else was in the place before, so that a loss is one that is logged, too.
    shown_by
        Ids of the event that handed it on and of the one that took it, or of the one that lost it.
    """

    strain: Strain
    gained: bool
    agent: str
    giver: str
    contested: bool
    shown_by: tuple[str, ...]


class _Copy(Struct, frozen=True, gc=False):
    strain: Strain
    agent: str
    event: str


class Strains:
    """Follows contents from agent to agent.

    Parameters
    ----------
    events, runs
        How many events are kept to trace lineage through, and how many runs are followed.

    Notes
    -----
    Two contents are one where their bytes are, or, where the bytes are not at hand, where the
    lineage says so. A copy counts as taken over where its lineage leads to another agent's copy:
    the same words in two places without a link may come from a common source, and count as
    nobody's. The same content written again to the same place is no news.

    Cannot see a content in other words, nor a loss that is not logged.
    """

    def __init__(self, *, events: int = EVENTS, runs: int = RUNS) -> None:
        self._copies: Recent[str, tuple[_Copy, ...]] = Recent(events)
        self._strains: Recent[str, Strain] = Recent(CONTENTS)
        self._runs: Recent[str, Recent[str, dict[tuple[str, str], Strain]]] = Recent(runs)

    def take(self, event: Event, content: bytes | None) -> list[Change]:
        """Take an event of one of `KINDS` and return what changed hands."""
        if type(event) is MessageSent:
            return self._say(event, content) if event.agent else []
        if type(event) is MemoryWritten:
            if not event.agent:
                return []
            return self._write(event, content, (event.store, event.key), self._places(event))
        if type(event) is AgentLeft:
            return self._leave(event)
        if type(event) is RunEnded:
            self._runs.pop(event.run, None)
        elif event.causes:
            handed = self._handed(event)
            if handed:
                self._copies[event.id] = handed
        return []

    def of(self, event: str) -> Strain | None:
        """Return the content that an event held or handed on."""
        copies = self._copies.get(event)
        return copies[0].strain if copies else None

    def _say(self, event: MessageSent, content: bytes | None) -> list[Change]:
        places = self._places(event)
        if places and SAID not in places:  # it keeps a memory: what it says is no place
            strain, _ = self._known(event, content)
            self._copies[event.id] = (_Copy(strain, event.agent, event.id),)
            return []
        return self._write(event, content, SAID, places)

    def _write(
        self,
        event: MemoryWritten | MessageSent,
        content: bytes | None,
        place: tuple[str, str],
        places: dict[tuple[str, str], Strain],
    ) -> list[Change]:
        strain, copy = self._known(event, content)
        self._copies[event.id] = (_Copy(strain, event.agent, event.id),)
        before = places.pop(place, None)
        if before is None and place is not SAID:
            before = places.pop(SAID, None)  # until now it was known by what it said
        places[place] = strain
        if before is strain:
            return []
        changes = []
        if before is not None:
            changes.append(self._lose(before, event))
        if len(places) > PLACES:
            oldest = next(iter(places))
            places.pop(oldest).holders -= 1
        strain.holders += 1
        if copy is not None and copy.agent != event.agent:
            strain.taken += 1
            if len(strain.carriers) < CARRIERS and event.agent != strain.source:
                strain.carriers.setdefault(event.agent, copy.agent)
            changes.append(
                Change(strain, True, event.agent, copy.agent, before is not None,
                       (copy.event, event.id))
            )  # fmt: skip
        return changes

    def _leave(self, event: AgentLeft) -> list[Change]:
        run = self._runs.get(event.run)
        places = run.pop(event.agent, None) if run is not None else None
        return [self._lose(strain, event) for strain in (places or {}).values()]

    def _lose(self, strain: Strain, event: Any) -> Change:
        strain.holders -= 1
        strain.lost += 1
        return Change(strain, False, event.agent, "", True, (event.id,))

    def _known(self, event: Any, content: bytes | None) -> tuple[Strain, _Copy | None]:
        """Return the content of an event, and the copy that it was taken from."""
        key = None if content is None else text_key(content)
        if event.causes:
            for copy in self._handed(event):
                strain = copy.strain
                if key is None or not strain.read or strain.key == key:
                    return strain, copy
        strain_of = self._strains.get(key or event.id)
        if strain_of is None:
            strain_of = Strain(key or event.id, key is not None, event.agent, event.id, event.run)
            self._strains[strain_of.key] = strain_of
        return strain_of, None

    def _handed(self, event: Any) -> tuple[_Copy, ...]:
        """Return the copies that an event's causes hand on to it."""
        found: tuple[_Copy, ...] = ()
        for cause in event.causes:
            if cause.basis != "inferred":
                found += self._copies.get(cause.id, ())
                if len(found) >= SOURCES:
                    break
        return found[:SOURCES]

    def _places(self, event: Any) -> dict[tuple[str, str], Strain]:
        run = self._runs.get(event.run)
        if run is None:
            run = self._runs[event.run] = Recent(AGENTS)
        places = run.get(event.agent)
        if places is None:
            places = run[event.agent] = {}
        return places


def text_key(content: bytes) -> str:
    """Return a short digest of a text, the same wherever the text is the same.

    Examples
    --------
    >>> text_key(b"one") == text_key(b"one"), len(text_key(b""))
    (True, 32)
    """
    return _short_key(content) if len(content) <= SHORT else _key(content)


def _key(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


_short_key = lru_cache(maxsize=LATEST)(_key)  # several detectors follow the same contents
