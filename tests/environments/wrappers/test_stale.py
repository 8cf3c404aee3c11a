"""Stale reads: what is seen is some steps old, in numbers and in words."""

import itertools
from typing import Any

from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

GO = "home-north-work"


def days(world: Any, count: int) -> list[int]:
    seen = [world.reset(1)["driver-1"]["day"]]
    for _ in range(count):
        seen.append(world.step(dict.fromkeys(world.agents, GO)).observations["driver-1"]["day"])
    return seen


def test_everything_is_so_many_steps_old() -> None:
    world = lay("stale", load("routing"), {"age": 2})
    assert days(world, 5) == [0, 0, 0, 1, 2, 3]
    assert world.describe("driver-1").startswith("Day 4.")


def test_only_those_named_are_met() -> None:
    world = lay("stale", load("routing"), {"age": 2, "seats": "driver-2"})
    assert days(world, 3) == [0, 1, 2, 3]


def test_a_missed_observation_is_the_last_one_again() -> None:
    world = lay("stale", load("routing"), {"age": 0, "miss": 0.5})
    seen = days(world, 60)
    assert seen == sorted(seen)
    repeated = sum(a == b for a, b in itertools.pairwise(seen))
    assert 15 < repeated < 45


def test_a_move_that_came_too_late_is_not_made() -> None:
    world: Any = lay("stale", load("team_task", {"projects": 1}), {"age": 1})
    world.reset(0)
    world.step(dict.fromkeys(world.agents, 6))  # claims, as the phase asks
    result = world.step(dict.fromkeys(world.agents, 6))  # still sees the phase of claims
    assert result.truth["stale"]["late"] == list(world.seats)
