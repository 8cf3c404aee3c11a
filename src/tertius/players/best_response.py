"""Best response: goes over to what would have been best of late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import PlayerKind
from tertius.players.learning import listed, one_of, options, within
from tertius.players.seated import Seated


class BestResponse(Seated):
    """Reconsiders now and then, and goes over to the move with the best value it has seen of late.

    Parameters
    ----------
    **settings
        `values` is a JSON list of names in the observation, each a mapping from moves to numbers,
        which are added up; with `costs` less is better. Older values fade: the newest counts for
        the share `weight`. `inertia` is the chance to stay without a thought. `moves` or `among`
        say what there is before any value was seen.

    Notes
    -----
    It takes what others did last as what they will do, and its own move as changing nothing. All
    reconsidering at once can chase each other for ever, which is what `inertia` is for.

    References
    ----------
    Cournot, "Recherches sur les principes mathematiques de la theorie des richesses" (1838),
    chapter 7; with `weight` near 0, fictitious play: Brown, in Koopmans (1951).
    """

    name = "best_response"
    kind: ClassVar[PlayerKind] = "learning"
    defaults: ClassVar[Mapping[str, Value]] = {
        "moves": "[]", "among": "moves", "values": "[]", "costs": False, "weight": 1.0,
        "inertia": 0.8,
    }  # fmt: skip

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        within(self, weight=(0, 1), inertia=(0, 1))
        self._values = listed(self, "values")

    def begin(self, setting: dict[str, Value]) -> None:
        """Have seen nothing."""
        self.memory = {"values": {}, "current": None}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Stay, or take the best."""
        allowed, seen = options(self, observation), self.memory["values"]
        parts = [observation[name] for name in self._values if name in observation]
        current: Move | None = self.memory["current"]
        if current is None or current not in allowed:
            current = allowed[draws.below(len(allowed), "first")]
        elif parts:
            sign, weight = -1 if self.settings["costs"] else 1, self.settings["weight"]
            for move in allowed:
                value = sign * sum(part[str(move)] for part in parts)
                old = seen.get(str(move), value)
                seen[str(move)] = old + weight * (value - old)
            most = max(seen[str(move)] for move in allowed)
            thinks = draws.unit("think") >= self.settings["inertia"]
            if thinks and seen[str(current)] < most:
                current = one_of([move for move in allowed if seen[str(move)] == most], draws)
        self.memory["current"] = current
        return current
