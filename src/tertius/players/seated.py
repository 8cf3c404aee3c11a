"""What scripted and learning players share: a seat, settings, and state that can be kept."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.core.scenario import PlayerKind

_SORTS = {bool: "true or false,", int: "a whole number", float: "a number", str: "a text"}


class PlayerSettingsError(CallerError):
    """Settings that a player does not know, or cannot have."""


class PlayerSnapshotError(CallerError):
    """A snapshot of another player."""


class Seated(ABC):
    """A player with a seat.

    Parameters
    ----------
    **settings
        Named in the class's `defaults`, of the same type.

    Raises
    ------
    PlayerSettingsError
        An unknown name, with the nearest known one, or a value of another type or beyond the
        class's `limits`.

    Notes
    -----
    A subclass gives `name` and `act`, and keeps whatever it remembers of an episode in
    `memory`, which must be plain JSON: then snapshots come by themselves. `begin` fills it.
    """

    name: ClassVar[str]
    kind: ClassVar[PlayerKind] = "scripted"
    defaults: ClassVar[Mapping[str, Value]] = {}
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """The least and the most of settings that are numbers, by name."""

    def __init__(self, **settings: Value) -> None:
        for name, value in settings.items():
            if name not in self.defaults:
                shown = ascii(name)[1:-1][:40]
                raise PlayerSettingsError(
                    f"unknown setting `{shown}` of player `{self.name}`"
                    f"{nearest(name, self.defaults)}"
                )
            default = self.defaults[name]
            if isinstance(default, float) and type(value) is int:
                settings[name] = value = float(value)
            if type(value) is not type(default) or value != value:
                raise PlayerSettingsError(
                    f"setting `{name}` of player `{self.name}` is {ascii(value)[:40]}; expected "
                    f"{_SORTS.get(type(default), type(default).__name__)} such as {default!r}"
                )
            least, most = self.limits.get(name, (-math.inf, math.inf))
            if name in self.limits and not least <= float(value) <= most:
                raise PlayerSettingsError(
                    f"setting `{name}` of player `{self.name}` is {value}; expected "
                    f"{least:g} to {most:g}"
                )
        self.settings: dict[str, Any] = {**self.defaults, **settings}
        self.agent = ""
        self.memory: dict[str, Any] = {}

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Take a seat for a new episode, under this name; forget the last one."""
        self.agent = agent
        self.begin(setting)

    def begin(self, setting: dict[str, Value]) -> None:
        """Set `memory` for a new episode; `setting` is what the scenario tells this seat."""
        self.memory = {}

    @abstractmethod
    def act(self, observation: Any, draws: Draws) -> Move:
        """Return a move that the environment's action space allows."""

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Be told what the move brought; a scripted player does nothing with it."""
        return

    def snapshot(self) -> bytes:
        """Return all state."""
        return msgspec.msgpack.encode([self.name, self.settings, self.agent, self.memory])

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot of a player of this name with these settings.

        Raises
        ------
        PlayerSnapshotError
            It is of another.
        """
        try:
            name, settings, agent, memory = msgspec.msgpack.decode(state)
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise PlayerSnapshotError(f"not a player's snapshot: {error}") from None
        if name != self.name or settings != self.settings:
            raise PlayerSnapshotError(f"a snapshot of `{name}`; this is `{self.name}`")
        self.agent, self.memory = agent, memory
