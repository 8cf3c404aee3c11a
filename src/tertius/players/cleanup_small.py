"""Players of the small Cleanup: one who takes turns cleaning, one who only eats, one who zaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated

Tile = tuple[int, int]
STEPS: dict[str, Tile] = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class FreeRider(Seated):
    """Goes for the nearest apple and never cleans.

    Of two as near it takes the one fewer others stand closer to; with no apple in sight it
    stays where it is.
    """

    name = "cleanup_small/free-rider"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Harvest."""
        return self._harvest(observation)

    def _harvest(self, seen: Any) -> Move:
        me, *others = _standing(seen)
        apples = _tiles(seen, "@")
        if not apples:
            return "stay"

        def worth(tile: Tile) -> tuple[int, int, Tile]:
            return _far(me, tile), sum(_far(other, tile) < _far(me, tile) for other in others), tile

        return _towards(me, min(apples, key=worth))


class Fair(FreeRider):
    """Takes its turn: for `turn` steps one player cleans, then the next; the others harvest.

    Where no tile is polluted, who is on duty harvests too.
    """

    name = "cleanup_small/fair"
    defaults: ClassVar[Mapping[str, Value]] = {"turn": 5}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Clean when it is one's turn, else harvest."""
        crew = list(observation["at"])
        on_duty = crew[observation["step"] // self.settings["turn"] % len(crew)]
        dirt = _tiles(observation, "%")
        if on_duty != self.agent or not dirt:
            return self._harvest(observation)
        me = _standing(observation)[0]
        return "clean" if me in dirt else _towards(me, min(dirt, key=lambda tile: _far(me, tile)))


class Zapper(FreeRider):
    """Freezes whoever stands next to it and is not frozen for longer than a step; else harvests."""

    name = "cleanup_small/zapper"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Zap where it hurts, else harvest."""
        (row, col), *_ = _standing(observation)
        for other, (at_row, at_col) in observation["at"].items():
            if other == self.agent or observation["frozen"][other] > 1:
                continue
            for way, (down, across) in STEPS.items():
                if (row + down, col + across) == (at_row, at_col):
                    return f"zap-{way}"
        return self._harvest(observation)


def _standing(seen: Any) -> list[Tile]:
    """Where everybody stands, oneself first."""
    at: dict[str, list[int]] = seen["at"]
    names = [seen["me"], *(name for name in at if name != seen["me"])]
    return [(at[name][0], at[name][1]) for name in names]


def _tiles(seen: Any, symbol: str) -> list[Tile]:
    rows = seen["tiles"].split("\n")
    return [(r, c) for r, row in enumerate(rows) for c, tile in enumerate(row) if tile == symbol]


def _far(one: Tile, other: Tile) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(me: Tile, tile: Tile) -> Move:
    for way, (down, across) in STEPS.items():
        if _far((me[0] + down, me[1] + across), tile) < _far(me, tile):
            return way
    return "stay"
