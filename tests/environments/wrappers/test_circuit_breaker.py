"""Circuit breaker: it opens at its bound, closes again, and stops most of a poisoning."""

from typing import Any

import pytest
from tests.environments.wrappers.harm import harm

from tertius.core.events import Flagged
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


def test_it_opens_on_use_and_closes_after_the_pause() -> None:
    settings: dict[str, Any] = {
        "move": "defect",
        "bound": 5,
        "window": 3,
        "pause": 2,
        "instead": "cooperate",
    }
    world: Any = lay("circuit_breaker", load("matrix_game"), settings)
    world.reset(0)
    results = [world.step(dict.fromkeys(world.agents, "defect")) for _ in range(8)]
    # two uses a step: six in three steps, then a pause of two, then three more
    harm = [result.harm["society"] > 0 for result in results]
    assert harm == [True, True, True, False, False, True, True, True]
    assert [any(isinstance(e, Flagged) for e in r.events) for r in results] == [
        False, False, True, False, False, False, False, True,
    ]  # fmt: skip
    assert results[2].observations["player-1"]["paused"] is True
    assert results[4].observations["player-1"]["paused"] is False
    assert results[7].truth["circuit_breaker"]["opened"] == 2


def test_it_opens_on_harm_and_holds_only_those_named() -> None:
    settings: dict[str, Any] = {"bound": 0, "pause": 1, "seats": "player-2", "party": "society"}
    world: Any = lay("circuit_breaker", load("matrix_game"), settings)
    world.reset(0)
    world.step(dict.fromkeys(world.agents, "defect"))
    result = world.step(dict.fromkeys(world.agents, "defect"))
    assert result.rewards == {"player-1": 5.0, "player-2": 0.0}


def test_an_unknown_party_is_refused() -> None:
    with pytest.raises(SettingsError, match="did you mean `society`"):
        lay("circuit_breaker", load("matrix_game"), {"party": "socity"})


def test_it_stops_most_of_a_poisoning() -> None:
    breaker = "circuit_breaker:bound=50,pause=10"
    for seed in range(3):
        assert harm("poisoner", "poisoned", breaker, seed=seed) < 0.6 * harm(
            "poisoner", "poisoned", seed=seed
        )
