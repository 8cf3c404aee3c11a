"""The dollar auction in closed form; backward induction is in the fidelity tests."""

import pytest

from tertius.stats.auctions import calm, escalation, reply


def test_who_stands_in_a_lower_band_passes_and_who_stands_level_raises_to_the_next() -> None:
    bids = [reply(20, 50, mine=mine, other=other) for mine, other in ((0, 11), (0, 12), (12, 20))]
    assert bids == [12, 0, 31]


def test_nobody_answers_a_bid_of_the_whole_budget() -> None:
    assert reply(20, 50, mine=49, other=50) == 0


def test_who_passes_always_pays_for_one_bid_at_most() -> None:
    assert escalation(50, 1.0) == 1


@pytest.mark.parametrize(("prize", "chance"), [(2, 1.0), (4, 0.5), (20, 0.1)])
def test_the_less_the_prize_the_sooner_one_passes(prize: int, chance: float) -> None:
    assert calm(prize) == chance
