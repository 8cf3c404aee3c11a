"""What several detectors read from the same events is read once.

Some detectors judge the same thing, such as a case that is over or an approval: a reader finds it
in the events, and each of them says what it makes of it. Each has a reader of its own; where
several are at work on one stream, those whose readers are alike `share` one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.detectors.betting import Betting

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

Shown = tuple[int, Event, bytes | None]


class Reader(ABC, Generic[T]):
    """Finds in events what detectors judge.

    What it found in an event must not change when it takes later ones.

    Attributes
    ----------
    key
        Its class and parameters: readers of the same key find the same in the same events.
    """

    key: Hashable

    @property
    def left(self) -> int:
        """How many things it keeps that something later would let be judged, if it says."""
        return 0

    @abstractmethod
    def take(self, event: Event) -> T | None:
        """Take the next event; return what it found, if anything."""

    def take_many(self, shown: Iterable[Shown]) -> Sequence[tuple[int, Event, T]]:
        """Take a batch; return the events in which something was found, each with its number."""
        take = self.take
        return [(at, event, found) for at, event, _ in shown if (found := take(event))]


class Reads(Betting[K], Generic[K, T]):
    """A detector that bets on what a reader finds.

    A class declares what a detector declares, and `on_found` instead of handlers.

    Parameters
    ----------
    reader : Reader
        Fresh.
    **parameters
        See `Betting`.

    Attributes
    ----------
    began
        Whether it was shown anything.
    """

    def __init__(self, reader: Reader[T], **parameters: Any) -> None:
        super().__init__(**parameters)
        self.reader = reader
        self.began = False

    @abstractmethod
    def on_found(self, found: T, event: Event) -> None:
        """Bet on what was found in an event."""

    def on_any(self, event: Event, content: bytes | None) -> None:
        """Bet on what is found in an event."""
        self.began = True
        found = self.reader.take(event)
        if found:
            self.on_found(found, event)

    def _handle(self, shown: Iterable[Shown]) -> None:
        self.began = True
        found = self.reader.take_many(shown)
        for self._at, event, each in found:
            self.on_found(each, event)


class _Shared(Reader[T]):
    """A reader for several detectors that are shown the same, each in its turn.

    Whoever is first has it read; the others are told what it found. An event is known by being
    the same object as the one before, and a batch by its first event, so nothing may be shown
    twice in a row.
    """

    def __init__(self, reader: Reader[T]) -> None:
        self.key = reader.key
        self._reader = reader
        self._event: Event | None = None
        self._found: T | None = None
        self._first: Event | None = None
        self._all: Sequence[tuple[int, Event, T]] = ()

    @property
    def left(self) -> int:
        return self._reader.left

    def take(self, event: Event) -> T | None:
        if event is not self._event:
            self._event, self._found = event, self._reader.take(event)
        return self._found

    def take_many(self, shown: Iterable[Shown]) -> Sequence[tuple[int, Event, T]]:
        shown = shown if isinstance(shown, Sequence) else tuple(shown)
        first = shown[0][1] if shown else None
        if first is not self._first:
            self._first, self._all = first, self._reader.take_many(shown)
        return self._all


def share(detectors: Iterable[Detector]) -> None:
    """Let those that were shown nothing yet, and whose readers are alike, read together.

    From then on each must be shown every event, or the same batch, in its turn. Of a detector that
    reads others' bets, those others are its `parts`.
    """
    alike: dict[Hashable, list[Reads[Any, Any]]] = {}
    for detector in detectors:
        for each in (detector, *getattr(detector, "parts", ())):
            if isinstance(each, Reads) and not each.began:
                alike.setdefault((each.spec.kinds, each.reader.key), []).append(each)
    for several in alike.values():
        if len(several) > 1:
            reader = _Shared(several[0].reader)
            for one in several:
                one.reader = reader
