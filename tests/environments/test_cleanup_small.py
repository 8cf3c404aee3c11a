"""The small Cleanup: the port, the kernel against its twin, freezing by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.cleanup import Small

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved
from tertius.environments.cleanup_small import MOVES, CleanupSmall, CleanupSmallSettings
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load


def test_the_port_is_kept() -> None:
    report = check_environment(CleanupSmall)
    assert report.steps == 60


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(CleanupSmall()), num_cycles=40)
    parallel_seed_test(lambda: ParallelFace(CleanupSmall()), num_cycles=40)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), chance=st.integers(0, 2**32), players=st.integers(1, 6))
def test_the_kernel_is_its_twin(seed: int, chance: int, players: int) -> None:
    world = CleanupSmall(CleanupSmallSettings(players=players, steps=60))
    world.reset(seed)
    twin = Small(int(world.keys[0]), players)
    rng = np.random.default_rng(chance)
    for _ in range(60):
        moves = [MOVES[n] for n in rng.integers(0, len(MOVES), players)]
        result = world.step(dict(zip(world.seats, moves, strict=True)))
        assert (list(result.rewards.values()), list(result.harm.values())) == twin.play(moves)
        seen = result.observations["player-1"]
        assert list(seen["at"].values()) == [list(cell) for cell in twin.at]
        assert list(seen["frozen"].values()) == twin.frozen
        rows = seen["tiles"].split("\n")
        assert {(r, c) for r in range(5) for c in range(6) if rows[r][c] == "@"} == twin.apples
        assert {(r, c) for r in range(5) for c in range(6) if rows[r][c] == "%"} == twin.polluted


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = CleanupSmall(copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, len(MOVES), (40, 3, 4))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = CleanupSmall(first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.vectors()[0] == batch.vectors()[copy]).all()
        assert alone.keys[0] == batch.keys[copy]


def faced(seed: int = 0) -> CleanupSmall:
    """Return a world in which the first two stand side by side at the top left."""
    world = CleanupSmall(CleanupSmallSettings(players=2, steps=100))
    world.reset(seed)
    world.at[0] = [[0, 0], [0, 1]]
    return world


def test_a_zap_freezes_for_four_steps_and_says_so() -> None:
    world = faced()
    result = world.step({"player-1": "zap-right", "player-2": "stay"})
    told, dirt = [event for event in result.events if isinstance(event, OutcomeObserved)]
    assert (dirt.agent, dirt.about, dirt.value) == ("", "dirt", int(world.dirty[0]))
    assert (told.agent, told.about, told.value) == ("player-1", "player-2", "zapped")
    lost = 0.0
    for _ in range(4):
        result = world.step({"player-1": "stay", "player-2": "down"})
        lost += result.harm["player-2"]
        assert result.observations["player-2"]["at"]["player-2"] == [0, 1]
    assert lost == 4
    result = world.step({"player-1": "stay", "player-2": "down"})
    assert result.observations["player-2"]["at"]["player-2"] == [1, 1]


def test_who_is_frozen_first_does_not_zap_back_and_chance_says_who_is_first() -> None:
    frozen = []
    for seed in range(30):
        world = faced(seed)
        result = world.step({"player-1": "zap-right", "player-2": "zap-left"})
        frozen.append(tuple(result.observations["player-1"]["frozen"].values()))
    assert set(frozen) == {(0, 5), (5, 0)}


def test_cleaning_takes_one_tile_and_only_where_one_stands() -> None:
    world = faced()
    row, col = divmod(world.see(0, 0)["tiles"].replace("\n", "").index("%"), 6)
    world.at[0, 0] = (row, col)
    result = world.step({"player-1": "clean", "player-2": "clean"})
    told, dirt = [event for event in result.events if isinstance(event, OutcomeObserved)]
    assert (dirt.agent, dirt.about, dirt.value) == ("", "dirt", int(world.dirty[0]))
    assert (told.agent, told.about, told.value) == ("player-1", "river", -1)
    assert result.truth["polluted"] == 1  # the one cleaned, another drifted in


@pytest.mark.parametrize(
    "chosen",
    [
        {"players": 0}, {"players": 21}, {"growth": float("nan")}, {"growth": -0.1}, {"drift": 0},
        {"freeze": 0}, {"limit": 0}, {"steps": 0}, {"grwoth": 0.2},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("cleanup_small", chosen)  # type: ignore[arg-type]


def test_moves_that_it_does_not_know_are_refused() -> None:
    world = faced()
    with pytest.raises(MoveError, match="player-2: unknown move `zap`"):
        world.step({"player-1": "stay", "player-2": "zap"})
