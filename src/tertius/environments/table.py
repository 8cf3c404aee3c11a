"""The environments, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.environments.world import World, settle

TABLE: dict[str, str] = {
    "pricing": "tertius.environments.pricing:Pricing",
    "routing": "tertius.environments.routing:Routing",
}
"""Name to ``module:Class``."""


class UnknownEnvironmentError(CallerError):
    """No such environment."""


def load(name: str, settings: Mapping[str, Value] | None = None, **held: Any) -> World[Any]:
    """Return a world.

    Parameters
    ----------
    name
        One of `TABLE`.
    settings
        By name, as in a scenario; what is left out has its documented default.
    **held
        `copies`, `first`, `run`, `start` and `tells`, as in `World`.

    Raises
    ------
    UnknownEnvironmentError
        If the table has no such name.
    SettingsError
        If the settings are none that it can have.

    Examples
    --------
    >>> load("routing", {"bridge": False}).facts.timing
    'simultaneous'
    >>> load("rooting")
    Traceback (most recent call last):
    ...
    tertius.environments.table.UnknownEnvironmentError: unknown environment `rooting`; \
did you mean `routing`
    """
    if name not in TABLE:
        shown = ascii(name)[1:-1][:60]
        raise UnknownEnvironmentError(f"unknown environment `{shown}`{nearest(name, TABLE)}")
    module, _, cls = TABLE[name].partition(":")
    kind: type[World[Any]] = getattr(importlib.import_module(module), cls)
    return kind(settle(kind.Settings, settings or {}), **held)
