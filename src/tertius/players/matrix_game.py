"""Players of matrix games: the classics, and one who extorts.

The first of a game's two moves is the friendly one (cooperate, stag, swerve, contribute); among
more than two, "the other" is friendly where all others are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import PlayerSettingsError, Seated
from tertius.stats.repeated_games import GameError, extortion


class AlwaysCooperate(Seated):
    """Friendly, whatever happens."""

    name = "matrix_game/always_cooperate"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Play the friendly move."""
        return _moves(observation)[0]


class AlwaysDefect(Seated):
    """Never friendly: the free rider of public goods."""

    name = "matrix_game/always_defect"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Play the other move."""
        return _moves(observation)[1]


class TitForTat(Seated):
    """Friendly at first, then what the other did last; `share` of the others must be friendly.

    `forgives` is the chance to be friendly all the same, which mends long feuds under noise.

    References
    ----------
    Axelrod, "The Evolution of Cooperation" (1984); generous: Nowak and Sigmund, Nature 355 (1992).
    """

    name = "matrix_game/tit_for_tat"
    defaults: ClassVar[Mapping[str, Value]] = {"share": 1.0, "forgives": 0.0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Answer in kind."""
        moves = _moves(observation)
        if _friendly(observation) >= self.settings["share"]:
            return moves[0]
        return moves[0] if draws.unit("forgive") < self.settings["forgives"] else moves[1]


class Grim(Seated):
    """Friendly until somebody else was not, then never again."""

    name = "matrix_game/grim"

    def begin(self, setting: dict[str, Value]) -> None:
        """Bear no grudge yet."""
        self.memory = {"wronged": False}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Remember for ever."""
        self.memory["wronged"] = self.memory["wronged"] or _friendly(observation) < 1
        return _moves(observation)[1 if self.memory["wronged"] else 0]


class WinStayLoseShift(Seated):
    """Repeats its move after the other was friendly and changes it after the other was not.

    References
    ----------
    Nowak and Sigmund, Nature 364 (1993), where it is called Pavlov.
    """

    name = "matrix_game/win_stay_lose_shift"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Stay, or shift."""
        moves, mine = _moves(observation), observation["mine"]
        if mine is None:
            return moves[0]
        return mine if _friendly(observation) == 1 else moves[1 - moves.index(mine)]


class Extortion(Seated):
    """Holds its surplus over mutual defection at `factor` times the other's, whatever that does.

    `reaction` is how fast it answers; the payoffs are those of the dilemma that is played.

    References
    ----------
    Press and Dyson, PNAS 109 (2012), equation 13.
    """

    name = "matrix_game/extortion"
    defaults: ClassVar[Mapping[str, Value]] = {
        "factor": 3.0, "reaction": 0.5,
        "temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0,
    }  # fmt: skip

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        own = self.settings
        payoffs = [own[name] for name in ("temptation", "reward", "punishment", "sucker")]
        try:
            self._chances = extortion(own["factor"], share=own["reaction"], payoffs=payoffs)
        except GameError as error:
            raise PlayerSettingsError(f"player `{self.name}`: {error}") from None

    def act(self, observation: Any, draws: Draws) -> Move:
        """Draw the move that the last round calls for; begin unfriendly."""
        moves, mine = _moves(observation), observation["mine"]
        if mine is None:
            return moves[1]
        after = 2 * moves.index(mine) + (_friendly(observation) < 1)
        return moves[0 if draws.unit("cooperate") < self._chances[after] else 1]


def _moves(observation: Any) -> list[str]:
    moves: list[str] = observation["moves"]
    return moves


def _friendly(observation: Any) -> float:
    """Return the share of others whose last move was the friendly one; 1 before the first round."""
    others: dict[str, str] = observation["others"]
    if not others:
        return 1.0
    friendly = _moves(observation)[0]
    return sum(move == friendly for move in others.values()) / len(others)
