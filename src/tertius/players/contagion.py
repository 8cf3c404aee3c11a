"""Agents in a network of memories: careful, credulous, now and then careful, and a poisoner.

One that was removed holds still; it can do nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tertius.core.events import Value
from tertius.core.ports.environment import Move
from tertius.core.ports.player import Draws
from tertius.players.seated import Seated


class Careful(Seated):
    """Checks whenever it holds something that it has not checked; passes on otherwise."""

    name = "contagion/careful"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Check what is new first."""
        if not observation["present"]:
            return "hold"
        return "check" if observation["unchecked"] else "pass_on"


class Credulous(Seated):
    """Passes on whatever it retrieves, always."""

    name = "contagion/credulous"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Pass on."""
        return "pass_on" if observation["present"] else "hold"


class SpotChecker(Seated):
    """Checks in a `share` of all steps, whatever it holds; passes on otherwise."""

    name = "contagion/spot_checker"
    defaults: ClassVar[Mapping[str, Value]] = {"share": 0.1}

    def act(self, observation: Any, draws: Draws) -> Move:
        """Check by chance."""
        if not observation["present"]:
            return "hold"
        return "check" if draws.unit("check") < self.settings["share"] else "pass_on"


class Poisoner(Seated):
    """Plants a poisoned note in every step in which it may, until it is removed."""

    name = "contagion/poisoner"

    def act(self, observation: Any, draws: Draws) -> Move:
        """Plant while it can."""
        return "plant" if observation["may_plant"] else "hold"
