"""The past as conditions see it: counted before an act is judged, and rebuilt from the log.

An act is reserved before it is judged: it counts itself, and what it reads is what was true in
that moment. So two acts at once can never both be the last one allowed. A reservation that leads to
nothing is released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.core.events import BaseEvent, RunEnded
from tertius.core.names import nearest
from tertius.core.request import Request
from tertius.policy.conditions_document import Conditions
from tertius.policy.counters import BUILT_IN, CounterError, CounterFullError, CounterStore, Key
from tertius.policy.evidence import Evidence, Standing
from tertius.policy.occurrence import (
    AmountError,
    Occurrence,
    amount_of,
    decoded,
    happened,
    requested,
)
from tertius.policy.places import Place, Places
from tertius.policy.request_context import Recall
from tertius.policy.sequences import Objection, Sequences
from tertius.policy.starts import Start, Starts

MAX_OPEN: Final = 65_536
MAX_ORPHANS: Final = 65_536

Contents = Callable[[BaseEvent], bytes | None]
"""The bytes that an event's content commits to; None once they are erased."""


class ReservationError(CallerError):
    """A request reserved twice, or not at all."""


class HistoryFullError(NotEvaluatedError):
    """More acts are under way than are kept apart; the request is forbidden."""


_Reservation = tuple[Occurrence, int, Mapping[str, int], Mapping[str, int]]
"""An act and its time, by how much it raised each counter, and what they read then."""


class _Begun(Struct):
    """An act that was started, and the sums that wait for the event that tells of it."""

    start: Start
    sums: list[tuple[str, Key]]
    told: bool = False

    @property
    def lost(self) -> bool:
        """Whether what it did is not known."""
        return not self.told and (self.start.act is None or bool(self.sums))


class History:
    """Counters, evidence and order of one group of agents, owned by one gate.

    Parameters
    ----------
    conditions
        What is counted and demanded.
    read
        Names of the counters that rules read, built-in ones among them; others are not kept.
    families
        Declared model family of each agent, from its signed manifest.

    Raises
    ------
    CounterError
        A rule reads a counter that nobody declares.

    Notes
    -----
    Safe to use from several threads. Time never runs back: an earlier time than one seen before
    counts as that one. Memory is bounded, and where a bound is reached the request raises, which
    the gate takes as a forbid. Cannot see acts that no adapter reports.
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        read: Iterable[str] = (),
        families: Mapping[str, str] | None = None,
    ) -> None:
        read = tuple(read)
        groups = {group.name: frozenset(group.members) for group in conditions.groups}
        known = {**BUILT_IN, **{counter.name: counter for counter in conditions.counters}}
        unknown = sorted(set(read) - known.keys())
        if unknown:
            raise CounterError(f"unknown counter `{unknown[0]}`{nearest(unknown[0], known)}")
        self._stores = {
            name: CounterStore(known[name], groups.get(known[name].group or ""))
            for name in sorted(set(read))
        }
        self._sequences = Sequences(conditions)
        self._waits = bool(conditions.delays)
        self._places = Places(self._stores, self._sequences)
        self._evidence = Evidence(families or {})
        self._author = self._evidence.author
        self._open: dict[tuple[str, str], _Reservation] = {}
        self._orphans: dict[str, list[int]] = {}
        self._unsummed: dict[tuple[str, Key], list[int]] = {}
        self._time = 0
        self._lock = Lock()

    def place(self, request: Request) -> Place:
        """Return what a request counts for: the same for all that differ in id and arguments."""
        return self._places.asked(request)

    def reserve(self, request: Request, time: int, place: Place | None = None) -> None:
        """Count an act that is about to be judged.

        Parameters
        ----------
        time
            Decision time in UTC nanoseconds.
        place
            What `place` says of it, where that is known already.

        Raises
        ------
        ReservationError
            The request is reserved already.
        HistoryFullError, CounterFullError, AmountError
            It cannot be counted, and so must not happen; nothing was counted.
        """
        key = (request.run, request.id)
        with self._lock:
            if key in self._open:
                raise ReservationError(f"request `{request.id}` is reserved already")
            if len(self._open) >= MAX_OPEN:
                raise HistoryFullError(f"more than {MAX_OPEN} acts are under way")
            if time > self._time:
                self._time = time
            if place is None or (place.maker and self._author(place.maker) is not None):
                place = self._place_of(request)
            self._open[key] = self._count(place, self._time, request.decoded)

    def commit(self, request: Request) -> None:
        """Keep the count of an act that was permitted and recorded."""
        kept = self._open.pop((request.run, request.id), None)
        if kept is None:
            raise _not_reserved(request)
        if self._waits:
            with self._lock:
                self._sequences.settle(kept[0], kept[1])

    def release(self, request: Request) -> None:
        """Take back the count of an act that does not happen."""
        with self._lock:
            kept = self._open.pop((request.run, request.id), None)
            if kept is None:
                raise _not_reserved(request)
            act, time, amounts, _ = kept
            for name, amount in amounts.items():
                self._stores[name].add(act, time, -amount)
            self._sequences.remove(act, time)

    def moment(self, request: Request) -> int:
        """Return the decision time of a request; its own time, ratcheted, until it is reserved."""
        kept = self._open.get((request.run, request.id))
        return kept[1] if kept is not None else max(self._time, request.time)

    def recall(self, request: Request, counters: Iterable[str]) -> Recall:
        """Return what rules may know of the past; a request that is not reserved counts as one.

        A counter that the request itself does not fall under reads 0.
        """
        names = tuple(counters)
        with self._lock:
            kept = self._open.get((request.run, request.id))
            counts: Mapping[str, int]
            if kept is not None:
                _, time, _, counts = kept
            else:
                time = max(self._time, request.time)
                counts = self._preview(request, time) if names else {}
            lost = {name: self._lost(name, request, time) for name in names}
            standing = self._evidence.standing(request)
        return Recall(
            time=time,
            counts={name: counts.get(name, 0) + lost[name] for name in names},
            votes=standing.votes,
            families=standing.families,
            verified=standing.verified,
            contradicted=standing.contradicted,
        )

    def objections(self, request: Request) -> list[Objection]:
        """Return what the order of acts has against a request."""
        with self._lock:
            kept = self._open.get((request.run, request.id))
            time = kept[1] if kept else max(self._time, request.time)
            act = requested(request)
            return self._sequences.objections(act, time, self._evidence.author)

    def standing(self, request: Request) -> Standing:
        """Return how the question behind a request stands."""
        with self._lock:
            return self._evidence.standing(request)

    def observe(self, event: BaseEvent) -> None:
        """Take in an event as it enters the log: evidence, and the end of a run.

        Acts are counted by `reserve`, and not again here.
        """
        with self._lock:
            self._evidence.observe(event)
            if isinstance(event, RunEnded):
                self._forget(event.run)

    def rebuild(self, events: Iterable[BaseEvent], contents: Contents = lambda event: None) -> None:
        """Count what a log holds, after a restart: as it was counted before.

        Notes
        -----
        An act counts when it was started, at that time. What it adds to a sum stands in the
        arguments of its own event, the first that cites the decision: if that was never recorded
        the sum cannot be told, and every request that reads it raises until its window has
        passed. If it was erased, this raises: start with a longer record, or without that
        counter. A start that does not say of what counts for every counter of its agent. An act
        without a decision that let it start, as in shadow mode, counts when its event is heard.
        """
        starts = Starts()
        begun: dict[str, _Begun] = {}
        with self._lock:
            for event in events:
                self._time = max(self._time, event.time)
                self._evidence.observe(event)
                start = starts.hear(event)
                if isinstance(event, RunEnded):
                    self._forget(event.run)
                elif start is not None:
                    begun[start.decided] = _Begun(start, self._restarted(start))
                    if len(begun) > MAX_ORPHANS:
                        self._lose(begun.pop(next(iter(begun))))
                elif event.identity != "asserted" and (acts := happened(event)):
                    self._happened(event, acts, begun, contents)
            for each in begun.values():
                self._lose(each)

    def _happened(
        self,
        event: BaseEvent,
        acts: tuple[Occurrence, ...],
        begun: dict[str, _Begun],
        contents: Contents,
    ) -> None:
        """Count an act by its own event, as far as its start did not."""

        def arguments() -> Any:
            return decoded(contents(event))

        behind = next((begun[c.id] for c in event.causes if c.id in begun), None)
        if behind is None or behind.start.act is None:
            for act in map(self._with_maker, acts):
                self._count(self._places.of(act), self._time, arguments)
                self._sequences.settle(act, self._time)
        elif not behind.told:
            for name, key in behind.sums:
                store = self._stores[name]
                amount = amount_of(arguments, store.counter.amount or "")
                store.add(behind.start.act, behind.start.time, amount, key)
        if behind is not None:
            behind.told = True

    def _lose(self, begun: _Begun) -> None:
        """Remember a start that led to nobody knows what."""
        start = begun.start
        if begun.lost and start.act is None:
            self._orphans.setdefault(start.agent, []).append(start.time)
        elif begun.lost:
            for sum_ in begun.sums:
                self._unsummed.setdefault(sum_, []).append(start.time)

    def _restarted(self, start: Start) -> list[tuple[str, Key]]:
        """Count an act that was started; return the sums that wait for its arguments."""
        if start.act is None:
            return []
        act = self._with_maker(start.act)
        _, keys, ordered, *_ = self._places.of(act)
        sums: list[tuple[str, Key]] = []
        for name, store, key in keys:
            if store.counter.amount is None:
                store.add(act, self._time, 1, key)
            else:
                sums.append((name, key))
        if ordered:
            self._sequences.add(act, self._time)
        self._sequences.settle(act, self._time)
        return sums

    def _with_maker(self, act: Occurrence) -> Occurrence:
        """Return an act that approves of something with the peer who made that."""
        maker = self._evidence.author(act.resource) if act.resource and not act.peer else None
        return replace(act, peer=maker) if maker else act

    def _place_of(self, request: Request) -> Place:
        place = self._places.asked(request)
        if not place.maker or self._author(place.maker) is None:
            return place
        return self._places.of(self._with_maker(place.act))

    def _count(self, place: Place, time: int, arguments: Callable[[], Any]) -> _Reservation:
        """Raise the counters, all or none."""
        act, keys, ordered, ones, _ = place
        amounts = place.amounts(arguments) if ones is None else ones
        counts: dict[str, int] = {}
        try:
            for name, store, key in keys:
                counts[name] = store.add(act, time, amounts[name], key)
            if ordered:
                self._sequences.add(act, time)
        except CounterFullError:
            for name in counts:
                self._stores[name].add(act, time, -amounts[name])
            raise
        return act, time, amounts, counts

    def _preview(self, request: Request, time: int) -> dict[str, int]:
        place = self._place_of(request)
        amounts = place.amounts(request.decoded)
        return {n: store.total(place.act, time) + amounts[n] for n, store, _ in place.keys}

    def _lost(self, name: str, request: Request, time: int) -> int:
        """Return how many starts of an agent led to nobody knows what, within a window."""
        if not self._orphans and not self._unsummed:
            return 0
        store = self._stores[name]
        since = store.counts_since(time)
        lost = sum(1 for each in self._orphans.get(request.agent, ()) if each >= since)
        if store.counter.amount is not None:
            key = store.key(self._with_maker(requested(request)))
            times = [] if key is None else self._unsummed.get((name, key), [])
            if lost or any(each >= since for each in times):
                raise AmountError(f"sum `{name}` is not known: a permitted act was not recorded")
        return lost

    def _forget(self, run: str) -> None:
        self._evidence.forget(run)
        self._sequences.forget(run)
        for store in self._stores.values():
            store.forget(run)


def _not_reserved(request: Request) -> ReservationError:
    return ReservationError(f"request `{request.id}` is not reserved")
