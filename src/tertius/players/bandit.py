"""A bandit: it keeps the mean of what each move brought, and mostly makes the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.learning import Learner, one_of, within


class Bandit(Learner):
    """Tries every move once, then makes the best so far, or any with chance `explore`.

    With `rate` 0 it keeps plain means; above 0 newer rewards count more, which follows a world that
    changes. It sees no state: others' moves are weather to it.

    References
    ----------
    Sutton and Barto, "Reinforcement Learning" (second edition, 2018), sections 2.4 and 2.5.
    """

    name = "bandit"
    defaults: ClassVar[Mapping[str, Value]] = {**Learner.defaults, "explore": 0.1, "rate": 0.0}

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        within(self, explore=(0, 1), rate=(0, 1))

    def fresh(self) -> dict[str, Any]:
        """Return no means of anything."""
        return {"means": {}, "counts": {}}

    def choose(self, allowed: Sequence[Move], observation: Any, draws: Draws) -> Move:
        """Try what was never tried, explore, or make the best."""
        means = self.memory["learned"]["means"]
        untried = [move for move in allowed if str(move) not in means]
        if untried:
            return one_of(untried, draws)
        if draws.unit("explore") < self.settings["explore"]:
            return allowed[draws.below(len(allowed), "which")]
        most = max(means[str(move)] for move in allowed)
        return one_of([move for move in allowed if means[str(move)] == most], draws)

    def credit(self, last: Any, earned: float, observation: Any) -> None:
        """Take the reward into the move's mean."""
        means, counts = self.memory["learned"]["means"], self.memory["learned"]["counts"]
        counts[last] = counts.get(last, 0) + 1
        old = means.get(last, earned)
        means[last] = old + (earned - old) * (self.settings["rate"] or 1 / counts[last])
