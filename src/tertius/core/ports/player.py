"""The Player port: what sees an observation and makes a move."""

from __future__ import annotations

from typing import Any, Protocol

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.scenario import PlayerKind


class Draws(Protocol):
    """Random numbers keyed by seed, copy, player, step and purpose.

    Notes
    -----
    Numbers for one purpose do not depend on how many were drawn for another, so one changed
    action shifts nobody else's draws.
    """

    def unit(self, purpose: str) -> float:
        """Return a number from 0 (included) to 1 (excluded)."""
        ...

    def below(self, bound: int, purpose: str) -> int:
        """Return a whole number from 0 to `bound` - 1."""
        ...


class Player(Protocol):
    """Who sits on a seat: scripted, learning, or a language model."""

    @property
    def name(self) -> str:
        """Name in the family's table."""
        ...

    @property
    def kind(self) -> PlayerKind:
        """Scripted, learning or model: every table of results says which."""
        ...

    def sit(self, agent: str, setting: dict[str, Value]) -> None:
        """Take a seat for a new episode, under this name."""
        ...

    def act(self, observation: Any, draws: Draws) -> Move:
        """Return a move that the environment's action space allows."""
        ...

    def learn(self, reward: float, observation: Any, done: bool) -> None:
        """Be told what the move brought; a player that does not learn does nothing."""
        ...

    def snapshot(self) -> bytes:
        """Return all state, so that a twin can go on from here."""
        ...

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot of this player's own kind and version."""
        ...
