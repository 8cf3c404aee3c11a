"""Routing: drivers choose routes, arcs grow slow with traffic, and a new road can slow everybody.

Each step is one day. Every driver picks a route from the source to the sink; an arc that x drivers
use takes ``fixed + slope * x`` minutes for each of them. A toll is paid on top and goes to nobody
at the table. The absent party is the ``city``: it loses the minutes spent beyond the least
possible total.

References
----------
Braess, "Ueber ein Paradoxon aus der Verkehrsplanung", Unternehmensforschung 12 (1968), whose six
drivers and five arcs are the preset ``braess``. The preset ``four_thousand`` is the usual textbook
example (Easley and Kleinberg, "Networks, Crowds, and Markets", chapter 8). Tolls at marginal cost:
Pigou, "The Economics of Welfare" (1920); Beckmann, McGuire and Winsten (1956).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import networkx as nx
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from tertius.core.events import Cause, ResourceClaimed
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments.moves import Choice
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World
from tertius.stats.compiled import compiled


class Arc(Struct, frozen=True):
    """A road: from, to, minutes when empty, minutes more for each driver on it."""

    start: str
    end: str
    fixed: float
    slope: float


class Network(Struct, frozen=True):
    """Roads from `source` to `sink`; the arcs named in `bridge` can be closed."""

    source: str
    sink: str
    arcs: tuple[Arc, ...]
    bridge: tuple[tuple[str, str], ...] = ()


PRESETS: dict[str, Network] = {
    "braess": Network(
        "home", "work",
        (
            Arc("home", "north", 0, 10), Arc("north", "work", 50, 1),
            Arc("home", "south", 50, 1), Arc("south", "work", 0, 10),
            Arc("north", "south", 10, 1),
        ),
        (("north", "south"),),
    ),
    "four_thousand": Network(
        "home", "work",
        (
            Arc("home", "north", 0, 0.01), Arc("north", "work", 45, 0),
            Arc("home", "south", 45, 0), Arc("south", "work", 0, 0.01),
            Arc("north", "south", 0, 0),
        ),
        (("north", "south"),),
    ),
    "pigou": Network(
        "home", "work",
        (Arc("home", "work", 0, 10), Arc("home", "by", 50, 0), Arc("by", "work", 0, 0)),
    ),
}  # fmt: skip


class RoutingSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    network
        Name of one of `PRESETS`.
    drivers
        How many drive, 1 to 10,000.
    bridge
        Whether the arcs that can be closed are open.
    toll
        Part of the marginal cost that is charged on every arc: 0 for none, 1 for all of it.
    sees
        ``all`` times of yesterday by route, or the driver's ``own`` only.
    days
        Length of an episode.
    """

    network: Literal["braess", "four_thousand", "pigou"] = "braess"
    drivers: Annotated[int, Meta(ge=1, le=10_000)] = 6
    bridge: bool = True
    toll: Annotated[float, Meta(ge=0, le=10)] = 0.0
    sees: Literal["all", "own"] = "all"
    days: Annotated[int, Meta(ge=1, le=1_000_000)] = 100


class Routing(World[RoutingSettings]):
    """Drivers on a network.

    Examples
    --------
    >>> world = Routing(RoutingSettings(bridge=True))
    >>> seen = world.reset(seed=1)
    >>> result = world.step(dict.fromkeys(world.agents, "home-north-south-work"))
    >>> result.rewards["driver-1"], result.harm["city"]
    (-136.0, 318.0)
    """

    Settings: ClassVar[type[Noun]] = RoutingSettings
    steady = True

    @property
    def longest(self) -> int:
        """All days."""
        return self.settings.days

    def sit(self) -> tuple[str, ...]:
        """Name the drivers."""
        return tuple(f"driver-{n}" for n in range(1, self.settings.drivers + 1))

    def declare(self) -> Facts:
        """Enumerate the routes and find what is known of them."""
        own = self.settings
        self.arcs, self.routes = _routes(PRESETS[own.network], bridge=own.bridge)
        self.names = tuple("-".join(route) for route in self.routes)
        self.roads = [["-".join(road) for road in pairwise(route)] for route in self.routes]
        self.uses = np.array(
            [[(a.start, a.end) in set(pairwise(route)) for a in self.arcs] for route in self.routes]
        )
        self.fixed = np.array([arc.fixed for arc in self.arcs])
        self.slope = np.array([arc.slope for arc in self.arcs])
        self.best = _settled(self, social=True)
        self.equilibrium = _settled(self, social=False)
        worst = self.fixed.sum() + (1 + own.toll) * self.slope.sum() * own.drivers
        return Facts(
            name="routing",
            least_players=own.drivers,
            most_players=own.drivers,
            timing="simultaneous",
            sees={"*": "yesterday's minutes: all routes' or only the own one's"},
            low=-float(worst),
            high=0.0,
            absent=("city",),
            known=(
                Known(name="optimum", value=self.best / own.drivers, unit="minutes a driver",
                      source="least total over all splits, by moving one driver at a time"),
                Known(name="equilibrium", value=self.equilibrium / own.drivers,
                      unit="minutes a driver, tolls left out",
                      source="best replies from an even split until nobody gains"),
            ),
            source="Braess 1968; Easley and Kleinberg, Networks, Crowds, and Markets, chapter 8",
        )  # fmt: skip

    def build(self) -> None:
        """Keep yesterday's route and minutes of each driver, and the loads."""
        seats = len(self.seats)
        self.chosen = self.array("chosen", seats, dtype=np.int64)
        self.minutes = self.array("minutes", seats)
        self.load = self.array("load", len(self.routes))
        self.times = self.array("times", len(self.routes))
        self.tolls = self.array("tolls", len(self.routes))
        self._choice = Choice(self.names)

    def begin(self, copy: int) -> None:
        """Forget yesterday."""
        self.chosen[copy] = -1
        self.minutes[copy] = 0
        self.load[copy] = 0
        self.times[copy] = 0
        self.tolls[copy] = 0

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Let one day pass."""
        _day(
            moves[:, :, 0], self.uses, self.fixed, self.slope, self.settings.toll, self.best,
            self.chosen, self.minutes, self.load, self.times, self.tolls, self.rewards, self.harm,
        )  # fmt: skip

    def moves(self, copy: int, seat: int) -> Choice:
        """Every route, always."""
        return self._choice

    def _seen(self) -> dict[str, Any]:
        return dict(zip(self.seats, self._views(0), strict=True))

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show yesterday."""
        return self._views(copy)[seat]

    def _views(self, copy: int) -> list[dict[str, Any]]:
        day, routes = self.steps.item(copy), list(self.names)
        tolls: list[float] = self.tolls[copy].tolist()
        views: list[dict[str, Any]] = [
            {
                "day": day,
                "routes": routes,
                "route": routes[chosen] if chosen >= 0 else None,
                "minutes": minutes,
                "toll": tolls[chosen] if chosen >= 0 else 0.0,
            }
            for chosen, minutes in zip(
                self.chosen[copy].tolist(), self.minutes[copy].tolist(), strict=True
            )
        ]
        if self.settings.sees == "all":
            all_minutes = dict(zip(routes, self.times[copy].tolist(), strict=True))
            all_tolls = dict(zip(routes, tolls, strict=True))
            for seen in views:
                seen["all_minutes"], seen["all_tolls"] = all_minutes, all_tolls
        return views

    def vectors(self) -> NDArray[np.float32]:
        """Give own route (one-hot), own cost, and all routes' costs where they are seen."""
        routes = len(self.routes)
        seen = np.zeros((self.copies, len(self.seats), 2 * routes + 1), np.float32)
        seen[:, :, :routes] = self.chosen[:, :, None] == np.arange(routes)
        cost = self.times + self.tolls
        own = np.take_along_axis(cost, np.maximum(self.chosen, 0), axis=1)
        seen[:, :, routes] = np.where(self.chosen < 0, 0, own)
        if self.settings.sees == "all":
            seen[:, :, routes + 1 :] = cost[:, None]
        return seen

    def words(self, copy: int, seat: int) -> str:
        """Tell a driver about yesterday."""
        seen = self.see(copy, seat)
        lines = [
            f"Day {seen['day'] + 1}. You drive to work; the more drivers a road has, the slower."
        ]
        if seen["route"]:
            toll = f" and a toll of {seen['toll']:g}" if seen["toll"] else ""
            lines.append(f"Yesterday you took {seen['route']}: {seen['minutes']:g} minutes{toll}.")
        for name, minutes in seen.get("all_minutes", {}).items() if seen["route"] else ():
            toll = f" and a toll of {seen['all_tolls'][name]:g}" if seen["all_tolls"][name] else ""
            lines.append(f"Yesterday {name} took {minutes:g} minutes{toll}.")
        lines.append(f"Choose one of: {', '.join(self.names)}.")
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say who was on which road."""
        acted = [event.id for event in tale.events]
        for name, chosen, cause in zip(self.seats, self.chosen[0].tolist(), acted, strict=True):
            for road in self.roads[chosen]:
                tale.say(ResourceClaimed, agent=name, resource=road, unit="drivers",
                         causes=(Cause(id=cause, basis="observed"),))  # fmt: skip

    def truth(self) -> dict[str, Any]:
        """Tell the loads and the least possible total."""
        return {"load": self.load[0].tolist(), "least_total": self.best}


@compiled
def _day(
    moves: NDArray[np.float64],
    uses: NDArray[np.bool_],
    fixed: NDArray[np.float64],
    slope: NDArray[np.float64],
    toll: float,
    best: float,
    chosen: NDArray[np.int64],
    minutes: NDArray[np.float64],
    load: NDArray[np.float64],
    times: NDArray[np.float64],
    tolls: NDArray[np.float64],
    rewards: NDArray[np.float64],
    harm: NDArray[np.float64],
) -> None:
    copies, drivers = moves.shape
    routes, arcs = uses.shape
    for copy in range(copies):
        load[copy, :] = 0.0
        for driver in range(drivers):
            chosen[copy, driver] = int(moves[copy, driver])
            load[copy, chosen[copy, driver]] += 1.0
        times[copy, :] = 0.0
        tolls[copy, :] = 0.0
        for arc in range(arcs):
            on_arc = 0.0
            for route in range(routes):
                if uses[route, arc]:
                    on_arc += load[copy, route]
            for route in range(routes):
                if uses[route, arc]:
                    times[copy, route] += fixed[arc] + slope[arc] * on_arc
                    tolls[copy, route] += toll * slope[arc] * (on_arc - 1.0)
        total = 0.0
        for driver in range(drivers):
            route = chosen[copy, driver]
            minutes[copy, driver] = times[copy, route]
            rewards[copy, driver] = -(times[copy, route] + tolls[copy, route])
            total += times[copy, route]
        harm[copy, drivers] = total - best


def _routes(network: Network, *, bridge: bool) -> tuple[tuple[Arc, ...], list[list[str]]]:
    arcs = tuple(a for a in network.arcs if bridge or (a.start, a.end) not in network.bridge)
    roads = nx.DiGraph([(arc.start, arc.end) for arc in arcs])
    routes = sorted(nx.all_simple_paths(roads, network.source, network.sink))
    if not routes:
        raise SettingsError(f"no road leads from `{network.source}` to `{network.sink}`")
    return arcs, routes


def _settled(world: Routing, *, social: bool) -> float:
    """Move one driver at a time to a cheaper route until nobody moves; return the total minutes.

    With `social` a driver counts what the others lose too. Slopes are not negative, so both
    potentials are convex over whole splits of a two-terminal network and the result is the optimum
    or an equilibrium; among equilibria it is the one reached from an even split.
    """
    drivers, routes = world.settings.drivers, len(world.uses)
    toll = 0.0 if social else world.settings.toll
    load = np.full(routes, drivers // routes)
    load[: drivers % routes] += 1
    slope, fixed, uses = world.slope, world.fixed, world.uses.astype(float)
    weight = 2.0 if social else 1.0 + toll
    while True:
        on_arc = load @ uses
        best_gain, best_move = 1e-9, None
        for old in range(routes):
            if not load[old]:
                continue
            for new in range(routes):
                step = uses[new] - uses[old]
                # marginal cost of leaving `old`, of entering `new`
                leave = fixed + slope * (weight * (on_arc - 1) + 1)
                enter = fixed + slope * (weight * on_arc + 1)
                gain = (leave * (step < 0)).sum() - (enter * (step > 0)).sum()
                if gain > best_gain:
                    best_gain, best_move = gain, (old, new)
        if best_move is None:
            return float(load @ (uses @ (fixed + slope * on_arc)))
        load[best_move[0]] -= 1
        load[best_move[1]] += 1
