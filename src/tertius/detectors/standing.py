"""What a bet is, what is known of a key that is bet against, and what it is named for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tertius.core.finding import Edge
from tertius.detectors.per_run import MAX_EVIDENCE

FIRST = 4  # events kept from a key's beginning, beside its latest ones
HALF = MAX_EVIDENCE // 2


class Standing:
    """What is known of a key, beside what its bets are worth.

    Attributes
    ----------
    n, total
        How many observations, and their sum, in the detector's own scale.
    run
        Run of the latest one.
    """

    __slots__ = ("_first", "_latest", "n", "run", "total")

    def __init__(self) -> None:
        self.n = 0
        self.total = 0.0
        self.run = ""
        self._first: list[str] = []
        self._latest: list[str] = []

    @property
    def mean(self) -> float:
        """Mean of the observations so far."""
        return self.total / self.n

    @property
    def evidence(self) -> tuple[str, ...]:
        """The first and the latest events that counted against the null, in their order."""
        return tuple(dict.fromkeys((*self._first, *self._latest)))

    def add(self, seen: float, evidence: Sequence[str], run: str, won: bool) -> None:
        """Take one observation; its events are kept where it counted against the null."""
        self.n += 1
        self.total += seen
        self.run = run
        if won:
            self.cite(evidence)

    def cite(self, evidence: Sequence[str]) -> None:
        """Keep events that counted against the null."""
        if len(self._first) < FIRST:
            self._first += evidence
        else:
            self._latest += evidence
            if len(self._latest) > 2 * HALF:
                del self._latest[:-HALF]


class Claim(Struct, frozen=True, kw_only=True):
    """Whom a named key is about, and how large it is.

    Attributes
    ----------
    agents, edges
        At least one of the two.
    null
        What was held against, with this key's numbers in it.
    unit, scale, offset
        The effect is ``offset + scale * mean of what was seen``, in `unit`.
    """

    agents: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    null: str
    unit: str
    scale: float = 1.0
    offset: float = 0.0


class Bet(Struct, gc=False):
    """One bet against a key; `evidence` ends with the event that completed it."""

    key: Any
    slot: int
    payoff: float
    seen: float
    evidence: tuple[str, ...]
    run: str
    at: int
