"""A study: one world, an honest and a failing population in it, and the harm between them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tertius.core.errors import CallerError
from tertius.core.events import Count, Text, Value
from tertius.core.names import nearest
from tertius.core.noun import Noun, NounError, ProperName
from tertius.core.scenario import Harm, Made, PlayerKind, Population, Scenario, Seat


class StudyError(NounError):
    """A study that would show nothing."""


class Variant(Noun, frozen=True, kw_only=True):
    """The same study with some of its world's settings changed, under a label for people."""

    label: Text
    settings: dict[str, Value]


class UnknownPopulationError(CallerError):
    """No such population."""


class Study(Noun, frozen=True, kw_only=True):
    """What can be run under one name.

    Parameters
    ----------
    name, title
        Name, and what it shows in one line.
    environment, wrappers
        The world, and what is laid around it, innermost first.
    steps
        Length of an episode.
    populations
        At least one honest and one failing; where the honest one is not itself the reference,
        a reference.
    variants
        Other settings that belong to the story; empty for the study's own alone.
    harm
        What the failing population costs more than its honest twin, at least, per episode.
    reference
        What an honest player should get in a step; None where nothing is known.
    failure_modes, risk_factors
        Taxonomy ids of what it stands for.
    source
        Where the failure is described.
    watch
        Detectors with the parameters that an operator of this world would set: declared ceilings,
        floors and benchmarks, known before anybody plays. Those not named keep their defaults.
    measure, pause
        What that operator lets a finding with a sufficient guarantee do to whom it names: slow
        them down to one move in `pause` steps, cut them off for `pause` steps and try again, or
        cut them off until a person lifts it.

    Raises
    ------
    StudyError
        No honest population, or no failing one.
    """

    name: ProperName
    title: Text
    environment: Made
    wrappers: tuple[Made, ...] = ()
    steps: Annotated[Count, Meta(ge=1)]
    populations: tuple[Population, ...]
    variants: tuple[Variant, ...] = ()
    harm: Harm
    reference: float | None = None
    failure_modes: tuple[ProperName, ...]
    risk_factors: tuple[ProperName, ...]
    source: Text
    watch: tuple[Made, ...] = ()
    measure: Literal["throttle", "break", "quarantine"] = "quarantine"
    pause: Annotated[Count, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        kinds = [population.kind for population in self.populations]
        for kind in ("honest", "failing"):
            if kind not in kinds:
                raise StudyError(f"study `{self.name}` has no {kind} population; give one")
        for population in self.populations:
            self.scenario(population.name)

    def population(self, name: str) -> Population:
        """Return a population by name.

        Raises
        ------
        UnknownPopulationError
            None has that name.
        """
        for population in self.populations:
            if population.name == name:
                return population
        shown = ascii(name)[1:-1][:40]
        known = [population.name for population in self.populations]
        raise UnknownPopulationError(
            f"study `{self.name}` has no population `{shown}`{nearest(name, known)}; "
            f"it has {', '.join(known)}"
        )

    def of_kind(self, kind: str) -> Population:
        """Return the first population of a kind."""
        return next(one for one in self.populations if one.kind == kind)

    def scenario(self, population: str) -> Scenario:
        """Return the scenario with one of the populations."""
        chosen = self.population(population)
        fails = chosen.kind in ("failing", "planted")
        return Scenario(
            name=f"{self.name}/{population}",
            environment=self.environment,
            wrappers=self.wrappers,
            population=chosen,
            steps=self.steps,
            failure_modes=self.failure_modes if fails else (),
            risk_factors=self.risk_factors if fails else (),
            harm=self.harm if fails else None,
        )


def seats(
    agents: tuple[str, ...] | list[str],
    player: str,
    *,
    kind: PlayerKind = "scripted",
    **settings: Value,
) -> tuple[Seat, ...]:
    """Return a seat for each agent, all with the same player."""
    made = Made(name=player, settings=settings)
    return tuple(Seat(agent=agent, player=made, kind=kind) for agent in agents)


def numbered(stem: str, count: int) -> list[str]:
    """Return ``stem-1`` to ``stem-count``.

    Examples
    --------
    >>> numbered("driver", 2)
    ['driver-1', 'driver-2']
    """
    return [f"{stem}-{number}" for number in range(1, count + 1)]
