"""Information: what was hidden is shown to those who should see it, when they should."""

from typing import Any

import pytest

from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay

GO = "home-north-work"


def shown(**settings: Any) -> tuple[Any, list[Any]]:
    world: Any = lay("information", load("routing"), settings)
    seen = [world.reset(0)]
    seen += [world.step(dict.fromkeys(world.agents, GO)).observations for _ in range(3)]
    return world, [[one.get("public") for one in step.values()] for step in seen]


def test_truth_of_the_last_step_is_public() -> None:
    world, seen = shown(show="load+harm")
    assert seen[0][0] == {} and seen[1][0]["load"] == [0.0, 6.0, 0.0]
    assert seen[1][0]["harm"]["city"] > 0
    assert "Public of the last step: load: [0.0,6.0,0.0]" in world.describe("driver-1")


def test_only_some_see_it_and_later() -> None:
    _, seen = shown(show="load", seats="driver-1", late=2)
    assert [step[0] == {} for step in seen] == [True, True, True, False]
    assert all(step[1] is None for step in seen)


def test_what_is_no_truth_cannot_be_shown() -> None:
    with pytest.raises(SettingsError, match="did you mean `load`"):
        shown(show="laod")
