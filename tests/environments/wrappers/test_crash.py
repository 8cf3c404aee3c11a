"""Crash: who is down does not act, and comes back."""

from typing import Any

import pytest

from tertius.core.events import Acted
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


def acts(world: Any, agent: str, steps: int) -> list[Any]:
    world.reset(4)
    made = []
    for _ in range(steps):
        result = world.step(dict.fromkeys(world.agents, "defect"))
        made += [e.action for e in result.events if isinstance(e, Acted) and e.agent == agent]
    return made


def test_a_member_is_down_from_a_step_on_for_a_while() -> None:
    world = lay(
        "crash", load("matrix_game"), {"seats": "player-1", "at": 2, "lasts": 3, "chance": 0}
    )
    expected = ["defect"] * 2 + ["cooperate"] * 3 + ["defect"] * 2
    assert acts(world, "player-1", 7) == expected
    assert acts(world, "player-2", 7) == ["defect"] * 7


def test_everybody_sees_who_is_down_unless_it_is_not_told() -> None:
    for told in (True, False):
        world: Any = lay(
            "crash", load("matrix_game"),
            {"seats": "player-1", "at": 0, "chance": 0, "told": told},
        )  # fmt: skip
        world.reset(0)
        result = world.step(dict.fromkeys(world.agents, "defect"))
        assert result.observations["player-2"].get("down") == (["player-1"] if told else None)
        assert result.truth["crash"] == {"down": ["player-1"]}


def test_chance_takes_its_share() -> None:
    world = lay("crash", load("matrix_game", {"rounds": 400}), {"chance": 0.1, "lasts": 1})
    down = acts(world, "player-1", 400).count("cooperate")
    assert 20 < down < 65


def test_an_unknown_seat_is_refused_before_any_step() -> None:
    with pytest.raises(SettingsError, match="did you mean `player-1`"):
        lay("crash", load("matrix_game"), {"seats": "plaier-1"})
