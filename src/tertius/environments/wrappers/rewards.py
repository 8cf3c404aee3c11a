"""What wrappers share that change what players are paid."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from tertius.core.events import Paid
from tertius.core.kinds import Event
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, StepResult
from tertius.environments.world import Tale
from tertius.environments.wrappers.around import Around

S = TypeVar("S", bound=Noun)


class Rewards(Around[S]):
    """A wrapper that pays other rewards than the world does.

    Notes
    -----
    A subclass gives `pay` and `reach`. Harm stays the world's: what players are paid changes what
    they do, not what it costs others. Events of payment carry what was paid in the end; what the
    world had paid is truth.
    """

    @abstractmethod
    def pay(self, rewards: Mapping[str, float], result: StepResult) -> dict[str, float]:
        """Return what each is paid instead; called once for every step."""

    @abstractmethod
    def reach(self, low: float, high: float, others: int) -> tuple[float, float]:
        """Return the range of what is paid where the world pays `low` to `high`."""

    def declare(self) -> Facts:
        """Declare the new range."""
        facts = self.inner.facts
        low, high = self.reach(facts.low, facts.high, len(self.seats) - 1)
        same = (low, high) == (facts.low, facts.high) and self.kept_sum
        return replace(facts, low=low, high=high, zero_sum=facts.zero_sum and same)

    kept_sum: bool = False
    """Whether what all are paid together is what the world pays."""

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Pay."""
        paid = self.pay(result.rewards, result)
        told = {"world_paid": dict(result.rewards)}
        result = replace(result, truth=self.revealed(result, told))
        return repaid(result, paid, tale) if paid != result.rewards else result


def repaid(result: StepResult, paid: Mapping[str, float], tale: Tale) -> StepResult:
    """Return a step with other rewards, its events of payment told accordingly."""
    events: list[Event] = []
    seen = set()
    for event in result.events:
        if isinstance(event, Paid):
            seen.add(event.agent)
            if not paid[event.agent]:
                continue
            event = replace(event, amount=paid[event.agent])
        events.append(event)
    for agent, amount in paid.items():
        if amount and agent not in seen:
            tale.say(Paid, agent=agent, step=tale.step, amount=amount)
    return replace(result, rewards=paid, events=tuple(events))
