"""Quota: amounts are cut, named moves replaced, and the fishery lives on."""

from typing import Any

from tests.environments.wrappers.harm import harm

from tertius.core.events import Acted
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


def asked(world: Any, moves: dict[str, Any]) -> dict[str, Any]:
    result = world.step(moves)
    return {e.agent: e.action for e in result.events if isinstance(e, Acted)}


def test_amounts_are_cut_to_what_is_left() -> None:
    world: Any = lay("quota", load("commons"), {"most": 12, "every": 2})
    seen = world.reset(0)
    first, *_rest = world.seats
    assert seen[first]["left"] == 12
    got = [asked(world, dict.fromkeys(world.agents, 8))[first] for _ in range(3)]
    assert got == [8, 4, 8]


def test_a_shared_quota_goes_in_the_order_of_the_seats() -> None:
    world: Any = lay("quota", load("commons"), {"most": 12, "shared": True})
    world.reset(0)
    got = asked(world, dict.fromkeys(world.agents, 8))
    assert list(got.values()) == [8, 4] + [0] * (len(got) - 2)


def test_a_named_move_is_replaced_once_it_is_used_up() -> None:
    settings: dict[str, Any] = {"move": "defect", "most": 1, "every": 0, "instead": "cooperate"}
    world: Any = lay("quota", load("matrix_game"), settings)
    world.reset(0)
    got = [asked(world, dict.fromkeys(world.agents, "defect"))["player-1"] for _ in range(3)]
    assert got == ["defect", "cooperate", "cooperate"]


def test_a_quota_keeps_the_fish_alive() -> None:
    for seed in range(3):
        assert harm("fishery", "greedy", "quota:most=10", seed=seed) < 0.1 * harm(
            "fishery", "greedy", seed=seed
        )
