"""What tabular learners share: named moves, rewards gathered between turns, what is kept."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import PlayerKind
from tertius.players.seated import PlayerSettingsError, Seated


def options(player: Seated, observation: Any) -> list[Move]:
    """Return the moves a player chooses among.

    They are those of its setting `moves`, a JSON list, or else those that the observation lists
    under the name in its setting `among`.

    Raises
    ------
    PlayerSettingsError
        Neither gives any.
    """
    given: list[Move] = listed(player, "moves") or observation.get(player.settings["among"]) or []
    if not given:
        raise PlayerSettingsError(
            f"player `{player.name}` finds no moves under `{player.settings['among']}`; "
            'set `among` to what lists them, or `moves` to JSON such as ["stay", "go"]'
        )
    return given


def listed(player: Seated, name: str) -> list[Any]:
    """Return a setting that is a JSON list.

    Raises
    ------
    PlayerSettingsError
        It is not.
    """
    try:
        values = json.loads(player.settings[name])
    except ValueError:
        values = None
    if not isinstance(values, list):
        raise PlayerSettingsError(
            f"setting `{name}` of player `{player.name}` is no list; "
            'give JSON such as ["stay", "go"]'
        )
    return values


def within(player: Seated, **ranges: tuple[float, float]) -> None:
    """Refuse settings out of their range, both ends allowed.

    Raises
    ------
    PlayerSettingsError
        Naming the setting.
    """
    for name, (low, high) in ranges.items():
        value = player.settings[name]
        if not low <= value <= high:
            raise PlayerSettingsError(
                f"setting `{name}` of player `{player.name}` is {value:g}; "
                f"expected {low:g} to {high:g}"
            )


def one_of(best: Sequence[Move], draws: Draws) -> Move:
    """Return one of some moves that are as good as each other."""
    return best[draws.below(len(best), "tie")] if len(best) > 1 else best[0]


class Learner(Seated):
    """A player that chooses among named moves and hears what each one brought.

    Parameters
    ----------
    **settings
        `moves` or `among` say what it chooses among (see `options`); with `keeps` it sits down
        for a new episode knowing what it learned in the last.

    Notes
    -----
    A subclass gives `fresh`, `choose` and `credit`. What a move brought is everything paid from it
    until the player's next move, so worlds played in turns work as well.
    """

    kind: ClassVar[PlayerKind] = "learning"
    defaults: ClassVar[Mapping[str, Value]] = {"moves": "[]", "among": "moves", "keeps": False}

    def begin(self, setting: dict[str, Value]) -> None:
        """Know nothing, unless what was learned is kept."""
        kept = self.memory.get("learned") if self.settings["keeps"] else None
        self.memory = {"learned": kept or self.fresh(), "last": None, "earned": 0.0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Learn from the last move, then make the next."""
        allowed = options(self, observation)
        if self.memory["last"] is not None:
            self.credit(self.memory["last"], self.memory["earned"], observation)
        move = self.choose(allowed, observation, draws)
        self.memory["last"], self.memory["earned"] = self.note(move, observation), 0.0
        return move

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Gather what the last move brings; at the end, learn from it."""
        if self.memory.get("last") is None:
            return
        self.memory["earned"] += reward
        if done:
            self.credit(self.memory["last"], self.memory["earned"], None)
            self.memory["last"] = None

    def note(self, move: Move, observation: Any) -> Any:
        """Return what is remembered of a move, plain JSON."""
        return str(move)

    @abstractmethod
    def fresh(self) -> dict[str, Any]:
        """Return what one knows who has learned nothing."""

    @abstractmethod
    def choose(self, allowed: Sequence[Move], observation: Any, draws: Draws) -> Move:
        """Return a move."""

    @abstractmethod
    def credit(self, last: Any, earned: float, observation: Any) -> None:
        """Learn what a move brought; `observation` is what is seen now, None at the end."""
