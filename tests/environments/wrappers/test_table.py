"""Every wrapper keeps its promises on worlds of every kind of move."""

from typing import Any

import pytest

from tertius.conformance.wrapper import check_wrapper
from tertius.core.family import member
from tertius.core.ports.environment import Environment
from tertius.core.scenario import Made, made
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import TABLE, UnknownWrapperError, lay, wrap

WORLDS: dict[str, dict[str, Any]] = {
    "routing": {"days": 25},
    "commons": {},
    "matrix_game": {"rounds": 25},
    "team_task": {"projects": 2},
    "liars_bar": {},
}
"""Named moves, amounts, two seats, phases with moves of several parts, turns."""

ACTIVE: dict[str, dict[str, Any]] = {
    "talk": {"delay": 2, "loss": 0.2, "duplicate": 0.2, "misread": 0.2},
    "cross_check": {"confirmations": 2, "unconfirmed": "mark"},
    "stale": {"age": 2, "miss": 0.3},
    "crash": {"chance": 0.2, "lasts": 3},
    "speed": {"every": 3},
    "secret_tool": {"step": 1},
    "observation": {"condition": "observed"},
    "removal": {"every": 5, "below": 1000.0},
    "reward_split": {"team": 0.5},
    "prosocial": {"share": 0.7},
    "inequity": {"memory": 0.9},
    "potential": {"discount": 0.9},
    "difference": {"share": 1.0},
    "toll": {"price": 2.0, "back": True},
    "quota": {"most": 2.0, "every": 4},
    "circuit_breaker": {"bound": 1.0},
    "information": {"show": "harm+rewards", "late": 1},
    "selection": {"every": 3, "bench": 2},
    "control": {"mode": "central"},
}
MOVE = {"routing": "home-north-work", "matrix_game": "defect"}
SEEN = {"routing": "day", "commons": "month", "matrix_game": "round", "team_task": "project",
        "liars_bar": "round"}  # fmt: skip


def settings_for(name: str, world: str) -> dict[str, Any]:
    chosen = dict(ACTIVE[name])
    if name in ("toll", "quota"):
        chosen |= {"part": "count"} if world == "team_task" else {"move": MOVE.get(world, "")}
    if name == "potential":
        chosen |= {"number": SEEN[world], "low": 0.0, "high": 5.0}
    return chosen


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("world", WORLDS)
def test_the_port_is_kept_and_neutral_means_nothing_changes(name: str, world: str) -> None:
    kind = member(TABLE, name, noun="wrapper", error=UnknownWrapperError)

    def make() -> Environment:
        return load(world, WORLDS[world])

    if load(world).facts.talks and name in ("talk", "cross_check"):
        with pytest.raises(SettingsError, match="already talk"):
            lay(name, make())
        return
    check_wrapper(kind, make, settings=settings_for(name, world), seeds=(1,), steps=9)


def test_the_first_lies_innermost() -> None:
    world: Any = wrap(load("matrix_game"), [made("crash"), Made(name="talk")])
    assert (world.name, world.inner.name) == ("talk", "crash")
    assert world.seats == ("player-1", "player-2") and world.tells


def test_a_number_may_be_the_name_of_a_move() -> None:
    world = load("pricing")
    name = load("pricing").moves(0, 0).schema()["enum"][3]
    wrapped: Any = wrap(world, [made(f"quota:move={name},most=1")])
    wrapped.reset(0)
    assert wrapped.settings.move == name
    assert wrap(world, [Made(name="toll", settings={"move": 2.5})]).facts  # asked at the reset


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("crash:chanse=0.1", "crash: unknown setting `chanse`; did you mean `chance`"),
        ("crash:chance=2", "crash: bad settings"),
        ("crash:chance=nan", "crash: bad settings"),
        ("stale:age=-1", "stale: bad settings"),
    ],
)
def test_bad_settings_name_the_wrapper(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        wrap(load("matrix_game"), [made(text)])
