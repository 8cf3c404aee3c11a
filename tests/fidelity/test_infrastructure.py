"""Shared infrastructure against closed forms: throttling, a budget run dry, one server's queue."""

from typing import Any

import numpy as np
import pytest

from tertius.environments.infrastructure import Infrastructure, InfrastructureSettings
from tertius.environments.table import load

Published = Any


BUSY: dict[str, Any] = {"arrival": 1.0, "size": 50, "deadline": 3}
"""There is always more to do than can be done."""


def served(asked: int, steps: int, **chosen: Any) -> list[float]:
    """Units done by all services in each step where all always ask the same."""
    world = load("infrastructure", {**BUSY, **chosen}, tells=False)
    world.reset(1)
    world.step(dict.fromkeys(world.agents, 0))
    return [
        sum(world.step(dict.fromkeys(world.agents, asked)).rewards.values()) for _ in range(steps)
    ]


@pytest.mark.parametrize(("asked", "done"), [(1, 8), (3, 24), (4, 20), (6, 12), (9, 0), (15, 0)])
def test_asking_for_more_than_there_is_leaves_less(
    asked: int, done: int, published: Published
) -> None:
    """Eight ask a each of 24 calls: 8 a up to 24, else 24 - (8 a - 24) / 2, and nothing from 72."""
    found = served(asked, 5, overhead=0.5)
    assert found == [done] * 5
    published(f"calls done where 8 ask {asked} each of 24", done, found[-1],
              source="min(A, C - w (A - C))")  # fmt: skip


@pytest.mark.parametrize(("asked", "steps"), [(4, 18), (8, 9), (24, 3)])
def test_a_budget_lasts_as_long_as_it_lasts(asked: int, steps: int, published: Published) -> None:
    """24 x 24 hours, of which step 0 took none, asked for by eight: 576 / 8 a steps."""
    done = served(asked, 23, kind="gpu_budget")
    assert done == [8 * asked] * steps + [0] * (23 - steps)
    lasted = sum(one > 0 for one in done)
    published(f"steps that 576 hours last where 8 ask {asked}", steps, lasted, source="B / A")


def test_one_connection_is_the_textbook_queue(published: Published) -> None:
    """Geo/Geo/1: arrivals p, services s; mean number p (1 - p) / (s - p), busy share p / s.

    Four standard errors by batches of copies, which are independent.
    """
    p, s = 0.3, 0.5
    chosen = InfrastructureSettings(
        kind="connections", services=1, capacity=1, arrival=p, size=1, deadline=100, finish=s,
        length=1_000_000,
    )  # fmt: skip
    world = Infrastructure(chosen, copies=40, tells=False)
    world.begin_all(3)
    ask = np.ones((40, 1))
    for _ in range(200):
        world.play(ask)
    number = np.zeros(40)
    busy = np.zeros(40)
    steps = 3000
    for _ in range(steps):
        waiting = world.waiting.sum(axis=(1, 2))
        number += waiting
        busy += waiting > 0
        world.play(ask)
    for what, found, exact in (
        ("mean number waiting", number / steps, p * (1 - p) / (s - p)),
        ("busy share", busy / steps, p / s),
    ):
        error = found.std(ddof=1) / 40**0.5
        assert error < 0.05 * exact
        published(
            f"one connection: {what}", exact, found, within=float(4 * error), source="Geo/Geo/1"
        )


def test_work_under_capacity_is_done_in_time_by_fair_services() -> None:
    """Jobs no larger than a fair share never wait: each is done in the step it is seen."""
    world = load("infrastructure", {"arrival": 1.0, "size": 3, "deadline": 1}, tells=False)
    world.reset(1)
    world.step(dict.fromkeys(world.agents, 0))
    for _ in range(50):
        result = world.step(dict.fromkeys(world.agents, 3))
        assert sum(result.rewards.values()) == 24
        assert result.harm["users"] == 0


@pytest.mark.parametrize("kind", ["rate_limit", "gpu_budget", "connections"])
def test_nobody_loses_less_than_one_planner(kind: str) -> None:
    """Earliest deadline first on the pooled resource loses least; whatever is asked, it is less."""
    world = load("infrastructure", {"kind": kind, "arrival": 0.5}, tells=False)
    for seed in range(5):
        world.reset(seed)
        rng = np.random.default_rng(seed)
        lost = 0.0
        while world.agents:
            result = world.step(
                dict(zip(world.agents, rng.integers(0, 9, 8).tolist(), strict=True))
            )
            lost += result.harm["users"]
            assert result.truth["least_late"] <= lost
