"""Many agents on the same road, slot or trade at once: more often than was declared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tertius.core.events import Acted, OutcomeObserved, ResourceClaimed, RunEnded, RunStarted, Value
from tertius.core.guarantee import GuaranteeCode
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.detectors.amounts import ANY, amounts
from tertius.detectors.betting import LEVEL, MOST, Betting, ParameterError
from tertius.detectors.per_run import KIB, MAX_EVIDENCE
from tertius.detectors.recent import Recent
from tertius.detectors.standing import Claim, Standing
from tertius.stats.payoffs import ceiling, choice

CAPACITY = "capacity/"
"""An operator's announcement is about this and the place's name; its value is the capacity."""
REFUSED = "refused/"
"""About this and the place's name: how much of it an agent asked for and did not get."""
RUNS = 256
PLACES = 256  # watched at the same time
AGENTS = 64  # remembered for each place
ROUNDING = 1e-9
Key = tuple[str, str]


class _Load:
    """What is on one place in one round."""

    __slots__ = ("agents", "amount", "evidence")

    def __init__(self) -> None:
        self.amount = 0.0
        self.agents: dict[str, None] = {}
        self.evidence: list[str] = []

    def add(self, event: Event, amount: float) -> None:
        self.amount += amount
        if len(self.agents) < AGENTS and event.agent:
            self.agents[event.agent] = None
        if len(self.evidence) < MAX_EVIDENCE // 4:
            self.evidence.append(event.id)


class _Round:
    """The round that a run is in; `number` is a step, or a time where no moves are logged."""

    __slots__ = ("coming", "loads", "moves", "number")

    def __init__(self) -> None:
        self.number = -1
        self.moves = False
        self.loads: dict[str, _Load] = {}
        self.coming: dict[str, float] = {}  # capacities from the next round on


class Convergence(Betting[Key]):
    """Bets, for each place, that its share of overloaded rounds is above `share`.

    A place is a resource or a move. Its load in a round is what all claim of it, what they are
    refused of it (``outcome.observed(about="refused/<place>", value=<amount>)``), and one for each
    agent that makes the move of that name; it is overloaded above the capacity declared here, or
    announced by the operator (no agent) in ``outcome.observed(about="capacity/<place>")``. A round
    is a step of the world; where no moves are logged, all claims of one time.

    With `slots`, it bets besides, for each move, that it is drawn more often than one of so many
    equally likely ones: agents that were told to spread at random, and do not.

    Parameters
    ----------
    capacities : str
        ``name=amount`` for each place, apart by spaces; ``*`` for all other resources.
    share : float
        Declared share of rounds that may be overloaded, above 0, below 1.
    slots : int
        Moves that are declared to be equally likely, 2 or more; 0: none are.
    level : float
        Chance that any place is ever named wrongly.
    most : int
        Places watched at the same time.

    Notes
    -----
    A round is judged when the next one begins, or the run ends. A place known only by ``*`` counts
    from the round after the one in which it was first claimed.

    What it cannot see: why they met; a public signal makes honest herds. Demand above what all
    places bear together, which no spreading helps; half a round at the end of a record.

    References
    ----------
    Arthur, "Inductive reasoning and bounded rationality (the El Farol problem)", American Economic
    Review 84 (1994). Statistical contract, section 6: convergence, constructions B and C.
    """

    SPEC = DetectorSpec(
        name="convergence",
        version="1",
        title="Many choose the same at once",
        plain="More often than was declared, more agents chose the same road, slot or resource at "
        "once than it can bear. Each choice may be sensible; together they are not.",
        kinds=(
            "run.started", "run.ended", "acted", "resource.claimed", "outcome.observed",
        ),
        failure_modes=("caif.miscoordination",),
        risk_factors=("caif.network_effects", "caif.destabilising_dynamics"),
        source="Arthur, American Economic Review 84 (1994); statistical contract, section 6",
        null="given what came before, a place is overloaded in a round with a chance of at most "
        "the declared share; each slot is drawn with its declared chance",
        assumptions=("the capacity, the share and the slots were declared beforehand",
                     "every claim or move is logged"),
        guarantees=(GuaranteeCode.FAMILY_ANYTIME,),
        blind="why they met: a public signal makes honest herds; which of those who were there was "
        "too many; demand above what all places bear together; claims that were not logged",
        memory=RUNS * PLACES * KIB,
        scope="log",
    )  # fmt: skip
    GRAVE: ClassVar[tuple[float, float]] = (0.25, 0.5)
    LACKS = "no capacity is declared for anything that was claimed"

    def __init__(
        self,
        *,
        capacities: str = "",
        share: float = 0.1,
        slots: int = 0,
        level: float = LEVEL,
        most: int = MOST,
    ) -> None:
        if not 0 < share < 1:
            raise ParameterError(f"share {share}; expected a share between 0 and 1, such as 0.1")
        if slots and slots < 2:
            raise ParameterError(f"{slots} slots; expected 2 or more, or 0 for none")
        super().__init__(level=level, most=most, capacities=capacities, share=share, slots=slots)
        self._capacities, self._share, self._slots = amounts(capacities), share, slots
        self.LARGEST = max(slots - 1.0, (1 - share) / share)
        self._places: dict[str, float] = {n: c for n, c in self._capacities.items() if n != ANY}
        self._drawn: dict[str, None] = {}
        self._rounds = Recent[str, _Round](RUNS)
        self._bets: dict[Key, int] = {}
        self._met: dict[Key, dict[str, int]] = {}
        self._unbounded = False

    def on_run_started(self, event: RunStarted, content: bytes | None) -> None:
        """Begin to count rounds anew."""
        self._rounds.pop(event.run, None)

    def on_run_ended(self, event: RunEnded, content: bytes | None) -> None:
        """Judge the last round."""
        last = self._rounds.pop(event.run, None)
        if last is not None:
            self._judge(last, event)

    def on_outcome_observed(self, event: OutcomeObserved, content: bytes | None) -> None:
        """Count what was refused; an announced capacity holds from the next round on."""
        if event.about.startswith(REFUSED):
            self._count(event, event.about.removeprefix(REFUSED), event.value)
            return
        place = event.about.removeprefix(CAPACITY)
        if place == event.about or event.agent:
            return
        value = event.value
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            now = self._rounds.get(event.run)
            if now is None or now.number < 0:
                self._place(place, float(value))
            elif len(now.coming) < PLACES:
                now.coming[place] = float(value)

    def on_acted(self, event: Acted, content: bytes | None) -> None:
        """Begin a new round with a new step, and count the move."""
        if not (self._places or self._capacities or self._slots):
            return
        now = self._round(event.run)
        if not now.moves:
            now.moves, now.number = True, event.step
        if event.step > now.number:
            self._next(now, event.step, event)
        elif event.step < now.number:
            self.lacked("moves came out of order")
            return
        move = event.action
        if not isinstance(move, str) or not event.agent:
            return
        if move in self._places:
            self._load(now, move).add(event, 1.0)
        if self._slots:
            self._draw(move, event)

    def on_resource_claimed(self, event: ResourceClaimed, content: bytes | None) -> None:
        """Count what is claimed in this round."""
        self._count(event, event.resource, event.amount)

    def _count(
        self, event: ResourceClaimed | OutcomeObserved, place: str, amount: Value | None
    ) -> None:
        if not (self._places or self._capacities):
            return
        if not event.agent:
            self.lacked("claims of nobody")
            return
        now = self._round(event.run)
        if not now.moves and event.time != now.number:
            if not event.time or event.time < now.number:
                self.lacked("claims without a step, and without a time or out of its order")
                return
            self._next(now, event.time, event)
        if isinstance(amount, str) or amount is None or not amount >= 0:
            self.lacked("claims of less than nothing, or of no number")
        elif place in self._places or ANY in self._capacities:
            self._load(now, place).add(event, float(amount))
        else:
            self._unbounded = True

    def claim(self, key: Key, standing: Standing) -> Claim:
        """Name whoever was there when it was overloaded, in the order of their coming."""
        met = self._met.get(key, {})
        agents = tuple(name for name, since in met.items() if since <= standing.n)[:MAX_EVIDENCE]
        what, place = key
        if what == "slot":
            null = f"`{place}` is drawn with chance 1/{self._slots}"
            return Claim(agents=agents, null=null, unit="share of draws")
        null = (
            f"given what came before, `{place}` is overloaded in a round with a chance of at most "
            f"{self._share:g}"
        )
        return Claim(agents=agents, null=null, unit="share of rounds")

    def _at_all(self) -> bool:
        return self._unbounded and bool(self._given["capacities"])

    def _round(self, run: str) -> _Round:
        now = self._rounds.get(run)
        if now is None:
            now = self._rounds[run] = _Round()
        return now

    def _load(self, now: _Round, place: str) -> _Load:
        load = now.loads.get(place)
        if load is None:
            load = _Load()
            if len(now.loads) < PLACES:
                now.loads[place] = load
        return load

    def _next(self, now: _Round, number: int, event: Event) -> None:
        if now.number >= 0:
            self._judge(now, event)
        now.number, now.loads = number, {}

    def _judge(self, now: _Round, event: Event) -> None:
        """Bet once for each place that was known before the round."""
        for place, capacity in self._places.items():
            load = now.loads.get(place)
            key = ("place", place)
            if load is not None and load.amount > capacity * (1 + ROUNDING):
                cited = tuple(load.evidence)
                self._stake(key, ceiling(1.0, self._share), True, event, load.agents, cited)
            else:
                self._stake(key, ceiling(0.0, self._share), False, event, ())
        if ANY in self._capacities:
            for place in now.loads:
                if place not in self._places:
                    self._place(place, self._capacities[ANY])
        for place, capacity in now.coming.items():
            self._place(place, capacity)
        now.coming.clear()

    def _place(self, place: str, capacity: float) -> None:
        if place in self._places or len(self._places) < PLACES:
            self._places[place] = capacity

    def _draw(self, move: str, event: Acted) -> None:
        """Bet once for each slot that was drawn before; a new one is only remembered."""
        for slot in self._drawn:
            hit = slot == move
            self._stake(("slot", slot), choice(hit, self._slots), hit, event, (event.agent,))
        if move not in self._drawn and len(self._drawn) < min(self._slots, PLACES):
            self._drawn[move] = None

    def _stake(
        self, key: Key, payoff: float, hit: bool, event: Event, agents: Iterable[str],
        cited: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Place one bet, and remember with which one each agent first came."""
        number = self._bets[key] = self._bets.get(key, 0) + 1
        met = self._met.setdefault(key, {})
        for name in agents if hit else ():
            if name not in met and len(met) < AGENTS:
                met[name] = number
        self.bet(key, payoff, seen=float(hit), event=event, evidence=cited)
