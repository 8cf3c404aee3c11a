"""Cleanup: apples grow only beside a clean river, and who cleans the river eats no apples.

Players walk a walled map with a river on one side and an orchard on the other. They see only what
lies around them. Dirt comes into the river by itself; the dirtier it is, the slower apples grow,
and from a share on none grows at all. Everybody eats, only those who wash keep the river clean.
The absent party is the ``orchard``: it loses every apple that would have grown this step beside a
clean river and did not. A player is harmed by every step for which a zap keeps it off the map.

References
----------
Hughes et al., "Inequity aversion improves cooperation in intertemporal social dilemmas", NeurIPS
2018; rules and numbers as in Melting Pot's ``clean_up`` (Leibo et al., ICML 2021; Agapiou et al.,
2022). The map is our own, with that one's counts of cells. SocialJax (Guo et al., 2026) counts
the plain river cells too: ``denominator=167``.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tertius.core.events import OutcomeObserved, Text
from tertius.core.noun import Noun
from tertius.core.ports.environment import Facts, Known
from tertius.environments import cleanup_rules as kernel
from tertius.environments.cleanup_rules import (
    AHEAD,
    PLAYER,
    SIGHT,
    WIDTH,
    Rules,
    State,
    Told,
)
from tertius.environments.grid import FACINGS, MapError, drawn
from tertius.environments.moves import Choice
from tertius.environments.settings import SettingsError
from tertius.environments.world import Tale, World

COAST = """
##############################
#%%%%~~~~......P......,,,,,,,#
#%%%%~~~~.........P...,,,,,,,#
#%%%%~~~~.......P.....,,,,,,,#
#%%%%%~~...........P...,,,,,,#
#%%%%~~~......P.....P.,,,,,,,#
#%%%%~~~~........P....,,,,,,,#
#%%%%~~~~......P......,,,,,,,#
#%%%%~~~~.........P....,,,,,,#
#%%%%~~~~.......P.....,,,,,,,#
#%%%%%~~~====================#
#%%%%~~~~........P....,,,,,,,#
#%%%%~~~~..........P...,,,,,,#
#%%%%~~~~.......P.....,,,,,,,#
#%%%%~~~..........P...,,,,,,,#
#%%%%~~~.......P......,,,,,,,#
#%%%%%~~~...........P..,,,,,,#
#%%%%~~~~........P....,,,,,,,#
#%%%%~~~~..........P..,,,,,,,#
#%%%%~~~........P.....,,,,,,,#
##############################
"""
"""The full-size map: 21 x 30 cells with the walls; 147 river cells that can get dirty, 79 of them
dirty at reset, 20 that cannot, 122 apple places, 19 start cells."""

MAPS = {"coast": COAST}
CODES = {"#": kernel.WALL, ".": kernel.GROUND, "=": kernel.WATER, "~": kernel.CLEAN,
         "%": kernel.DIRTY, ",": kernel.PLACE, "@": kernel.APPLE, "P": 255}  # fmt: skip
MOVES = ("stay", "forward", "backward", "step-left", "step-right", "turn-left", "turn-right",
         "zap", "clean")  # fmt: skip
MOST = 26
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINE = 255
_GLYPHS = b"_#.=~%,@" + b"".join(4 * letter.encode() for letter in LETTERS) + b"?" * 143 + b"\n"


class CleanupSettings(Noun, frozen=True, kw_only=True):
    """What can be chosen.

    Parameters
    ----------
    map
        ``coast``, or a map in text with the same symbols (see `COAST`), rows parted by new lines.
    players
        1 to 26, and no more than there are start cells.
    denominator
        By how many cells dirt is divided to get the dirty share; 0 for the map's own number of
        cells that can get dirty. SocialJax's map counts 167.
    limit
        From this dirty share on no apple grows.
    growth
        Chance of an empty place to bear an apple, in a step beside a clean river.
    dirt_after, dirt_chance
        After so many steps one river cell gets dirty with this chance a step.
    wash_wait, zap_wait
        Steps for which a beam rests after use.
    away
        Steps that a zapped player is off the map.
    least_steps, most_steps, stops
        From `least_steps` on, an episode ends with this chance at every hundredth step, and at
        `most_steps` at the latest, even if that is sooner.
    """

    map: Text = "coast"
    players: Annotated[int, Meta(ge=1, le=MOST)] = 7
    denominator: Annotated[int, Meta(ge=0, le=10_000)] = 0
    limit: Annotated[float, Meta(gt=0, le=1)] = 0.4
    growth: Annotated[float, Meta(ge=0, le=1)] = 0.05
    dirt_after: Annotated[int, Meta(ge=0, le=1_000_000)] = 50
    dirt_chance: Annotated[float, Meta(ge=0, le=1)] = 0.5
    wash_wait: Annotated[int, Meta(ge=0, le=1000)] = 2
    zap_wait: Annotated[int, Meta(ge=0, le=1000)] = 10
    away: Annotated[int, Meta(ge=1, le=10_000)] = 50
    least_steps: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    most_steps: Annotated[int, Meta(ge=1, le=1_000_000)] = 5000
    stops: Annotated[float, Meta(ge=0, le=1)] = 0.2

    def __post_init__(self) -> None:
        _charted(self)


class Cleanup(World[CleanupSettings]):
    """Players between a river and an orchard.

    Attributes
    ----------
    views
        What everybody sees, (copies, seats, 11, 11) small integers, see `cleanup_rules`: the
        farthest row first, the player itself in the middle of the last row but one.

    Examples
    --------
    >>> world = Cleanup()
    >>> seen = world.reset(seed=1)
    >>> world.truth()["dirty"], len(seen["player-1"]["view"].split())
    (79, 11)
    >>> result = world.step(dict.fromkeys(world.agents, "stay"))
    >>> sum(result.rewards.values()), result.harm["orchard"] > 0
    (0.0, True)
    """

    Settings: ClassVar[type[Noun]] = CleanupSettings
    steady = True

    def sit(self) -> tuple[str, ...]:
        """Name the players."""
        return tuple(f"player-{n}" for n in range(1, self.settings.players + 1))

    def declare(self) -> Facts:
        """Read the map."""
        own = self.settings
        self.rules = _charted(own)
        source = "Melting Pot clean_up; the map is our own with that one's counts"
        river = int(self.rules.denominator)
        return Facts(
            name="cleanup",
            least_players=own.players,
            most_players=own.players,
            timing="simultaneous",
            sees={"*": "11 x 11 cells turned its way: 9 ahead, 1 behind, 5 to each side"},
            low=0.0,
            high=1.0,
            absent=("orchard",),
            known=(
                Known(name="dirt-limit", value=float(_most_dirt(own.limit, river)),
                      unit="dirty cells; no apple grows beside more", source=source),
                Known(name="apple-supply", value=own.growth * len(self.rules.trees),
                      unit="apples a step of all, river clean and eaten at once", source=source),
            ),
            source=source,
        )  # fmt: skip

    def build(self) -> None:
        """Keep cells, players, their beams, and the views."""
        seats, size = len(self.seats), len(self.rules.ground)
        self.cells = self.array("cells", size, dtype=np.uint8)
        self.away = self.array("away", seats, dtype=np.int64)
        self.dirty = self.array("dirty", dtype=np.int64)
        flat = self.array("views", seats, SIGHT, dtype=np.uint8)
        self.views = flat.reshape(self.copies, seats, SIGHT // WIDTH, WIDTH)
        self.state = State(
            cells=self.cells,
            who=self.array("who", size, dtype=np.uint8),
            at=self.array("at", seats, dtype=np.int64),
            facing=self.array("facing", seats, dtype=np.int64),
            away=self.away,
            wash_wait=self.array("wash_wait", seats, dtype=np.int64),
            zap_wait=self.array("zap_wait", seats, dtype=np.int64),
            dirty=self.dirty,
            washed=self.array("washed", seats, dtype=np.int64),
            hit_by=self.array("hit_by", seats, dtype=np.int64),
            views=flat,
        )
        self._lines = np.full((seats, SIGHT // WIDTH, WIDTH + 1), _LINE, np.uint8)
        self._cells_of_lines = self._lines[:, :, :WIDTH]
        told = Told(self.rewards, self.harm, self.terminated, self.truncated)
        self._parts = tuple(self.rules), tuple(self.state), tuple(told)
        self._choice = Choice(MOVES)

    def begin(self, copy: int) -> None:
        """Lay out the map and put everybody on it."""
        kernel.begin(self.keys, copy, self.rules, self.state)

    def advance(self, moves: NDArray[np.float64]) -> None:
        """Play one step in every copy."""
        kernel.play_step(moves[:, :, 0], self.keys, self.steps, *self._parts)

    def moves(self, copy: int, seat: int) -> Choice:
        """All nine, always; who is away, or whose beam rests, does nothing with them."""
        return self._choice

    def see(self, copy: int, seat: int) -> dict[str, Any]:
        """Show the cells around a player, a letter each, and how long its beams rest."""
        return self._sights(copy)[seat]

    def _seen(self) -> dict[str, Any]:
        return dict(zip(self.seats, self._sights(0), strict=True))

    def _sights(self, copy: int) -> list[dict[str, Any]]:
        state, step = self.state, self.steps.item(copy)
        self._cells_of_lines[:] = self.views[copy]
        text = self._lines.tobytes().translate(_GLYPHS).decode()
        each = (SIGHT // WIDTH) * (WIDTH + 1)
        rows = zip(
            LETTERS, range(0, len(text), each), state.facing[copy].tolist(),
            state.wash_wait[copy].tolist(), state.zap_wait[copy].tolist(),
            state.away[copy].tolist(), strict=False,
        )  # fmt: skip
        return [
            {"step": step, "me": me, "facing": FACINGS[facing],
             "view": text[start : start + each - 1], "clean_rests": wash, "zap_rests": zap,
             "away": away}
            for me, start, facing, wash, zap, away in rows
        ]  # fmt: skip

    def vectors(self) -> NDArray[np.float32]:
        """Give the view as numbers, then how long the beams rest and the player is away."""
        flat = self.views.reshape(self.copies, len(self.seats), -1)
        waits = (self.state.wash_wait, self.state.zap_wait, self.away)
        return np.concatenate([flat, np.stack(waits, axis=2)], axis=2, dtype=np.float32)

    def words(self, copy: int, seat: int) -> str:
        """Tell a player what it sees."""
        seen, away = self.see(copy, seat), self.settings.away
        if seen["away"]:
            return f"You were zapped and are away for {seen['away']} more steps. Say stay."
        wash, zap = _rests(seen["clean_rests"]), _rests(seen["zap_rests"])
        lines = [
            f"Step {seen['step'] + 1}. You are {seen['me']} and face {seen['facing']}. Each apple "
            "you walk onto pays 1. Apples grow beside a clean river, slower the dirtier it is, "
            "and not at all beside a very dirty one. This is what you see, ahead at the top:",
            seen["view"],
            "# wall, . ground, = and ~ water, % dirt in the water, `,` a place where apples grow, "
            "@ an apple, letters are players.",
            f"Your cleaning beam {wash}, your zap {zap}; both reach {kernel.LENGTH} cells ahead. "
            f"A zapped player is away for {away} steps.",
            f"Choose one of: {', '.join(MOVES)}.",
        ]
        return "\n".join(lines)

    def tell(self, moves: NDArray[np.float64], tale: Tale) -> None:
        """Say who cleaned how much, who zapped whom, and how many cells are dirty."""
        for seat, count in enumerate(self.state.washed[0].tolist()):
            if count:
                tale.say(OutcomeObserved, agent=self.seats[seat], about="river", value=-count)
        for seat, by in enumerate(self.state.hit_by[0].tolist()):
            if by >= 0:
                tale.say(
                    OutcomeObserved, agent=self.seats[by], about=self.seats[seat], value="zapped"
                )
        tale.say(OutcomeObserved, about="dirt", value=int(self.dirty[0]))

    def truth(self) -> dict[str, Any]:
        """Tell how dirty the river is, and how many apples hang."""
        return {
            "dirty": self.dirty.item(0),
            "apples": self.cells[0].tobytes().count(kernel.APPLE),
            "away": self.away[0].tolist(),
        }

    def board(self, copy: int = 0) -> list[str]:
        """Return the map as it is, a line for each row, players as letters."""
        cells = self.cells[copy].copy()
        for seat, place in enumerate(self.state.at[copy].tolist()):
            if not self.away[copy, seat]:
                cells[place] = PLAYER + 4 * seat
        inner = cells.reshape(-1, int(self.rules.ways[2]))[AHEAD:-AHEAD, AHEAD:-AHEAD]
        return [row.tobytes().translate(_GLYPHS).decode() for row in inner]


def _charted(own: CleanupSettings) -> Rules:
    text = MAPS.get(own.map, own.map)
    if "\n" not in text:
        shown = ascii(own.map)[1:-1][:40]
        raise MapError(f"no map `{shown}`; give one of {list(MAPS)}, or a map's rows")
    cells = drawn(text, CODES, margin=AHEAD)
    starts = np.flatnonzero(cells == CODES["P"])
    cells[cells == CODES["P"]] = kernel.GROUND
    if own.players > len(starts):
        raise SettingsError(
            f"{own.players} players on a map with {len(starts)} start cells; give fewer"
        )
    river = int(((cells == kernel.CLEAN) | (cells == kernel.DIRTY)).sum())
    if own.denominator and own.denominator < river:
        raise SettingsError(f"a denominator of {own.denominator}; {river} cells can get dirty")
    return kernel.rules_of(
        cells, starts, denominator=float(own.denominator or max(1, river)), limit=own.limit,
        growth=own.growth, dirt_after=own.dirt_after, dirt_chance=own.dirt_chance,
        wash_wait=own.wash_wait, zap_wait=own.zap_wait, away_steps=own.away,
        least_steps=own.least_steps, most_steps=own.most_steps, stops=own.stops,
    )  # fmt: skip


def _most_dirt(limit: float, denominator: int) -> int:
    return max(dirty for dirty in range(denominator + 1) if dirty / denominator < limit)


def _rests(steps: int) -> str:
    return f"rests for {steps} more step{'s' * (steps > 1)}" if steps else "is ready"
