"""The dollar auction against backward induction, O'Neill's opening bid and closed forms."""

from statistics import mean

import pytest
from tests.twins.dollar_auction import backward

from tertius.environments.dollar_auction import DollarAuction, DollarAuctionSettings
from tertius.players.table import load
from tertius.runtime.episode import Episode, Sums
from tertius.stats.auctions import calm, escalation, reply


def played(first: str, second: str, seed: int = 0, *, budget: int = 50, **settings: float) -> Sums:
    """Play an auction in which the first of two players begins."""
    world = DollarAuction(DollarAuctionSettings(budget=budget), tells=False)
    world.reset(seed)
    seats = world.acting + tuple(name for name in world.seats if name not in world.acting)
    players = {
        seat: load(f"dollar_auction/{name}", dict(settings))
        for seat, name in zip(seats, (first, second), strict=True)
    }
    sums = Episode(world, players, seed=seed).play()
    sums.rewards = {seat: sums.rewards[seat] for seat in seats}
    return sums


@pytest.mark.parametrize("prize", [2, 3, 4, 7, 20])
@pytest.mark.parametrize("budget", [1, 2, 5, 13, 20, 26])
def test_who_reasons_to_the_end_bids_as_backward_induction_says(prize: int, budget: int) -> None:
    solved = backward(prize, budget)
    for (mine, other), bid in solved.items():
        assert reply(prize, budget, mine=mine, other=other) == bid, (mine, other)


@pytest.mark.parametrize(
    ("prize", "budget", "opening"), [(20, 50, 12), (20, 20, 1), (20, 39, 1), (20, 38, 19)]
)
def test_the_opening_bid_is_oneills(prize: int, budget: int, opening: int) -> None:
    """A dollar in coins of five cents and purses of 2.50: open with sixty cents."""
    assert reply(prize, budget, mine=0, other=0) == opening == (budget - 1) % (prize - 1) + 1


def test_two_who_reason_bid_once_and_pay_less_than_the_prize() -> None:
    sums = played("reasoner", "reasoner")
    assert list(sums.rewards.values()) == [8, 0]
    assert (sums.steps, sums.harm["principals"]) == (2, 0)


def test_one_unit_is_enough_against_who_never_bids() -> None:
    assert list(played("stubborn", "passer").rewards.values()) == [19, 0]


def test_two_who_never_pass_pay_both_their_budgets_but_for_one_unit() -> None:
    sums = played("stubborn", "stubborn")
    assert sorted(sums.rewards.values()) == [-49, -30]
    assert sums.harm["principals"] == 79 == escalation(50, 0) - 20


@pytest.mark.parametrize("passes", [0.1, 0.4])
def test_two_who_pass_now_and_then_pay_as_the_formula_says(passes: float) -> None:
    paid = [
        20 - sum(played("stubborn", "stubborn", seed, passes=passes).rewards.values())
        for seed in range(1500)
    ]
    assert mean(paid) == pytest.approx(escalation(50, passes), rel=0.07)


def test_two_calm_bidders_pay_the_prize_but_for_one_unit() -> None:
    assert calm(20) == 0.1
    assert escalation(10**6, calm(20)) == pytest.approx(20 - 1)


def test_against_a_calm_bidder_raising_once_more_is_worth_what_passing_is() -> None:
    """Standing at 4 against 5: passing costs 4; raising to 6 wins 14 or, one turn on, costs 6."""
    chance = calm(20)
    assert chance * (20 - 6) + (1 - chance) * -6 == pytest.approx(-4)
