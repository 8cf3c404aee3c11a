"""The gate's log as the gate adds to it: every id once, and nothing cited that is not there."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Sequence
from typing import Any, Final

from tertius.core.errors import CallerError
from tertius.core.events import Asserted, Rated, Verified
from tertius.core.kinds import Event
from tertius.core.oversight_events import Decided, Found
from tertius.core.request import Request
from tertius.log.content import Sealed
from tertius.log.read import LogReader
from tertius.log.writer import Writer

SHELVES: Final = 16_384
SHELF_IDS: Final = 4_096  # 67 million in all; then the older half of a shelf is let go

_BYTES: Final = 8
_RESTS_ON_EVIDENCE: Final = frozenset({Asserted, Found, Rated, Verified})
_ABOUT_EVENTS: Final = frozenset({"verify", "accept"})  # acts on something in the log
CITING: Final = frozenset({"assert", "rate", *_ABOUT_EVENTS})
"""Acts whose arguments may cite events as evidence."""


class UnknownEventError(CallerError):
    """An event rests on one that the log does not hold."""


class IdTakenError(CallerError):
    """An event has the id of one that the log holds already."""


class Ids:
    """Which ids a log holds, in 8 bytes each.

    Notes
    -----
    A set of 64-bit hashes under a key that Python draws for each process, on shelves that are
    searched byte by byte. Empty it takes 1 MB; then 14 MB for each million ids. To add or to find
    one takes 1.2 us with a million, 2.5 us with four. Beyond `SHELVES` times `SHELF_IDS`, at some
    0.9 GB, the oldest are forgotten. Of a million ids that are not there it takes one for known
    with a probability below 1e-8.

    Examples
    --------
    >>> ids = Ids()
    >>> ids.add("e1")
    >>> "e1" in ids, "e2" in ids
    (True, False)
    """

    def __init__(self) -> None:
        self._shelves = [bytearray() for _ in range(SHELVES)]

    def add(self, id: str) -> None:
        """Take in an id."""
        self.put(*self.place(id))

    def put(self, shelf: bytearray, mark: bytes) -> None:
        """Take in the id that belongs at a place, see `place`."""
        if len(shelf) >= SHELF_IDS * _BYTES:
            del shelf[: len(shelf) // 2]
        shelf += mark

    def __contains__(self, id: str) -> bool:
        """Whether an id was taken in."""
        shelf, mark = self.place(id)
        return mark in shelf

    def place(self, id: str) -> tuple[bytearray, bytes]:
        """Return the shelf on which an id belongs, and what stands there if it was taken in."""
        key = hash(id)
        return self._shelves[key % SHELVES], _pack(key)


_pack = struct.Struct("<q").pack


PENDING: Final = 65_536  # names without a record that are told apart
_MADE_AT_ONCE: Final = 32  # some 10 us of work
_DECIDED: Final = "/decided"


class Names:
    """Names for requests, and which of them have their decision in the log.

    Notes
    -----
    A random stem and a number, so that nobody else gives the same. A name that was made and is
    not pending has its decision in the log: once recorded it takes no memory. Of names whose
    record failed only the last 65,536 are told apart from the others.
    """

    def __init__(self) -> None:
        self.stem: Final = f"{os.urandom(9).hex()}-"
        self._made = 0
        self._left: list[str] = []
        self.pending: Final[dict[str, None]] = {}
        """Names whose decision is not recorded."""
        self._lock = threading.Lock()

    def new(self) -> str:
        """Return a new name; its decision is pending."""
        while True:
            try:
                return self._left.pop()
            except IndexError:
                self._make()

    def _make(self) -> None:
        """Make names in store, lowest last."""
        with self._lock:
            if self._left:
                return
            numbers = range(self._made, self._made + _MADE_AT_ONCE)
            names = [f"{self.stem}{number}" for number in numbers]
            self.pending.update(dict.fromkeys(names))
            while len(self.pending) > PENDING:
                del self.pending[next(iter(self.pending))]
            self._made = numbers.stop
            self._left = names[::-1]

    def decided(self, id: str) -> bool:
        """Whether an event of this id, below the stem, is a decision that was recorded."""
        name = id.removesuffix(_DECIDED)
        number = name[len(self.stem) :]
        return (
            number.isdecimal()
            and number == str(int(number))
            and int(number) < self._made
            and name not in self.pending
        )


class Ledger:
    """Adds to a gate's log what can stand in it.

    Parameters
    ----------
    writer
        The log, of which everybody who adds events goes through this ledger.

    Notes
    -----
    Thread-safe. `tertius verify` calls a log broken in which an id occurs twice or a cause comes
    from nowhere, so neither gets in. What was in the log before must be heard first, see `of`.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.names: Final = Names()
        self.seal: Final = writer.seal
        """Commits to content, for `append`."""
        self._ids = Ids()
        self._under_way: dict[str, object] = {}

    @classmethod
    def of(cls, writer: Writer) -> Ledger:
        """Return a ledger that has heard what the log holds."""
        ledger = cls(writer)
        writer.wait(writer.status().accepted - 1)
        for event in LogReader(writer.folder).events():
            ledger.hear(event)
        return ledger

    def wait(self, index: int) -> None:
        """Wait until the event at an index is durable."""
        self._writer.wait(index)

    def hear(self, event: Event) -> None:
        """Take in an event that is in the log already."""
        self._ids.add(event.id)

    def holds(self, id: str) -> bool:
        """Whether the log holds an event of this id."""
        return self.names.decided(id) if self._own(id) else id in self._ids

    def taken(self, id: str) -> bool:
        """Whether no event of this id may be added: there is one, or there may be one soon."""
        return self._own(id) or id in self._ids

    def _own(self, id: str) -> bool:
        """Whether this is the id of the decision on a request that is named here."""
        return id.startswith(self.names.stem) and id.endswith(_DECIDED)

    def decide(self, request: str, event: Decided, *, checked: bool) -> int:
        """Add the decision on a request, without waiting for room; return its index.

        Raises
        ------
        IdTakenError
            There is one already.
        """
        if request not in self.names.pending:
            return self.append(event, wait=False, checked=checked)
        index = self._writer.append(event, wait=False, checked=checked)
        self.names.pending.pop(request, None)
        return index

    def decide_again(self, request: str, entry: bytes) -> int:
        """Add the entry of the decision on a request, as `decide` does.

        Raises
        ------
        IdTakenError
            There is one already.
        """
        if request in self.names.pending:
            index = self._writer.append_entry(entry, wait=False)
            self.names.pending.pop(request, None)
            return index
        name = f"{request}{_DECIDED}"
        place = self._claim(name)
        try:
            index = self._writer.append_entry(entry, wait=False)
            self._ids.put(*place)
        finally:
            del self._under_way[name]
        return index

    def append(
        self,
        event: Event,
        content: Sealed | None = None,
        *,
        wait: bool = True,
        checked: bool | None = None,
    ) -> int:
        """Add an event as `Writer.append` does, and return its index.

        Raises
        ------
        UnknownEventError
            It cites what the log does not hold; nothing was added.
        IdTakenError
            Its id is taken; nothing was added.
        """
        name = event.id
        place = self._claim(name)
        try:
            if event.causes or type(event) in _RESTS_ON_EVIDENCE:
                self._require_grounds(event)
            index = self._writer.append(event, content, wait=wait, checked=checked)
            self._ids.put(*place)
        finally:
            del self._under_way[name]
        return index

    def _claim(self, name: str) -> tuple[bytearray, bytes]:
        """Take an id for an event that is being added, if it is free; return its place."""
        mine = object()
        if self._under_way.setdefault(name, mine) is not mine:
            raise _taken(name)
        shelf, mark = self._ids.place(name)
        if mark in shelf or self._own(name):
            del self._under_way[name]
            raise _taken(name)
        return shelf, mark

    def objection(self, request: Request) -> str:
        """Say what a request rests on that the log does not hold; empty where nothing is missing.

        Only for acts of the kinds in `CITING`. Agents choose these values: what they chose is not
        repeated.
        """
        if request.action in _ABOUT_EVENTS and not self.holds(request.resource or ""):
            return f"`{request.action}` is about an event, and the log holds none of that id"
        arguments = request.decoded()
        cited = arguments.get("evidence", []) if isinstance(arguments, dict) else []
        if not isinstance(cited, list) or not all(isinstance(each, str) for each in cited):
            return "argument `evidence` is no list of event ids"
        number = self._first_unknown(cited)
        return "" if number is None else f"item {number} of `evidence` is no event of the log"

    def _require_grounds(self, event: Event) -> None:
        cited: list[str] = [cause.id for cause in event.causes if cause.log is None]
        evidence: Any = getattr(event, "evidence", ())
        if evidence:
            elsewhere = {cause.id for cause in event.causes if cause.log is not None}
            cited += [each for each in evidence if each not in elsewhere]
        number = self._first_unknown(cited)
        if number is not None:
            raise UnknownEventError(
                f"event `{event.id}` cites `{ascii(cited[number])[1:-1][:128]}`, which is no event "
                "of this log; cite ids that earlier acts returned or `Member.seen` names"
            )

    def _first_unknown(self, cited: Sequence[str]) -> int | None:
        for number, each in enumerate(cited):
            if not self.holds(each):
                return number
        return None


def _taken(id: str) -> IdTakenError:
    return IdTakenError(f"event `{id}` is in the log already; give every event an id of its own")
