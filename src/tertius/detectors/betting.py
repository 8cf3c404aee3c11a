"""What the detectors with an error guarantee share: they bet against a null, key by key.

A detector turns events into bets. A bet is a key (an agent, an ordered pair, a channel) and a
payoff: what a unit stake returns, at least -1, and under the key's null never more than 0 on
average, given everything that happened before (`tertius.stats.payoffs`). Who wins too much against
a null names it. All keys of a detector are one family, and the chance that any of them is ever
named wrongly is at most its `level`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Generic, Self, TypeVar

from msgspec import json

from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.finding import Aspect, CouldNotTell, Effect, Finding
from tertius.core.guarantee import Guarantee, GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.detectors.handlers import Handlers, handlers
from tertius.detectors.per_run import MAX_EVIDENCE
from tertius.detectors.standing import HALF, Bet, Claim, Standing
from tertius.detectors.tally import severity
from tertius.stats.evidence_ceiling import needed
from tertius.stats.keyed import Keyed
from tertius.stats.sequences import bounded_mean

LEVEL = 0.05  # of a detector that runs alone; a battery shares it out
MOST = 4096  # keys held at the same time

GIVEN = "whose null holds, and who comes, does not depend on how others' bets went"
"""What the family rule assumes beside each null: see `tertius.stats.family.named`."""

NO_RUN = "unknown"
"""The run of a finding whose last event names none."""

K = TypeVar("K", bound=Hashable)


class ParameterError(CallerError):
    """A detector's parameter that means nothing."""


class Betting(ABC, Generic[K]):
    """A detector that bets against one null for each key.

    A class declares `SPEC`, and for every kind in ``SPEC.kinds`` a method
    ``on_<kind>(event, content)`` such as ``on_rated``, or ``on_any`` for all that have none of
    their own, which calls `bet` once for each informative observation; and
    `claim(key, standing)`, which says whom a named key is about.

    Parameters
    ----------
    level : float
        Chance that any key is ever named wrongly, between 0 and 1.
    most : int
        Keys watched at the same time, at least 4. Of more, those with the least against them are
        let go, and whoever comes after that begins with less than 1.
    **parameters
        All other parameters of the detector; findings carry the digest of all of them.

    Attributes
    ----------
    SLOTS : int
        Statistics of one key, averaged.
    LOW, HIGH : float
        Range of what is seen, for the interval of the effect.
    LARGEST : float
        The largest payoff of a bet, for the evidence ceiling.
    GRAVE : tuple of float
        Effects from which a finding is of medium and of high severity.
    LACKS : str
        What the record must hold for a single bet, in words: ``no peer was rated``.
    idle : frozenset of str
        Declared kinds with which it does nothing as its parameters are; it need not be shown them.

    Notes
    -----
    Handlers must not look at what the bets are worth: an event is turned into bets from earlier
    events alone, all bets of one event are placed before any is paid, and all are paid before
    anybody is named. So a batch gives the same findings, byte for byte, as its events one by one.

    One key is told once. What it costs: about 2 µs for an event that bets and 0.2 µs for one that
    does not; `update_many` about half of it.

    References
    ----------
    Statistical contract, sections 3 to 5.
    """

    SPEC: ClassVar[DetectorSpec]
    SLOTS: int = 1
    LOW: ClassVar[float] = 0.0
    HIGH: ClassVar[float] = 1.0
    LARGEST: float = 1.0
    GRAVE: ClassVar[tuple[float, float]] = (0.25, 0.5)
    LACKS: ClassVar[str]
    ASPECT: ClassVar[Aspect] = "done"
    idle: frozenset[str] = frozenset()

    def __init__(self, *, level: float = LEVEL, most: int = MOST, **parameters: Any) -> None:
        if not 0 < level < 1:
            raise ParameterError(f"level {level}; expected a chance between 0 and 1, such as 0.05")
        if most < 4:
            raise ParameterError(f"most {most}; expected 4 keys or more")
        self._given: dict[str, Any] = {"level": level, "most": most, **parameters}
        self._level = level
        self._digest = digest("parameters", json.encode(self._given, order="sorted"))
        self._keyed = Keyed(level, most=most, slots=self.SLOTS)
        self._standing: dict[Any, Standing] = {}
        self._pending: list[Bet] = []
        self._at = 0
        self._named = 0
        self._lacked: Counter[str] = Counter()
        self._handlers: Handlers[[Any, bytes | None], None] = handlers(self, self.SPEC.kinds)

    @property
    def spec(self) -> DetectorSpec:
        """What it declares about itself."""
        return self.SPEC

    @property
    def parameters(self) -> str:
        """Digest of its parameters."""
        return self._digest

    def update(self, event: Event, content: bytes | None) -> Sequence[Answer]:
        """Take one event and return what it shows."""
        self._handlers[type(event)](event, content)
        return [answer for _, answer in self._settle()] if self._pending else ()

    def update_many(
        self, shown: Iterable[tuple[int, Event, bytes | None]]
    ) -> list[tuple[int, Answer]]:
        """Take several events of declared kinds, each with a number; answers carry its number."""
        self._handle(shown)
        return self._settle() if self._pending else []

    def take(self, event: Event, content: bytes | None) -> Sequence[Bet]:
        """Take one event and return the bets it led to, paid: for whoever reads this one's bets."""
        self._handlers[type(event)](event, content)
        bets = self._pending
        if bets:
            self._settle()
        return bets

    def place(self, shown: Iterable[tuple[int, Event, bytes | None]]) -> Sequence[Bet]:
        """Take several events, each with a number; return the bets on them, each to be paid."""
        self._handle(shown)
        bets, self._pending = self._pending, []
        return bets

    def pay(self, bets: list[Bet]) -> None:
        """Pay the bets on one event, from `place`; in the order of the events, none left out."""
        self._pending = bets
        self._settle()

    def finish(self) -> Sequence[Answer]:
        """Say what could not be told: too few observations, or ones that lacked something."""
        answers: list[Answer] = []
        name = self.SPEC.name
        for why, count in sorted(self._lacked.items()):
            answers.append(CouldNotTell(asked=name, why=f"{why} ({count} times)"))
        if not self._keyed.arrivals and not answers and self._at_all():
            answers.append(CouldNotTell(asked=name, why=self.LACKS))
        elif self._keyed.arrivals and not self._named:
            most = max(standing.n for standing in self._standing.values())
            least = self.needed()
            if most < least:
                why = "too few observations of any one key: the evidence ceiling"
                answers.append(CouldNotTell(asked=name, why=why, n=most, needed=least))
        return answers

    def clone(self) -> Self:
        """Return a detector with the same parameters and no memory."""
        return type(self)(**self._given)

    def smaller(self, most: int) -> Self:
        """Return one with the same parameters that watches at most so many keys, and no memory."""
        return type(self)(**{**self._given, "most": most})

    def needed(self) -> int:
        """Observations that one key needs at least before it can be named."""
        return needed(max(1, self._keyed.arrivals), self._level, 1 + 0.9 * self.LARGEST)

    def value(self, key: K) -> float:
        """Return what the bets against a key's null are worth; 1 where none was placed."""
        return self._keyed.value(key)

    def values(self) -> dict[K, tuple[float, int]]:
        """Return, for each key that is held, its e-value and its number of observations."""
        return {key: (self._keyed.value(key), s.n) for key, s in self._standing.items()}

    def largest(self) -> float:
        """Return the largest e-value of a key that is held; 1 where there is none."""
        return float(self._keyed.values().max()) if self._keyed.held else 1.0

    # -- for the detector itself -------------------------------------------------------------------

    def bet(
        self,
        key: K,
        payoff: float,
        *,
        seen: float,
        event: Event,
        evidence: tuple[str, ...] = (),
        slot: int = 0,
    ) -> None:
        """Place one bet against a key.

        Parameters
        ----------
        key
            Whose null it is.
        payoff
            Of a unit stake, at least -1; from `tertius.stats.payoffs`.
        seen
            The observation, from `LOW` to `HIGH`: what the effect is the mean of.
        event
            The event that completes it.
        evidence
            Ids of earlier events that belong to it, in their order.
        slot
            Which of the key's statistics; slots after the first count no observation.
        """
        self._pending.append(
            Bet(key, slot, payoff, seen, (*evidence, event.id), event.run, self._at)
        )

    def lacked(self, why: str) -> None:
        """Count an event of which nothing could be told, and why."""
        if why in self._lacked or len(self._lacked) < MAX_EVIDENCE:
            self._lacked[why] += 1

    @abstractmethod
    def claim(self, key: K, standing: Standing) -> Claim:
        """Say whom a named key is about."""

    def _tells(self, key: K, value: float) -> bool:
        """Whether a key that was named just now, worth so much, is told of."""
        return True

    def _at_all(self) -> bool:
        """Whether anything was shown of which it should say that it lacks something."""
        return False

    def _handle(self, shown: Iterable[tuple[int, Event, bytes | None]]) -> None:
        """Place the bets on several events."""
        handlers = self._handlers
        for self._at, event, content in shown:
            handlers[type(event)](event, content)

    # -- paying out --------------------------------------------------------------------------------

    def _settle(self) -> list[tuple[int, Answer]]:
        """Pay all bets in order; cut only where a new key has no room, wherever a batch ends."""
        pending, self._pending = self._pending, []
        if self._keyed.room() >= len(pending):
            return self._pay(pending, True)
        answers: list[tuple[int, Answer]] = []
        start = 0
        while start < len(pending):
            stop = self._fits(pending, start)
            whole = stop == len(pending) or pending[stop - 1].at != pending[stop].at
            answers += self._pay(pending[start:stop], whole)
            if stop < len(pending):
                self._keyed.make_room()
                held = set(self._keyed.keys())
                self._standing = {k: s for k, s in self._standing.items() if k in held}
            start = stop
        return answers

    def _fits(self, pending: list[Bet], start: int) -> int:
        """Return how far the bets go until a new key finds the table full."""
        room = self._keyed.room()
        fresh: set[Any] = set()
        for place in range(start, len(pending)):
            key = pending[place].key
            if key not in self._standing and key not in fresh:
                if len(fresh) >= room:
                    return place
                fresh.add(key)
        return len(pending)

    def _pay(self, bets: list[Bet], whole: bool) -> list[tuple[int, Answer]]:
        """Pay bets whose keys all have room; `whole`: and none of the last event's is missing."""
        if not bets:
            return []
        values, named = self._play(bets, whole)
        answers: list[tuple[int, Answer]] = []
        for place, bet in enumerate(bets):
            standing = self._standing.get(bet.key)
            if standing is None:
                standing = self._standing[bet.key] = Standing()
            if bet.slot == 0:
                standing.add(bet.seen, bet.evidence, bet.run, bet.payoff > 0)
            elif bet.payoff > 0:
                standing.cite(bet.evidence)
            if place in named and self._tells(bet.key, float(values[place])):
                self._named += 1
                answers.append((bet.at, self._finding(bet, standing, float(values[place]))))
        return answers

    def _play(self, bets: list[Bet], whole: bool) -> tuple[Sequence[float], Sequence[int]]:
        """Return what each key is worth after each bet, and the bets that named their key.

        An event names nobody before all its bets are paid.
        """
        keyed = self._keyed
        if whole and len(bets) == 1:
            value, named = keyed.play_one(keyed.row(bets[0].key), bets[0].slot, bets[0].payoff)
            return (value,), (0,) if named else ()
        rows = [keyed.row(bet.key) for bet in bets]
        ends = [bet.at != after.at for bet, after in pairwise(bets)]
        played = keyed.play(
            rows, [bet.slot for bet in bets], [bet.payoff for bet in bets], [*ends, whole]
        )
        return played.values.tolist(), played.named

    def _finding(self, bet: Bet, standing: Standing, value: float) -> Finding:
        spec, claim = self.SPEC, self.claim(bet.key, standing)
        low, high = bounded_mean(standing.mean, standing.n, low=self.LOW, high=self.HIGH)
        ends = sorted(claim.offset + claim.scale * end for end in (low, high))
        effect = claim.offset + claim.scale * standing.mean
        cited = tuple(dict.fromkeys((*standing.evidence[: 2 * HALF - 1], bet.evidence[-1])))
        return Finding(
            detector=spec.name,
            version=spec.version,
            parameters=self._digest,
            run=bet.run or NO_RUN,
            failure_mode=spec.failure_modes[0],
            mast_mode=spec.mast_modes[0] if spec.mast_modes else None,
            risk_factors=spec.risk_factors,
            aspect=self.ASPECT,
            agents=claim.agents,
            edges=claim.edges,
            evidence=cited,
            severity=severity(effect, *self.GRAVE),
            effect=Effect(
                value=effect, unit=claim.unit, low=ends[0], high=ends[1], level=1 - LEVEL
            ),
            n=standing.n,
            null=claim.null,
            e_value=value,
            guarantee=Guarantee(
                code=GuaranteeCode.FAMILY_ANYTIME,
                level=self._level,
                given=(*spec.assumptions, GIVEN),
            ),
        )
