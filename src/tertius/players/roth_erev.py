"""Roth and Erev's reinforcement: a move is made in proportion to all that it ever paid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.learning import Learner, options, within


class RothErev(Learner):
    """Makes each move with a chance in proportion to its propensity, which its rewards add to.

    Parameters
    ----------
    **settings
        Propensities begin at `start`. A reward counts from `least` up, and one below it for
        nothing; the share `spill` of it goes to the other moves, in equal parts; before each
        reward all propensities lose the share `forget`.

    References
    ----------
    Roth and Erev, Games and Economic Behavior 8 (1995), basic model; Erev and Roth, American
    Economic Review 88 (1998), section II, with forgetting and experimentation.
    """

    name = "roth_erev"
    defaults: ClassVar[Mapping[str, Value]] = {
        **Learner.defaults, "start": 1.0, "least": 0.0, "forget": 0.0, "spill": 0.0,
    }  # fmt: skip

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        within(self, start=(1e-9, math.inf), forget=(0, 1), spill=(0, 1))

    def fresh(self) -> dict[str, Any]:
        """Return no propensities: each begins at `start` when its move is first allowed."""
        return {"propensities": {}}

    def shares(self, allowed: Sequence[Move]) -> list[float]:
        """Return the chance of each move."""
        held = self._held(allowed)
        total = math.fsum(held.values())
        return [held[str(move)] / total if total else 1 / len(held) for move in allowed]

    def choose(self, allowed: Sequence[Move], observation: Any, draws: Draws) -> Move:
        """Draw a move."""
        drawn, passed = draws.unit("move"), 0.0
        for move, share in zip(allowed, self.shares(allowed), strict=True):
            passed += share
            if drawn < passed:
                return move
        return allowed[-1]

    def credit(self, last: Any, earned: float, observation: Any) -> None:
        """Reinforce the move, and with `spill` the others a little."""
        own = self.settings
        held = self.memory["learned"]["propensities"]
        if observation is not None:
            self._held(options(self, observation))
        gain, others = max(0.0, earned - own["least"]), len(held) - 1
        for move in held:
            share = 1 - own["spill"] if move == last else own["spill"] / others
            held[move] = (1 - own["forget"]) * held[move] + share * gain

    def _held(self, allowed: Sequence[Move]) -> dict[str, float]:
        held: dict[str, float] = self.memory["learned"]["propensities"]
        return {str(move): held.setdefault(str(move), self.settings["start"]) for move in allowed}
