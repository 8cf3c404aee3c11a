"""Prosocial share: each is also paid for what the others get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import StepResult
from tertius.environments.wrappers.rewards import Rewards


class ProsocialSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    share
        Weight of the others' mean reward beside the own, 0 to 10.
    """

    share: Annotated[float, Meta(ge=0, le=10)] = 0.5


class Prosocial(Rewards[ProsocialSettings]):
    """Pays each ``own + share * mean of the others``.

    Notes
    -----
    Nobody's reward is taken away, so all together are paid more than the world pays. Cares for
    those who sit at the table alone: firms that care for each other collude the better, and the
    absent party pays.

    References
    ----------
    Peysakhovich and Lerer, "Prosocial learning agents solve generalized stag hunts better than
    selfish ones", AAMAS 2018.
    """

    name = "prosocial"
    Settings: ClassVar[type[Noun]] = ProsocialSettings
    neutral: ClassVar[Mapping[str, Value]] = {"share": 0.0}

    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Add the others' part."""
        share, others = self.settings.share, len(rewards) - 1
        if not share or not others:
            return dict(rewards)
        total = sum(rewards.values())
        return {name: one + share * (total - one) / others for name, one in rewards.items()}

    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """All others at one end, too."""
        share = self.settings.share if others else 0.0
        return low + share * low, high + share * high
