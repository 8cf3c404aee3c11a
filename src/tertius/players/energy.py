"""Sites on a grid: one who leaves room for the town, one who draws all it can."""

from __future__ import annotations

from typing import Any

from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated

A_LITTLE = 1.0 - 1e-9
"""Equal shares of the room add up to the room only on paper."""


class Fair(Seated):
    """Draws an equal share of the room that the town leaves even if it draws its most."""

    name = "energy/fair"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Leave room."""
        town = observation["forecast"] * (1 + observation["spread"])
        room = A_LITTLE * (observation["capacity"] - town) / observation["sites"]
        return float(min(observation["most"], max(0.0, room)))


class Greedy(Seated):
    """Draws the most that it can, at any hour."""

    name = "energy/greedy"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Draw."""
        return float(observation["most"])
