"""Pricing: the market's numbers, the learners' kernel against its twin, and the port."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.pricing import session

from tertius.conformance.environment import check_environment
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.pricing import Pricing, PricingSettings
from tertius.environments.pricing_sessions import (
    SessionSettings,
    cycle,
    first_values,
    gain,
    play,
)
from tertius.environments.settings import SettingsError
from tertius.environments.table import load


@pytest.mark.parametrize("memory", [0, 1, 2])
def test_the_port_is_kept(memory: int) -> None:
    check_environment(lambda: Pricing(PricingSettings(firms=3, memory=memory, periods=12)))


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Pricing(PricingSettings(periods=20))), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Pricing(PricingSettings(periods=20))), num_cycles=30)


def test_competition_pays_what_the_equilibrium_pays_and_harms_nobody() -> None:
    world = Pricing(PricingSettings(margin=0.0))  # the grid then begins at the equilibrium
    world.reset(0)
    result = world.step({"firm-1": 0, "firm-2": 0})
    assert result.rewards["firm-1"] == pytest.approx(world.market.nash[0], abs=1e-12)
    assert result.harm["consumers"] == pytest.approx(0, abs=1e-12)
    dear = world.step({"firm-1": 14, "firm-2": 14})
    assert dear.rewards["firm-1"] == pytest.approx(world.market.monopoly[0], abs=1e-12)
    assert dear.harm["consumers"] > 0.3


def test_firms_see_the_prices_of_the_last_periods_newest_first() -> None:
    world = Pricing(PricingSettings(memory=2))
    world.reset(0)
    world.step({"firm-1": 1, "firm-2": 2})
    world.step({"firm-1": 3, "firm-2": 4})
    assert world.see(0, 0)["chosen"] == [[3, 4], [1, 2]]
    assert world.vectors()[0, 1].tolist() == pytest.approx([3 / 14, 4 / 14, 1 / 14, 2 / 14])


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    memory=st.integers(0, 2),
    firms=st.integers(1, 2),
    decay=st.sampled_from([0.0, 0.002, 0.02]),
    believed=st.integers(-1, 2),
)
def test_the_learners_kernel_is_its_twin(
    seed: int, memory: int, firms: int, decay: float, believed: int
) -> None:
    chosen = SessionSettings(
        firms=firms,
        prices=3,
        memory=memory,
        decay=decay,
        stable=200,
        longest=1500,
        believed=believed,
    )
    market = chosen.market()
    found = play(chosen, seed)
    periods, converged, state, policy = session(
        chosen, market.profits.tolist(), first_values(market, chosen).tolist(), seed
    )
    assert (found.periods, found.converged, found.state) == (periods, converged, state)
    assert found.policy.tolist() == policy


def test_a_lone_learner_ends_at_the_monopoly() -> None:
    alone = SessionSettings(firms=1, memory=0, decay=1e-3, stable=5_000)
    found = play(alone, 4)
    market = alone.market()
    best = int(market.profits[:, 0].argmax())
    assert found.converged and found.policy[0, 0] == best
    assert cycle(alone, found) == [0]


def test_values_begin_where_they_are_believed_to() -> None:
    """Now the price against rivals at the second one, and for ever after everybody there."""
    chosen = SessionSettings(firms=2, prices=3, believed=1, rival_cost=0.5, discount=0.9)
    market = chosen.market()
    table = market.profits.reshape(3, 3, 2)
    first, last = first_values(market, chosen)
    assert first == pytest.approx(table[:, 1, 0] + 9 * table[1, 1, 0])
    assert last == pytest.approx(table[1, :, 1] + 9 * table[1, 1, 1])


def test_sessions_differ_by_copy_and_repeat_by_seed() -> None:
    short = SessionSettings(decay=1e-3, stable=300)
    market = short.market()
    gains = [gain(short, play(short, 1, copy=copy), market) for copy in range(4)]
    again = [gain(short, play(short, 1, copy=copy), market) for copy in range(4)]
    assert gains == again
    assert len(set(gains)) > 1


@pytest.mark.parametrize(
    "chosen",
    [
        {"firms": 0}, {"firms": 7}, {"prices": 1}, {"memory": 3}, {"margin": -0.1},
        {"margin": float("nan")}, {"rival_cost": float("inf")}, {"periods": 0},
        {"firms": 6, "prices": 100},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("pricing", chosen)  # type: ignore[arg-type]


def test_tables_that_would_not_fit_are_refused() -> None:
    with pytest.raises(SettingsError, match="values"):
        SessionSettings(firms=4, prices=100, memory=2)
    with pytest.raises(SettingsError, match="or -1 for chance"):
        SessionSettings(prices=3, believed=3)


def test_copies_play_as_they_would_alone() -> None:
    batch = Pricing(PricingSettings(periods=4), copies=3)
    batch.begin_all(5)
    alone = Pricing(PricingSettings(periods=4), first=2)
    alone.begin_all(5)
    for moves in np.random.default_rng(1).integers(0, 15, (9, 3, 2)):
        batch.play(moves)
        alone.play(moves[2:])
    assert (batch.chosen[2] == alone.chosen[0]).all()
