"""Inequity aversion: who gets less than others suffers, and so, a little, does who gets more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import StepResult
from tertius.environments.wrappers.rewards import Rewards


class InequitySettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    envy
        Weight of getting less than another, Fehr and Schmidt's alpha, 0 to 100.
    guilt
        Weight of getting more than another, their beta, 0 to 1.
    memory
        How much of what was earned before is still compared, 0 (this step alone, as in the paper)
        to below 1: Hughes et al.'s gamma * lambda.
    """

    envy: Annotated[float, Meta(ge=0, le=100)] = 5.0
    guilt: Annotated[float, Meta(ge=0, le=1)] = 0.05
    memory: Annotated[float, Meta(ge=0, lt=1)] = 0.0


class Inequity(Rewards[InequitySettings]):
    """Pays ``r_i - envy/(n-1) * sum max(e_j - e_i, 0) - guilt/(n-1) * sum max(e_i - e_j, 0)``.

    Notes
    -----
    ``e`` is the reward itself, or with `memory` the fading sum of rewards. The defaults are those
    of Hughes et al. for players who learn. It is a change of what players want, not of what they
    can do: scripted players that do not look at their reward do the same as before.

    References
    ----------
    Fehr and Schmidt, "A theory of fairness, competition, and cooperation", QJE 114 (1999); Hughes
    et al., "Inequity aversion improves cooperation in intertemporal social dilemmas", NeurIPS 2018.
    """

    name = "inequity"
    Settings: ClassVar[type[Noun]] = InequitySettings
    neutral: ClassVar[Mapping[str, Value]] = {"envy": 0.0, "guilt": 0.0}

    def begin(self) -> None:
        """Nobody earned anything."""
        self.memory: dict[str, Any] = {"earned": dict.fromkeys(self.seats, 0.0)}

    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Subtract what inequity costs."""
        own, others = self.settings, len(rewards) - 1
        faded = {name: own.memory * one for name, one in self.memory["earned"].items()}
        earned = {name: faded[name] + one for name, one in rewards.items()}
        self.memory["earned"] = earned
        if not others or not (own.envy or own.guilt):
            return dict(rewards)
        paid = {}
        for name, one in earned.items():
            less = sum(max(other - one, 0.0) for other in earned.values())
            more = sum(max(one - other, 0.0) for other in earned.values())
            paid[name] = rewards[name] - (own.envy * less + own.guilt * more) / others
        return paid

    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """All others at the other end, for ever."""
        own = self.settings
        worst = max(own.envy, own.guilt) * (high - low) / (1 - own.memory) if others else 0.0
        return low - worst, high
