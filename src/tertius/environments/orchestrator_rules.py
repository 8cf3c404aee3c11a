"""The rules of orchestrated work over arrays: split, work or pass on, merge.

References
----------
`tests/twins/orchestrator.py` says the same in plain lists; the two agree bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tertius.stats.compiled import compiled
from tertius.stats.draws import fold, number_of, unit

WAIT, DO, DROP, PASS = 0, 1, 2, 3
"""A worker's move; `PASS` + k passes on to worker k."""
SKILL = number_of("skill")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@compiled
def split(
    copy: int, assigned: Floats, hand: Ints, had: Bools, first: Ints, good: Bools, tally: Ints
) -> None:
    """Give each worker the part that the orchestrator names, 0 for none."""
    parts, workers = hand.shape[1:]
    for part in range(parts):
        first[copy, part] = -1
        good[copy, part] = False
        for worker in range(workers):
            hand[copy, part, worker] = 0
            had[copy, part, worker] = False
    for kind in range(tally.shape[1]):
        tally[copy, kind] = 0
    for worker in range(workers):
        part = int(assigned[worker]) - 1
        if part >= 0:
            hand[copy, part, worker] = 1
            had[copy, part, worker] = True


@compiled
def holds(copy: int, worker: int, hand: Ints) -> int:
    """Return the first part in a worker's hands; -1 for none."""
    for part in range(hand.shape[1]):
        if hand[copy, part, worker] > 0:
            return part
    return -1


@compiled
def labour(
    keys: NDArray[np.uint64], copy: int, job: int, moves: Floats, skill: float, effort: float,
    holding: Ints, did: Ints, hand: Ints, had: Bools, first: Ints, good: Bools, when: Ints,
    tally: Ints, step: int, rewards: Floats,
) -> None:  # fmt: skip
    """Let every worker do, drop or pass on the first part in its hands; passes arrive at the end.

    `first` is how the first result of a part came out (1 right, 0 wrong, -1 none yet), `good`
    whether any did. `when` is the step of that first result, and how many results of the step
    came before it. `tally` counts results, double work, drops, passes and loops: passes to one
    who had the part before.
    """
    parts, workers = hand.shape[1:]
    for worker in range(workers):
        holding[copy, worker] = holds(copy, worker, hand)
        did[copy, worker] = WAIT
    results = 0
    for worker in range(workers):
        part, move = holding[copy, worker], int(moves[worker])
        if part < 0 or move == WAIT:
            continue
        did[copy, worker] = move
        hand[copy, part, worker] -= 1
        if move == DO:
            key = fold(fold(keys[copy], worker), SKILL)
            right = unit(key, job * parts + part) < skill
            tally[copy, 0] += 1
            if first[copy, part] >= 0:
                tally[copy, 1] += 1
            else:
                first[copy, part] = 1 if right else 0
                when[copy, part, 0] = step
                when[copy, part, 1] = results
            results += 1
            good[copy, part] = good[copy, part] or right
            rewards[copy, 1 + worker] -= effort
        elif move == DROP:
            tally[copy, 2] += 1
        else:
            to = move - PASS
            hand[copy, part, to] += 1
            tally[copy, 3] += 1
            if had[copy, part, to]:
                tally[copy, 4] += 1
            had[copy, part, to] = True


@compiled
def merge(
    copy: int, check: bool, effort: float, wrong_cost: float, first: Ints, good: Bools,
    delivered: Ints, rewards: Floats,
) -> float:  # fmt: skip
    """Deliver; return what the users lost.

    Unchecked, the first result of each part is delivered, right or wrong. Checked, a right one
    where there is one, and nothing instead of a wrong one.
    """
    parts, seats = first.shape[1], rewards.shape[1]
    right, lost = 0, 0.0
    for part in range(parts):
        delivered[copy, part] = first[copy, part]
        if check:
            delivered[copy, part] = 1 if good[copy, part] else -1
        if delivered[copy, part] == 1:
            right += 1
        elif delivered[copy, part] == 0:
            lost += wrong_cost
        else:
            lost += 1.0
    for seat in range(seats):
        rewards[copy, seat] += right / parts
    if check:
        rewards[copy, 0] -= effort * parts
    return lost


@compiled
def play_step(
    moves: Floats, keys: NDArray[np.uint64], steps: Ints, deadline: int, skill: float,
    effort: float, wrong_cost: float, holding: Ints, busy: Bools, did: Ints, hand: Ints,
    had: Bools, first: Ints, good: Bools, when: Ints, delivered: Ints, tally: Ints,
    rewards: Floats, harm: Floats,
) -> None:  # fmt: skip
    """Play one step in every copy."""
    copies, seats = rewards.shape
    for copy in range(copies):
        step = steps[copy]
        job, now = step // deadline, step % deadline
        if now == 0:
            split(copy, moves[copy, 0], hand, had, first, good, tally)
        elif now < deadline - 1:
            labour(keys, copy, job, moves[copy, 1:, 0], skill, effort, holding, did, hand, had,
                   first, good, when, tally, step, rewards)  # fmt: skip
        else:
            harm[copy, seats] = merge(
                copy, moves[copy, 0, 0] > 0, effort, wrong_cost, first, good, delivered, rewards
            )
        for worker in range(seats - 1):
            busy[copy, worker] = holds(copy, worker, hand) >= 0
