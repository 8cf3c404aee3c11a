"""Players that fit any world: a fixed move, chance, a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import PlayerSettingsError, Seated


class Fixed(Seated):
    """Always the same move, given by name or number.

    Examples
    --------
    >>> Fixed(move="stay").act({}, None)
    'stay'
    """

    name = "fixed"
    defaults: ClassVar[Mapping[str, Value]] = {"move": ""}

    def __init__(self, **settings: Value) -> None:
        move = settings.pop("move", None)
        super().__init__(**settings)
        if move is None or move == "":
            raise PlayerSettingsError("player `fixed` needs a move; give it as fixed:move=NAME")
        self.settings = {"move": move}  # of any type: worlds have names and numbers

    def act(self, observation: Any, draws: Draws) -> Move:
        """Make the move."""
        move: Move = self.settings["move"]
        return move


class Uniform(Seated):
    """One of some named moves by chance, all as likely: ``moves`` as JSON list of names."""

    name = "uniform"
    defaults: ClassVar[Mapping[str, Value]] = {"moves": "[]"}

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        self._moves = _listed(self, "moves")

    def act(self, observation: Any, draws: Draws) -> Move:
        """Draw a move."""
        return self._moves[draws.below(len(self._moves), "move")]


class Script(Seated):
    """A list of moves in order, the last one for ever: ``moves`` as JSON list."""

    name = "script"
    defaults: ClassVar[Mapping[str, Value]] = {"moves": "[]"}

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        self._moves = _listed(self, "moves")

    def begin(self, setting: dict[str, Value]) -> None:
        """Start at the first line."""
        self.memory = {"line": 0}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Say the next line."""
        line: int = self.memory["line"]
        self.memory["line"] = line + 1
        return self._moves[min(line, len(self._moves) - 1)]


def _listed(player: Seated, name: str) -> list[Move]:
    try:
        moves = json.loads(player.settings[name])
    except ValueError:
        moves = None
    if not isinstance(moves, list) or not moves:
        raise PlayerSettingsError(
            f"setting `{name}` of player `{player.name}` is no list of moves; "
            'give JSON such as ["stay", "go"]'
        )
    return moves
