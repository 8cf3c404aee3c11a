"""Drivers: one who takes what cost least yesterday, one who takes the road assigned to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Selfish(Seated):
    """Reconsiders now and then, and goes over to the route that cost least yesterday, toll and all.

    `inertia` is the chance, each day, to stay without a thought. Where every used route takes as
    long as every other, nobody moves: Wardrop's first principle.

    References
    ----------
    Wardrop, "Some theoretical aspects of road traffic research", Proc. ICE 1 (1952).
    """

    name = "routing/selfish"
    defaults: ClassVar[Mapping[str, Value]] = {"inertia": 0.9}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Stay, or take yesterday's cheapest."""
        routes: list[str] = observation["routes"]
        current: str | None = observation["route"]
        if current is None:
            return routes[draws.below(len(routes), "first")]
        if draws.unit("think") < self.settings["inertia"] or "all_minutes" not in observation:
            return current
        tolls: dict[str, float] = observation["all_tolls"]
        prices: dict[str, float] = observation.get("prices", {})  # of a toll laid around the world
        cost = {
            name: took + tolls[name] + prices.get(name, 0.0)
            for name, took in observation["all_minutes"].items()
        }
        best = min(routes, key=cost.__getitem__)
        return best if cost[best] < cost[current] else current


class Assigned(Seated):
    """Takes the route named in `route` of its settings: what a planner would have it do."""

    name = "routing/assigned"
    defaults: ClassVar[Mapping[str, Value]] = {"route": "home-north-work"}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Take it."""
        route: str = self.settings["route"]
        return route
