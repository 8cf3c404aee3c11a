"""Open access: the port, who sees what, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.open_access import season

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved, ResourceClaimed
from tertius.environments.open_access import OpenAccess, OpenAccessSettings
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load


def test_the_port_is_kept() -> None:
    report = check_environment(lambda: OpenAccess(OpenAccessSettings(seasons=9)))
    assert report.steps == 18


def test_pettingzoo_accepts_it() -> None:
    few = OpenAccessSettings(boats=3, seasons=20)
    parallel_api_test(ParallelFace(OpenAccess(few)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(OpenAccess(few)), num_cycles=30)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.floats(0, 900), min_size=3, max_size=3), min_size=1, max_size=8),
    st.floats(0.05, 2), st.floats(0.01, 1),
)  # fmt: skip
def test_the_kernel_is_its_twin(rows: list[list[float]], growth: float, start: float) -> None:
    world = OpenAccess(OpenAccessSettings(boats=3, most=900, growth=growth, start=start))
    world.reset(0)
    stock = start * 1000
    for days in rows:
        result = world.step(dict(zip(world.agents, days, strict=True)))
        catches, profits, stock = season(days, stock, world.settings)
        assert list(result.rewards.values()) == profits
        assert world.catch[0].tolist() == catches
        assert world.stock[0] == stock >= 0
        assert sum(catches) <= 1000 * (1 + 1e-12) * (1 + growth)


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    chosen = OpenAccessSettings(boats=4, seasons=5)
    batch = OpenAccess(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).uniform(0, 100, (12, 3, 4))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = OpenAccess(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert alone.stock[0] == batch.stock[copy]
        assert (alone.vectors()[0] == batch.vectors()[copy]).all()


def test_the_public_loses_what_the_rent_falls_short() -> None:
    world = OpenAccess()
    world.reset(0)
    result = world.step(dict.fromkeys(world.agents, 0))
    assert result.harm["public"] == pytest.approx(960)
    assert result.truth["rent"] == pytest.approx(0)
    claims = [event for event in result.events if isinstance(event, ResourceClaimed)]
    found = [event.value for event in result.events if isinstance(event, OutcomeObserved)]
    assert claims == [] and found == [744.0]


@pytest.mark.parametrize(
    "chosen",
    [
        {"boats": 0}, {"growth": 0}, {"growth": float("nan")}, {"capacity": -1},
        {"catchability": 0}, {"price": float("inf")}, {"cost": 10}, {"start": 1.5}, {"seasons": 0},
        {"bots": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("open_access", chosen)  # type: ignore[arg-type]
