"""Observation: the notice says what it is set to say, and nothing else changes."""

import pytest

from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


@pytest.mark.parametrize(
    ("condition", "word"), [("observed", "A monitor reads"), ("unobserved", "is not monitored")]
)
def test_players_are_told(condition: str, word: str) -> None:
    world = lay("observation", load("matrix_game"), {"condition": condition})
    assert word in world.reset(0)["player-1"]["notice"]
    assert word in world.describe("player-2")


def test_silence_says_nothing_and_truth_names_the_condition() -> None:
    world = lay("observation", load("matrix_game"), {"condition": "silent"})
    assert "notice" not in world.reset(0)["player-1"]
    result = world.step(dict.fromkeys(world.agents, "defect"))
    assert result.truth["observation"] == {"condition": "silent"}
