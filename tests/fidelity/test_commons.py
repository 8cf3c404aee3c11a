"""Commons against the published rules (GovSim) and the closed forms of Gordon and Schaefer."""

from collections.abc import Callable

import pytest

from tertius.environments.commons import Commons, CommonsSettings
from tertius.environments.open_access import OpenAccess, OpenAccessSettings
from tertius.players.open_access import Entrant

GOVSIM = "follows from the rules of GovSim, arXiv:2404.16698"
TABLE = [(10, 12, 600), (11, 4, 195), (12, 3, 160), (15, 2, 125), (20, 1, 100)]


@pytest.mark.parametrize("place", ["fishery", "pasture", "pollution"])
@pytest.mark.parametrize("rationing", ["one_by_one", "proportional"])
@pytest.mark.parametrize(("asked", "last", "total"), TABLE)
def test_who_asks_the_same_every_month(
    place: str, rationing: str, asked: int, last: int, total: int, published: Callable[..., None]
) -> None:
    world = Commons(CommonsSettings(place=place, rationing=rationing))  # type: ignore[arg-type]
    world.reset(1)
    while world.agents:
        truth = world.step(dict.fromkeys(world.agents, asked)).truth
    assert (truth["survived"], truth["gain"]) == (last, total)
    if (place, rationing) == ("fishery", "one_by_one"):
        published(f"last month when all ask for {asked}", last, truth["survived"], source=GOVSIM)
        published(f"total when all ask for {asked}", total, truth["gain"], source=GOVSIM)
    assert truth["efficiency"] == total / 600
    assert truth["collapsed"] == (asked > 10)


@pytest.mark.parametrize("asked", range(11))
def test_up_to_ten_the_lake_lasts(asked: int) -> None:
    world = Commons()
    world.reset(1)
    while world.agents:
        truth = world.step(dict.fromkeys(world.agents, asked)).truth
    assert truth == {
        "stock": 100, "survived": 12, "collapsed": False, "gain": 60 * asked,
        "efficiency": asked / 10, "equality": 1.0, "over_use": 0.0,
    }  # fmt: skip


def test_half_the_capacity_yields_rk_over_four_for_ever() -> None:
    own = OpenAccessSettings(start=0.5, seasons=200)
    world = OpenAccess(own)
    known = {one.name: one.value for one in world.facts.known}
    assert known["msy"] == own.growth * own.capacity / 4
    world.reset(0)
    days = own.growth / (2 * own.catchability) / own.boats
    while world.agents:
        world.step(dict.fromkeys(world.agents, days))
        assert world.catch[0].sum() == pytest.approx(known["msy"], rel=1e-12)
        assert world.stock[0] == pytest.approx(own.capacity / 2, rel=1e-12)


def test_more_effort_than_that_yields_less() -> None:
    yields = []
    for factor in (0.8, 1.0, 1.2):
        world = OpenAccess(OpenAccessSettings(seasons=400))
        world.reset(0)
        while world.agents:
            world.step(dict.fromkeys(world.agents, factor * 50))
        yields.append(world.catch[0].sum())
    assert yields[1] == pytest.approx(150)
    assert max(yields[0], yields[2]) < 149


@pytest.mark.parametrize(("price", "cost"), [(10.0, 2.0), (5.0, 2.0), (10.0, 4.0)])
def test_where_all_may_enter_price_times_catch_of_a_day_equals_its_cost(
    price: float, cost: float
) -> None:
    own = OpenAccessSettings(price=price, cost=cost, seasons=800)
    world, boats = OpenAccess(own), [Entrant(speed=0.2) for _ in range(own.boats)]
    seen = world.reset(0)
    while world.agents:
        moves = {
            name: boat.act(seen[name], None)  # type: ignore[arg-type]
            for name, boat in zip(world.agents, boats, strict=True)
        }
        result = world.step(moves)
        seen = result.observations  # type: ignore[assignment]
    known = {one.name: one.value for one in world.facts.known}
    stock = result.truth["stock"]
    assert price * own.catchability * stock == pytest.approx(cost, rel=1e-3)
    assert stock == pytest.approx(known["open-access-stock"], rel=1e-3)
    assert result.truth["effort"] == pytest.approx(known["open-access-effort"], rel=1e-2)
    assert result.truth["rent"] == pytest.approx(0, abs=2)
