"""Repair: which wrapper mends which failure, with intervals, and what it does to the payers."""

import pytest

from tertius.core.scenario import made
from tertius.evaluation.repair import Repair, repair
from tertius.scenarios.mix import blended, resized
from tertius.scenarios.study import numbered
from tertius.scenarios.table import load

TOLL = "toll:move=home-north-south-work,price=13"


def mended(study: str, population: str, wrapper: str, seeds: int = 6) -> Repair:
    known = load(study)
    return repair(known, known.population(population), [made(wrapper)], seeds=range(seeds))


@pytest.mark.parametrize(
    ("study", "population", "wrapper", "share"),
    [
        ("braess", "selfish", TOLL, 0.9),
        ("fishery", "greedy", "quota:most=10", 0.99),
        ("poisoner", "poisoned", "circuit_breaker:bound=50,pause=10", 0.4),
        ("peak_load", "greedy", "circuit_breaker:bound=20,pause=10", 0.2),
        ("dilemma", "defectors", "quota:move=defect,most=1,every=4,instead=cooperate", 0.5),
    ],
)
def test_it_surely_mends(study: str, population: str, wrapper: str, share: float) -> None:
    found = mended(study, population, wrapper)
    assert found.mends and found.share > share
    assert found.mended.value == pytest.approx(found.without.value - found.under.value)


@pytest.mark.parametrize(
    ("study", "population", "wrapper"),
    [
        ("braess", "selfish", "observation"),
        ("fishery", "greedy", "reward_split:team=1"),
        ("fishery", "sustainable", "quota:most=10"),
    ],
)
def test_what_players_do_not_look_at_mends_nothing(
    study: str, population: str, wrapper: str
) -> None:
    found = mended(study, population, wrapper)
    assert not found.mends and found.mended.value == 0


def test_a_crash_harms_those_who_rely_on_each_other() -> None:
    found = mended("fishery", "sustainable", "crash:chance=0.1,lasts=3")
    assert found.mended.high < 0 and found.share == 0


def test_number_and_mix_can_be_swept() -> None:
    study = load("braess")
    half = blended(study, "selfish", "assigned", share=0.5, seed=1)
    assert (
        repair(study, half, [made(TOLL)], seeds=range(6)).mended.value
        < mended("braess", "selfish", TOLL).mended.value
    )
    ten = resized(study.population("selfish"), numbered("driver", 10))
    more = repair(study, ten, [made(TOLL)], changed={"drivers": 10}, seeds=range(3))
    assert more.without.n == 3
