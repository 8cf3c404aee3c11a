"""From a scenario to an episode that stands: its world and players, loaded and seated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tertius.core.events import Value
from tertius.core.names import nearest
from tertius.core.ports.environment import Environment
from tertius.core.ports.player import Player
from tertius.core.scenario import Made, Population, Scenario
from tertius.environments import table as environments
from tertius.environments.wrappers.table import wrap
from tertius.players import table as players
from tertius.runtime.episode import Ask, Episode, Reveal, SeatingError, Tell, few


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
    instead: Mapping[str, Callable[[], Player]] | None = None,
    ask: Ask | None = None,
    tell: Tell | None = None,
    reveal: Reveal | None = None,
    reserve: Population | None = None,
) -> Episode:
    """Seat the players of a scenario in its world.

    Parameters
    ----------
    scenario, world
        Whose players, and where.
    seed
        Of all chance.
    instead
        By seat, what makes the player who sits there in the place of the scenario's.
    ask, tell, reveal
        As in `Episode`.
    reserve
        Whose players stand in where a move is not permitted.

    Raises
    ------
    UnknownPlayerError, PlayerSettingsError
        There is no such player, or not with these settings.
    SeatingError
        Players and seats do not match, as when a setting changed how many play, or somebody sits
        `instead` where there is no seat.
    """
    guests = instead or {}
    agents = [seat.agent for seat in scenario.population.seats]
    for agent in guests:
        if agent not in agents:
            shown = ascii(agent)[1:-1][:40]
            raise SeatingError(
                f"no seat `{shown}`{nearest(agent, agents)}; there are {few(agents)}"
            )
    chosen = _seated(scenario.population) | {agent: guest() for agent, guest in guests.items()}
    return Episode(
        world, chosen, seed=seed, ask=ask, tell=tell, reveal=reveal,
        reserve=None if reserve is None else _seated(reserve),
    )  # fmt: skip


def _seated(population: Population) -> dict[str, Player]:
    """Return a fresh player for each seat."""
    return {
        seat.agent: players.load(seat.player.name, seat.player.settings)
        for seat in population.seats
    }
