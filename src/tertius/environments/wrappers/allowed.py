"""Whether a world would take a move now, asked without making it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tertius.core.ports.environment import Environment, Move
from tertius.environments.moves import MoveError, row
from tertius.environments.world import World


def fits(schema: Mapping[str, Any], action: Move) -> bool:
    """Tell whether a schema allows a move; named moves have to be given by name."""
    return bool(Draft202012Validator(schema).is_valid(action))


def allowed(world: Environment, agent: str, action: Move) -> bool:
    """Tell whether a world, or a wrapper, would take a move of `agent` now.

    Examples
    --------
    >>> from tertius.environments.table import load
    >>> world = load("routing")
    >>> seen = world.reset(0)
    >>> allowed(world, "driver-1", "home-north-work"), allowed(world, "driver-1", 7)
    (True, False)
    """
    if not isinstance(world, World):
        return fits(world.legal(agent), action)
    try:
        row(world.moves(0, world.seat(agent)), action, world.width)
    except MoveError:
        return False
    return True
