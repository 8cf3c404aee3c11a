"""Skippers: one who fishes its share of the best effort, one who puts out while it pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Quota(Seated):
    """Puts out for `days` a season: what a sole owner of the ground would have it do."""

    name = "open_access/quota"
    defaults: ClassVar[Mapping[str, Value]] = {"days": 24.0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Keep to the quota."""
        return min(float(self.settings["days"]), float(observation["most"]))


class Entrant(Seated):
    """Begins with `days` and adds more in proportion to what a day at sea pays; fewer if it loses.

    `speed` is days more for each unit of money that a day pays.
    """

    name = "open_access/entrant"
    defaults: ClassVar[Mapping[str, Value]] = {"days": 24.0, "speed": 0.5}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Follow the profit."""
        most = float(observation["most"])
        before = observation["effort"] if observation["season"] else self.settings["days"]
        more = self.settings["speed"] * observation["day_pays"] if observation["season"] else 0.0
        return float(min(most, max(0.0, before + more)))
