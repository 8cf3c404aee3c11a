"""Pricing against the published numbers (Calvano et al., AER 2020, and the authors' files)."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from tertius.environments.pricing import Pricing, PricingSettings
from tertius.environments.pricing_demand import Demand, grid
from tertius.environments.pricing_deviation import Cuts, cuts
from tertius.environments.pricing_sessions import Session, SessionSettings, cycle, gain, play
from tertius.players.table import load
from tertius.runtime.episode import Episode

PAPER = "Calvano et al., AER 110 (2020)"
FILES = "the authors' output files"
CUTS = f"{FILES}, table A16; theirs is one kind of cut, ours are all"
RERUN = "an independent rerun of the authors' settings"
RECALLED = "recalled from the paper, table not read again"
Published = Any


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
    firms: int, nash_price: float, monopoly_price: float, nash_profit: float,
    monopoly_profit: float, published: Published,
) -> None:  # fmt: skip
    market = grid(Demand((1.0,) * firms), count=15, margin=0.1)
    source, within = (PAPER, 5.1e-6) if firms == 2 else (RERUN, 5.1e-5)
    for what, found, value in (
        ("competitive price", market.nash_prices, nash_price),
        ("monopoly price", market.monopoly_prices, monopoly_price),
        ("competitive profit", market.nash, nash_profit),
        ("monopoly profit", market.monopoly, monopoly_profit),
    ):
        assert np.ptp(found) < 1e-9
        published(f"{what}, {firms} firms", value, found[0], within=within, source=source)


def test_the_grid_runs_as_published(published: Published) -> None:
    prices = grid(Demand((1.0, 1.0)), count=15, margin=0.1).prices[0]
    published("lowest price of the grid", 1.42773, prices[0], within=1e-5, source=PAPER)
    published("highest price of the grid", 1.97018, prices[-1], within=1e-5, source=PAPER)


def test_learners_end_far_above_competition(published: Published) -> None:
    _, played = sessions(200)
    published("profit gain of two learners", 0.849, gains(200), within=0.03, source=FILES)
    assert all(one.converged for one in played)
    periods = [one.periods / 1e6 for one in played]
    published("million periods to convergence", 1.865, periods, within=0.06, source=RERUN)


def test_most_sessions_end_in_one_price_or_two(published: Published) -> None:
    settings, played = sessions(200)
    lengths = np.array([len(cycle(settings, one)) for one in played])
    for what, shares, value in (
        ("one price", lengths == 1, 0.643),
        ("a cycle of two", lengths == 2, 0.238),
        ("a longer cycle", lengths > 2, 0.119),
    ):
        within = 4 * (value * (1 - value) / 200) ** 0.5
        published(f"sessions that end in {what}", value, shares, within=within, source=FILES)


def test_firms_that_reply_best_to_the_last_prices_stay_at_competition() -> None:
    """The grid has an equilibrium on either side of the true one: gains of 0.04 and 0.12."""
    world = Pricing(PricingSettings(periods=200))
    table = world.market.profits.reshape(15, 15, 2)
    for seed in range(20):
        firms = {name: load("pricing/competitive") for name in world.seats}
        episode = Episode(world, firms, seed=seed)
        episode.play(150)
        sums = dict(episode.sums.rewards)
        episode.play(50)
        late = sum(episode.sums.rewards.values()) - sum(sums.values())
        assert abs(world.gain(late / 100)) < 0.13
    best = table[:, :, 0].argmax(0)
    ends = {int(one) for one in range(15) if best[one] == one}
    assert ends and max(ends) <= 2, "nothing above the price next to competition can last"


@cache
def forced(count: int, **changed: Any) -> list[Cuts]:
    """Force every cut in every session."""
    settings, played = sessions(count, **changed)
    made = [cuts(settings, one, settings.market()) for one in played]
    return [one for one in made if len(one.firm)]


def pooled(parts: "list[np.ndarray[Any, Any]]") -> tuple[float, tuple[float, float]]:
    """Return the mean of all cuts and its 95% interval; sessions are independent, cuts are not."""
    mean = float(np.concatenate(parts).mean())
    off = np.array([(part - mean).sum() for part in parts])
    half = 1.96 * float(np.sqrt((off**2).sum())) / sum(map(len, parts))
    return mean, (mean - half, mean + half)


@pytest.mark.slow
def test_a_forced_cut_is_punished_does_not_pay_and_is_forgiven(published: Published) -> None:
    """Published means are over all starting prices and cuts."""
    found = forced(400)
    for what, value, parts, within, source in (
        ("fall of the rival's price after a cut", 0.127, [one.fall for one in found], 0.01, CUTS),
        ("cuts that do not pay", 0.936, [one.lost > 0 for one in found], 0.02, CUTS),
        ("periods until the punishment is over", 5.7, [one.periods for one in found], 1.0,
         CUTS),
    ):  # fmt: skip
        mean, interval = pooled(parts)
        published(what, value, mean, interval=interval, within=within, source=source)
    settings, played = sessions(400)
    ended = [one for one in played if len(cycle(settings, one)) == 1]
    single = [cuts(settings, one, settings.market()) for one in ended]
    fall, rivals = (
        np.concatenate([getattr(one, name) for one in single]) for name in ("fall", "rivals")
    )
    for price, value in ((1.66021, 0.085), (1.8152, 0.143), (1.97018, 0.189)):
        published(f"fall of the rival's price from {price}, sessions of one price", value,
                  fall[abs(rivals - price) < 1e-4].mean(), within=0.025,
                  source=f"{FILES}, mean of the row of table II")  # fmt: skip


def test_firms_without_memory_cannot_punish(published: Published) -> None:
    found = forced(20, memory=0, decay=4e-5)
    fall, interval = pooled([one.fall for one in found])
    published("fall of the rival's price after a cut, without memory", 0.0, fall,
              interval=interval, source="follows from the rules")  # fmt: skip
    assert np.mean(np.concatenate([one.lost > 0 for one in found])) < 0.5
    assert all((one.periods == 1).all() for one in found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "changed", "value", "count", "source"),
    [
        ("rival's cost 0.875", {"rival_cost": 0.875}, 0.841, 100, "table IV"),
        ("rival's cost 0.75", {"rival_cost": 0.75}, 0.812, 100, "table IV"),
        ("rival's cost 0.625", {"rival_cost": 0.625}, 0.781, 100, "table IV"),
        ("rival's cost 0.5", {"rival_cost": 0.5}, 0.759, 100, "table IV"),
        ("rival's cost 0.25", {"rival_cost": 0.25}, 0.713, 100, "table IV"),
        ("50 prices", {"prices": 50}, 0.709, 60, "table A10"),
        ("100 prices", {"prices": 100}, 0.704, 24, "table A10"),
        ("wide grid, values begin at the third price", {"margin": 0.5, "believed": 2}, 0.761, 100,
         "table A10"),
        ("values begin at the competitive price", {"believed": 1}, 0.731, 100, "table A9"),
        ("three firms", {"firms": 3}, 0.643, 60, "table A4"),
        ("four firms", {"firms": 4}, 0.56, 12, RECALLED),
    ],
)  # fmt: skip
def test_variants_end_where_published(
    label: str, changed: dict[str, float], value: float, count: int, source: str,
    published: Published,
) -> None:  # fmt: skip
    found = gains(count, **changed)
    within = round(0.03 + 3 * float(found.std(ddof=1)) / count**0.5, 3)
    source = source if source == RECALLED else f"{FILES}, {source}"
    published(f"profit gain, {label}", value, found, within=within, source=source)


def as_released(settings: SessionSettings, session: Session) -> Session:
    """Return a session of memory 2 as the authors' released code goes on from its end.

    Where it follows the learned choices, it reads the last prices back with firms and periods
    exchanged: the rival's last price and one's own of the period before. Memory 1 is not touched.
    """
    digits = [session.state // settings.prices**place % settings.prices for place in (3, 2, 1, 0)]
    first_before, second_before, first, second = digits
    state = 0
    for one in (second, second_before, first, first_before):
        state = state * settings.prices + one
    return replace(session, state=state)


@pytest.mark.slow
def test_memory_of_two_periods_gains_less_only_as_released(published: Published) -> None:
    """The published gain is that of where the code begins to look, not of where learning ended."""
    settings, played = sessions(60, memory=2)
    market = settings.market()
    found = np.array([gain(settings, as_released(settings, one), market) for one in played])
    within = round(0.03 + 3 * float(found.std(ddof=1)) / len(found) ** 0.5, 3)
    published("profit gain, memory of two periods, read back as in the released code", 0.574,
              found, within=within, source=f"{FILES}, table A11")  # fmt: skip
    assert gains(60, memory=2).mean() == pytest.approx(0.68, abs=0.03), "as the rules say"
