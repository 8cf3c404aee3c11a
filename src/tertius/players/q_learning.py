"""Q-learning in a table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.learning import Learner, listed, one_of, options, within


class QLearning(Learner):
    """Learns what each move is worth in each state, and explores ever less.

    Parameters
    ----------
    **settings
        `sees`, a JSON list of names in the observation, is the state (none: always the same one);
        `rate` is how fast it learns, `discount` what the next step counts; the chance to explore is
        ``explore * exp(-decay * moves made)``; untried moves are worth `start`.

    Notes
    -----
    Memory grows with the number of states met. In a world with other learners nothing is
    guaranteed: what it converges to is what the studies are about.

    References
    ----------
    Watkins and Dayan, "Q-learning", Machine Learning 8 (1992), equation 1.
    """

    name = "q_learning"
    defaults: ClassVar[Mapping[str, Value]] = {
        **Learner.defaults, "sees": "[]", "rate": 0.1, "discount": 0.95, "explore": 1.0,
        "decay": 0.001, "start": 0.0,
    }  # fmt: skip

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        within(self, rate=(0, 1), discount=(0, 1), explore=(0, 1), decay=(0, math.inf))
        self._sees = listed(self, "sees")

    def fresh(self) -> dict[str, Any]:
        """Return an empty table."""
        return {"values": {}, "made": 0}

    def state(self, observation: Any) -> str:
        """Return the name of a state."""
        return json.dumps([observation.get(name) for name in self._sees], sort_keys=True)

    def note(self, move: Move, observation: Any) -> list[str]:
        """Remember the move and where it was made."""
        return [self.state(observation), str(move)]

    def choose(self, allowed: Sequence[Move], observation: Any, draws: Draws) -> Move:
        """Explore, or take what is worth most."""
        own, learned = self.settings, self.memory["learned"]
        chance = own["explore"] * math.exp(-own["decay"] * learned["made"])
        learned["made"] += 1
        if draws.unit("explore") < chance:
            return allowed[draws.below(len(allowed), "which")]
        known = learned["values"].get(self.state(observation), {})
        worth = [known.get(str(move), own["start"]) for move in allowed]
        most = max(worth)
        return one_of([m for m, w in zip(allowed, worth, strict=True) if w == most], draws)

    def credit(self, last: Any, earned: float, observation: Any) -> None:
        """Move the value of what was done towards what it brought and what can follow."""
        own, values = self.settings, self.memory["learned"]["values"]
        follows = 0.0
        if observation is not None:
            known = values.get(self.state(observation), {})
            follows = max(known.get(str(m), own["start"]) for m in options(self, observation))
        state, move = last
        known = values.setdefault(state, {})
        old = known.get(move, own["start"])
        known[move] = old + own["rate"] * (earned + own["discount"] * follows - old)
