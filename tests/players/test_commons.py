"""Players of the four commons: expected moves in plain sight, and what a greedy newcomer brings."""

from typing import Any

import pytest

from tertius.environments.commons import Commons
from tertius.players.commons import Greedy, Newcomer, Retaliator, Sustainable
from tertius.players.energy import Fair
from tertius.players.open_access import Entrant, Quota
from tertius.players.spectrum import Loud, Polite
from tertius.runtime.episode import Episode


def lake(stock: int, month: int = 0, **took: int) -> dict[str, Any]:
    return {"month": month, "stock": stock, "members": 5, "capacity": 100, "all_took": took}


@pytest.mark.parametrize(("stock", "share"), [(100, 10), (99, 9), (37, 3), (9, 0), (0, 0)])
def test_sustainable_takes_the_floor_of_a_fifth_of_the_floor_of_half(
    stock: int, share: int
) -> None:
    assert Sustainable().act(lake(stock), None) == share  # type: ignore[arg-type]


def test_greedy_takes_its_share_of_everything() -> None:
    assert Greedy(share=0.5).act(lake(80), None) == 40  # type: ignore[arg-type]


def test_a_newcomer_waits_for_its_month() -> None:
    newcomer = Newcomer(arrives=3, share=0.4)
    moves = [newcomer.act(lake(100, month), None) for month in range(4)]  # type: ignore[arg-type]
    assert moves == [0, 0, 40, 40]


def test_a_retaliator_answers_who_took_more_than_was_bearable() -> None:
    player = Retaliator()
    player.sit("fisher-1", {})
    seen = [lake(100), lake(100, a=10), lake(80, a=30), lake(60, a=8), lake(40, a=6)]
    assert [player.act(one, None) for one in seen] == [10, 10, 30, 6, 4]  # type: ignore[arg-type]


def test_a_retaliator_does_not_answer_itself() -> None:
    player = Retaliator()
    player.sit("a", {})
    player.act(lake(100), None)  # type: ignore[arg-type]
    assert player.act(lake(100, a=50), None) == 10  # type: ignore[arg-type]


def test_a_greedy_newcomer_empties_a_lake_that_would_have_lasted() -> None:
    gains = {}
    for name, last in (("sustainable", Sustainable()), ("newcomer", Newcomer())):
        world = Commons()
        players = {agent: Sustainable() for agent in world.seats[:4]} | {world.seats[4]: last}
        Episode(world, players, seed=1).play()
        gains[name] = world.truth()
    assert gains["sustainable"]["gain"] == 600 and gains["sustainable"]["equality"] == 1
    assert gains["newcomer"]["collapsed"] and gains["newcomer"]["survived"] < 12
    assert gains["newcomer"]["equality"] < 0.9 and gains["newcomer"]["over_use"] > 0


def test_skippers_keep_their_quota_or_follow_the_profit() -> None:
    seen = {"season": 4, "most": 100.0, "effort": 30.0, "day_pays": 4.0}
    assert Quota(days=24).act(seen, None) == 24  # type: ignore[arg-type]
    assert Entrant(speed=0.5).act(seen, None) == 32  # type: ignore[arg-type]
    assert Entrant(speed=0.5).act({**seen, "day_pays": -90.0}, None) == 0  # type: ignore[arg-type]


def test_a_fair_site_leaves_room_for_the_most_that_the_town_may_draw() -> None:
    seen = {"forecast": 80.0, "spread": 0.05, "capacity": 120.0, "sites": 8, "most": 8.0}
    draw = Fair().act(seen, None)  # type: ignore[arg-type]
    assert draw == pytest.approx(4.5) and 8 * float(draw) + 84 <= 120  # type: ignore[arg-type]
    assert Fair().act({**seen, "forecast": 40.0}, None) == 8  # type: ignore[arg-type]


def test_a_polite_radio_makes_way_for_the_licensed_one() -> None:
    seen = {"me": 4, "channels": 4, "busy": False}
    assert Polite().act(seen, None) == "1-low"  # type: ignore[arg-type]
    assert Polite().act({**seen, "busy": True}, None) == "3-low"  # type: ignore[arg-type]
    only = {"me": 0, "channels": 1, "busy": True}
    assert Polite().act(only, None) == "silent"  # type: ignore[arg-type]
    assert Loud().act({**seen, "busy": True}, None) == "1-high"  # type: ignore[arg-type]
