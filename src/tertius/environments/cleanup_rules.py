"""Cleanup's rules as a kernel: walk, eat, shoot, dirt comes, apples grow, the removed come back.

A step runs in this order. Players move and turn one after another in an order drawn anew each
step; a cell holds one player. Whoever is on an apple eats it. In the same order players shoot.
Then dirt comes, then apples grow, and at last those whose time is up come back to a free start
cell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tertius.environments.grid import Cells, Ways, beam, look, seen_at, shuffle, there, ways_of
from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of, unit

NOTHING, WALL, GROUND, WATER, CLEAN, DIRTY, PLACE, APPLE = range(8)
PLAYER = 8
"""A player's number in a view is PLAYER + 4 * seat + where it faces, seen from the viewer: 0 the
same way, 1 to the right, 2 towards it, 3 to the left."""
AHEAD, BEHIND, SIDE = 9, 1, 5
WIDTH, SIGHT = 2 * SIDE + 1, (2 * SIDE + 1) * (AHEAD + 1 + BEHIND)
STAY, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT, ZAP, WASH = range(9)
TAKEN = 255
"""What `who` holds where nobody can stand: walls, and all that lies outside."""

LENGTH, HALF = 3, 1
WASH_STOPS = np.isin(np.arange(256), [NOTHING, WALL, DIRTY])
ZAP_STOPS = np.arange(256) > 0
FORWARDS = np.array([0, 1, -1, 0, 0])
RIGHTS = np.array([0, 0, 0, -1, 1])

ORDER, START, FACING = number_of("order"), number_of("start"), number_of("facing")
DIRT, WHERE, GROW = number_of("dirt"), number_of("where"), number_of("grow")
BACK, BACK_FACING, END = number_of("back"), number_of("back-facing"), number_of("end")


class Rules(NamedTuple):
    """What does not change in an episode."""

    ground: Cells
    """The map at reset, flat."""
    ways: Ways
    river: NDArray[np.int64]
    """Cells that can get dirty."""
    trees: NDArray[np.int64]
    """Cells where apples grow."""
    starts: NDArray[np.int64]
    """Cells where players begin and come back."""
    denominator: float
    limit: float
    growth: float
    dirt_after: int
    dirt_chance: float
    wash_wait: int
    zap_wait: int
    away_steps: int
    least_steps: int
    most_steps: int
    stops: float


class State(NamedTuple):
    """What copies are in; every array has a row for each."""

    cells: Cells
    """What lies on each place of the flat map."""
    who: Cells
    """Seat + 1 of who stands there, 0 for nobody."""
    at: NDArray[np.int64]
    facing: NDArray[np.int64]
    away: NDArray[np.int64]
    wash_wait: NDArray[np.int64]
    zap_wait: NDArray[np.int64]
    dirty: NDArray[np.int64]
    washed: NDArray[np.int64]
    """How many cells each player cleaned in this step."""
    hit_by: NDArray[np.int64]
    """Who zapped each player in this step, -1 for nobody."""
    views: Cells


class Told(NamedTuple):
    """What a step brings, beside the state."""

    rewards: NDArray[np.float64]
    harm: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]


@compiled
def begin(keys: NDArray[np.uint64], copy: int, rules: Rules, state: State) -> None:
    """Lay out the map and put everybody on a start cell."""
    cells, who, players = state.cells[copy], state.who[copy], state.at.shape[1]
    cells[:] = rules.ground
    state.dirty[copy] = 0
    for place in range(len(cells)):
        who[place] = TAKEN if cells[place] <= WALL else 0
        state.dirty[copy] += cells[place] == DIRTY
    order = np.empty(len(rules.starts), np.int64)
    shuffle(fold(fold(keys[copy], WORLD), START), 0, order)
    for player in range(players):
        state.at[copy, player] = rules.starts[order[player]]
        who[state.at[copy, player]] = player + 1
        state.facing[copy, player] = below(fold(fold(keys[copy], player), FACING), 0, 4)
    state.away[copy, :] = 0
    state.wash_wait[copy, :] = 0
    state.zap_wait[copy, :] = 0
    state.washed[copy, :] = 0
    state.hit_by[copy, :] = -1
    show(cells, state.at[copy], state.facing[copy], state.away[copy], rules.ways, state.views[copy])


@compiled
def play_step(
    moves: NDArray[np.float64], keys: NDArray[np.uint64], steps: NDArray[np.int64],
    rules: tuple[Any, ...], state: tuple[Any, ...], told: tuple[Any, ...],
) -> None:  # fmt: skip
    """Play one step in every copy; plain tuples are handed over twice as fast as named ones."""
    advance(moves, keys, steps, Rules(*rules), State(*state), Told(*told))


@compiled
def advance(
    moves: NDArray[np.float64], keys: NDArray[np.uint64], steps: NDArray[np.int64],
    rules: Rules, state: State, told: Told,
) -> None:  # fmt: skip
    """Play one step in every copy."""
    copies, players = moves.shape
    order = np.empty(players, np.int64)
    hits = np.empty(2 * HALF + 1, np.int64)
    ways, starts = rules.ways, rules.starts
    for copy in range(copies):
        cells, who, at = state.cells[copy], state.who[copy], state.at[copy]
        facing, away = state.facing[copy], state.away[copy]
        zap_wait, wash_wait = state.zap_wait[copy], state.wash_wait[copy]
        hit_by, washed, harm = state.hit_by[copy], state.washed[copy], told.harm[copy]
        key, step = keys[copy], steps[copy]
        world = fold(key, WORLD)
        shuffle(fold(world, ORDER), step, order)
        for player in range(players):
            harm[player] = 1.0 if away[player] > 0 else 0.0
            hit_by[player] = -1
            washed[player] = 0
        for place in range(players):
            player = order[place]
            if away[player] == 0:
                walk(player, int(moves[copy, player]), who, at, facing, ways)
        for player in range(players):
            if away[player] == 0 and cells[at[player]] == APPLE:
                cells[at[player]] = PLACE
                told.rewards[copy, player] = 1.0
        for place in range(players):
            player = order[place]
            if away[player] > 0:
                continue
            move = int(moves[copy, player])
            if zap_wait[player] > 0:
                zap_wait[player] -= 1
            elif move == ZAP:
                zap_wait[player] = rules.zap_wait
                zap(player, who, at, facing, ways, rules.away_steps, away, hit_by, hits)
            if wash_wait[player] > 0:
                wash_wait[player] -= 1
            elif move == WASH:
                wash_wait[player] = rules.wash_wait
                washed[player] = wash(player, cells, at, facing, ways, hits)
                state.dirty[copy] -= washed[player]
        if step >= rules.dirt_after and unit(fold(world, DIRT), step) < rules.dirt_chance:
            clean = len(rules.river) - state.dirty[copy]
            if clean > 0:
                soil(below(fold(world, WHERE), step, clean), cells, rules.river)
                state.dirty[copy] += 1
        foul = state.dirty[copy] / rules.denominator
        share = (rules.limit - foul) / rules.limit if foul < rules.limit else 0.0
        harm[players] = grow(
            fold(world, GROW), step, rules.growth * share, rules.growth, cells, rules.trees
        )
        for player in range(players):
            if away[player] > 0 and hit_by[player] < 0:
                away[player] -= 1
                if away[player] == 0:
                    come_back(fold(key, player), step, player, who, at, facing, starts)
        show(cells, at, facing, away, ways, state.views[copy])
        done = step + 1
        if done >= rules.most_steps:
            told.truncated[copy] = True
        elif done >= rules.least_steps and done % 100 == 0:
            told.terminated[copy] = unit(fold(world, END), step) < rules.stops


@compiled
def walk(
    player: int, move: int, who: Cells, at: NDArray[np.int64], facing: NDArray[np.int64], ways: Ways
) -> None:
    """Turn, or go to the next cell if it is free."""
    if move == TURN_LEFT:
        facing[player] = (facing[player] + 3) & 3
    elif move == TURN_RIGHT:
        facing[player] = (facing[player] + 1) & 3
    elif FORWARD <= move <= STEP_RIGHT:
        to = there(at[player], facing[player], FORWARDS[move], RIGHTS[move], ways)
        if who[to] == 0:
            who[at[player]] = 0
            who[to] = player + 1
            at[player] = to


@compiled
def zap(
    player: int, who: Cells, at: NDArray[np.int64], facing: NDArray[np.int64], ways: Ways,
    steps: int, away: NDArray[np.int64], hit_by: NDArray[np.int64],
    hits: NDArray[np.int64],
) -> None:  # fmt: skip
    """Take everybody who stops a lane off the map."""
    for hit in range(beam(who, ZAP_STOPS, at[player], facing[player], LENGTH, HALF, ways, hits)):
        place = hits[hit]
        if who[place] != TAKEN:
            victim = int(who[place]) - 1
            who[place] = 0
            away[victim] = steps
            hit_by[victim] = player


@compiled
def wash(
    player: int, cells: Cells, at: NDArray[np.int64], facing: NDArray[np.int64], ways: Ways,
    hits: NDArray[np.int64],
) -> int:  # fmt: skip
    """Clean the first dirty cell of each lane; return how many."""
    count = 0
    for hit in range(beam(cells, WASH_STOPS, at[player], facing[player], LENGTH, HALF, ways, hits)):
        if cells[hits[hit]] == DIRTY:
            cells[hits[hit]] = CLEAN
            count += 1
    return count


@compiled
def soil(number: int, cells: Cells, river: NDArray[np.int64]) -> None:
    """Make the clean river cell of that number dirty."""
    for place in river:
        if cells[place] == CLEAN:
            if number == 0:
                cells[place] = DIRTY
                return
            number -= 1


@compiled
def grow(
    key: np.uint64, step: int, chance: float, best: float, cells: Cells, trees: NDArray[np.int64]
) -> float:
    """Let apples grow; return how many more would have grown at the `best` chance."""
    count = len(trees)
    missing = 0.0
    for tree in range(count):
        if cells[trees[tree]] == PLACE:
            drawn = unit(key, step * count + tree)
            if drawn < chance:
                cells[trees[tree]] = APPLE
            elif drawn < best:
                missing += 1.0
    return missing


@compiled
def come_back(
    own: np.uint64, step: int, player: int, who: Cells, at: NDArray[np.int64],
    facing: NDArray[np.int64], starts: NDArray[np.int64],
) -> None:  # fmt: skip
    """Put a player whose time is up on a random free start cell."""
    free = 0
    for place in starts:
        free += who[place] == 0
    number = below(fold(own, BACK), step, free)
    for place in starts:
        if who[place] == 0:
            if number == 0:
                at[player] = place
                who[place] = player + 1
                facing[player] = below(fold(own, BACK_FACING), step, 4)
                return
            number -= 1


@compiled
def show(
    cells: Cells, at: NDArray[np.int64], facing: NDArray[np.int64], away: NDArray[np.int64],
    ways: Ways, views: Cells,
) -> None:  # fmt: skip
    """Write what everybody sees; those who are away see nothing."""
    for player in range(len(at)):
        view, own, way = views[player], at[player], facing[player]
        if away[player] > 0:
            view[:] = NOTHING
            continue
        look(cells, own, way, AHEAD, WIDTH, ways, view)
        for other in range(len(at)):
            if away[other] == 0:
                forward, right = seen_at(own, way, at[other], ways)
                if -BEHIND <= forward <= AHEAD and -SIDE <= right <= SIDE:
                    turned = (facing[other] - way) & 3
                    spot = (AHEAD - forward) * WIDTH + SIDE + right
                    view[spot] = PLAYER + 4 * other + turned


def rules_of(cells: Cells, starts: NDArray[np.int64], **numbers: Any) -> Rules:
    """Return the rules on a map."""
    flat = cells.ravel()
    return Rules(
        ground=flat,
        ways=ways_of(cells.shape[1]),
        river=np.flatnonzero((flat == CLEAN) | (flat == DIRTY)),
        trees=np.flatnonzero((flat == PLACE) | (flat == APPLE)),
        starts=starts,
        **numbers,
    )
