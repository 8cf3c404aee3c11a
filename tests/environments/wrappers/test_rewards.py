"""Wrappers of rewards: the sums of the papers, by hand, and events that tell what was paid."""

from typing import Any

import pytest
from pettingzoo.test import parallel_api_test

from tertius.core.events import Paid
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

BETRAYED = {"player-1": "cooperate", "player-2": "defect"}  # pays 0 and 5


def paid(name: str, **settings: Any) -> tuple[Any, dict[str, float]]:
    world: Any = lay(name, load("matrix_game"), settings)
    world.reset(0)
    result = world.step(BETRAYED)
    told = {e.agent: e.amount for e in result.events if isinstance(e, Paid)}
    assert told == {agent: amount for agent, amount in result.rewards.items() if amount}
    assert len({event.id for event in result.events}) == len(result.events)
    assert result.truth[name] == {"world_paid": {"player-1": 0.0, "player-2": 5.0}}
    return world, dict(result.rewards)


def test_half_to_the_team() -> None:
    assert paid("reward_split", team=0.5)[1] == {"player-1": 1.25, "player-2": 3.75}


def test_all_to_the_team_pays_all_alike() -> None:
    assert paid("reward_split", team=1.0)[1] == {"player-1": 2.5, "player-2": 2.5}


def test_a_share_in_what_others_get() -> None:
    assert paid("prosocial", share=0.5)[1] == {"player-1": 2.5, "player-2": 5.0}


def test_fehr_and_schmidt() -> None:
    world, rewards = paid("inequity", envy=0.8, guilt=0.4)
    assert rewards == {"player-1": -4.0, "player-2": 3.0}
    assert world.facts.low == pytest.approx(-0.8 * 5)


def test_memory_keeps_envy_alive() -> None:
    world, _ = paid("inequity", envy=1.0, guilt=0.0, memory=0.5)
    even = world.step(dict.fromkeys(world.agents, "defect")).rewards  # 1 each, but 2.5 behind
    assert even == {"player-1": -1.5, "player-2": 1.0}


def test_the_shaping_of_an_episode_adds_up_to_minus_the_first_potential() -> None:
    settings: dict[str, Any] = {
        "number": "month",
        "weight": 3.0,
        "discount": 0.9,
        "low": -10.0,
        "high": 100.0,
    }
    bare, world = load("commons"), lay("potential", load("commons"), settings)
    bare.reset(2)
    first = 3.0 * world.reset(2)[world.seats[0]]["month"]
    shaped, at = 0.0, 0
    while world.agents:
        asked = dict.fromkeys(world.agents, 5)
        more = world.step(asked).rewards[world.seats[0]] - bare.step(asked).rewards[world.seats[0]]
        shaped += 0.9**at * more
        at += 1
    assert shaped == pytest.approx(-first) and at > 5


def test_a_potential_of_something_unseen_is_refused() -> None:
    with pytest.raises(SettingsError, match="give `number`"):
        lay("potential", load("commons"), {})
    world = lay("potential", load("commons"), {"number": "mnth"})
    with pytest.raises(SettingsError, match="no number under `mnth`"):
        world.reset(0)


def test_the_difference_that_a_move_makes() -> None:
    # both cooperate: 6; one defects instead: 5; idle is to cooperate
    assert paid("difference")[1] == {"player-1": 0.0, "player-2": -1.0}


def test_the_counterfactual_leaves_no_trace() -> None:
    bare, world = load("pricing"), lay("difference", load("pricing"), {"share": 1.0})
    bare.reset(5)
    world.reset(5)
    for _ in range(4):
        expected, got = (one.step(dict.fromkeys(one.agents, 9)) for one in (bare, world))
        assert bare.state_hash() == world.inner.state_hash()
        assert (expected.harm, expected.observations) == (got.harm, got.observations)


def test_a_learners_face_pays_what_the_wrapper_pays() -> None:
    shaped = ParallelFace(lay("prosocial", load("matrix_game", {"rounds": 20}), {"share": 0.5}))
    parallel_api_test(shaped, num_cycles=30)
    shaped.reset(seed=1)
    rewards = shaped.step({"player-1": 0, "player-2": 1})[1]
    assert rewards == {"player-1": 2.5, "player-2": 5.0}
