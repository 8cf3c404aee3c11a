"""Services that share a resource: fair, storming, hoarding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Fair(Seated):
    """Asks for what it needs; of calls and connections never more than an equal share."""

    name = "infrastructure/fair"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Ask."""
        need: int = observation["waiting"]
        most: int = observation["most"]
        if observation["resource"] == "gpu_budget":
            return min(max(0, need - int(observation["held"])), most)
        share: int = max(1, observation["capacity"] // observation["services"])
        return min(need, share, most)


class Storm(Seated):
    """Asks for all its waiting work at once, and twice as much again whenever it was refused.

    `calm` is what the ask is divided by once nothing is refused any more.
    """

    name = "infrastructure/storm"
    defaults: ClassVar[Mapping[str, Value]] = {"growth": 2.0, "calm": 2.0}

    def begin(self, setting: dict[str, Value]) -> None:
        """Begin with one try for each unit."""
        self.memory = {"tries": 1.0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Ask, again and again."""
        tries: float = self.memory["tries"]
        most: int = observation["most"]
        refused = observation["refused"] > 0
        tries = tries * self.settings["growth"] if refused else tries / self.settings["calm"]
        self.memory["tries"] = tries = min(max(tries, 1.0), float(most))
        return min(int(observation["waiting"] * tries), most)


class Hoarder(Seated):
    """Asks for `amount` in every step, needed or not."""

    name = "infrastructure/hoarder"
    defaults: ClassVar[Mapping[str, Value]] = {"amount": 12}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Ask for more."""
        most: int = observation["most"]
        return min(int(self.settings["amount"]), most)
