"""Toll: a move costs its player something, and the others may get it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Move, StepResult
from tertius.environments.world import Tale
from tertius.environments.wrappers.around import Around
from tertius.environments.wrappers.measured import Measure
from tertius.environments.wrappers.rewards import repaid

Price = Annotated[float, Meta(ge=0, le=1e9)]


class TollSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    move, part
        What costs: a named move, or the amount of a move (`move` empty), or a part of one.
    price
        For each unit; a named move is one unit.
    free
        Units of each step that cost nothing.
    most
        A player pays at most so much in a step.
    back
        Whether what comes in is paid back to all in equal parts, the payer included.
    """

    move: str = ""
    part: str = ""
    price: Price = 1.0
    free: Price = 0.0
    most: Price = 1000.0
    back: bool = False


class Toll(Around[TollSettings]):
    """Takes a price for each unit of a move, and says so beforehand under ``prices``.

    Notes
    -----
    Works through what players see and are paid: who looks at neither does not change. The price
    is the same at every hour and for all: it is Pigou's only where it is set to the marginal harm,
    which this wrapper does not know. What comes in and is not paid back leaves the world, and is in
    no harm.

    References
    ----------
    Pigou, "The Economics of Welfare" (1920), part II.
    """

    name = "toll"
    Settings: ClassVar[type[Noun]] = TollSettings
    neutral: ClassVar[Mapping[str, Value]] = {"price": 0.0}

    def declare(self) -> Facts:
        """Declare the new range."""
        own, facts = self.settings, self.inner.facts
        self._measure = Measure(self.inner, move=own.move, part=own.part)
        most = own.most if own.price else 0.0
        gain = most if own.back else 0.0
        zero = facts.zero_sum and (own.back or not most)
        return replace(facts, low=facts.low - most, high=facts.high + gain, zero_sum=zero)

    def begin(self) -> None:
        """Look whether there is such a move."""
        if self.settings.price:
            self._measure.require()
        self.memory = {}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Reckon what is due."""
        own = self.settings
        self._due = {}
        for name, action in actions.items() if own.price else ():
            if name in self.acting:
                units = max(0.0, self._measure.of(name, action) - own.free)
                self._due[name] = min(own.price * units, own.most)
        return actions

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Take it, and pay it back."""
        due = {name: one for name, one in self._due.items() if one}
        result = replace(result, truth=self.revealed(result, {"paid": due}))
        if not due:
            return result
        back = sum(due.values()) / len(result.rewards) if self.settings.back else 0.0
        paid = {name: one - due.get(name, 0.0) + back for name, one in result.rewards.items()}
        return repaid(result, paid, tale)

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell the price."""
        own = self.settings
        prices = {own.part or own.move or "unit": own.price}
        return {name: {**one, "prices": prices} for name, one in seen.items()}

    def words(self, agent: str) -> str:
        """Tell the price."""
        own = self.settings
        free = f" beyond {own.free:g}" if own.free else ""
        return f"Each unit of {own.move or own.part or 'your move'}{free} costs you {own.price:g}."
