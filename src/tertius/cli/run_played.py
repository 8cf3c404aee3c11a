"""What `tertius run` plays: each population in each variant of a study's world, seed by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.ports.player import Player
from tertius.core.scenario import Made, Population
from tertius.environments import table as environments
from tertius.environments.settings import SettingsError
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.mix import fitted
from tertius.scenarios.study import Study, Variant
from tertius.stats.intervals import mean


class Given(Struct, frozen=True):
    """What the command line says of every episode."""

    changed: dict[str, Value]
    wrappers: tuple[Made, ...]
    guests: dict[str, Callable[[], Player]]
    steps: int | None


class Line(Struct, frozen=True):
    """What one population came to in one variant, under one seed."""

    variant: str
    population: str
    kind: str
    seed: int
    steps: int
    """Those played."""
    reward: float
    """Mean of a player and step played."""
    total: float
    """Mean of a player, over the whole episode."""
    guests: dict[str, float]
    """A step, of each seat whose player was named."""
    guest_totals: dict[str, float]
    harm: dict[str, float]
    """Sum over the episode: of the declared party, and of others that were harmed."""
    known: dict[str, float]
    units: dict[str, str]
    losses: tuple[float, ...]
    """The declared party's harm, step by step."""


class Difference(Struct, frozen=True):
    """What a population costs more than the honest one, in the same variant and seeds."""

    variant: str
    population: str
    honest: str
    harm: float
    honest_harm: float
    more: float
    low: float | None
    """95% Student interval over seeds; None for one seed."""
    high: float | None
    seeds: int


def variants_of(
    study: Study, changed: Mapping[str, Value], wrappers: tuple[Made, ...]
) -> tuple[Variant, ...]:
    """Return the variants that settings and wrappers leave as their label says.

    A setting in which the variants differ keeps those that have its value; where none has, there is
    one variant, called by it. A wrapper keeps those that it fits: a toll on a road needs the road.

    Raises
    ------
    SettingsError
        No world can have these settings, or none fits the wrappers.
    """
    variants = study.variants or (Variant(label=study.title, settings={}),)
    varied = {key for variant in variants for key in variant.settings} & changed.keys()
    if varied:
        kept = tuple(one for one in variants if _has(study, one, changed, varied))
        label = labelled({key: changed[key] for key in changed if key in varied})
        variants = kept or (Variant(label=label, settings={}),)
    return _fitting(study, variants, changed, wrappers) if wrappers else variants


def labelled(settings: Mapping[str, Value]) -> str:
    """Return settings as they are given on a command line.

    Examples
    --------
    >>> labelled({"bridge": False, "toll": 2})
    'bridge=false, toll=2'
    """
    return ", ".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}"
        for key, value in settings.items()
    )


def _has(study: Study, variant: Variant, changed: Mapping[str, Value], varied: set[str]) -> bool:
    made = study.environment
    settings = environments.load(made.name, {**made.settings, **variant.settings}).settings
    return all(getattr(settings, key) == changed[key] for key in varied)


def _fitting(
    study: Study, variants: tuple[Variant, ...], changed: Mapping[str, Value],
    wrappers: tuple[Made, ...],
) -> tuple[Variant, ...]:  # fmt: skip
    scenario, fitting, misfit = study.scenario(study.populations[0].name), [], None
    for variant in variants:
        try:
            given = {**variant.settings, **changed}
            world_of(scenario, changed=given, wrappers=wrappers, tells=False).reset(0)
            fitting.append(variant)
        except SettingsError as error:
            misfit = error
    if not fitting and misfit is not None:
        raise misfit
    return tuple(fitting)


def played(study: Study, population: Population, variant: Variant, given: Given, seed: int) -> Line:
    """Play one population once."""
    scenario, party = study.scenario(population.name), study.harm.party
    changed = {**variant.settings, **given.changed}
    world = world_of(scenario, changed=changed, wrappers=given.wrappers, tells=False)
    scenario = replace(scenario, population=fitted(population, world.seats))
    losses: list[float] = []

    def hear(step: int, truth: Mapping[str, Any]) -> None:
        losses.append(truth["harm"].get(party, 0.0))

    sums = stage(scenario, world, seed=seed, instead=given.guests, reveal=hear).play(given.steps)
    steps, total = max(1, sums.steps), sum(sums.rewards.values()) / len(world.seats)
    guests = {seat: sums.rewards.get(seat, 0.0) for seat in given.guests}
    return Line(
        variant=variant.label,
        population=population.name,
        kind=population.kind,
        seed=seed,
        steps=sums.steps,
        reward=total / steps,
        total=total,
        guests={seat: reward / steps for seat, reward in guests.items()},
        guest_totals=guests,
        harm={party: 0.0} | {one: loss for one, loss in sums.harm.items() if loss},
        known={one.name: one.value for one in world.facts.known},
        units={one.name: one.unit for one in world.facts.known},
        losses=tuple(losses),
    )


def grouped(lines: Sequence[Line]) -> dict[tuple[str, str], list[Line]]:
    """Return the lines by variant and population, seed by seed."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.variant, line.population), []).append(line)
    return groups


def differences(study: Study, lines: Sequence[Line]) -> list[Difference]:
    """Return what each population that is not honest costs more than the first honest one."""
    honest, party, found = study.of_kind("honest").name, study.harm.party, []
    groups = grouped(lines)
    for (variant, population), own in groups.items():
        twins = groups.get((variant, honest))
        if twins is None or own[0].kind == "honest":
            continue
        harm = [line.harm[party] for line in own]
        base = [line.harm[party] for line in twins]
        more = [one - other for one, other in zip(harm, base, strict=True)]
        spread = mean(more) if len(more) > 1 else None
        found.append(
            Difference(
                variant, population, honest, fmean(harm), fmean(base), fmean(more),
                spread.low if spread else None, spread.high if spread else None, len(more),
            )
        )  # fmt: skip
    return found
