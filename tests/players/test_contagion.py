"""Players of contagion: what each does, and how far the poison gets among them."""

from typing import Any

import pytest

from tertius.environments.contagion import Contagion, ContagionSettings
from tertius.players.contagion import Careful, Credulous, Poisoner, SpotChecker
from tertius.runtime.episode import Episode
from tertius.stats.draws import Stream, root


def seen(**changed: Any) -> dict[str, Any]:
    return {"present": True, "may_plant": False, "unchecked": 0, **changed}


@pytest.mark.parametrize(
    ("player", "calm", "fresh", "out"),
    [
        (Careful(), "pass_on", "check", "hold"),
        (Credulous(), "pass_on", "pass_on", "hold"),
        (SpotChecker(share=1.0), "check", "check", "hold"),
        (SpotChecker(share=0.0), "pass_on", "pass_on", "hold"),
        (Poisoner(), "hold", "hold", "hold"),
    ],
)
def test_what_each_does(player: Any, calm: str, fresh: str, out: str) -> None:
    draws = Stream(root(1), player=0, step=0)
    assert player.act(seen(), draws) == calm
    assert player.act(seen(unchecked=2), draws) == fresh
    assert player.act(seen(present=False), draws) == out


def test_a_poisoner_plants_as_long_as_it_may() -> None:
    assert Poisoner().act(seen(may_plant=True), None) == "plant"  # type: ignore[arg-type]


def lost(first: Any, rest: Any, **changed: Any) -> float:
    chosen: dict[str, Any] = {
        "graph": "regular",
        "agents": 30,
        "degree": 8,
        "planted": -1,
        "steps": 80,
    }
    world = Contagion(ContagionSettings(**{**chosen, **changed}), tells=False)
    players = {agent: first() if agent == "agent-1" else rest() for agent in world.seats}
    return Episode(world, players, seed=4).play().harm["users"]


def test_a_poisoner_reaches_the_credulous_and_hardly_the_careful() -> None:
    assert lost(Credulous, Credulous) == lost(Careful, Careful) == 0
    credulous, careful = lost(Poisoner, Credulous), lost(Poisoner, Careful)
    assert credulous > 1000
    assert 80 <= careful < credulous / 5  # its own memory counts, 80 steps


def test_now_and_then_a_check_brings_it_below_the_threshold() -> None:
    """Checking a share c of the time adds c to what is forgotten, and sends that much less."""
    assert lost(Credulous, Credulous, planted=0) > 1000
    assert lost(Credulous, lambda: SpotChecker(share=0.5), planted=0) < 300
