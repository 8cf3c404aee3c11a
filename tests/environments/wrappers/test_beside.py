"""Several things beside one move: each wrapper takes its own, and the world sees the move alone."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tertius.core.events import Acted
from tertius.core.scenario import made
from tertius.environments.batch import SnapshotError
from tertius.environments.moves import MoveError
from tertius.environments.table import load
from tertius.environments.wrappers.table import wrap

LAID = [made("talk"), made("selection"), made("secret_tool:step=0,to=player-1")]


def laid() -> Any:
    world = wrap(load("matrix_game"), LAID)
    world.reset(1)
    return world


def test_each_takes_its_own_part() -> None:
    world = laid()
    move = {
        "move": "defect",
        "say": {"text": "peace"},
        "rate": {"player-2": 10},
        "partner": "player-2",
    }
    assert Draft202012Validator(world.legal("player-1")).is_valid(move)
    result = world.step({"player-1": move, "player-2": "cooperate"})
    assert [e.action for e in result.events if isinstance(e, Acted)] == ["defect", "cooperate"]
    seen = result.observations["player-2"]
    assert seen["heard"][0]["text"] == "peace"
    assert seen["ratings"] == {"player-2": 10.0} and "invitation" in seen


def test_what_nobody_takes_is_refused_with_the_nearest() -> None:
    world = laid()
    move = {"move": "defect", "rates": {"player-2": 10}}
    with pytest.raises(MoveError, match="did you mean `rate`"):
        world.step({"player-1": move, "player-2": "cooperate"})


def test_a_snapshot_of_other_wrappers_is_refused() -> None:
    other = wrap(load("matrix_game"), LAID[:2])
    with pytest.raises(SnapshotError, match="not a snapshot of `selection`"):
        other.restore(laid().snapshot())


def test_a_wrapper_laid_twice_keeps_two_truths() -> None:
    twice = [made("crash:seats=player-1,at=0,chance=0"), made("crash:seats=player-2,at=1,chance=0")]
    world = wrap(load("matrix_game"), twice)
    world.reset(0)
    world.step(dict.fromkeys(world.agents, "defect"))
    truth = world.step(dict.fromkeys(world.agents, "defect")).truth
    assert (truth["crash"]["down"], truth["crash/2"]["down"]) == (["player-1"], ["player-2"])
