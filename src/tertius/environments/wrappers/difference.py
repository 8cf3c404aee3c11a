"""Difference rewards: each is paid for what would have been missing without its move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import Move, StepResult
from tertius.environments.wrappers.rewards import Rewards


class DifferenceSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    share
        How much of what is paid is the difference reward; the rest is the world's own.
    """

    share: Annotated[float, Meta(ge=0, le=1)] = 1.0


class Difference(Rewards[DifferenceSettings]):
    """Pays each ``G(moves) - G(moves, own one idle)``, G being the sum of all rewards of the step.

    Notes
    -----
    The counterfactual is played in the world itself: it is put back by snapshot, the one move
    replaced by the world's idle move, and the same chance drawn; so a step costs as many steps
    more as players move. Counts effects within the step alone, and the idle move as the default;
    who does not move in a step gets 0 for it. Harm to absent parties is in no reward, hence in no
    difference.

    References
    ----------
    Wolpert and Tumer, "Optimal payoff functions for members of collectives", Advances in Complex
    Systems 4 (2001); Devlin et al., "Potential-based difference rewards", AAMAS 2014.
    """

    name = "difference"
    Settings: ClassVar[type[Noun]] = DifferenceSettings
    neutral: ClassVar[Mapping[str, Value]] = {"share": 0.0}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Keep the state that the counterfactuals start from."""
        if self.settings.share:
            self._start, self._moves = self.inner.snapshot(), dict(actions)
        return actions

    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Play the step again for each, without its move."""
        share = self.settings.share
        if not share:
            return dict(rewards)
        total, end = sum(rewards.values()), self.inner.snapshot()
        paid = {name: (1 - share) * one for name, one in rewards.items()}
        for name in self._moves:
            self.inner.restore(self._start)
            idle = {**self._moves, name: self.inner.idle(name)}
            without = self.inner.step(idle)
            paid[name] += share * (total - sum(without.rewards.values()))
        self.inner.restore(end)
        return paid

    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """Everybody's reward may hang on one move."""
        share, most = self.settings.share, (others + 1) * (high - low)
        return (1 - share) * low - share * most, (1 - share) * high + share * most
