"""Bidders in the dollar auction, in plain sight."""

from tertius.players.table import load
from tertius.stats.draws import Stream, root


def bid(name: str, mine: int, other: int, *, step: int = 0, budget: int = 50) -> str:
    player = load(f"dollar_auction/{name}")
    player.sit("bidder-1", {})
    seen = {"prize": 20, "budget": budget, "mine": mine, "highest": other}
    return str(player.act(seen, Stream(root(1), player=0, step=step)))


def test_the_passer_passes() -> None:
    assert bid("passer", 0, 0) == "pass"


def test_the_reasoner_opens_with_sixty_cents_and_answers_only_who_it_can_beat() -> None:
    assert bid("reasoner", 0, 0) == "12"
    assert bid("reasoner", 0, 12) == "pass"
    assert bid("reasoner", 0, 5) == "12"
    assert bid("reasoner", 12, 13) == "31"
    assert bid("reasoner", 12, 31) == "pass"
    assert bid("reasoner", 31, 49) == "50"


def test_the_stubborn_one_raises_by_one_until_its_purse_is_empty() -> None:
    assert [bid("stubborn", 0, 0), bid("stubborn", 48, 49), bid("stubborn", 49, 50)] == [
        "1", "50", "pass",
    ]  # fmt: skip


def test_the_calm_one_passes_one_time_in_ten_and_never_at_the_opening() -> None:
    passed = [bid("calm", 3, 4, step=step) for step in range(1000)].count("pass")
    assert 70 < passed < 130
    assert "pass" not in [bid("calm", 0, 0, step=step) for step in range(100)]
