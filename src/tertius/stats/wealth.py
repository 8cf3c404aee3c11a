"""The compiled steps of a table of e-processes: the same as `EProcess`, in the same order.

The table is one array and the state another, so that a single update hands over little.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tertius.stats.compiled import compiled
from tertius.stats.eprocess import CAP, GRID

# One row per key: per slot eight wealths, then the slot's clock and value; after the slots
# the key's weight, whether it was named, the table's clock at its last update, its updates.
BETS = len(GRID)
CLOCK, WORTH, SLOT = BETS, BETS + 1, BETS + 2
WEIGHT, NAMED, SEEN, COUNT, TAIL = 0, 1, 2, 3, 4
# What the table knows besides: its clock, the family's sum as it runs, the terms of evicted keys,
# the weights that were handed out, and the clock on which a new key begins.
NOW, RUNNING, GONE, SPENT, ENTRY, STATE = 0, 1, 2, 3, 4, 5

_MEAN = 1.0 / BETS
_NEAR = 0.999  # the running sum is trusted to a thousandth; nearer than that, it is summed anew


@compiled
def first_bad(rows: Any, slots: Any, payoffs: Any, held: int, most: int) -> int:
    """Return the first update that cannot be played, or -1."""
    for place in range(rows.size):
        fits = 0 <= rows[place] < held and 0 <= slots[place] < most
        if not (fits and -1.0 <= payoffs[place] < np.inf):
            return place
    return -1


@compiled
def value_of(table: Any, row: int, slots: int) -> float:
    """Return the value of one row: the average over its slots."""
    total = 0.0
    for slot in range(slots):
        total += float(table[row, slot * SLOT + WORTH])
    return total / slots


@compiled
def values_of(table: Any, slots: int) -> Any:
    """Return the values of all rows."""
    found = np.empty(table.shape[0])
    for row in range(table.shape[0]):
        found[row] = value_of(table, row, slots)
    return found


@compiled
def family_sum(table: Any, state: Any, held: int, slots: int, bar: float) -> float:
    """Return the sum of the family rule over all keys, by arrival: what one key must outweigh.

    A key that entered for a later place in the batch has not arrived yet: its weight is not spent.
    """
    tail = slots * SLOT
    total = float(state[GONE]) + max(0.0, 1.0 - float(state[SPENT])) * (bar - 1.0)
    for row in range(held):
        if table[row, tail + COUNT] > 0.0:
            total += float(table[row, tail + WEIGHT]) * max(0.0, bar - value_of(table, row, slots))
    return total


@compiled
def step(
    table: Any, state: Any, row: int, slot: int, payoff: float, slots: int, bar: float
) -> float:
    """Play one update; return the row's value after it."""
    start, tail = slot * SLOT, slots * SLOT
    weight = float(table[row, tail + WEIGHT])
    if table[row, tail + COUNT] > 0.0:
        owed = max(0.0, bar - value_of(table, row, slots))
    else:  # it arrives: its weight counted as a key at 1 until now
        owed = bar - 1.0
        state[SPENT] += weight
    clock = float(table[row, start + CLOCK]) + 1.0
    joins = 1.0 / (clock * (clock + 1.0))
    total = 0.0
    for bet in range(BETS):
        wealth = (float(table[row, start + bet]) + joins) * (1.0 + GRID[bet] * payoff)
        wealth = min(wealth, CAP)
        table[row, start + bet] = wealth
        total += wealth
    table[row, start + CLOCK] = clock
    table[row, start + WORTH] = total * _MEAN + 1.0 / (clock + 1.0)
    after = value_of(table, row, slots)
    state[NOW] += 1.0
    table[row, tail + SEEN] = state[NOW]
    table[row, tail + COUNT] += 1.0
    state[RUNNING] += weight * (max(0.0, bar - after) - owed)
    return after


@compiled
def judge(table: Any, state: Any, row: int, held: int, slots: int, bar: float) -> bool:
    """Return whether the family rule names a row now; it does so once."""
    tail, after = slots * SLOT, value_of(table, row, slots)
    lead = float(table[row, tail + WEIGHT]) * (after - bar)
    if table[row, tail + NAMED] != 0.0 or lead < _NEAR * state[RUNNING] or after < bar:
        return False
    state[RUNNING] = family_sum(table, state, held, slots, bar)
    if lead < state[RUNNING]:
        return False
    table[row, tail + NAMED] = 1.0
    return True


@compiled
def play_update(
    table: Any, state: Any, row: int, slot: int, payoff: float, held: int, slots: int, bar: float
) -> tuple[float, bool]:
    """Play one update; return the row's value after it and whether that named its key."""
    after = step(table, state, row, slot, payoff, slots, bar)
    return after, judge(table, state, row, held, slots, bar)


@compiled
def play_batch(
    table: Any, state: Any, rows: Any, slot: Any, payoffs: Any, ends: Any,
    held: int, slots: int, bar: float, values: Any, names: Any,
) -> None:  # fmt: skip
    """Play updates in order; write each value, and at each event's end which named their keys."""
    start = 0
    for place in range(rows.size):
        values[place] = step(table, state, rows[place], slot[place], payoffs[place], slots, bar)
        names[place] = False
        if ends[place]:
            for back in range(place, start - 1, -1):  # a key's last update names it
                names[back] = judge(table, state, rows[back], held, slots, bar)
            start = place + 1
