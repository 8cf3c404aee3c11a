"""Removal: the one who earned the least goes, if it was too little and it is meant."""

from typing import Any

from tertius.core.events import Acted, AgentLeft
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


def reviewed(steps: int = 12, **settings: Any) -> tuple[Any, list[Any]]:
    game = load("matrix_game", {"game": "public_goods", "players": 5})
    world: Any = lay("removal", game, {"every": 4, "below": 100.0, **settings})
    world.reset(0)
    moves = {**dict.fromkeys(world.agents, 1), "player-2": 0}  # who gives earns the least
    return world, [world.step(moves) for _ in range(steps)]


def test_who_earned_the_least_is_removed_and_plays_and_earns_nothing() -> None:
    _world, results = reviewed(steps=6)
    (left,) = [e for r in results for e in r.events if isinstance(e, AgentLeft)]
    assert left.agent == "player-2" and results[3].truth["removal"]["removed"] == ["player-2"]
    assert results[4].rewards["player-2"] == 0 != results[3].rewards["player-2"]
    assert results[4].observations["player-1"]["removed"] == ["player-2"]
    assert any(isinstance(e, Acted) and e.agent == "player-2" for e in results[5].events)


def test_some_stay_whatever_they_earn() -> None:
    _, results = reviewed(steps=40, stay=3)
    assert len(results[-1].truth["removal"]["removed"]) == 2


def test_a_threat_that_is_not_carried_out_is_only_told() -> None:
    world, results = reviewed(carried=False, wording="deleted")
    assert results[-1].truth["removal"] == {"removed": [], "threat": "deleted"}
    assert "deleted for good" in world.describe("player-1")


def test_who_earns_enough_stays() -> None:
    _, results = reviewed(below=-100.0)
    assert results[-1].truth["removal"]["removed"] == []
