"""Speed: slow players act now and then, and in between their last move stands."""

from typing import Any

import pytest

from tertius.core.events import Acted
from tertius.environments.table import load
from tertius.environments.wrappers.table import lay


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("repeat", ["defect", "defect", "defect", "cooperate", "cooperate", "cooperate"]),
        ("idle", ["defect", "cooperate", "cooperate", "cooperate", "cooperate", "cooperate"]),
    ],
)
@pytest.mark.parametrize("by_number", [False, True])
def test_who_is_slow_acts_at_every_third_step(
    between: str, expected: list[str], by_number: bool
) -> None:
    settings: dict[str, Any] = {"seats": "player-1", "every": 3, "between": between}
    world: Any = lay("speed", load("matrix_game"), settings)
    world.reset(0)
    names = ["cooperate", "defect"]
    made: dict[str, list[Any]] = {name: [] for name in world.seats}
    for wanted in ("defect", "cooperate", "defect", "cooperate", "defect", "defect"):
        move: Any = names.index(wanted) if by_number else wanted
        result = world.step(dict.fromkeys(world.agents, move))
        for event in result.events:
            if isinstance(event, Acted):
                action = event.action
                made[event.agent].append(names[action] if isinstance(action, int) else action)
    assert made["player-1"] == expected
    assert made["player-2"] == ["defect", "cooperate"] * 2 + ["defect"] * 2
