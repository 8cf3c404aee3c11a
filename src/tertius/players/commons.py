"""Members at a commons: sustainable, greedy, a greedy newcomer, and one who answers greed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


def bearable(seen: Mapping[str, Any]) -> int:
    """Return what each may take if all take as much and the stock is to stay.

    Examples
    --------
    >>> bearable({"stock": 100, "members": 5}), bearable({"stock": 37, "members": 5})
    (10, 3)
    """
    fair: int = seen["stock"] // 2 // seen["members"]
    return fair


class Sustainable(Seated):
    """Takes what everybody could take for ever."""

    name = "commons/sustainable"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Take an equal share of half the stock."""
        return bearable(observation)


class Greedy(Seated):
    """Takes a `share` of the whole stock."""

    name = "commons/greedy"
    defaults: ClassVar[Mapping[str, Value]] = {"share": 0.15}
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"share": (0.0, 1.0)}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Take as much as it likes."""
        return int(min(observation["capacity"], self.settings["share"] * observation["stock"]))


class Newcomer(Greedy):
    """Takes nothing before month `arrives` (from 1), and then a `share` of the whole stock."""

    name = "commons/newcomer"
    defaults: ClassVar[Mapping[str, Value]] = {"arrives": 3, "share": 0.4}
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"share": (0.0, 1.0)}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Arrive, and take."""
        if observation["month"] + 1 < self.settings["arrives"]:
            return 0
        return super().act(observation, draws)


class Retaliator(Seated):
    """Sustainable until somebody takes more than was bearable; then it takes as much as that one.

    Where it does not see what others take, it sees no reason to.
    """

    name = "commons/retaliator"

    def begin(self, setting: dict[str, Value]) -> None:
        """Nothing was bearable before the first month."""
        self.memory = {"bearable": None}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Match the greediest of last month."""
        before = self.memory["bearable"]
        fair = bearable(observation)
        self.memory["bearable"] = fair
        took = observation.get("all_took", {})
        most = max((n for who, n in took.items() if who != self.agent), default=0)
        if before is not None and most > before:
            return int(max(fair, min(most, observation["stock"])))
        return fair
