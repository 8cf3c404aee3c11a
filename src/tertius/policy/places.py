"""What an act counts for: which counters, under which keys, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from tertius.core.request import Request
from tertius.policy.counters import CounterStore, Key
from tertius.policy.occurrence import Occurrence, amount_of, requested
from tertius.policy.sequences import Sequences

MAX_PLACES: Final = 4_096

what: Final = attrgetter("agent", "action", "resource", "peer", "channel", "task", "run")
"""Of a request, what its `Occurrence` is made of."""


class Place(NamedTuple):
    """What one act counts for.

    `ones` is by how much it raises each counter, None where its arguments say how much; `maker`
    what may be an event whose maker is meant, empty where somebody is named.
    """

    act: Occurrence
    keys: tuple[tuple[str, CounterStore, Key], ...]
    ordered: bool
    ones: Mapping[str, int] | None
    maker: str

    def amounts(self, arguments: Callable[[], Any]) -> Mapping[str, int]:
        """Return by how much the act raises each counter.

        Raises
        ------
        AmountError
            Its arguments do not say.
        """
        if self.ones is not None:
            return self.ones
        paths = {name: store.counter.amount for name, store, _ in self.keys}
        return {n: 1 if path is None else amount_of(arguments, path) for n, path in paths.items()}


class Places:
    """The places of the acts of late. An act's own fields settle it, so it is looked up whole.

    Attributes
    ----------
    known
        By `what` a request says.
    of
        By occurrence.
    """

    def __init__(self, stores: Mapping[str, CounterStore], sequences: Sequences) -> None:
        self.known: Final[dict[tuple[Any, ...], Place]] = {}
        self.of: Final = lru_cache(maxsize=MAX_PLACES)(self._placed)
        self._stores, self._sequences = stores, sequences

    def asked(self, request: Request) -> Place:
        """Return the place of the act that a request asks for."""
        place = self.known.get(what(request))
        if place is None:
            place = self.of(requested(request))
            if len(self.known) >= MAX_PLACES:
                self.known.clear()
            self.known[what(request)] = place
        return place

    def _placed(self, act: Occurrence) -> Place:
        found = [(name, store, store.key(act)) for name, store in self._stores.items()]
        keys = tuple([(name, store, key) for name, store, key in found if key is not None])
        plain = all(store.counter.amount is None for _, store, _ in keys)
        ones = dict.fromkeys([name for name, _, _ in keys], 1) if plain else None
        maker = "" if act.peer else act.resource
        return Place(act, keys, self._sequences.concerns(act), ones, maker)
