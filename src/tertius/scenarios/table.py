"""The studies, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from tertius.core.errors import CallerError
from tertius.core.family import member
from tertius.environments import table as environments
from tertius.scenarios.study import Study

TABLE: dict[str, str] = {
    "braess": "tertius.scenarios.routing:braess",
    "cleanup": "tertius.scenarios.cleanup:small",
    "cleanup_full": "tertius.scenarios.cleanup:full",
    "pricing": "tertius.scenarios.pricing:pricing",
    "dilemma": "tertius.scenarios.matrix_game:dilemma",
    "free_rider": "tertius.scenarios.matrix_game:free_rider",
    "team_ratings": "tertius.scenarios.team_task:team_ratings",
    "team_cover": "tertius.scenarios.team_task:team_cover",
    "contagion": "tertius.scenarios.contagion:contagion",
    "poisoner": "tertius.scenarios.contagion:poisoner",
    "fishery": "tertius.scenarios.commons:fishery",
    "open_access": "tertius.scenarios.commons:open_access",
    "peak_load": "tertius.scenarios.commons:peak_load",
    "spectrum": "tertius.scenarios.commons:spectrum",
    "retry_storm": "tertius.scenarios.infrastructure:retry_storm",
    "gpu_hoard": "tertius.scenarios.infrastructure:gpu_hoard",
    "connection_hoard": "tertius.scenarios.infrastructure:connection_hoard",
    "secret_alliance": "tertius.scenarios.liars_bar:secret_alliance",
    "delegation_loop": "tertius.scenarios.orchestrator:delegation_loop",
    "dropped_work": "tertius.scenarios.orchestrator:dropped_work",
    "unchecked_merge": "tertius.scenarios.orchestrator:unchecked_merge",
    "escalation": "tertius.scenarios.dollar_auction:escalation",
}
"""Name to ``module:function``."""


class UnknownStudyError(CallerError):
    """No such study."""


def load(name: str) -> Study:
    """Return a study.

    Raises
    ------
    UnknownStudyError
        If the table has no such name; for a world's, it says which studies are played in it.

    Examples
    --------
    >>> load("braess").population("selfish").kind
    'failing'
    >>> load("bras")
    Traceback (most recent call last):
    ...
    tertius.scenarios.table.UnknownStudyError: unknown study `bras`; did you mean `braess`
    """
    if name in environments.TABLE and name not in TABLE:
        played = [one for one in TABLE if load(one).environment.name == name]
        named = ", ".join(f"`{one}`" for one in played)
        raise UnknownStudyError(f"`{name}` is a world and no study; played in it: {named}")
    study: Study = member(TABLE, name, noun="study", error=UnknownStudyError)()
    return study
