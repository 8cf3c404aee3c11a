"""From a scenario to an episode that stands: its world and players, loaded and seated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tertius.core.events import Value
from tertius.core.ports.environment import Environment
from tertius.core.scenario import Made, Scenario
from tertius.environments import table as environments
from tertius.environments.wrappers.table import wrap
from tertius.players import table as players
from tertius.runtime.episode import Ask, Episode, Reveal, Tell


def world_of(
    scenario: Scenario,
    *,
    changed: Mapping[str, Value] | None = None,
    wrappers: Sequence[Made] = (),
    run: str | None = None,
    tells: bool = True,
) -> Environment:
    """Return the world of a scenario with its wrappers, some settings changed.

    Parameters
    ----------
    scenario
        Which.
    changed
        Settings of the world in the place of the scenario's.
    wrappers
        More of them, laid around the scenario's own, innermost first.
    run
        Name of the run in events.
    tells
        Whether steps return events.

    Raises
    ------
    UnknownEnvironmentError, UnknownWrapperError, SettingsError
        There is no such world or wrapper, or not with these settings.
    """
    made = scenario.environment
    settings = {**made.settings, **(changed or {})}
    world = environments.load(made.name, settings, run=run, tells=tells)
    return wrap(world, (*scenario.wrappers, *wrappers))


def stage(
    scenario: Scenario,
    world: Environment,
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
