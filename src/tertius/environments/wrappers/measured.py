"""How much of something a move is: one for a named move, an amount for an amount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertius.core.names import nearest
from tertius.core.ports.environment import Environment, Move
from tertius.environments.moves import Amount, Choice, Moves, Several
from tertius.environments.settings import SettingsError
from tertius.environments.world import World
from tertius.environments.wrappers.around import innermost
from tertius.environments.wrappers.beside import plain, played


class Measure:
    """Counts a named move, or an amount, or one part of a move of several.

    Parameters
    ----------
    world
        The world, or what is laid around it; made of `World`.
    move
        The move that counts 1; empty where an amount counts.
    part
        Which part of a move of several is meant; empty for a move of one.

    Raises
    ------
    SettingsError
        The world is none of ours, so that its moves cannot be measured.
    """

    def __init__(self, world: Environment, *, move: str, part: str) -> None:
        self.move, self.part, self._world = move, part, innermost(world)

    def require(self) -> None:
        """Refuse what nobody can do in this world; it was reset.

        Raises
        ------
        SettingsError
            No seat has such a move, amount or part, at the beginning or ever.
        """
        kinds: list[Moves] = []
        for seat in range(len(self._world.seats)):
            kinds += [self._world.moves(0, seat), self._world.space(seat)]
        if type(self._world).space is not World.space or any(self._meant(kind) for kind in kinds):
            return  # where the kind of move changes from phase to phase, it may come later
        parts = [name for kind in kinds if isinstance(kind, Several) for name in kind.parts]
        names = [name for kind in kinds if isinstance(kind, Choice) for name in kind.names]
        if self.part or parts:
            hint = nearest(self.part, parts) or f"; parts are {list(dict.fromkeys(parts))}"
            raise SettingsError(f"no such part of a move: `{self.part[:40]}`{hint}")
        hint = nearest(self.move, names) or f"; moves are {list(dict.fromkeys(names)) or 'amounts'}"
        raise SettingsError(f"no such move: `{ascii(self.move)[1:-1][:40]}`{hint}")

    def of(self, agent: str, action: Move) -> float:
        """Return how much of it a move is; 0 for a move that the world will refuse."""
        seat = self._world.seats.index(agent)
        kind = self._meant(self._world.moves(0, seat))
        if kind is None:
            return 0.0
        value = self._value(seat, plain(action))
        if isinstance(value, str):
            return float(value == self.move)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return 0.0
        if isinstance(kind, Amount):
            return float(value)
        inside = value == value // 1 and 0 <= value < len(kind.names)
        return float(inside and kind.names[int(value)] == self.move)

    def cut(self, agent: str, action: Move, most: float) -> Move | None:
        """Return the action with its amount cut to `most`; None where that is not allowed."""
        seat = self._world.seats.index(agent)
        kind = self._meant(self._world.moves(0, seat))
        if not isinstance(kind, Amount):
            return None
        left = most // 1 if kind.whole else most
        if left < kind.low:
            return None
        value: Any = int(left) if kind.whole else left
        bare = plain(action)
        if isinstance(bare, Mapping):
            value = {**bare, self.part: value}
        elif self.part:
            assert isinstance(bare, list | tuple)
            at = self._at(seat)
            value = [*bare[:at], value, *bare[at + 1 :]]
        return played(action, value)

    def _meant(self, kind: Moves) -> Choice | Amount | None:
        """Return the kind of what is measured; None where a move has no such thing."""
        meant: Moves | None = kind
        if isinstance(kind, Several):
            meant = kind.parts.get(self.part)
        elif self.part:
            return None
        if isinstance(meant, Choice):
            return meant if self.move in meant.names else None
        return meant if isinstance(meant, Amount) and not self.move else None

    def _at(self, seat: int) -> int:
        kind = self._world.moves(0, seat)
        assert isinstance(kind, Several)
        return list(kind.parts).index(self.part)

    def _value(self, seat: int, bare: Any) -> Any:
        if not self.part:
            return bare
        if isinstance(bare, Mapping):
            return bare.get(self.part)
        at = self._at(seat)
        return bare[at] if isinstance(bare, list | tuple) and at < len(bare) else None
