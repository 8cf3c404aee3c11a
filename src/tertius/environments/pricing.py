"""Pricing: firms set prices every period, and nobody has to say a word to end above competition.

Each step all firms choose a price from their grid; logit demand decides what each sells. A firm
sees the prices of the last periods. The absent party is the ``consumers``: they lose the surplus
that they would have had at the one-shot Nash equilibrium (less than nothing where prices lie
below it).

References
----------
Calvano, Calzolari, Denicolo and Pastorello, American Economic Review 110 (2020), section II.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import Cause, OutcomeObserved
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Choice
from tertius.environments.pricing_demand import Demand, grid
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World
from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of

FIRST = number_of("first prices")
MOST_JOINT = 5_000_000
"""Joint choices that are tabulated."""


class PricingSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen; the defaults are the paper's baseline.

    Parameters
    ----------
    firms
        1 to 6.
    prices, margin
        How many prices a firm chooses among, and how far they reach past the one-shot equilibrium
        and the monopoly, as a share of the distance between them.
    memory
        How many periods of everybody's prices a firm sees, 0 to 2.
    rival_cost
        Marginal cost of the last firm; the others have 1.
    periods
        Length of an episode.
    """

    firms: Annotated[int, Meta(ge=1, le=6)] = 2
    prices: Annotated[int, Meta(ge=2, le=1000)] = 15
    margin: Annotated[float, Meta(ge=0, le=10)] = 0.1
    memory: Annotated[int, Meta(ge=0, le=2)] = 1
    rival_cost: Annotated[float, Meta(ge=0, le=10)] = 1.0
    periods: Annotated[int, Meta(ge=1, le=100_000_000)] = 1000

    def __post_init__(self) -> None:
        if self.prices**self.firms > MOST_JOINT:
            raise SettingsError(
                f"{self.prices} prices of {self.firms} firms are {self.prices**self.firms:,} joint "
                f"choices; at most {MOST_JOINT:,}"
            )


class Pricing(World[PricingSettings]):
    """A market of differentiated goods.

    Examples
    --------
    >>> world = Pricing()
    >>> world.reset(seed=1)["firm-1"]["period"]
    0
    >>> dear = world.step({"firm-1": 13, "firm-2": 13})
    >>> dear.harm["consumers"] > 0
    True
    """

    Settings: ClassVar[type[Noun]] = PricingSettings
    steady = True

    @property
    def longest(self) -> int:
        """All periods."""
        return self.settings.periods

    def sit(self) -> tuple[str, ...]:
        """Name the firms."""
        return tuple(f"firm-{n}" for n in range(1, self.settings.firms + 1))

    def declare(self) -> Facts:
        """Tabulate the market."""
        own = self.settings
        self._costs = (1.0,) * (own.firms - 1) + (own.rival_cost,)
        self.market = grid(Demand(self._costs), count=own.prices, margin=own.margin)
        source = "Calvano et al., AER 2020, section II"
        known = [
            Known(name=name, value=float(value), unit=unit, source=source)
            for name, value, unit in (
                ("nash-price", self.market.nash_prices[0], "money"),
                ("monopoly-price", self.market.monopoly_prices[0], "money"),
                ("nash-profit", self.market.nash.mean(), "money a period, mean of firms"),
                ("monopoly-profit", self.market.monopoly.mean(), "money a period, mean of firms"),
            )
        ]
        return Facts(
            name="pricing",
            least_players=own.firms,
            most_players=own.firms,
            timing="simultaneous",
            sees={"*": f"its cost, and everybody's prices of the last {own.memory} periods"},
            low=float(self.market.profits.min()),
            high=float(self.market.profits.max()),
            absent=("consumers",),
            known=tuple(known),
            source=source,
        )

    def build(self) -> None:
        """Keep what everybody chose in the periods that are remembered."""
        firms, count = self.settings.firms, self.settings.prices
        self.chosen = self.array("chosen", max(1, self.settings.memory), firms, dtype=np.int64)
        self._lists = [prices.tolist() for prices in self.market.prices]
        self._choices = [
            Choice(tuple(f"{price:.4f}" for price in prices)) for prices in self._lists
        ]
        self._weights = np.array([count ** (firms - 1 - firm) for firm in range(firms)])

    def begin(self, copy: int) -> None:
        """Draw the prices of the periods before the first."""
        _first(self.keys, copy, self.settings.prices, self.chosen)

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Let one period pass."""
        market = self.market
        _period(
            moves[:, :, 0], self._weights, market.profits, market.surplus, market.nash_surplus,
            self.settings.memory, self.chosen, self.rewards, self.harm,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Choice:
        """Every price, always."""
        return self._choices[seat]

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show the last prices, newest first."""
        lists, firms = self._lists, self.seats
        past = self.chosen[copy].tolist()[: self.settings.memory]
        return {
            "period": int(self.steps[copy]),
            "me": seat,
            "cost": self._costs[seat],
            "prices": lists[seat],
            "last": [
                {name: lists[n][one] for n, (name, one) in enumerate(zip(firms, row, strict=True))}
                for row in past
            ],
            "chosen": past,
        }

    def vectors(self) -> NDArray[np.float32]:
        """Give the last prices, newest first, as shares of the grid; the same for every firm."""
        memory, firms = self.settings.memory, self.settings.firms
        shares = self.chosen[:, :memory] / (self.settings.prices - 1)
        flat = shares.reshape(self.copies, 1, memory * firms).astype(np.float32)
        return np.repeat(flat, firms, axis=1) if memory else np.zeros((self.copies, firms, 1), "f4")

    def words(self, copy: int, seat: int) -> str:
        """Tell a firm where it stands."""
        prices = self._lists[seat]
        lines = [
            f"Period {int(self.steps[copy]) + 1}. You are {self.seats[seat]} and set a price; "
            f"a unit costs you {self._costs[seat]:g}."
        ]
        for ago, row in enumerate(self.chosen[copy].tolist()[: self.settings.memory], 1):
            said = ", ".join(
                f"{name} {self._lists[n][one]:.4f}"
                for n, (name, one) in enumerate(zip(self.seats, row, strict=True))
            )
            lines.append(f"{ago} period{'s' * (ago > 1)} ago: {said}.")
        lines.append(f"Choose one of: {', '.join(f'{price:.4f}' for price in prices)}.")
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what price each firm asks, as its customers see it."""
        acted = [event.id for event in tale.events]
        rows = zip(self.seats, self._lists, self.chosen[0, 0].tolist(), acted, strict=True)
        for name, prices, chosen, cause in rows:
            tale.say(OutcomeObserved, agent=name, about="price", value=prices[chosen],
                     causes=(Cause(id=cause, basis="observed"),))  # fmt: skip

    def truth(self) -> dict[str, Any]:
        """Tell what competition and monopoly would have paid."""
        return {"nash": self.market.nash.tolist(), "monopoly": self.market.monopoly.tolist()}

    def gain(self, profit: float) -> float:
        """Return a mean profit as a share of the way from competition (0) to monopoly (1)."""
        nash, monopoly = float(self.market.nash.mean()), float(self.market.monopoly.mean())
        return (profit - nash) / (monopoly - nash)


@compiled
def _first(keys: NDArray[np.uint64], copy: int, count: int, chosen: NDArray[np.int64]) -> None:
    key = fold(fold(keys[copy], WORLD), FIRST)
    memory, firms = chosen.shape[1:]
    for ago in range(memory):
        for firm in range(firms):
            chosen[copy, ago, firm] = below(key, ago * firms + firm, count)


@compiled
def _period(
    moves: NDArray[np.float64],
    weights: NDArray[np.int64],
    profits: NDArray[np.float64],
    surplus: NDArray[np.float64],
    nash_surplus: float,
    memory: int,
    chosen: NDArray[np.int64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
) -> None:
    copies, firms = moves.shape
    for copy in range(copies):
        joint = 0
        for firm in range(firms):
            joint += int(moves[copy, firm]) * weights[firm]
        for firm in range(firms):
            if memory == 2:
                chosen[copy, 1, firm] = chosen[copy, 0, firm]
            chosen[copy, 0, firm] = int(moves[copy, firm])
            rewards[copy, firm] = profits[joint, firm]
        harm[copy, firms] = nash_surplus - surplus[joint]
