"""Cross-check: one liar is not believed, two who know are, and an echo confirms nothing."""

from typing import Any

import pytest

from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

GO = "home-north-work"
A, B, C, D = (f"driver-{n}" for n in range(1, 5))


def checking(**settings: Any) -> Any:
    world = lay("cross_check", load("routing"), settings)
    world.reset(0)
    return world


def step(world: Any, said: dict[str, tuple[list[str], str]]) -> Any:
    moves: dict[str, Any] = dict.fromkeys(world.agents, GO)
    for agent, (to, text) in said.items():
        moves[agent] = {"move": GO, "say": {"to": to, "text": text}}
    return world.step(moves).observations


def test_one_voice_is_held_and_the_second_lets_it_through() -> None:
    world = checking()
    assert step(world, {A: ([C], "the bridge is down")})[C]["heard"] == []
    (one,) = step(world, {B: ([C], "The bridge  is down")})[C]["heard"]
    assert (one["from"], one["confirmed"]) == (B, True)


def test_the_same_voice_twice_is_one() -> None:
    world = checking()
    step(world, {A: ([C], "x")})
    assert step(world, {A: ([C], "x")})[C]["heard"] == []


def test_an_echo_confirms_nothing() -> None:
    world = checking(unconfirmed="mark")
    step(world, {A: ([B, C], "x")})
    (echo,) = step(world, {B: ([C], "x")})[C]["heard"]
    assert echo["confirmed"] is False
    (knows,) = step(world, {D: ([C], "x")})[C]["heard"]
    assert knows["confirmed"] is True


def test_two_who_speak_at_once_are_independent_though_each_hears_the_other() -> None:
    seen = step(checking(), {A: ([B, C], "x"), B: ([A, C], "x")})
    assert [one["confirmed"] for one in seen[C]["heard"]] == [True]


@pytest.mark.parametrize("mode", ["hold", "mark"])
def test_a_lone_liar_is_never_believed(mode: str) -> None:
    world = checking(unconfirmed=mode)
    for _ in range(5):
        seen = step(world, {A: ([B, C, D], "free beer")})
    assert not any(one["confirmed"] for name in (B, C, D) for one in seen[name]["heard"])
