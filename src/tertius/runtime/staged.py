"""From a scenario to an episode that stands: its world and players, loaded and seated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertius.core.events import Value
from tertius.core.scenario import Scenario
from tertius.environments import table as environments
from tertius.environments.world import World
from tertius.players import table as players
from tertius.runtime.episode import Ask, Episode, Reveal, Tell


def world_of(
    scenario: Scenario,
    *,
    changed: Mapping[str, Value] | None = None,
    run: str | None = None,
    tells: bool = True,
) -> World[Any]:
    """Return the world of a scenario, some settings changed.

    Raises
    ------
    UnknownEnvironmentError, SettingsError
        There is no such world, or not with these settings.
    """
    made = scenario.environment
    return environments.load(made.name, {**made.settings, **(changed or {})}, run=run, tells=tells)


def stage(
    scenario: Scenario,
    world: World[Any],
    *,
    seed: int,
    ask: Ask | None = None,
    tell: Tell | None = None,
    reveal: Reveal | None = None,
) -> Episode:
    """Seat the players of a scenario in its world.

    Raises
    ------
    UnknownPlayerError, PlayerSettingsError
        There is no such player, or not with these settings.
    SeatingError
        Players and seats do not match, as when a setting changed how many play.
    """
    seated = {
        seat.agent: players.load(seat.player.name, seat.player.settings)
        for seat in scenario.population.seats
    }
    return Episode(world, seated, seed=seed, ask=ask, tell=tell, reveal=reveal)
