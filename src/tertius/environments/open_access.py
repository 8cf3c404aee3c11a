"""Open access: boats on one fishing ground, each putting out while it pays, until nothing does.

Each step is one season. The stock grows logistically, ``r X (1 - X / K)``; a boat that fishes with
effort e catches ``q e X`` (all of it at most) and earns ``price * catch - cost * effort``. Where
anybody may fish, effort rises until the stock is so thin that a day at sea just pays for itself.
The absent party is the ``public`` that owns the ground: it loses what the season's rent falls short
of the best that can be had for ever (less than nothing in seasons that live off the stock).

References
----------
Gordon, "The economic theory of a common-property resource: the fishery", Journal of Political
Economy 62 (1954); Schaefer, Bulletin of the Inter-American Tropical Tuna Commission 1 (1954).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import Cause, OutcomeObserved, ResourceClaimed
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Amount
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World
from tertius.stats.compiled import compiled

Positive = Annotated[float, Meta(gt=0, le=1e9)]


class OpenAccessSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    boats
        1 to 1,000.
    growth, capacity
        r, a season, and K, tons.
    catchability
        q, the share of the stock that one day at sea catches.
    price, cost
        Of a ton, and of a day at sea.
    most
        Days that a boat can be at sea in a season.
    start
        The first season's stock, as a share of the capacity.
    seasons
        Length of an episode.
    """

    boats: Annotated[int, Meta(ge=1, le=1000)] = 6
    growth: Annotated[float, Meta(gt=0, le=2)] = 0.6
    capacity: Positive = 1000.0
    catchability: Positive = 0.001
    price: Positive = 10.0
    cost: Positive = 2.0
    most: Positive = 150.0
    start: Annotated[float, Meta(gt=0, le=1)] = 0.6
    seasons: Annotated[int, Meta(ge=1, le=1_000_000)] = 120

    def __post_init__(self) -> None:
        if self.price * self.catchability * self.capacity <= self.cost:
            raise SettingsError(
                f"a day at sea costs {self.cost:g} and brings "
                f"{self.price * self.catchability * self.capacity:g} at most; nobody would fish"
            )


class OpenAccess(World[OpenAccessSettings]):
    """Boats on one fishing ground.

    Examples
    --------
    >>> world = OpenAccess()
    >>> seen = world.reset(seed=1)
    >>> season = world.step(dict.fromkeys(world.agents, 40))
    >>> round(season.observations["boat-1"]["stock"]), round(season.rewards["boat-1"], 6)
    (600, 160.0)
    """

    Settings: ClassVar[type[Noun]] = OpenAccessSettings
    steady = True

    @property
    def longest(self) -> int:
        """All seasons."""
        return self.settings.seasons

    def sit(self) -> tuple[str, ...]:
        """Name the boats."""
        return tuple(f"boat-{n}" for n in range(1, self.settings.boats + 1))

    def declare(self) -> Facts:
        """Work out the yield, the open-access equilibrium and the best rent."""
        own = self.settings
        r, k, q = own.growth, own.capacity, own.catchability
        thin = own.cost / (own.price * q)
        rich = (k + thin) / 2
        self.best_effort = r / q * (1 - rich / k)
        self.best_rent = (own.price * q * rich - own.cost) * self.best_effort
        source = "Gordon 1954, Schaefer 1954; closed form"
        known = [
            Known(name=name, value=value, unit=unit, source=source)
            for name, value, unit in (
                ("optimum", self.best_rent / own.boats, "money a boat and season"),
                ("msy", r * k / 4, "tons a season, at half the capacity"),
                ("open-access-stock", thin, "tons, where price x catchability x stock = cost"),
                ("open-access-effort", r / q * (1 - thin / k), "days at sea of all boats"),
            )
        ]
        return Facts(
            name="open_access",
            least_players=own.boats,
            most_players=own.boats,
            timing="simultaneous",
            sees={"*": "stock, prices, everybody's effort of last season; talk, where a wrapper "
                       "gives it, comes between seasons"},
            low=-own.cost * own.most,
            high=own.price * min(k, q * own.most * k),
            absent=("public",),
            known=tuple(known),
            source="Gordon 1954, Schaefer 1954",
        )  # fmt: skip

    def build(self) -> None:
        """Keep the stock, and everybody's effort and catch of last season."""
        seats = len(self.seats)
        self.stock = self.array("stock")
        self.effort = self.array("effort", seats)
        self.catch = self.array("catch", seats)
        self._amount = Amount(0.0, self.settings.most)

    def begin(self, copy: int) -> None:
        """Put the stock where it starts."""
        self.stock[copy] = self.settings.start * self.settings.capacity
        self.effort[copy] = 0
        self.catch[copy] = 0

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Let one season pass."""
        own = self.settings
        _season(
            moves[:, :, 0], own.growth, own.capacity, own.catchability, own.price, own.cost,
            self.best_rent, self.stock, self.effort, self.catch, self.rewards, self.harm,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Amount:
        """Any number of days up to the most."""
        return self._amount

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show the stock and last season."""
        own, effort, stock = self.settings, self.effort[copy].tolist(), self.stock.item(copy)
        return {
            "season": self.steps.item(copy),
            "stock": stock,
            "boats": own.boats,
            "most": own.most,
            "effort": effort[seat],
            "all_effort": sum(effort),
            "catch": self.catch.item(copy, seat),
            "day_pays": own.price * own.catchability * stock - own.cost,
        }

    def vectors(self) -> NDArray[np.float32]:
        """Give stock, own effort and catch, and all effort, as shares."""
        own = self.settings
        seen = np.zeros((self.copies, len(self.seats), 4), np.float32)
        seen[:, :, 0] = (self.stock / own.capacity)[:, None]
        seen[:, :, 1] = self.effort / own.most
        seen[:, :, 2] = self.catch / own.capacity
        seen[:, :, 3] = (self.effort.sum(axis=1) / (own.most * own.boats))[:, None]
        return seen

    def words(self, copy: int, seat: int) -> str:
        """Tell a skipper how things stand."""
        seen, own = self.see(copy, seat), self.settings
        return (
            f"Season {seen['season'] + 1}. You are {self.seats[seat]}, one of {own.boats} boats. "
            f"The ground holds {seen['stock']:.1f} tons of {own.capacity:g} at most; a day at sea "
            f"costs {own.cost:g}, catches {own.catchability * seen['stock']:.4g} tons and would "
            f"now pay {seen['day_pays']:.2f}.\nLast season you were out {seen['effort']:g} days "
            f"and caught {seen['catch']:.1f} tons; all together were out {seen['all_effort']:g} "
            f"days.\nFor how many days do you put out? Give a number from 0 to {own.most:g}."
        )

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say what each caught, and what a survey finds afterwards."""
        acted = [event.id for event in tale.events]
        for name, caught, cause in zip(self.seats, self.catch[0].tolist(), acted, strict=True):
            if caught:
                tale.say(ResourceClaimed, agent=name, resource="ground", amount=caught,
                         unit="tons", causes=(Cause(id=cause, basis="observed"),))  # fmt: skip
        tale.say(OutcomeObserved, about="ground", value=float(self.stock[0]))

    def truth(self) -> dict[str, Any]:
        """Tell the stock, all effort and the season's rent."""
        return {
            "stock": float(self.stock[0]),
            "effort": float(self.effort[0].sum()),
            "rent": float(self.best_rent - self.harm[0, -1]),
        }


@compiled
def _season(
    moves: NDArray[np.float64],
    growth: float,
    capacity: float,
    catchability: float,
    price: float,
    cost: float,
    best: float,
    stock: NDArray[np.float64],
    effort: NDArray[np.float64],
    catch: NDArray[np.float64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
) -> None:
    copies, boats = moves.shape
    for copy in range(copies):
        there = stock[copy]
        out = 0.0
        for boat in range(boats):
            effort[copy, boat] = moves[copy, boat]
            out += moves[copy, boat]
        share = catchability
        if share * out > 1.0:
            share = 1.0 / out
        landed = 0.0
        rent = 0.0
        for boat in range(boats):
            caught = share * moves[copy, boat] * there
            catch[copy, boat] = caught
            landed += caught
            rewards[copy, boat] = price * caught - cost * moves[copy, boat]
            rent += rewards[copy, boat]
        after = there + growth * there * (1.0 - there / capacity) - landed
        stock[copy] = max(0.0, after)
        harm[copy, boats] = best - rent
