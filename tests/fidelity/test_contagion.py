"""Contagion against the threshold: 200 agents, eight neighbours each, notes forgotten at 0.1.

Expected: below the threshold it dies out; at R0 1.6 it survives from one seed now and then, in
about 0.27 of the agents; at R0 4 mostly, in about 0.71 (last 200 of 600 steps).
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tertius.environments.contagion import Contagion, ContagionSettings

COPIES = 60
SIS = "an independent simulation of the same rules"
Published = Callable[..., None]


@cache
def spread(beta: float) -> "tuple[float, np.ndarray[tuple[int], np.dtype[np.float64]]]":
    """Return R0, and of each copy the mean prevalence in the last 200 of 600 steps."""
    settings = ContagionSettings(graph="regular", agents=200, degree=8, beta=beta, steps=601)
    world = Contagion(settings, copies=COPIES)
    world.begin_all(2020)
    everybody, held = np.ones((COPIES, 200)), np.zeros(COPIES)
    for step in range(600):
        world.play(everybody)
        held += world.infected / 200 if step >= 400 else 0
    ratio = next(one.value for one in world.facts.known if one.name == "r0")
    return ratio, np.where(world.infected > 0, held / 200, 0.0)


@pytest.mark.parametrize(("beta", "ratio"), [(0.005, 0.4), (0.01, 0.8)])
def test_below_the_threshold_it_dies_out(beta: float, ratio: float, published: Published) -> None:
    found, lasting = spread(beta)
    assert found == pytest.approx(ratio, abs=0.02)
    published(f"outbreaks that last, R0 {ratio}", 0, lasting.astype(bool).mean(), source=SIS)


def test_just_above_it_survives_now_and_then(published: Published) -> None:
    found, lasting = spread(0.02)
    assert found == pytest.approx(1.6, abs=0.03)
    within = 3 * (0.24 / COPIES) ** 0.5
    published("share of outbreaks that last, R0 1.6", 0.4, lasting > 0, within=within, source=SIS)
    published("holders where it lasts, R0 1.6", 0.27, lasting[lasting > 0], within=0.05, source=SIS)


def test_far_above_it_settles_at_seven_in_ten(published: Published) -> None:
    found, lasting = spread(0.05)
    assert found == pytest.approx(4.0, abs=0.06)
    assert (lasting > 0).mean() > 0.75
    published("holders where it lasts, R0 4", 0.71, lasting[lasting > 0], within=0.01, source=SIS)


@pytest.mark.parametrize(("arm", "left"), [("leave", 1.0), ("restart", 1.0), ("purge", 0.0)])
def test_what_is_left_when_the_attacker_is_gone(arm: str, left: float) -> None:
    settings = ContagionSettings(
        graph="regular", agents=200, degree=8, removed=300, arm=arm,  # type: ignore[arg-type]
        steps=601,
    )  # fmt: skip
    world = Contagion(settings, copies=20)
    world.begin_all(7)
    for _ in range(600):
        world.play(np.ones((20, 200)))
    alive = world.at_removal > 0
    assert alive.sum() >= 10
    kept = world.infected[alive].sum() / world.at_removal[alive].sum()
    assert kept == pytest.approx(left, abs=0.05)
