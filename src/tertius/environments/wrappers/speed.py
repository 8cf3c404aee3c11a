"""Speed: some players are slower than the world and act only now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Move, StepResult
from tertius.environments.world import Tale
from tertius.environments.wrappers.allowed import allowed
from tertius.environments.wrappers.around import Around
from tertius.environments.wrappers.beside import plain


class SpeedSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    seats
        Who is slow: ``a+b``, ``*`` for all.
    every
        They act at every so many-th step, from the first on.
    between
        What is played for them in between: the world's ``idle`` move, or a ``repeat`` of their
        last one, where it is still allowed.
    """

    seats: str = "*"
    every: Annotated[int, Meta(ge=1)] = 2
    between: Literal["idle", "repeat"] = "repeat"


class Speed(Around[SpeedSettings]):
    """Lets slow players act at some steps only.

    Notes
    -----
    The world does not wait for them. A player that others outpace is made by naming it in `seats`;
    making somebody faster than the world is not possible. What goes beside a move is not repeated.
    """

    name = "speed"
    Settings: ClassVar[type[Noun]] = SpeedSettings
    neutral: ClassVar[Mapping[str, Value]] = {"every": 1}

    def declare(self) -> Facts:
        """Find the seats that it meets."""
        self._slow = self.named(self.settings.seats)
        return self.inner.facts

    def begin(self) -> None:
        """Nobody has moved."""
        self.memory = {"last": {}}

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Replace the moves of those who are not yet ready."""
        self._moves = dict(actions)
        self._held: list[str] = []
        if self.steps_taken % self.settings.every == 0:
            return self._moves
        for name in self._slow:
            if name in actions and name in self.acting:
                self._held.append(name)
                self._moves[name] = self._between(name)
        return self._moves

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Remember the last moves."""
        if self.settings.between == "repeat":
            self.memory["last"] |= {
                n: plain(self._moves[n]) for n in self._slow if n in self._moves
            }
        return replace(result, truth=self.revealed(result, {"held": self._held}))

    def _between(self, name: str) -> Move:
        last: Move | None = self.memory["last"].get(name)
        if last is None or not allowed(self.inner, name, last):
            return self.inner.idle(name)
        return last
