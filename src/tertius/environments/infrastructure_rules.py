"""The rules of shared infrastructure over arrays: what is granted, done, and late.

References
----------
`tests/twins/infrastructure.py` says the same in plain lists; the two agree bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of, unit

RATE_LIMIT, GPU_BUDGET, CONNECTIONS = 0, 1, 2
ARRIVE = number_of("arrive")
HAND_OUT = number_of("hand out")
FINISH = number_of("finish")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@compiled
def grant(
    keys: NDArray[np.uint64], copy: int, step: int, supply: int, fair: bool, wants: Ints,
    granted: Ints,
) -> None:  # fmt: skip
    """Give what is wanted, or, where it is short, one unit at a time until nothing is left.

    By turns round the table where sharing is fair; else each unit to one of the units still asked
    for, all as likely, so that who asks for more is given more.
    """
    services = wants.shape[1]
    total = 0
    for i in range(services):
        total += wants[copy, i]
        granted[copy, i] = 0
    if total <= supply:
        for i in range(services):
            granted[copy, i] = wants[copy, i]
        return
    key = fold(fold(fold(keys[copy], WORLD), HAND_OUT), step)
    seat = step % services
    for given in range(supply):
        if fair:
            while granted[copy, seat] >= wants[copy, seat]:
                seat = (seat + 1) % services
            granted[copy, seat] += 1
            seat = (seat + 1) % services
        else:
            ticket = below(key, given, total - given)
            for i in range(services):
                ticket -= wants[copy, i] - granted[copy, i]
                if ticket < 0:
                    granted[copy, i] += 1
                    break


@compiled
def allot(
    keys: NDArray[np.uint64], copy: int, step: int, kind: int, fair: bool, capacity: int,
    overhead: float, period: int, asked: Ints, wants: Ints, granted: Ints, held: Ints,
    released: Ints, budget: Ints,
) -> None:  # fmt: skip
    """Answer what everybody asks for; afterwards `held` is what each can work with."""
    services = asked.shape[1]
    total = 0
    for i in range(services):
        released[copy, i] = 0
        if kind == RATE_LIMIT or (kind == GPU_BUDGET and step % period == 0):
            if kind == GPU_BUDGET:
                released[copy, i] = held[copy, i]
            held[copy, i] = 0
        if kind == CONNECTIONS:
            released[copy, i] = max(0, held[copy, i] - asked[copy, i])
            held[copy, i] -= released[copy, i]
            wants[copy, i] = asked[copy, i] - held[copy, i]
            total += held[copy, i]
        else:
            wants[copy, i] = asked[copy, i]
            total += asked[copy, i]
    if kind == RATE_LIMIT:
        supply = capacity
        if total > capacity:
            supply = max(0, capacity - int(overhead * (total - capacity)))
    elif kind == GPU_BUDGET:
        if step % period == 0:
            budget[copy] = capacity * period
        supply = budget[copy]
    else:
        supply = capacity - total
    grant(keys, copy, step, supply, fair, wants, granted)
    for i in range(services):
        held[copy, i] += granted[copy, i]
        if kind == GPU_BUDGET:
            budget[copy] -= granted[copy, i]


@compiled
def work(
    keys: NDArray[np.uint64], copy: int, step: int, kind: int, finish: float, most: int,
    held: Ints, waiting: Ints, done: Bools, served: Ints,
) -> None:  # fmt: skip
    """Do what is waiting, oldest first, with what is held."""
    services, deadline = waiting.shape[1:]
    for i in range(services):
        backlog = 0
        for age in range(deadline):
            backlog += waiting[copy, i, age]
            done[copy, i, age] = False
        able = min(held[copy, i], backlog)
        if kind == CONNECTIONS:
            key = fold(fold(keys[copy], i), FINISH)
            busy = able
            able = 0
            for k in range(busy):
                if unit(key, step * most + k) < finish:
                    able += 1
        served[copy, i] = able
        if kind == GPU_BUDGET:
            held[copy, i] -= able
        for back in range(deadline):
            age = deadline - 1 - back
            now = min(able, waiting[copy, i, age])
            if now > 0 and now == waiting[copy, i, age]:
                done[copy, i, age] = True
            waiting[copy, i, age] -= now
            able -= now


@compiled
def turn_over(
    keys: NDArray[np.uint64], copy: int, step: int, arrival: float, size: int, waiting: Ints,
    late: Ints,
) -> int:  # fmt: skip
    """Drop what is late, let the rest grow older, and bring new jobs; return the new units."""
    services, deadline = waiting.shape[1:]
    came = 0
    for i in range(services):
        late[copy, i] = waiting[copy, i, deadline - 1]
        for back in range(deadline - 1):
            waiting[copy, i, deadline - 1 - back] = waiting[copy, i, deadline - 2 - back]
        waiting[copy, i, 0] = 0
        if unit(fold(fold(keys[copy], i), ARRIVE), step) < arrival:
            waiting[copy, i, 0] = size
            came += size
    return came


@compiled
def pooled(copy: int, supply: int, came: int, pool: Ints) -> tuple[int, int]:
    """Let one planner do the same work oldest first; return what it did and what it lost."""
    deadline = pool.shape[1]
    did = 0
    for back in range(deadline):
        age = deadline - 1 - back
        now = min(supply - did, pool[copy, age])
        pool[copy, age] -= now
        did += now
    lost = pool[copy, deadline - 1]
    for back in range(deadline - 1):
        pool[copy, deadline - 1 - back] = pool[copy, deadline - 2 - back]
    pool[copy, 0] = came
    return did, lost


@compiled
def play_step(
    moves: Floats, keys: NDArray[np.uint64], steps: Ints, kind: int, fair: bool, capacity: int,
    arrival: float, size: int, overhead: float, period: int, finish: float, most: int,
    waiting: Ints, done: Bools, late: Ints, asked: Ints, wants: Ints, granted: Ints, held: Ints,
    released: Ints, served: Ints, budget: Ints, pool: Ints, pool_budget: Ints, pool_lost: Ints,
    rewards: Floats, harm: Floats,
) -> None:  # fmt: skip
    """Play one step in every copy."""
    copies, services = moves.shape
    for copy in range(copies):
        step = steps[copy]
        for i in range(services):
            asked[copy, i] = int(moves[copy, i])
        allot(keys, copy, step, kind, fair, capacity, overhead, period, asked, wants, granted,
              held, released, budget)  # fmt: skip
        work(keys, copy, step, kind, finish, most, held, waiting, done, served)
        came = turn_over(keys, copy, step, arrival, size, waiting, late)
        supply = capacity
        if kind == GPU_BUDGET:
            if step % period == 0:
                pool_budget[copy] = capacity * period
            supply = pool_budget[copy]
        did, lost = pooled(copy, supply, came, pool)
        pool_budget[copy] -= did
        pool_lost[copy] += lost
        total = 0
        for i in range(services):
            rewards[copy, i] = served[copy, i]
            total += late[copy, i]
        harm[copy, services] = total
