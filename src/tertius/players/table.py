"""The players, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from tertius.core.errors import CallerError
from tertius.core.events import Value
from tertius.core.family import member
from tertius.core.ports.player import Player

TABLE: dict[str, str] = {
    "fixed": "tertius.players.plain:Fixed",
    "uniform": "tertius.players.plain:Uniform",
    "script": "tertius.players.plain:Script",
    "allied": "tertius.players.allied:Allied",
    "conformist": "tertius.players.conformist:Conformist",
    "contrarian": "tertius.players.conformist:Contrarian",
    "q_learning": "tertius.players.q_learning:QLearning",
    "bandit": "tertius.players.bandit:Bandit",
    "roth_erev": "tertius.players.roth_erev:RothErev",
    "best_response": "tertius.players.best_response:BestResponse",
    "dollar_auction/passer": "tertius.players.dollar_auction:Passer",
    "dollar_auction/reasoner": "tertius.players.dollar_auction:Reasoner",
    "dollar_auction/stubborn": "tertius.players.dollar_auction:Stubborn",
    "dollar_auction/calm": "tertius.players.dollar_auction:Calm",
    "liars_bar/honest": "tertius.players.liars_bar:Honest",
    "liars_bar/bluffer": "tertius.players.liars_bar:Bluffer",
    "liars_bar/suspicious": "tertius.players.liars_bar:Suspicious",
    "liars_bar/ally": "tertius.players.liars_bar:Ally",
    "matrix_game/always_cooperate": "tertius.players.matrix_game:AlwaysCooperate",
    "matrix_game/always_defect": "tertius.players.matrix_game:AlwaysDefect",
    "matrix_game/tit_for_tat": "tertius.players.matrix_game:TitForTat",
    "matrix_game/grim": "tertius.players.matrix_game:Grim",
    "matrix_game/win_stay_lose_shift": "tertius.players.matrix_game:WinStayLoseShift",
    "matrix_game/extortion": "tertius.players.matrix_game:Extortion",
    "cleanup/fair": "tertius.players.cleanup:Fair",
    "cleanup/free-rider": "tertius.players.cleanup:FreeRider",
    "cleanup/zapper": "tertius.players.cleanup:Zapper",
    "cleanup_small/fair": "tertius.players.cleanup_small:Fair",
    "cleanup_small/free-rider": "tertius.players.cleanup_small:FreeRider",
    "cleanup_small/zapper": "tertius.players.cleanup_small:Zapper",
    "pricing/competitive": "tertius.players.pricing:Competitive",
    "pricing/undercutter": "tertius.players.pricing:Undercutter",
    "pricing/grim": "tertius.players.pricing:Grim",
    "pricing/learned": "tertius.players.pricing:Learned",
    "pricing/learner": "tertius.players.pricing:Learner",
    "routing/selfish": "tertius.players.routing:Selfish",
    "routing/assigned": "tertius.players.routing:Assigned",
    "team_task/honest": "tertius.players.team_task:Honest",
    "team_task/inflater": "tertius.players.team_task:Inflater",
    "team_task/coverer": "tertius.players.team_task:Coverer",
    "team_task/careless": "tertius.players.team_task:Careless",
    "team_task/repaying": "tertius.players.team_task:Repaying",
    "team_task/learner": "tertius.players.team_task:Learner",
    "contagion/careful": "tertius.players.contagion:Careful",
    "contagion/credulous": "tertius.players.contagion:Credulous",
    "contagion/spot_checker": "tertius.players.contagion:SpotChecker",
    "contagion/poisoner": "tertius.players.contagion:Poisoner",
    "commons/sustainable": "tertius.players.commons:Sustainable",
    "commons/greedy": "tertius.players.commons:Greedy",
    "commons/newcomer": "tertius.players.commons:Newcomer",
    "commons/retaliator": "tertius.players.commons:Retaliator",
    "open_access/quota": "tertius.players.open_access:Quota",
    "open_access/entrant": "tertius.players.open_access:Entrant",
    "energy/fair": "tertius.players.energy:Fair",
    "energy/greedy": "tertius.players.energy:Greedy",
    "spectrum/polite": "tertius.players.spectrum:Polite",
    "spectrum/loud": "tertius.players.spectrum:Loud",
    "infrastructure/fair": "tertius.players.infrastructure:Fair",
    "infrastructure/storm": "tertius.players.infrastructure:Storm",
    "infrastructure/hoarder": "tertius.players.infrastructure:Hoarder",
    "orchestrator/planner": "tertius.players.orchestrator:Planner",
    "orchestrator/scatterer": "tertius.players.orchestrator:Scatterer",
    "orchestrator/worker": "tertius.players.orchestrator:Worker",
    "orchestrator/passer": "tertius.players.orchestrator:Passer",
    "orchestrator/dropper": "tertius.players.orchestrator:Dropper",
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
    player: Player = member(TABLE, name, noun="player", error=UnknownPlayerError)(
        **(settings or {})
    )
    return player
