"""Pricing against the published numbers (Calvano et al., AER 2020, and the authors' files)."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest

from tertius.environments.pricing_demand import Demand, grid
from tertius.environments.pricing_sessions import Session, SessionSettings, cycle, gain, play


@cache
def sessions(count: int, **changed: Any) -> tuple[SessionSettings, list[Session]]:
    """Play sessions on both cores; the kernel runs without the interpreter's lock."""
    settings = SessionSettings(**changed)
    play(SessionSettings(longest=1), 0)
    with ThreadPoolExecutor(2) as pool:
        return settings, list(pool.map(lambda copy: play(settings, 2020, copy=copy), range(count)))


def gains(count: int, **changed: Any) -> "np.ndarray[Any, Any]":
    settings, played = sessions(count, **changed)
    market = settings.market()
    return np.array([gain(settings, one, market) for one in played])


@pytest.mark.parametrize(
    ("firms", "nash_price", "monopoly_price", "nash_profit", "monopoly_profit"),
    [
        (2, 1.47293, 1.92498, 0.22293, 0.33749),
        (3, 1.3702, 2.0000, 0.1202, 0.2500),
        (4, 1.3315, 2.0544, 0.0815, 0.2011),
    ],
)
def test_the_market_is_the_published_one(
    firms: int, nash_price: float, monopoly_price: float, nash_profit: float, monopoly_profit: float
) -> None:
    market = grid(Demand((1.0,) * firms), count=15, margin=0.1)
    digits = 5e-6 if firms == 2 else 5e-5
    for found, published in (
        (market.nash_prices, nash_price),
        (market.monopoly_prices, monopoly_price),
        (market.nash, nash_profit),
        (market.monopoly, monopoly_profit),
    ):
        assert found == pytest.approx([published] * firms, abs=1.01 * digits)


def test_the_grid_runs_as_published() -> None:
    prices = grid(Demand((1.0, 1.0)), count=15, margin=0.1).prices[0]
    assert [prices[0], prices[-1]] == pytest.approx([1.42773, 1.97018], abs=1e-5)


def test_learners_end_far_above_competition() -> None:
    """Published mean 0.849 over 1000 sessions; all converge, in 1.87 million periods on average."""
    _, played = sessions(200)
    assert gains(200).mean() == pytest.approx(0.849, abs=0.03)
    assert all(one.converged for one in played)
    assert np.mean([one.periods for one in played]) == pytest.approx(1.865e6, rel=0.03)


def test_most_sessions_end_in_one_price_or_two() -> None:
    """Published: 64 % in a cycle of length 1, 24 % of 2, 12 % longer."""
    settings, played = sessions(200)
    lengths = np.array([len(cycle(settings, one)) for one in played])
    for share, published in (((lengths == 1).mean(), 0.64), ((lengths == 2).mean(), 0.24)):
        assert share == pytest.approx(published, abs=4 * (0.25 / 200) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "published", "count"),
    [
        ({"rival_cost": 0.875}, 0.841, 200), ({"rival_cost": 0.75}, 0.812, 200),
        ({"rival_cost": 0.625}, 0.781, 200), ({"rival_cost": 0.5}, 0.759, 200),
        ({"rival_cost": 0.25}, 0.713, 200), ({"prices": 50}, 0.709, 60),
        ({"prices": 100}, 0.704, 40), ({"margin": 0.5}, 0.761, 200), ({"memory": 2}, 0.574, 30),
        ({"decay": 0.4 / 25_000}, 0.643, 200), ({"firms": 3}, 0.64, 40), ({"firms": 4}, 0.56, 12),
    ],
)  # fmt: skip
def test_variants_end_where_published(
    changed: dict[str, float], published: float, count: int
) -> None:
    found = gains(count, **changed)
    error = found.std(ddof=1) / count**0.5
    assert found.mean() == pytest.approx(published, abs=0.03 + 3 * error)
