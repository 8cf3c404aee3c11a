"""The wrappers, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.family import member
from tertius.core.ports.environment import Environment
from tertius.core.scenario import Made
from tertius.environments.settings import SettingsError, settle
from tertius.environments.wrappers.around import Around

_HERE = "tertius.environments.wrappers"
TABLE: dict[str, str] = {
    "talk": f"{_HERE}.talk:Talk",
    "cross_check": f"{_HERE}.cross_check:CrossCheck",
    "stale": f"{_HERE}.stale:Stale",
    "crash": f"{_HERE}.crash:Crash",
    "speed": f"{_HERE}.speed:Speed",
    "secret_tool": f"{_HERE}.secret_tool:SecretTool",
    "observation": f"{_HERE}.observation:Observation",
    "removal": f"{_HERE}.removal:Removal",
    "reward_split": f"{_HERE}.reward_split:RewardSplit",
    "prosocial": f"{_HERE}.prosocial:Prosocial",
    "inequity": f"{_HERE}.inequity:Inequity",
    "potential": f"{_HERE}.potential:Potential",
    "difference": f"{_HERE}.difference:Difference",
    "toll": f"{_HERE}.toll:Toll",
    "quota": f"{_HERE}.quota:Quota",
    "circuit_breaker": f"{_HERE}.circuit_breaker:CircuitBreaker",
    "information": f"{_HERE}.information:Information",
    "selection": f"{_HERE}.selection:Selection",
    "control": f"{_HERE}.control:Control",
}
"""Name to ``module:Class``."""


class UnknownWrapperError(CallerError):
    """No such wrapper."""


def lay(name: str, inner: Environment, settings: Mapping[str, Value] | None = None) -> Around[Any]:
    """Lay a wrapper around a world.

    Parameters
    ----------
    name
        One of `TABLE`.
    inner
        The world, or another wrapper.
    settings
        By name; what is left out has its documented default.

    Raises
    ------
    UnknownWrapperError
        If the table has no such name.
    SettingsError
        If the settings are none that it can have, or do not fit this world.

    Examples
    --------
    >>> from tertius.environments.table import load
    >>> lay("talk", load("routing")).facts.talks
    True
    >>> lay("talks", load("routing"))
    Traceback (most recent call last):
    ...
    tertius.environments.wrappers.table.UnknownWrapperError: unknown wrapper `talks`; \
did you mean `talk`
    """
    kind: type[Around[Any]] = member(TABLE, name, noun="wrapper", error=UnknownWrapperError)
    given = dict(settings or {})
    for field in msgspec.structs.fields(kind.Settings):
        value = given.get(field.name, "")
        if field.type is str and not isinstance(value, str):  # a price may be the name of a move
            given[field.name] = msgspec.json.encode(value).decode()
    try:
        return kind(inner, settle(kind.Settings, given))
    except SettingsError as error:
        raise SettingsError(f"{name}: {str(error).removeprefix(name + ': ')}") from None


def wrap(world: Environment, wrappers: Sequence[Made]) -> Environment:
    """Lay wrappers around a world, the first one innermost.

    Raises
    ------
    UnknownWrapperError, SettingsError
        As in `lay`.
    """
    for made in wrappers:
        world = lay(made.name, world, made.settings)
    return world
