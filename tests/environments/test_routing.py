"""Routing: the paradox, tolls, and the kernel against its readable twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.routing import day

from tertius.conformance.environment import check_environment
from tertius.environments.batch import SnapshotError
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.routing import Routing, RoutingSettings
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.world import NotBegunError


def known(**chosen: object) -> dict[str, float]:
    world = load("routing", chosen)  # type: ignore[arg-type]
    return {one.name: one.value for one in world.facts.known}


@pytest.mark.parametrize(
    ("chosen", "optimum", "equilibrium"),
    [
        ({"bridge": False}, 83, 83),
        ({"bridge": True}, 83, 92),
        ({"bridge": True, "toll": 1.0}, 83, 83),
        ({"network": "four_thousand", "drivers": 4000, "bridge": False}, 65, 65),
        ({"network": "four_thousand", "drivers": 4000}, 64.6875, 80),
    ],
)
def test_a_new_road_slows_everybody_and_a_toll_mends_it(
    chosen: dict[str, object], optimum: float, equilibrium: float
) -> None:
    assert known(**chosen) == {"optimum": optimum, "equilibrium": equilibrium}


def test_the_port_is_kept() -> None:
    report = check_environment(lambda: Routing(RoutingSettings(days=9)))
    assert report.steps == 18


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Routing(RoutingSettings(days=20))), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Routing(RoutingSettings(days=20))), num_cycles=30)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 2), min_size=6, max_size=6), st.sampled_from([0.0, 0.5, 1.0]))
def test_the_kernel_is_its_twin(chosen: list[int], toll: float) -> None:
    world = Routing(RoutingSettings(toll=toll))
    world.reset(0)
    result = world.step(dict(zip(world.agents, chosen, strict=True)))
    minutes, paid = day(chosen, world.routes, world.arcs, toll)
    assert list(result.rewards.values()) == [-(m + p) for m, p in zip(minutes, paid, strict=True)]
    assert result.harm["city"] == sum(minutes) - world.best


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = Routing(RoutingSettings(days=5), copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 3, (12, 3, 6))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Routing(RoutingSettings(days=5), first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.minutes[0] == batch.minutes[copy]).all()
        assert alone.keys[0] == batch.keys[copy]


@pytest.mark.parametrize(
    "chosen",
    [
        {"drivers": 0}, {"drivers": -3}, {"toll": float("nan")}, {"toll": -1}, {"days": 0},
        {"network": "nowhere"}, {"brigde": True}, {"drivers": 2.5}, {"bridge": "yes"},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("routing", chosen)  # type: ignore[arg-type]


def test_a_misspelt_setting_is_told_its_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean `bridge`"):
        load("routing", {"brigde": True})


def test_nothing_is_played_before_the_beginning_or_after_the_end() -> None:
    world = Routing(RoutingSettings(days=1))
    with pytest.raises(NotBegunError, match="never reset"):
        world.step({})
    world.reset(0)
    world.step(dict.fromkeys(world.agents, 0))
    assert world.agents == ()
    with pytest.raises(NotBegunError, match="over after 1 steps"):
        world.step({})


def test_a_foreign_snapshot_is_refused() -> None:
    world, other = Routing(), Routing(RoutingSettings(drivers=7))
    world.reset(0)
    with pytest.raises(SnapshotError, match="settings"):
        other.restore(world.snapshot())


def test_batched_moves_are_checked_where_they_come_from_outside() -> None:
    batch = Routing(copies=2)
    batch.begin_all(0)
    with pytest.raises(MoveError, match="copy 1, driver-3"):
        moves = np.zeros((2, 6))
        moves[1, 2] = 3
        batch.check(moves)
    with pytest.raises(MoveError, match="shape"):
        batch.check(np.zeros((2, 5)))
