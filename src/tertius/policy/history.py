"""The past as conditions see it: counted before an act is judged, and rebuilt from the log.

An act is reserved before it is judged: it counts itself, and what it reads is what was true in
that moment. So two acts at once can never both be the last one allowed. A reservation that leads to
nothing is released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.core.events import BaseEvent, Decided, RunEnded
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
from tertius.policy.request_context import Recall
from tertius.policy.sequences import Objection, Sequences

MAX_OPEN: Final = 65_536
MAX_ORPHANS: Final = 65_536
MAX_PLACES: Final = 4_096

Contents = Callable[[BaseEvent], bytes | None]
"""The bytes that an event's content commits to; None once they are erased."""


class ReservationError(CallerError):
    """A request reserved twice, or not at all."""


class HistoryFullError(NotEvaluatedError):
    """More acts are under way than are kept apart; the request is forbidden."""


class _Reservation(Struct, frozen=True):
    act: Occurrence
    time: int
    amounts: dict[str, int]
    counts: dict[str, int]


class _Place(NamedTuple):
    """What an act counts for. Its own fields settle it, so that it is looked up as a whole."""

    keys: tuple[tuple[str, CounterStore, Key], ...]
    ordered: bool


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
        self._place = lru_cache(maxsize=MAX_PLACES)(self._placed)
        self._evidence = Evidence(families or {})
        self._open: dict[tuple[str, str], _Reservation] = {}
        self._orphans: dict[str, list[int]] = {}
        self._time = 0
        self._lock = Lock()

    def reserve(self, request: Request, time: int) -> None:
        """Count an act that is about to be judged.

        Parameters
        ----------
        time
            Decision time in UTC nanoseconds.

        Raises
        ------
        ReservationError
            The request is reserved already.
        HistoryFullError, CounterFullError, AmountError
            It cannot be counted, and so must not happen; nothing was counted.
        """
        act = requested(request)
        key = (request.run, request.id)
        with self._lock:
            if key in self._open:
                raise ReservationError(f"request `{request.id}` is reserved already")
            if len(self._open) >= MAX_OPEN:
                raise HistoryFullError(f"more than {MAX_OPEN} acts are under way")
            if time > self._time:
                self._time = time
            if act.resource and not act.peer:
                act = self._with_maker(act)
            amounts, counts = self._count(act, self._time, request.decoded)
            self._open[key] = _Reservation(act, self._time, amounts, counts)

    def commit(self, request: Request) -> None:
        """Keep the count of an act that was permitted and recorded."""
        with self._lock:
            kept = self._taken(request)
            if self._waits:
                self._sequences.settle(kept.act, kept.time)

    def release(self, request: Request) -> None:
        """Take back the count of an act that does not happen."""
        with self._lock:
            kept = self._taken(request)
            for name, amount in kept.amounts.items():
                self._stores[name].add(kept.act, kept.time, -amount)
            self._sequences.remove(kept.act, kept.time)

    def moment(self, request: Request) -> int:
        """Return the decision time of a request; its own time, ratcheted, until it is reserved."""
        kept = self._open.get((request.run, request.id))
        return kept.time if kept is not None else max(self._time, request.time)

    def recall(self, request: Request, counters: Iterable[str]) -> Recall:
        """Return what rules may know of the past; a request that is not reserved counts as one.

        A counter that the request itself does not fall under reads 0.
        """
        names = tuple(counters)
        with self._lock:
            kept = self._open.get((request.run, request.id))
            if kept is not None:
                time, counts = kept.time, kept.counts
            else:
                time = max(self._time, request.time)
                counts = self._preview(request, time) if names else {}
            lost = {name: self._lost(name, request.agent, time) for name in names}
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
            time = kept.time if kept else max(self._time, request.time)
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
        """Count what a log holds, after a restart.

        Notes
        -----
        An act counts when its event cites the decision that permitted it. A permit that no act
        cites may have led to one that was not recorded: it counts for every counter of its agent,
        until its window has passed. An act whose summed argument is erased makes it unknown, and
        raises: start with a longer record, or without that counter.
        """
        permits: dict[str, Decided] = {}
        with self._lock:
            for event in events:
                self._time = max(self._time, event.time)
                self._evidence.observe(event)
                if isinstance(event, RunEnded):
                    self._forget(event.run)
                elif isinstance(event, Decided):
                    if event.outcome == "permit" and len(permits) < MAX_ORPHANS:
                        permits[event.id] = event
                elif event.identity != "asserted":
                    for cause in event.causes:
                        permits.pop(cause.id, None)
                    self._recount(event, contents)
            for permit in permits.values():
                self._orphans.setdefault(permit.agent, []).append(permit.time)

    def _recount(self, event: BaseEvent, contents: Contents) -> None:
        for act in map(self._with_maker, happened(event)):
            self._count(act, self._time, lambda: decoded(contents(event)))
            self._sequences.settle(act, self._time)

    def _with_maker(self, act: Occurrence) -> Occurrence:
        """Return an act that approves of something with the peer who made that."""
        maker = self._evidence.author(act.resource) if act.resource and not act.peer else None
        return replace(act, peer=maker) if maker else act

    def _placed(self, act: Occurrence) -> _Place:
        keys = [(name, store, store.key(act)) for name, store in self._stores.items()]
        return _Place(
            tuple([(name, store, key) for name, store, key in keys if key is not None]),
            self._sequences.concerns(act),
        )

    def _count(
        self, act: Occurrence, time: int, arguments: Callable[[], Any]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Raise the counters, all or none; return by how much, and what they read then."""
        keys, ordered = self._place(act)
        amounts: dict[str, int] = {}
        for name, store, _ in keys:
            path = store.counter.amount
            amounts[name] = 1 if path is None else amount_of(arguments, path)
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
        return amounts, counts

    def _preview(self, request: Request, time: int) -> dict[str, int]:
        act = self._with_maker(requested(request))
        counts = {}
        for name, store, _ in self._place(act).keys:
            path = store.counter.amount
            amount = 1 if path is None else amount_of(request.decoded, path)
            counts[name] = store.total(act, time) + amount
        return counts

    def _lost(self, name: str, agent: str, time: int) -> int:
        """Return how many permits of an agent led to nobody knows what, within a window."""
        if not self._orphans:
            return 0
        since = self._stores[name].counts_since(time)
        lost = sum(1 for each in self._orphans.get(agent, ()) if each >= since)
        if lost and self._stores[name].counter.amount is not None:
            raise AmountError(f"counter `{name}` is not known: a permitted act was not recorded")
        return lost

    def _taken(self, request: Request) -> _Reservation:
        try:
            return self._open.pop((request.run, request.id))
        except KeyError:
            raise ReservationError(f"request `{request.id}` is not reserved") from None

    def _forget(self, run: str) -> None:
        self._evidence.forget(run)
        self._sequences.forget(run)
        for store in self._stores.values():
            store.forget(run)
