"""Spectrum: why everybody shouts, whom it disturbs, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.spectrum import slot

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved, ResourceClaimed
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.spectrum import Spectrum, SpectrumSettings
from tertius.environments.table import load

NAMES = ("silent", "1-low", "1-high", "2-low", "2-high", "3-low", "3-high")


def test_the_port_is_kept() -> None:
    report = check_environment(lambda: Spectrum(SpectrumSettings(slots=20)))
    assert report.steps == 40


@pytest.mark.parametrize("channels", [1, 3])
def test_pettingzoo_accepts_it(channels: int) -> None:
    few = SpectrumSettings(radios=4, channels=channels, slots=20)
    parallel_api_test(ParallelFace(Spectrum(few)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Spectrum(few)), num_cycles=30)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(NAMES), min_size=4, max_size=4), min_size=1, max_size=20),
    st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_the_kernel_is_its_twin(rows: list[list[str]], switches: float, seed: int) -> None:
    own = SpectrumSettings(radios=4, channels=3, switches=switches)
    world = Spectrum(own)
    world.reset(seed)
    busy = False
    for number, chosen in enumerate(rows):
        result = world.step(dict(zip(world.agents, chosen, strict=True)))
        key = int(world.keys[0])
        net, busy, disturbed = slot(chosen, own, key=key, number=number, busy=busy)
        assert list(result.rewards.values()) == net
        assert (result.truth["busy"], result.harm["licensed"]) == (busy, float(disturbed))


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    chosen = SpectrumSettings(slots=5)
    batch = Spectrum(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 5, (12, 3, 6))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Spectrum(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert alone.busy[0] == batch.busy[copy]
        assert (alone.vectors()[0] == batch.vectors()[copy]).all()


def test_shouting_pays_whatever_others_do_and_costs_all_if_all_do() -> None:
    world = Spectrum(SpectrumSettings(radios=12, channels=4))
    net = {}
    for others in ("low", "high"):
        for mine in ("low", "high"):
            world.reset(0)
            moves = {name: f"{n % 4 + 1}-{others}" for n, name in enumerate(world.agents)}
            net[mine, others] = world.step({**moves, "radio-2": f"2-{mine}"}).rewards["radio-2"]
    assert net["high", "low"] > net["low", "low"] > net["high", "high"] > net["low", "high"]


def test_all_alike_get_what_the_facts_say() -> None:
    world = Spectrum(SpectrumSettings(radios=12, channels=4))
    for power in ("low", "high"):
        world.reset(0)
        moves = {name: f"{n % 4 + 1}-{power}" for n, name in enumerate(world.agents)}
        got = np.mean(list(world.step(moves).rewards.values()))
        known = {one.name: one.value for one in world.facts.known}
        assert got == pytest.approx(known[f"all-{power}"])


def test_who_disturbs_the_licensed_one_is_told() -> None:
    world = Spectrum(SpectrumSettings(radios=2, switches=1.0))
    world.reset(0)
    result = world.step({"radio-1": "1-high", "radio-2": "silent"})
    assert result.harm["licensed"] == 1
    claims = [event for event in result.events if isinstance(event, ResourceClaimed)]
    assert [(e.agent, e.resource, e.amount) for e in claims] == [("radio-1", "channel-1", 4.0)]
    assert [e.value for e in result.events if isinstance(e, OutcomeObserved)] == ["disturbed"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"radios": 0}, {"channels": 0}, {"low": 5.0}, {"noise": 0}, {"cost": float("nan")},
        {"switches": 1.5}, {"slots": 0}, {"chanels": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("spectrum", chosen)  # type: ignore[arg-type]
