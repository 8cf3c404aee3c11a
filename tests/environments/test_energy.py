"""Energy: when the light goes out, for how long, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.energy import hour

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved, ResourceClaimed
from tertius.environments.energy import Energy, EnergySettings
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load


def test_the_port_is_kept() -> None:
    report = check_environment(lambda: Energy(EnergySettings(hours=30)))
    assert report.steps == 60


def test_pettingzoo_accepts_it() -> None:
    few = EnergySettings(sites=3, hours=20)
    parallel_api_test(ParallelFace(Energy(few)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Energy(few)), num_cycles=30)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.floats(0, 30), min_size=3, max_size=3), min_size=1, max_size=30),
    st.integers(0, 3), st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_the_kernel_is_its_twin(rows: list[list[float]], down: int, seed: int) -> None:
    own = EnergySettings(sites=3, most=30, down=down)
    world = Energy(own)
    world.reset(seed)
    dark = 0
    for number, draws in enumerate(rows):
        result = world.step(dict(zip(world.agents, draws, strict=True)))
        key = int(world.keys[0])
        served, lost, dark = hour(draws, own, key=key, number=number, dark=dark)
        assert list(result.rewards.values()) == served
        assert (result.harm["residents"], int(world.dark[0])) == (lost, dark)


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    chosen = EnergySettings(sites=3, hours=5)
    batch = Energy(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).uniform(0, 8, (12, 3, 3))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Energy(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert alone.town[0] == batch.town[copy]
        assert (alone.vectors()[0] == batch.vectors()[copy]).all()


def test_shares_of_the_room_never_put_out_the_light_and_a_little_more_does() -> None:
    world = Energy(EnergySettings(spread=0.0))
    for share, outages in ((0.999, 0), (1.001, 1)):
        world.reset(0)
        for _ in range(20):
            town = world.see(0, 0)["forecast"]
            draw = min(8.0, share * (120 - town) / 8)
            result = world.step(dict.fromkeys(world.agents, draw))
        assert result.truth["outages"] == outages
    assert result.harm["residents"] == 80
    told = {e.about: e.value for e in result.events if isinstance(e, OutcomeObserved)}
    assert told == {"town": "dark", "quota/grid": min(8.0, (120 - 80 * 5 / 6) / 8)}
    assert not any(isinstance(e, ResourceClaimed) for e in result.events)  # an hour after


def test_what_was_drawn_in_the_hour_of_an_overload_is_told() -> None:
    world = Energy(EnergySettings(spread=0.0, base=80.0, peak=80.0))
    world.reset(0)
    drawn = []
    for _ in range(3):
        events = world.step(dict.fromkeys(world.agents, 6)).events
        drawn.append([e.amount for e in events if isinstance(e, ResourceClaimed)])
    assert drawn == [[6] * 8, [], [6] * 8]


def test_the_facts_are_the_largest_safe_shares() -> None:
    known = {one.name: one.value for one in Energy().facts.known}
    # 19 hours of 8, then at 17:00 to 21:00 the town may draw up to 56, 70, 84, 70, 56
    assert known["evening-share"] == (120 - 84) / 8
    assert known["optimum"] == pytest.approx((19 * 8 + 8 + 6.25 + 4.5 + 6.25 + 8) / 24)


@pytest.mark.parametrize(
    "chosen",
    [
        {"sites": 0}, {"most": -1}, {"capacity": 80}, {"peak": 30}, {"spread": 2}, {"down": -1},
        {"hours": 0}, {"base": float("nan")}, {"sight": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("energy", chosen)  # type: ignore[arg-type]
