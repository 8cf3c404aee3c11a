"""Stale reads: players see the world as it was some steps ago, or miss an observation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Move, StepResult
from tertius.environments.world import Tale
from tertius.environments.wrappers.allowed import allowed, fits
from tertius.environments.wrappers.around import Around
from tertius.stats.draws import WORLD


class StaleSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    age
        How many steps old everything is that players see, 0 to 1,000.
    miss
        Chance, each step and seat, that no new observation comes and the last one is seen again.
    seats
        Whom it meets: ``a+b``, or ``*`` for all.
    """

    age: Annotated[int, Meta(ge=0, le=1000)] = 1
    miss: Annotated[float, Meta(ge=0, le=1)] = 0.0
    seats: str = "*"


class Stale(Around[StaleSettings]):
    """Shows players an old state of the world.

    Notes
    -----
    Words are as old as the rest. In the first steps the oldest there is is seen. A move that was
    allowed then and is not any more is not made: the world's idle move stands in for it. `legal`
    is always that of now, and gives something of the present away where it varies. Rewards are told
    at once.
    """

    name = "stale"
    Settings: ClassVar[type[Noun]] = StaleSettings
    neutral: ClassVar[Mapping[str, Value]] = {"age": 0}

    def declare(self) -> Facts:
        """Find the seats that it meets."""
        self._met = self.named(self.settings.seats)
        return self.inner.facts

    def begin(self) -> None:
        """Nothing was seen yet."""
        self.memory = {"past": [], "shown": {}, "missed": []}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Make the idle move where the chosen one came too late."""
        self._late = [
            name
            for name, action in actions.items()
            if name in self.acting and name in self.memory["shown"]
            and not allowed(self.inner, name, action)
            and fits(self.memory["shown"][name][2], action)
        ]  # fmt: skip
        return {**actions, **{name: self.inner.idle(name) for name in self._late}}

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Draw who misses the new observation."""
        step, missed = self.steps_taken - 1, []
        if self.settings.miss:
            draws = self.draws(WORLD, step=step)
            missed = [n for n in self._met if draws.unit(f"miss/{n}") < self.settings.miss]
        self.memory["missed"] = missed
        told = {"age": self.settings.age, "missed": missed, "late": self._late}
        return replace(result, truth=self.revealed(result, told))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show what was, to those whom it meets."""
        memory = self.memory
        inner = self.inner
        memory["past"].append(
            {name: [seen[name], inner.describe(name), inner.legal(name)] for name in self._met}
        )
        del memory["past"][: -1 - self.settings.age]
        for name, shown in memory["past"][0].items():
            if name not in memory["missed"]:
                memory["shown"][name] = shown
        return {name: memory["shown"].get(name, [one])[0] for name, one in seen.items()}

    def describe(self, agent: str) -> str:
        """Return in words what `agent` sees: what was."""
        if agent in self.memory.get("shown", {}):
            told: str = self.memory["shown"][agent][1]
            return told
        return self.inner.describe(agent)
