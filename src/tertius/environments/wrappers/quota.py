"""Quota: there is so much of a move for each player, or for all together, and no more."""

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
from tertius.environments.wrappers.beside import played
from tertius.environments.wrappers.measured import Measure


class QuotaSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    move, part
        What is limited: a named move, or the amount of a move (`move` empty), or a part of one.
    most
        Units; a named move is one unit. -1 for no limit.
    every
        The quota is new after so many steps; 0 for one quota of the whole episode.
    shared
        Whether it is one quota of all, taken in the order of the seats; else each has its own.
    instead
        The move that is played beyond it, where an amount cannot be cut; empty for the idle move.
    """

    move: str = ""
    part: str = ""
    most: Annotated[float, Meta(ge=-1, le=1e12)] = 0.0
    every: Annotated[int, Meta(ge=0)] = 1
    shared: bool = False
    instead: str = ""


class Quota(Around[QuotaSettings]):
    """Cuts amounts to what is left, and replaces a named move when nothing is.

    Notes
    -----
    What is left stands under ``left`` in observations. Prevents, where a toll persuades: it works
    on every player, also on one that learns nothing, and knows no exception. Who comes first in
    the order of seats takes a shared quota.

    References
    ----------
    Weitzman, "Prices vs. quantities", Review of Economic Studies 41 (1974).
    """

    name = "quota"
    Settings: ClassVar[type[Noun]] = QuotaSettings
    neutral: ClassVar[Mapping[str, Value]] = {"most": -1.0}

    def declare(self) -> Facts:
        """Find what is measured."""
        own = self.settings
        self._measure = Measure(self.inner, move=own.move, part=own.part)
        return self.inner.facts

    def begin(self) -> None:
        """Nothing was used."""
        if self.settings.most >= 0:
            self._measure.require()
        self.memory = {"used": dict.fromkeys(self.seats, 0.0)}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Cut what goes beyond."""
        own, step = self.settings, self.steps_taken
        self._used = dict(self.memory["used"])
        if own.every and step % own.every == 0:
            self._used = dict.fromkeys(self.seats, 0.0)
        self._cut: list[str] = []
        moves = dict(actions)
        for name in self.acting if own.most >= 0 else ():
            if name not in moves:
                continue
            left, units = self._left(name, self._used), self._measure.of(name, moves[name])
            if units > left:
                self._cut.append(name)
                moves[name] = self._within(name, moves[name], left)
                units = min(left, self._measure.of(name, moves[name]))
            self._used[name] += units
        return moves

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Remember what was used."""
        self.memory["used"] = self._used
        return replace(result, truth=self.revealed(result, {"cut": self._cut}))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell what is left for the next step."""
        own, used = self.settings, self.memory["used"]
        if own.most < 0:
            return seen
        if own.every and self.steps_taken % own.every == 0:
            used = dict.fromkeys(self.seats, 0.0)
        return {name: {**one, "left": self._left(name, used)} for name, one in seen.items()}

    def words(self, agent: str) -> str:
        """Tell the quota."""
        own = self.settings
        if own.most < 0:
            return ""
        whose = "of all together" if own.shared else "of each player"
        when = f"every {own.every} steps" if own.every else "in the whole episode"
        return f"{own.move or own.part or 'Amounts'}: at most {own.most:g} {whose}, {when}."

    def _left(self, name: str, used: Mapping[str, float]) -> float:
        gone = sum(used.values()) if self.settings.shared else used[name]
        return max(0.0, self.settings.most - gone)

    def _within(self, name: str, action: Move, left: float) -> Move:
        cut = self._measure.cut(name, action, left)
        if cut is not None:
            return cut
        return played(action, self.settings.instead or self.inner.idle(name))
