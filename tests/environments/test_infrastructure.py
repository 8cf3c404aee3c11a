"""Infrastructure: the kernel against its twin, both faces, what is told and refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.infrastructure import Shared

from tertius.conformance.environment import check_environment
from tertius.core.events import ResourceClaimed, ResourceReleased, TaskAssigned, TaskCompleted
from tertius.environments.infrastructure import KINDS, Infrastructure, InfrastructureSettings
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.players.table import load as player
from tertius.runtime.episode import Episode


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from(KINDS), st.sampled_from(["asked", "fair"]),
    st.sampled_from([0.0, 0.25, 1.0]), st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3),
                                                min_size=1, max_size=12),
)  # fmt: skip
def test_the_kernel_is_its_twin(
    seed: int, kind: Any, sharing: Any, overhead: float, asked: list[list[int]]
) -> None:
    chosen = InfrastructureSettings(
        kind=kind, sharing=sharing, overhead=overhead, services=3, capacity=5, arrival=0.6, size=4,
        deadline=3, period=4, finish=0.5, most=9, length=20,
    )  # fmt: skip
    world = Infrastructure(chosen, tells=False)
    world.reset(seed)
    twin = Shared(chosen, world.keys[0])
    for amounts in asked:
        result = world.step(dict(zip(world.agents, amounts, strict=True)))
        granted, served, late = twin.play(amounts)
        assert world.granted[0].tolist() == granted
        assert list(result.rewards.values()) == served
        assert result.harm["users"] == sum(late)
        assert world.held[0].tolist() == twin.held


@pytest.mark.parametrize("kind", KINDS)
def test_the_port_is_kept(kind: Any) -> None:
    check_environment(lambda: Infrastructure(InfrastructureSettings(kind=kind, length=40)))


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Infrastructure(InfrastructureSettings(length=20))), 30)
    parallel_seed_test(lambda: ParallelFace(Infrastructure(InfrastructureSettings(length=20))), 30)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_batch_plays_as_it_would_alone(kind: Any) -> None:
    chosen = InfrastructureSettings(kind=kind, length=9, finish=0.5)
    batch = Infrastructure(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 12, (20, 3, 8))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Infrastructure(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.waiting[0] == batch.waiting[copy]).all()
        assert (alone.held[0] == batch.held[copy]).all()


def events(kind: str, name: str) -> list[Any]:
    world = load("infrastructure", {"kind": kind, "length": 100})
    heard: list[Any] = []
    seated = {agent: player(f"infrastructure/{name}") for agent in world.seats}
    Episode(world, seated, seed=1, tell=lambda event, content: heard.append(event)).play()
    return heard


@pytest.mark.parametrize("name", ["fair", "storm", "hoarder"])
def test_every_job_that_came_is_done_or_late_once(name: str) -> None:
    heard = events("rate_limit", name)
    came = [event.task for event in heard if isinstance(event, TaskAssigned)]
    ended = [event.task for event in heard if isinstance(event, TaskCompleted)]
    assert len(set(ended)) == len(ended) > 100
    assert set(ended) <= set(came)
    assert len(came) - len(ended) < 8 * 6  # still waiting at the end


def test_no_more_connections_are_held_than_there_are() -> None:
    held = 0
    for event in events("connections", "storm"):
        if isinstance(event, ResourceClaimed):
            held += int(event.amount)
        elif isinstance(event, ResourceReleased):
            held -= int(event.amount)
        assert held <= 24
    assert held > 0


@pytest.mark.parametrize("kind", KINDS)
def test_words_say_what_is_shared(kind: str) -> None:
    world = load("infrastructure", {"kind": kind})
    world.reset(1)
    assert "for 8 services" in world.describe("service-3")


@pytest.mark.parametrize(
    "chosen",
    [
        {"services": 0}, {"capacity": -1}, {"arrival": float("nan")}, {"finish": 0},
        {"overhead": 2}, {"kind": "disk"}, {"sharing": "force"}, {"deadline": 0}, {"sevices": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        load("infrastructure", chosen)


def test_an_amount_out_of_range_is_refused() -> None:
    world = load("infrastructure")
    world.reset(0)
    for bad in (65, -1, 0.5, "all", float("inf")):
        with pytest.raises(MoveError, match="service-2"):
            world.step({**dict.fromkeys(world.agents, 0), "service-2": bad})
