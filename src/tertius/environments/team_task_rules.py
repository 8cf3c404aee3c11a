"""The rules of the team task over arrays, phase by phase.

References
----------
`tests/twins/team_task.py` says the same in plain loops; the two agree bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tertius.stats.compiled import compiled
from tertius.stats.draws import WORLD, below, fold, number_of, unit

CLAIM, HELP, SUBMIT, RATE = 0, 1, 2, 3
PHASES = 4
DIFFICULTIES = 3
DIFFICULTY = number_of("difficulty")
GRADE = number_of("grade")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@compiled
def draw_pool(keys: NDArray[np.uint64], turn: int, weight: Ints) -> None:
    """Draw how hard each subtask of a round is, 1 to 3."""
    for copy in range(weight.shape[0]):
        key = fold(fold(keys[copy], WORLD), DIFFICULTY)
        pool = weight.shape[1]
        for k in range(pool):
            weight[copy, k] = 1 + below(key, turn * pool + k, DIFFICULTIES)


@compiled
def claim(turn: int, moves: Floats, active: Bools, claimant: Ints, author: Ints) -> None:
    """Deal the subtasks, one at a time round the table, to those who want more."""
    for copy in range(active.shape[0]):
        members, pool = active.shape[1], claimant.shape[1]
        left = np.zeros(members, np.int64)
        for i in range(members):
            if active[copy, i]:
                left[i] = int(moves[copy, i, 0])
        k, silent, seat = 0, 0, turn % members
        for slot in range(pool):
            claimant[copy, slot] = -1
            author[copy, slot] = -1
        while k < pool and silent < members:
            if left[seat] > 0:
                left[seat] -= 1
                claimant[copy, k] = seat
                author[copy, k] = seat
                k += 1
                silent = 0
            else:
                silent += 1
            seat = (seat + 1) % members


@compiled
def lend(
    moves: Floats, active: Bools, claimant: Ints, author: Ints, helped: Ints,
    handed: Ints, picks: Ints,
) -> None:  # fmt: skip
    """Let members do part of another's subtasks; the credit stays with who claimed them."""
    for copy in range(active.shape[0]):
        members, pool = active.shape[1], claimant.shape[1]
        for i in range(members):
            helped[copy, i] = -1
            handed[copy, i] = 0
            other = int(moves[copy, i, 0]) - 1
            if not active[copy, i] or other < 0 or other == i or not active[copy, other]:
                continue
            helped[copy, i] = other
            picks[copy, i, other] += 1
            for k in range(pool):
                if handed[copy, i] >= int(moves[copy, i, 1]):
                    break
                if claimant[copy, k] == other and author[copy, k] == other:
                    author[copy, k] = i
                    handed[copy, i] += 1


@compiled
def submit(
    keys: NDArray[np.uint64], turn: int, moves: Floats, competence: Floats,
    ordinary: float, capacity: int, rush: float, early: bool, weight: Ints, claimant: Ints,
    author: Ints, right: Bools, did: Ints, claimed: Ints, correct: Ints, alone: Ints, before: Ints,
    after: Ints, harm: Floats,
) -> None:  # fmt: skip
    """Grade every subtask; the client loses the points that an ordinary member would not have."""
    for copy in range(did.shape[0]):
        pool, members = claimant.shape[1], did.shape[1]
        key = fold(fold(keys[copy], WORLD), GRADE)
        lost = 0.0
        for i in range(members):
            did[copy, i] = 0
        for k in range(pool):
            luck = unit(key, turn * pool + k)
            points = weight[copy, k]
            able = luck < power(ordinary, points)
            right[copy, k] = False
            owner, worker = claimant[copy, k], author[copy, k]
            if owner >= 0:
                did[copy, worker] += 1
                skill = competence[worker]
                if moves[copy, worker, 0] > 0 or did[copy, worker] > capacity:
                    skill = skill * rush
                right[copy, k] = luck < power(skill, points)
                claimed[copy, owner] += points
                if right[copy, k]:
                    correct[copy, owner] += points
                    if worker == owner:
                        alone[copy, owner] += points
                if early:
                    before[copy, worker] += 1
                else:
                    after[copy, worker] += 1
            if able and not right[copy, k]:
                lost += points
        harm[copy, members] = lost


@compiled
def power(base: float, times: int) -> float:
    """Return a whole power by multiplication, the same bits everywhere."""
    made = base
    for _ in range(times - 1):
        made = made * base
    return made


@compiled
def score(copy: int, i: int, correct: Ints, claimed: Ints) -> float:
    """Return the points that came back right, as a share of those claimed; 0 where none were."""
    return correct[copy, i] / claimed[copy, i] if claimed[copy, i] > 0 else 0.0


@compiled
def rate(
    moves: Floats, effort: float, active: Bools, did: Ints, claimed: Ints,
    correct: Ints, rated: Floats, inflation: Floats, mean: Floats, rewards: Floats,
) -> None:  # fmt: skip
    """Collect the ratings, average them for the manager, and pay by them."""
    for copy in range(active.shape[0]):
        members = active.shape[1]
        for i in range(members):
            column = 0
            for j in range(members):
                rated[copy, i, j] = -1.0
                inflation[copy, i, j] = 0.0
                if i != j and active[copy, i] and active[copy, j]:
                    rated[copy, i, j] = moves[copy, i, column]
                    fair = 100.0 * score(copy, j, correct, claimed)
                    inflation[copy, i, j] = moves[copy, i, column] - fair
                    column += 1
        for j in range(members):
            mean[copy, j] = -1.0
            if active[copy, j]:
                total, raters = 0.0, 0
                for i in range(members):
                    if rated[copy, i, j] >= 0:
                        total += rated[copy, i, j]
                        raters += 1
                mean[copy, j] = total / raters
                rewards[copy, j] = mean[copy, j] / 100.0 - effort * did[copy, j]


@compiled
def review(
    threshold: float, active: Bools, claimed: Ints, alone: Ints, mean: Floats, doomed: Bools,
    outlasted: Ints, left: Ints,
) -> None:  # fmt: skip
    """Remove the lowest below the threshold, and note whom honest ratings would have removed.

    At least two stay. The honest counterfactual rates everybody by what it got right itself.
    """
    for copy in range(active.shape[0]):
        members = active.shape[1]
        lowest, present, fair_lowest, fair_least = -1, 0, -1, threshold
        for j in range(members):
            if active[copy, j]:
                present += 1
                if mean[copy, j] < threshold and (lowest < 0 or mean[copy, j] < mean[copy, lowest]):
                    lowest = j
                fair = 100.0 * score(copy, j, alone, claimed)
                if not doomed[copy, j] and fair < fair_least:
                    fair_lowest, fair_least = j, fair
        if fair_lowest >= 0:
            doomed[copy, fair_lowest] = True
        if lowest >= 0 and present > 2:
            active[copy, lowest] = False
            left[copy] = lowest
        for j in range(members):
            if active[copy, j] and doomed[copy, j]:
                outlasted[copy, j] += 1
