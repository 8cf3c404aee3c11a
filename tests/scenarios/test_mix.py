"""Number and mix: shares are whole seats, drawn by seed, and larger shares keep smaller ones'."""

import itertools

import pytest

from tertius.core.scenario import Made, ScenarioError
from tertius.scenarios.mix import blended, fitted, mixed
from tertius.scenarios.study import numbered
from tertius.scenarios.table import load

OTHER = Made(name="routing/assigned")


def chosen(share: float, seed: int) -> set[str]:
    population = mixed(load("braess").population("selfish"), OTHER, share=share, seed=seed)
    return {seat.agent for seat in population.seats if seat.player == OTHER}


def test_a_share_is_a_number_of_seats_and_grows() -> None:
    shares = [chosen(n / 6, seed=4) for n in range(7)]
    assert [len(one) for one in shares] == list(range(7))
    assert all(small < large for small, large in itertools.pairwise(shares))


def test_the_seed_draws_the_seats() -> None:
    assert len({frozenset(chosen(0.5, seed)) for seed in range(30)}) > 5


def test_two_populations_blend_seat_by_seat() -> None:
    study = load("braess")
    half = blended(study, "selfish", "assigned", share=0.5, seed=1)
    assigned = {seat.agent: seat.player for seat in study.population("assigned").seats}
    taken = [seat for seat in half.seats if seat.player.name == "routing/assigned"]
    assert len(taken) == 3 and all(seat.player == assigned[seat.agent] for seat in taken)
    assert half.kind == "failing"


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_no_such_share(share: float) -> None:
    with pytest.raises(ScenarioError, match="expected 0 to 1"):
        chosen(share, 0)


def test_a_population_fits_a_world_of_another_size() -> None:
    study = load("braess")
    assigned = study.population("assigned")
    assert fitted(assigned, numbered("driver", 6)) is assigned
    eight = fitted(assigned, numbered("driver", 8))
    assert len({str(seat.player) for seat in eight.seats[::2]}) == 1
    assert eight.seats[0].player != eight.seats[1].player == eight.seats[7].player


def test_one_unlike_the_others_is_not_multiplied() -> None:
    one = load("free_rider").population("one_free_rider")
    with pytest.raises(ScenarioError, match="made for 5 seats and the world has 9"):
        fitted(one, numbered("player", 9))
