"""Selection: players rate each other, and the lowest rated sits on the bench for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from tertius.core.events import Rated, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun
from tertius.core.ports.environment import Move, StepResult
from tertius.environments.moves import MoveError
from tertius.environments.world import Tale
from tertius.environments.wrappers.beside import Beside

HIGHEST = 100


class SelectionSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    every
        Every so many steps the lowest rated is benched; 0 for never.
    bench
        For how many steps.
    below
        Only if its mean rating lies below this, 0 to 100.
    by_pay
        Rate by what was earned instead, the best as 100 and the worst as 0: for players who rate
        nobody.
    """

    every: Annotated[int, Meta(ge=0)] = 10
    bench: Annotated[int, Meta(ge=1)] = 10
    below: Annotated[float, Meta(ge=0, le=100)] = 100.0
    by_pay: bool = False


class Selection(Beside[SelectionSettings]):
    """Lets players add ``"rate": {"ben": 70}`` to a move, 0 to 100, and benches the lowest.

    Notes
    -----
    Mean ratings of the time since the last selection stand under ``ratings``; who is benched plays
    the idle move. Selecting by ratings rewards those who are liked, by pay those who take most:
    either may select for what it was to prevent. Who nobody rated is not benched; of two equals
    the first seat is.

    References
    ----------
    Nowak and Sigmund, "Evolution of indirect reciprocity by image scoring", Nature 393 (1998).
    """

    name = "selection"
    Settings: ClassVar[type[Noun]] = SelectionSettings
    neutral: ClassVar[Mapping[str, Value]] = {"every": 0}

    def begin(self) -> None:
        """Nobody was rated."""
        self.memory = {"sums": {}, "earned": {}, "until": {}, "benched": []}

    def parts(self, agent: str) -> Mapping[str, Any]:
        """Allow a rating of each of the others."""
        rating = {"type": "number", "minimum": 0, "maximum": HIGHEST}
        return {
            "rate": {
                "type": "object",
                "properties": {name: rating for name in self.seats if name != agent},
                "additionalProperties": False,
            }
        }

    def check(self, agent: str, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Settle whom it rates."""
        rate = parts.get("rate", {})
        if not isinstance(rate, Mapping):
            raise MoveError(f"bad `rate` {ascii(rate)[:40]}; expected ratings by name")
        others = [name for name in self.seats if name != agent]
        for name, score in rate.items():
            if name not in others:
                hint = nearest(name, others) if isinstance(name, str) else ""
                raise MoveError(f"nobody to rate is called {ascii(name)[:40]}{hint}")
            number = isinstance(score, int | float) and not isinstance(score, bool)
            if not number or not 0 <= score <= HIGHEST:
                raise MoveError(f"bad rating {ascii(score)[:40]}; expected 0 to {HIGHEST}")
        return dict(rate)

    def before(self, actions: Mapping[str, Move]) -> Mapping[str, Move]:
        """Play the idle move for those on the bench."""
        moves = dict(super().before(actions))
        for name in self._benched():
            if name in moves and name in self.acting:
                moves[name] = self.inner.idle(name)
        return moves

    def after(self, result: StepResult, tale: Tale) -> StepResult:
        """Add ratings up, and select."""
        own, memory = self.settings, self.memory
        benched = self._benched(self.steps_taken - 1)
        for agent, ratings in self.taken.items():
            for ratee, score in ratings.items():
                total, count = memory["sums"].get(ratee, (0.0, 0))
                memory["sums"][ratee] = [total + score, count + 1]
                tale.say(Rated, agent=agent, ratee=ratee, score=score, low=0, high=HIGHEST)
        earned = memory["earned"]
        memory["earned"] = {n: earned.get(n, 0.0) + one for n, one in result.rewards.items()}
        if own.every and self.steps_taken % own.every == 0:
            self._select()
        told = {"benched": benched, "ratings": self._ratings()}
        return replace(result, truth=self.revealed(result, told))

    def sight(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell ratings, and who sits on the bench."""
        told = {"ratings": self._ratings(), "benched": self._benched()}
        return {name: {**one, **told} for name, one in seen.items()}

    def words(self, agent: str) -> str:
        """Tell ratings, and who sits on the bench."""
        ratings = ", ".join(f"{name} {score:g}" for name, score in self._ratings().items())
        lines = [f"Mean ratings: {ratings}."] if ratings else []
        if self._benched():
            lines.append(f"On the bench: {', '.join(self._benched())}.")
        lines.append('You may rate the others: {"move": ..., "rate": {"name": 0 to 100}}.')
        return "\n".join(lines)

    def _benched(self, step: int | None = None) -> list[str]:
        step = self.steps_taken if step is None else step
        return [name for name, until in self.memory["until"].items() if until > step]

    def _ratings(self) -> dict[str, float]:
        if not self.settings.by_pay:
            sums = self.memory["sums"]
            return {n: sums[n][0] / sums[n][1] for n in self.seats if n in sums}
        earned = self.memory["earned"]
        least, most = min(earned.values(), default=0.0), max(earned.values(), default=0.0)
        if most == least:
            return {}
        return {name: HIGHEST * (one - least) / (most - least) for name, one in earned.items()}

    def _select(self) -> None:
        ratings = self._ratings()
        if ratings:
            lowest = min(ratings, key=ratings.__getitem__)
            if ratings[lowest] < self.settings.below:
                self.memory["until"][lowest] = self.steps_taken + self.settings.bench
        self.memory |= {"sums": {}, "earned": {}}
