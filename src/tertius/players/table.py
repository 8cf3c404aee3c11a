"""The players, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.ports.player import Player

TABLE: dict[str, str] = {
    "fixed": "tertius.players.plain:Fixed",
    "uniform": "tertius.players.plain:Uniform",
    "script": "tertius.players.plain:Script",
    "routing/selfish": "tertius.players.routing:Selfish",
    "routing/assigned": "tertius.players.routing:Assigned",
}
"""Name to ``module:Class``; players of one world are named ``<world>/<player>``."""


class UnknownPlayerError(CallerError):
    """No such player."""


def load(name: str, settings: Mapping[str, Value] | None = None) -> Player:
    """Return a fresh player.

    Parameters
    ----------
    name
        One of `TABLE`.
    settings
        By name; what is left out has its documented default.

    Raises
    ------
    UnknownPlayerError
        If the table has no such name.
    PlayerSettingsError
        If the settings are none that it can have.

    Examples
    --------
    >>> load("fixed", {"move": "stay"}).name
    'fixed'
    >>> load("fixd")
    Traceback (most recent call last):
    ...
    tertius.players.table.UnknownPlayerError: unknown player `fixd`; did you mean `fixed`
    """
    if name not in TABLE:
        shown = ascii(name)[1:-1][:60]
        raise UnknownPlayerError(f"unknown player `{shown}`{nearest(name, TABLE)}")
    module, _, cls = TABLE[name].partition(":")
    player: Player = getattr(importlib.import_module(module), cls)(**(settings or {}))
    return player
