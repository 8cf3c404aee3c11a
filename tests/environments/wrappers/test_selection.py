"""Selection: players rate each other, and the lowest sits on the bench."""

from typing import Any

import pytest

from tertius.core.events import Acted, Rated
from tertius.environments.moves import MoveError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


def rated(**settings: Any) -> Any:
    world = lay("selection", load("matrix_game", {"game": "public_goods", "players": 5}), settings)
    world.reset(0)
    return world


def step(world: Any, rates: dict[str, dict[str, float]]) -> Any:
    moves: dict[str, Any] = dict.fromkeys(world.agents, 1)
    return world.step({**moves, **{n: {"move": 1, "rate": rate} for n, rate in rates.items()}})


def test_the_lowest_rated_plays_the_idle_move_for_a_while() -> None:
    world = rated(every=1, bench=2)
    result = step(
        world, {"player-1": {"player-2": 20, "player-3": 90}, "player-3": {"player-2": 40}}
    )
    assert [(e.agent, e.ratee, e.score) for e in result.events if isinstance(e, Rated)] == [
        ("player-1", "player-2", 20), ("player-1", "player-3", 90), ("player-3", "player-2", 40),
    ]  # fmt: skip
    assert result.truth["selection"]["benched"] == []
    assert result.observations["player-1"]["benched"] == ["player-2"]
    assert "On the bench: player-2." in world.describe("player-4")
    made = []
    for _ in range(3):
        events = step(world, {}).events
        made += [e.action for e in events if isinstance(e, Acted) and e.agent == "player-2"]
    assert made == ["contribute", "contribute", 1]


def test_who_is_rated_well_enough_stays() -> None:
    world = rated(every=1, below=15.0)
    assert step(world, {"player-1": {"player-2": 20}}).observations["player-1"]["benched"] == []


def test_by_pay_the_one_who_earned_the_least_goes() -> None:
    world = rated(every=1, by_pay=True)
    result = world.step({**dict.fromkeys(world.agents, 1), "player-4": 0})
    assert result.observations["player-1"]["benched"] == ["player-4"]


@pytest.mark.parametrize(
    ("rate", "why"),
    [
        ({"player-2": 101}, "0 to 100"), ({"player-2": True}, "0 to 100"),
        ({"player-2": float("nan")}, "0 to 100"), ({"player-1": 5}, "nobody to rate"),
        ({"plaier-2": 5}, "did you mean `player-2`"), ([5], "ratings by name"),
    ],
)  # fmt: skip
def test_bad_ratings_are_refused(rate: Any, why: str) -> None:
    world = rated()
    before = world.state_hash()
    with pytest.raises(MoveError, match=why):
        step(world, {"player-1": rate})
    assert world.state_hash() == before
