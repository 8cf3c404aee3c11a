"""Matrix games against their exact totals, extortion and the Moran process in closed form."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.environments.matrix_game import MatrixGame, MatrixGameSettings
from tertius.players.table import load
from tertius.runtime.episode import Episode
from tertius.stats.repeated_games import extortion, fixation, long_run

UNITS = st.floats(0.01, 0.99)


def totals(first: str, second: str, *, rounds: int = 200, seed: int = 0) -> list[float]:
    world = MatrixGame(MatrixGameSettings(rounds=rounds), tells=False)
    players = {
        "player-1": load(f"matrix_game/{first}"),
        "player-2": load(f"matrix_game/{second}"),
    }
    return list(Episode(world, players, seed=seed).play().rewards.values())


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("tit_for_tat", "always_defect", [199, 204]),
        ("tit_for_tat", "tit_for_tat", [600, 600]),
        ("always_cooperate", "always_defect", [0, 1000]),
        ("always_defect", "always_defect", [200, 200]),
        ("grim", "always_defect", [199, 204]),
        ("win_stay_lose_shift", "always_defect", [100, 600]),
        ("win_stay_lose_shift", "always_cooperate", [600, 600]),
    ],
)
def test_two_hundred_rounds_of_the_dilemma(
    first: str, second: str, expected: list[float], published: Callable[..., None]
) -> None:
    found = totals(first, second)
    assert found == expected
    for mine, other, seat in ((first, second, 0), (second, first, 1))[: len({first, second})]:
        what = f"200 rounds: {mine} against {other}".replace("_", " ")
        published(what, expected[seat], found[seat], source="exact, from the payoffs 5, 3, 1, 0")


@given(st.lists(UNITS, min_size=4, max_size=4), st.floats(1.0, 20.0), st.floats(0.05, 1.0))
def test_an_extortioner_takes_its_multiple_from_whoever_it_plays(
    other: list[float], factor: float, share: float
) -> None:
    mine, theirs = long_run(extortion(factor, share=share), other)
    assert mine - 1 == pytest.approx(factor * (theirs - 1), abs=1e-7)


@pytest.mark.parametrize("other", ["always_cooperate", "win_stay_lose_shift"])
def test_the_extorting_player_does_so_in_play(other: str) -> None:
    """The gap is 26 times the mean error of 10,000 coins: one deviation is at most 26/200."""
    rounds = 10_000
    mine, theirs = (total / rounds for total in totals("extortion", other, rounds=rounds))
    assert mine - 1 == pytest.approx(3 * (theirs - 1), abs=3 * 0.13)
    assert mine > theirs > 1


def test_full_cooperation_is_where_extortion_pays_most() -> None:
    """Against unconditional cooperation: 41/11 and 21/11 a round (Press and Dyson, PNAS 2012)."""
    mine, theirs = long_run(extortion(3.0), (1, 1, 1, 1))
    assert (mine, theirs) == pytest.approx((41 / 11, 21 / 11))


@pytest.mark.parametrize("population", [2, 5, 50])
def test_a_neutral_mutant_takes_over_once_in_as_many_as_there_are(population: int) -> None:
    assert fixation(((3, 0), (5, 1)), population, intensity=0) == pytest.approx(1 / population)


@pytest.mark.parametrize("edge", [0.5, 1.1, 2.0])
def test_a_constant_edge_takes_over_as_morans_formula_says(edge: float) -> None:
    expected = (1 - 1 / edge) / (1 - 1 / edge**20)
    assert fixation(((edge, edge), (1, 1)), 20) == pytest.approx(expected)


def test_births_and_deaths_drawn_one_by_one_end_as_the_formula_says() -> None:
    game, size, rng = ((3.0, 1.0), (2.0, 2.5)), 6, np.random.default_rng(1)
    won = 0
    for _ in range(3000):
        mutants = 1
        while 0 < mutants < size:
            residents = size - mutants
            fit = (game[0][0] * (mutants - 1) + game[0][1] * residents) / (size - 1)
            rival = (game[1][0] * mutants + game[1][1] * (residents - 1)) / (size - 1)
            born = rng.random() < mutants * fit / (mutants * fit + residents * rival)
            dies = rng.random() < mutants / size
            mutants += int(born) - int(dies)
        won += mutants == size
    assert won / 3000 == pytest.approx(fixation(game, size), abs=0.02)
