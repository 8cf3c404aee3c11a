"""Toll: it is told, taken and paid back, and it mends the paradox of the new road."""

from typing import Any

import pytest
from tests.environments.wrappers.harm import harm

from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

BRIDGE = "home-north-south-work"


def tolled(world: str, moves: list[Any], **settings: Any) -> Any:
    around: Any = lay("toll", load(world), settings)
    around.reset(0)
    given = dict(zip(around.agents, moves, strict=False))
    return around, around.step({**dict.fromkeys(around.agents, moves[-1]), **given})


def test_whoever_makes_the_move_pays() -> None:
    for one in (BRIDGE, 0):
        _world, result = tolled("routing", [one, "home-north-work"], move=BRIDGE, price=7.0)
        bare = load("routing")
        bare.reset(0)
        expected = bare.step({**dict.fromkeys(bare.agents, "home-north-work"), "driver-1": one})
        assert result.rewards["driver-1"] == expected.rewards["driver-1"] - 7
        assert result.rewards["driver-2"] == expected.rewards["driver-2"]
        assert result.truth["toll"] == {"paid": {"driver-1": 7.0}}
        assert result.observations["driver-1"]["prices"] == {BRIDGE: 7.0}


def test_amounts_pay_by_unit_beyond_what_is_free_and_the_sum_comes_back() -> None:
    world, result = tolled("commons", [10, 3], price=2.0, free=4.0, back=True)
    assert result.truth["toll"] == {"paid": {world.seats[0]: 12.0}}
    paid = result.rewards[world.seats[0]]
    assert paid == pytest.approx(10 - 12 + 12 / len(world.seats))


@pytest.mark.parametrize(
    ("world", "settings", "why"),
    [
        ("routing", {"move": "home-nroth-work"}, "did you mean `home-north-work`"),
        ("routing", {}, "no such move"),
        ("commons", {"move": "fish"}, "amounts"),
        ("commons", {"part": "boat"}, "no such part"),
        ("routing", {"move": BRIDGE, "price": -1}, "bad settings"),
    ],
)
def test_what_nobody_can_do_has_no_price(world: str, settings: Any, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        lay("toll", load(world), settings).reset(0)


def test_a_toll_on_the_new_road_mends_the_paradox() -> None:
    """Selfish drivers lose over 8,000 minutes more than the optimum; with a toll a tenth of it."""
    for seed in range(5):
        assert harm("braess", "selfish", seed=seed) > 8_000
        assert harm("braess", "selfish", f"toll:move={BRIDGE},price=13", seed=seed) < 800
