"""Reward split: a share of what each earns is pooled and paid out in equal parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import StepResult
from tertius.environments.wrappers.rewards import Rewards


class RewardSplitSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    team
        Share of everybody's reward that goes to the team: 0 leaves each its own, 1 pays all alike.
    """

    team: Annotated[float, Meta(ge=0, le=1)] = 0.5


class RewardSplit(Rewards[RewardSplitSettings]):
    """Pays each ``(1 - team) * own + team * mean of all``; the sum stays the same.

    Notes
    -----
    With equal parts a free-rider is paid as much as a worker from the pool: that is the dilemma
    this factor makes, not a repair of it. Losses are pooled like gains.

    References
    ----------
    Holmstrom, "Moral hazard in teams", Bell Journal of Economics 13 (1982).
    """

    name = "reward_split"
    Settings: ClassVar[type[Noun]] = RewardSplitSettings
    neutral: ClassVar[Mapping[str, Value]] = {"team": 0.0}
    kept_sum = True

    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Split."""
        team = self.settings.team
        if not team:
            return dict(rewards)
        mean = sum(rewards.values()) / len(rewards)
        return {name: (1 - team) * one + team * mean for name, one in rewards.items()}

    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """Means lie between the ends."""
        return low, high
