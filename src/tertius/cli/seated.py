"""Who sits where at the user's word: ``--player SEAT=PLAYER``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tertius.core.errors import CallerError
from tertius.core.ports.player import Player
from tertius.core.scenario import made
from tertius.players.own import own
from tertius.players.table import load


class PlayerGivenError(CallerError):
    """A player that is not ``SEAT=PLAYER``."""


def players_of(given: Sequence[str]) -> dict[str, Callable[[], Player]]:
    """Return what makes the player of each seat that was named.

    Raises
    ------
    PlayerGivenError
        Without ``=``, or a seat given twice.
    OwnPlayerError, UnknownPlayerError, PlayerSettingsError, ScenarioError
        There is no such player, or not with these settings.

    Examples
    --------
    >>> players_of(["driver-1=fixed:move=home-north-work"])["driver-1"]().act({}, None)
    'home-north-work'
    """
    seated: dict[str, Callable[[], Player]] = {}
    for text in given:
        seat, equals, player = text.partition("=")
        if not equals or not seat or not player:
            raise PlayerGivenError(f"`--player {text}` seats nobody; give it as SEAT=PLAYER")
        if seat in seated:
            raise PlayerGivenError(f"seat `{seat}` is given twice; once is enough")
        seated[seat] = _maker(player)
    return seated


def _maker(player: str) -> Callable[[], Player]:
    if player.endswith(".py") or ".py:" in player:
        return own(player)
    named = made(player)
    load(named.name, named.settings)  # so that what cannot be is said before anything is played
    return partial(load, named.name, named.settings)
