"""The environments, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.family import member
from tertius.environments.settings import settle
from tertius.environments.world import World

TABLE: dict[str, str] = {
    "cleanup": "tertius.environments.cleanup:Cleanup",
    "cleanup_small": "tertius.environments.cleanup_small:CleanupSmall",
    "dollar_auction": "tertius.environments.dollar_auction:DollarAuction",
    "liars_bar": "tertius.environments.liars_bar:LiarsBar",
    "matrix_game": "tertius.environments.matrix_game:MatrixGame",
    "pricing": "tertius.environments.pricing:Pricing",
    "routing": "tertius.environments.routing:Routing",
    "team_task": "tertius.environments.team_task:TeamTask",
    "commons": "tertius.environments.commons:Commons",
    "contagion": "tertius.environments.contagion:Contagion",
    "open_access": "tertius.environments.open_access:OpenAccess",
    "energy": "tertius.environments.energy:Energy",
    "spectrum": "tertius.environments.spectrum:Spectrum",
    "infrastructure": "tertius.environments.infrastructure:Infrastructure",
    "orchestrator": "tertius.environments.orchestrator:Orchestrator",
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
    kind: type[World[Any]] = member(TABLE, name, noun="environment", error=UnknownEnvironmentError)
    return kind(settle(kind.Settings, settings or {}), **held)
