"""Firms: who competes, who punishes, and who learned; each from what it sees alone."""

from typing import Any

import numpy as np
import pytest

from tertius.environments.pricing import Pricing, PricingSettings
from tertius.players.pricing import Learner, number
from tertius.players.seated import PlayerSettingsError
from tertius.players.table import load
from tertius.runtime.episode import Episode
from tertius.stats.draws import Stream, root

PAIR = ("firm-1", "firm-2")


def seen(last: list[int], *, me: int = 0, period: int = 5) -> dict[str, Any]:
    world = Pricing()
    world.reset(0)
    prices = world.see(0, me)["prices"]
    named = dict(zip(PAIR, (prices[one] for one in last), strict=True))
    return {"period": period, "me": me, "cost": 1.0, "prices": prices, "last": [named],
            "chosen": [last]}  # fmt: skip


def seated(name: str, **settings: Any) -> Any:
    player = load(name, settings)
    player.sit("firm-1", {})
    return player


def draws(step: int = 0) -> Stream:
    return Stream(root(1), player=0, step=step)


def test_the_competitive_firm_takes_what_pays_most_against_the_rivals_last_price() -> None:
    world, player = Pricing(), seated("pricing/competitive")
    table = world.market.profits[:, 0].reshape(15, 15)
    for rival in range(15):
        assert player.act(seen([7, rival]), draws()) == table[:, rival].argmax()


def test_competitive_firms_earn_what_competition_pays() -> None:
    world = Pricing(PricingSettings(periods=300))
    gains = []
    for seed in range(8):
        firms = {name: load("pricing/competitive") for name in PAIR}
        sums = Episode(world, firms, seed=seed).play()
        gains.append(world.gain(sum(sums.rewards.values()) / 600))
    assert 0 <= np.mean(gains) < 0.15  # the grid's own equilibria lie at 0.04 and 0.12


def test_the_undercutter_goes_one_below_down_to_its_floor() -> None:
    assert seated("pricing/undercutter").act(seen([9, 4]), draws()) == 3
    assert seated("pricing/undercutter", floor=2).act(seen([9, 1]), draws()) == 2


def test_the_trigger_forgives_after_its_periods_or_never() -> None:
    for periods, after in ((2, [1, 1, 13]), (0, [1, 1, 1])):
        player = seated("pricing/grim", periods=periods)
        assert player.act(seen([3, 3], period=0), draws()) == 13, "the past binds nobody"
        assert player.act(seen([13, 13]), draws()) == 13
        assert player.act(seen([13, 12]), draws()) == 1
        found = [player.act(seen([1, 13]), draws()) for _ in range(3)]
        assert found == [1, *after[2:], 13] if periods else found == after


def test_a_learned_table_is_looked_up_and_pairs_stay_together() -> None:
    first, second = "0" * 225, "e" * 225
    player = seated("pricing/learned", table=f"{first} {second}")
    assert player.act(seen([0, 1]), draws()) == 14  # state 1: the second table
    assert player.act(seen([0, 2]), draws()) == 14, "and it stays with it"
    player.sit("firm-1", {})
    assert player.act(seen([0, 2]), draws()) == 0


@pytest.mark.parametrize("table", ["", " ", "12-4", "abcdé"])
def test_no_table_is_refused(table: str) -> None:
    with pytest.raises(PlayerSettingsError, match="no table of prices"):
        load("pricing/learned", {"table": table})


def test_a_table_of_another_market_is_refused() -> None:
    with pytest.raises(PlayerSettingsError, match="15 states; this market has 225"):
        seated("pricing/learned", table="0" * 15).act(seen([0, 0]), draws())


def test_the_state_is_read_as_the_kernel_reads_it() -> None:
    assert number([[3, 4], [1, 2]], 15) == ((1 * 15 + 2) * 15 + 3) * 15 + 4


def test_a_learner_alone_finds_the_monopoly() -> None:
    world = Pricing(PricingSettings(firms=1, memory=0, periods=3_000))
    learner = Learner(decay=2e-3, discount=0.0)
    Episode(world, {"firm-1": learner}, seed=3).play()
    row = learner.memory["values"]["0"]
    assert row.index(max(row)) == world.market.profits[:, 0].argmax()


def test_a_learner_goes_on_from_a_snapshot() -> None:
    def episode(learner: Learner) -> Episode:
        world = Pricing(PricingSettings(periods=60))
        return Episode(world, {"firm-1": learner, "firm-2": load("pricing/grim")}, seed=3)

    straight = episode(Learner())
    straight.play(30)
    kept = straight.snapshot()
    straight.play(30)
    again = episode(Learner())
    again.restore(kept)
    again.play(30)
    assert again.snapshot() == straight.snapshot()
