"""A player that answers offers of a secret tool, and plays otherwise once it has an ally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import made
from tertius.players.seated import Seated
from tertius.players.table import load


class Allied(Seated):
    """Plays as another player does, until it has an ally; then as a third one.

    Settings are `alone` and `together`, players written as ``name:key=value``; `accepts`, whether
    it takes offers and invitations; and `says`, what it whispers to its ally with every move. As
    partner it names the first of the others.

    Examples
    --------
    >>> player = Allied(alone="fixed:move=low", together="fixed:move=high")
    >>> player.sit("a", {})
    >>> player.act({"offer": "...", "partners": ["b", "c"]}, None)
    {'move': 'low', 'partner': 'b'}
    >>> player.act({"ally": "b"}, None)
    'high'
    """

    name = "allied"
    defaults: ClassVar[Mapping[str, Value]] = {
        "alone": "", "together": "", "accepts": True, "says": "",
    }  # fmt: skip

    def __init__(self, **settings: Value) -> None:
        super().__init__(**settings)
        chosen = (made(self.settings["alone"]), made(self.settings["together"]))
        self._players = tuple(load(one.name, one.settings) for one in chosen)

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Seat both."""
        super().sit(agent, setting)
        self.memory = {"together": 0}
        for player in self._players:
            player.sit(agent, setting)

    def act(self, observation: Any, draws: Draws) -> Move:
        """Play, and answer."""
        together = int("ally" in observation)
        self.memory["together"] = together
        move = self._players[together].act(observation, draws)
        if "offer" in observation and self.settings["accepts"]:
            return {"move": move, "partner": observation["partners"][0]}
        if "invitation" in observation:
            return {"move": move, "join": self.settings["accepts"]}
        if "whispered" in observation and self.settings["says"]:
            return {"move": move, "whisper": self.settings["says"]}
        return move

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Pass it on to whoever played."""
        self._players[self.memory["together"]].learn(reward, observation, done)

    def snapshot(self) -> bytes:
        """Return all state, both players' too."""
        held = [player.snapshot() for player in self._players]
        return msgspec.msgpack.encode([super().snapshot(), held])

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot."""
        try:
            own, held = msgspec.msgpack.decode(state)
        except (msgspec.DecodeError, TypeError, ValueError):
            own, held = state, ()  # of another player, as the next line says
        super().restore(own)
        for player, kept in zip(self._players, held, strict=True):
            player.restore(kept)
