"""Control: a planner splits the drivers, a crash takes it away, some decide for themselves."""

from typing import Any

import pytest

from tertius.core.events import Acted, TaskAssigned
from tertius.environments.moves import MoveError
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

NORTH, SOUTH, BRIDGE = "home-north-work", "home-south-work", "home-north-south-work"


def led(*, crash: bool = False, **settings: Any) -> Any:
    world: Any = lay("control", load("routing"), settings)
    if crash:
        world = lay("crash", world, {"seats": "driver-1", "at": 0, "chance": 0})
    world.reset(0)
    return world


def day(world: Any, orders: dict[str, Any] | None = None) -> Any:
    moves: dict[str, Any] = dict.fromkeys(world.agents, BRIDGE)
    moves["driver-1"] = {"move": NORTH, "orders": orders} if orders is not None else BRIDGE
    return world.step(moves)


def plan() -> dict[str, Any]:
    return {f"driver-{n}": (NORTH, SOUTH)[n % 2 == 0] for n in range(2, 7)}


def test_a_planner_takes_the_harm_away() -> None:
    world = led()
    assert day(world).harm["city"] > 0
    result = day(world, plan())
    assert result.harm["city"] == 0
    assert result.truth["control"]["obeyed"] == plan()
    assert sum(isinstance(event, TaskAssigned) for event in result.events) == 5
    assert "driver-2" in result.observations["driver-1"]["team"]
    assert "driver-1 decides for you" in world.describe("driver-2")


def test_a_crashed_controller_gives_no_orders() -> None:
    assert day(led(crash=True), plan()).harm["city"] > 0


def test_under_hybrid_control_the_rest_decides_for_itself() -> None:
    world = led(mode="hybrid", seats="driver-2")
    result = day(world, {"driver-2": SOUTH})
    made = {e.agent: e.action for e in result.events if isinstance(e, Acted)}
    assert made["driver-2"] == SOUTH and made["driver-3"] == BRIDGE
    with pytest.raises(MoveError, match="takes no orders"):
        day(world, {"driver-3": SOUTH})


def test_decentral_means_no_orders_at_all() -> None:
    world = led(mode="decentral")
    assert "anyOf" not in world.legal("driver-1")
    with pytest.raises(MoveError, match="nothing called `orders`"):
        day(world, {"driver-2": SOUTH})


@pytest.mark.parametrize("orders", [{"driver-2": "home"}, {"driver-1": SOUTH}, [SOUTH]])
def test_bad_orders_are_refused(orders: Any) -> None:
    world = led()
    before = world.state_hash()
    with pytest.raises(MoveError):
        day(world, orders)
    assert world.state_hash() == before


def test_in_turns_an_order_waits_for_its_seat() -> None:
    world: Any = lay("control", load("liars_bar"), {"controller": ""})
    world.reset(1)
    head = world.seats[0]
    while world.acting[0] != head:
        world.step({world.acting[0]: world.idle(world.acting[0])})
    other = world.seats[1]
    world.step({head: {"move": world.idle(head), "orders": {other: world.idle(head)}}})
    obeyed: list[str] = []
    while world.agents and not obeyed and world.acting[0] != head:
        agent = world.acting[0]
        obeyed += world.step({agent: world.idle(agent)}).truth["control"]["obeyed"]
    assert obeyed in ([other], [])


def test_hybrid_control_says_of_whom() -> None:
    with pytest.raises(SettingsError, match="say whom"):
        lay("control", load("routing"), {"mode": "hybrid"})
