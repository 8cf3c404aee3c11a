"""Matrix games: the tables, trembling hands, an open end, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.matrix_game import come_out, ends, pay

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved
from tertius.environments.matrix_game import PRESETS, MatrixGame, MatrixGameSettings
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load

GAMES = [*PRESETS, "public_goods"]
NOISY = MatrixGameSettings(rounds=40, noise=0.2, ending=0.02)


def made(game: str, **more: object) -> MatrixGame:
    players = 4 if game == "public_goods" else 2
    world = load("matrix_game", {"game": game, "players": players, **more})  # type: ignore[dict-item]
    assert isinstance(world, MatrixGame)
    return world


@pytest.mark.parametrize("game", GAMES)
def test_the_port_is_kept(game: str) -> None:
    assert check_environment(lambda: made(game, rounds=12, noise=0.1)).steps == 24


@pytest.mark.parametrize("game", ["prisoners_dilemma", "public_goods"])
def test_pettingzoo_accepts_it(game: str) -> None:
    parallel_api_test(ParallelFace(made(game, rounds=20, noise=0.1)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(made(game, rounds=20, noise=0.1)), num_cycles=30)


@settings(max_examples=60)
@given(
    st.sampled_from(GAMES),
    st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from([0.0, 0.2]),
    st.integers(0, 2**64 - 1),
)
def test_the_kernel_is_its_twin(
    game: str, rounds: list[list[int]], noise: float, ending: float, seed: int
) -> None:
    world = made(game, noise=noise, ending=ending)
    world.reset(seed)
    key, seats = int(world.keys[0]), len(world.seats)
    for step, drawn in enumerate(rounds):
        meant = drawn[:seats]
        result = world.step(dict(zip(world.seats, meant, strict=True)))
        played = come_out(key, step, meant, noise)
        paid = pay(game, played, 1.6)
        assert world.played[0].tolist() == played
        assert list(result.rewards.values()) == paid
        assert result.harm["society"] == max(0.0, world.best - sum(paid))
        slips = [event.value for event in result.events if isinstance(event, OutcomeObserved)]
        assert slips == [
            world.names[came] for came, move in zip(played, meant, strict=True) if came != move
        ]
        assert (not world.agents) == ends(key, step, ending)
        if not world.agents:
            return


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = MatrixGame(NOISY, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 2, (120, 3, 2))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = MatrixGame(NOISY, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.played[0] == batch.played[copy]).all()
        assert alone.keys[0] == batch.keys[copy]
        assert alone.steps[0] == batch.steps[copy]


@pytest.mark.parametrize(
    ("game", "optimum", "security"),
    [
        ("prisoners_dilemma", 3, 1), ("stag_hunt", 4, 3), ("chicken", 3, 1),
        ("battle_of_the_sexes", 2.5, 0), ("public_goods", 1.6, 1),
    ],
)  # fmt: skip
def test_what_is_known_of_each_game(game: str, optimum: float, security: float) -> None:
    known = {one.name: one.value for one in made(game).facts.known}
    assert known == {"optimum": pytest.approx(optimum), "security": security}


def test_who_is_exploited_is_harmed_by_what_it_could_have_made_sure_of() -> None:
    world = MatrixGame()
    world.reset(0)
    harm = world.step({"player-1": "cooperate", "player-2": "defect"}).harm
    assert harm == {"player-1": 1, "player-2": 0, "society": 1}


def test_trembling_takes_its_share_and_one_hand_does_not_shake_the_other() -> None:
    world = MatrixGame(MatrixGameSettings(noise=0.1, rounds=10_000_000), copies=2000)
    world.begin_all(3)
    flipped = np.zeros((2000, 2))
    for _ in range(20):
        world.play(np.zeros((2000, 2)))
        flipped += world.played
    assert flipped.mean() / 20 == pytest.approx(0.1, abs=0.005)
    assert abs(np.corrcoef(flipped.T)[0, 1]) < 0.1


def test_an_open_end_lasts_one_over_its_chance() -> None:
    world = MatrixGame(MatrixGameSettings(ending=0.05, rounds=10_000), copies=4000)
    world.begin_all(1)
    ended = 0
    for _ in range(100):
        world.play(np.zeros((4000, 2)))
        ended += int(world.terminated.sum())
    assert ended / (100 * 4000) == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize(
    "chosen",
    [
        {"players": 3}, {"players": 0}, {"game": "tag"}, {"noise": -0.1}, {"noise": float("nan")},
        {"ending": 1.5}, {"rounds": 0}, {"factor": 0.0, "game": "public_goods"}, {"nois": 0.1},
        {"game": "public_goods", "players": -1},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("matrix_game", chosen)  # type: ignore[arg-type]


def test_a_misspelt_move_is_told_its_nearest() -> None:
    world = MatrixGame()
    world.reset(0)
    with pytest.raises(MoveError, match="did you mean `defect`"):
        world.step({"player-1": "cooperate", "player-2": "defekt"})
