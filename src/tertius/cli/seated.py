"""Who sits where at the user's word: ``--player SEAT=PLAYER``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tertius.core.errors import CallerError
from tertius.core.ports.player import Player
from tertius.core.scenario import made
from tertius.players.own import own
from tertius.players.table import TABLE, load


class PlayerGivenError(CallerError):
    """A player that is not ``SEAT=PLAYER``."""


def players_of(given: Sequence[str], world: str) -> dict[str, Callable[[], Player]]:
    """Return what makes the player of each seat that was named, for a world of this name.

    Raises
    ------
    PlayerGivenError
        Without ``=``, a seat given twice, or a player of another world.
    OwnPlayerError, UnknownPlayerError, PlayerSettingsError, ScenarioError
        There is no such player, or not with these settings.

    Examples
    --------
    >>> seated = players_of(["driver-1=fixed:move=home-north-work"], "routing")
    >>> seated["driver-1"]().act({}, None)
    'home-north-work'
    """
    seated: dict[str, Callable[[], Player]] = {}
    for text in given:
        seat, equals, player = text.partition("=")
        if not equals or not seat or not player:
            raise PlayerGivenError(f"`--player {text}` seats nobody; give it as SEAT=PLAYER")
        if seat in seated:
            raise PlayerGivenError(f"seat `{seat}` is given twice; once is enough")
        seated[seat] = _maker(player, world)
    return seated


def _maker(player: str, world: str) -> Callable[[], Player]:
    if player.endswith(".py") or ".py:" in player:
        return own(player)
    named = made(player)
    for part in (str(named.settings.get(key, "")) for key in ("alone", "together")):
        if part:  # the players that `allied` is made of
            _require_home(made(part).name, world)
    _require_home(named.name, world)
    load(named.name, named.settings)  # so that what cannot be is said before anything is played
    return partial(load, named.name, named.settings)


def _require_home(player: str, world: str) -> None:
    """Refuse a player that knows another world only."""
    home, slash, _ = player.partition("/")
    if slash and home != world and player in TABLE:
        own_ones = [f"`{name}`" for name in TABLE if name.startswith(f"{world}/")]
        raise PlayerGivenError(
            f"`{player}` is a player of {home}, and this world is {world}; it has "
            f"{', '.join(own_ones)}"
        )
