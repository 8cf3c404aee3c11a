"""Circuit breaker: when too much harm, or use, comes together, everybody has to pause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Flagged, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Move, StepResult
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale
from tertius.environments.wrappers.around import Around
from tertius.environments.wrappers.beside import played
from tertius.environments.wrappers.measured import Measure


class CircuitBreakerSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    party
        Whose harm is watched; empty for all absent parties together. Not used with `move`.
    move, part
        Watch instead how much of a move is made, by all together: a named move, or the amount of a
        `part`; ``part=*`` for the amount of a move of one part.
    bound
        The most that may come together in `window` steps; -1 for no bound.
    window, pause
        Steps that are added up, and steps that the pause lasts.
    instead
        What is played in the pause; empty for the world's idle move.
    seats
        Who has to pause: ``a+b``, ``*`` for all.
    """

    party: str = ""
    move: str = ""
    part: str = ""
    bound: Annotated[float, Meta(ge=-1, le=1e12)] = -1.0
    window: Annotated[int, Meta(ge=1, le=10_000)] = 10
    pause: Annotated[int, Meta(ge=1)] = 5
    instead: str = ""
    seats: str = "*"


class CircuitBreaker(Around[CircuitBreakerSettings]):
    """Opens when the sum over a window passes its bound; after the pause it begins to count anew.

    Notes
    -----
    A breaker on harm takes for granted that somebody measures it as it happens, which a deployment
    seldom can; one on use needs what is seen anyhow. It stops the innocent with the guilty, and
    does no good where the idle move harms. Opening is an event, ``flagged``, and everybody sees
    ``paused``.

    References
    ----------
    Nygard, "Release It!" (2007), chapter 5; trading halts: Subrahmanyam, Journal of Finance 49
    (1994).
    """

    name = "circuit_breaker"
    Settings: ClassVar[type[Noun]] = CircuitBreakerSettings
    neutral: ClassVar[Mapping[str, Value]] = {"bound": -1.0}

    def declare(self) -> Facts:
        """Find the party, or the move."""
        own, facts = self.settings, self.inner.facts
        if own.party and own.party not in self.parties:
            shown = ascii(own.party)[1:-1][:40]
            raise SettingsError(f"nobody is called `{shown}`{nearest(own.party, self.parties)}")
        self._watched = (own.party,) if own.party else facts.absent
        self._paused = self.named(own.seats)
        part = "" if own.part == "*" else own.part
        uses = bool(own.move or own.part)
        self._measure = Measure(self.inner, move=own.move, part=part) if uses else None
        return facts

    def begin(self) -> None:
        """Close it, with nothing counted."""
        if self._measure is not None:
            self._measure.require()
        self.memory = {"sums": [], "until": 0, "opened": 0}

    @property
    def pausing(self) -> bool:
        """Whether the next step is played in a pause."""
        until: int = self.memory["until"]
        return self.steps_taken < until

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Hold those who have to pause."""
        moves = dict(actions)
        for name in self._paused if self.pausing else ():
            if name in moves and name in self.acting:
                instead = self.settings.instead or self.inner.idle(name)
                moves[name] = played(moves[name], instead)
        self._use = 0.0
        if self._measure is not None:
            self._use = sum(self._measure.of(n, moves[n]) for n in self.acting if n in moves)
        return moves

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Add up, and open."""
        own, memory, step = self.settings, self.memory, self.steps_taken - 1
        if own.bound >= 0 and step >= memory["until"]:
            harm = sum(result.harm.get(party, 0.0) for party in self._watched)
            memory["sums"] = [*memory["sums"], self._use if self._measure else harm][-own.window :]
            if sum(memory["sums"]) > own.bound:
                memory |= {"sums": [], "until": step + 1 + own.pause}
                memory["opened"] += 1
                tale.say(Flagged, subject=self.label, reason="circuit opened")
        told = {"pausing": self.pausing, "opened": memory["opened"]}
        return replace(result, truth=self.revealed(result, told))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell whether there is a pause."""
        return {name: {**one, "paused": self.pausing} for name, one in seen.items()}

    def words(self, agent: str) -> str:
        """Tell whether there is a pause."""
        return "Everything is paused; moves are not made." if self.pausing else ""
