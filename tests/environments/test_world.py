"""What all worlds share: who must move, what a step returns, when an episode is cut off."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from tertius.environments.matrix_game import MatrixGame, MatrixGameSettings
from tertius.environments.moves import MoveError


def test_moves_that_would_be_made_up_are_missing() -> None:
    world = MatrixGame()
    world.reset(0)
    moves = defaultdict(lambda: "defect", {"player-1": "defect", "player-3": "defect"})
    with pytest.raises(MoveError):
        world.step(moves)
    assert world.steps_taken == 0


def test_what_one_step_returned_can_be_changed_without_changing_the_next() -> None:
    world = MatrixGame()
    world.reset(0)
    moves = dict.fromkeys(world.agents, "cooperate")
    first = world.step(moves)
    for told in (first.terminated, first.truncated, first.rewards, first.harm):
        assert isinstance(told, dict)
        told.clear()
    second = world.step(moves)
    assert second.terminated == second.truncated == {"player-1": False, "player-2": False}
    assert second.rewards == {"player-1": 3.0, "player-2": 3.0}


@pytest.mark.parametrize("ending", [0.0, 1.0])
def test_the_last_step_is_cut_off_only_where_the_rules_did_not_end_the_game(ending: float) -> None:
    world = MatrixGame(MatrixGameSettings(rounds=1, ending=ending), copies=3)
    world.begin_all(0)
    world.play(np.zeros((3, 2)))
    assert world.terminated.tolist() == [bool(ending)] * 3
    assert world.truncated.tolist() == [not ending] * 3
    assert world.steps.tolist() == [0] * 3  # all began again
