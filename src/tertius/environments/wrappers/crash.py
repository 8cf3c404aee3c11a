"""Crash: a member, or whoever is in control, stops acting for a while."""

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


class CrashSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    seats
        Who can crash: ``a+b``, ``*`` for all.
    at
        The step at which they all do, from 0; -1 for never.
    chance
        Chance of each of them, each step, to crash.
    lasts
        For how many steps.
    told
        Whether everybody sees who is down, under ``down``.
    """

    seats: str = "*"
    at: Annotated[int, Meta(ge=-1)] = -1
    chance: Annotated[float, Meta(ge=0, le=1)] = 0.05
    lasts: Annotated[int, Meta(ge=1)] = 10
    told: bool = True


class Crash(Around[CrashSettings]):
    """Plays the idle move for whoever is down, whatever its player wanted.

    Notes
    -----
    Laid around `control` it takes orders away, too: what goes beside a move is lost with it. The
    player itself does not know unless it is told, and keeps its memory: a crash here loses moves,
    not state. An idle move is the world's: where idling is harmless, so is a crash.
    """

    name = "crash"
    Settings: ClassVar[type[Noun]] = CrashSettings
    neutral: ClassVar[Mapping[str, Value]] = {"chance": 0.0}

    def declare(self) -> Facts:
        """Find the seats that it meets."""
        self._can = self.named(self.settings.seats)
        return self.inner.facts

    def begin(self) -> None:
        """All are up."""
        self.memory = {"until": {}, "down": []}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Put the idle move in the place of those who are down."""
        own, step = self.settings, self.steps_taken
        until = dict(self.memory["until"])
        for name in self._can:
            if until.get(name, 0) > step:
                continue
            seat = self.seats.index(name)
            if step == own.at or (own.chance and self.draws(seat).unit("crash") < own.chance):
                until[name] = step + own.lasts
        self._until = until
        down = [name for name in actions if until.get(name, 0) > step and name in self.acting]
        return {**actions, **{name: self.inner.idle(name) for name in down}}

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Remember who is down."""
        step = self.steps_taken - 1
        self.memory["until"] = self._until
        self.memory["down"] = [name for name in self._can if self._until.get(name, 0) > step]
        return replace(result, truth=self.revealed(result, {"down": self.memory["down"]}))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell who was down in the last step."""
        if not self.settings.told:
            return seen
        return {name: {**one, "down": self.memory["down"]} for name, one in seen.items()}

    def words(self, agent: str) -> str:
        """Tell who was down."""
        down = self.memory.get("down") if self.settings.told else None
        return f"Out of action in the last step: {', '.join(down)}." if down else ""
