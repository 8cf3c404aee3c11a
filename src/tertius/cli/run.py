"""`tertius run`: play a study and show what each population gets and what it costs others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import Struct
from rich.table import Table

from tertius.cli.plot import check_picture, draw
from tertius.cli.screen import Flag, console, counted, print_json, progress
from tertius.cli.seated import players_of
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.events import Value
from tertius.core.ports.player import Player
from tertius.core.scenario import Made, Population, made
from tertius.environments.settings import SettingsError
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study, Variant
from tertius.scenarios.table import load


class SettingGivenError(CallerError):
    """A setting that is not ``key=value``."""


class Given(Struct, frozen=True):
    """What the command line says of every episode."""

    changed: dict[str, Value]
    wrappers: tuple[Made, ...]
    guests: dict[str, Callable[[], Player]]
    seed: int
    steps: int | None


class Line(Struct, frozen=True):
    """What one population came to in one variant."""

    variant: str
    population: str
    kind: str
    steps: int
    reward: float
    """Mean of a player and step."""
    guests: dict[str, float]
    """The same of each seat whose player was named."""
    harm: dict[str, float]
    """Sum over the episode, of parties that were harmed."""
    known: dict[str, float]
    losses: tuple[float, ...]
    """The declared party's harm, step by step."""


def run(
    name: str,
    /,
    *,
    population: str | None = None,
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 1,
    steps: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    set: Annotated[list[str] | None, Parameter(negative=())] = None,
    wrap: Annotated[list[str] | None, Parameter(negative=())] = None,
    player: Annotated[list[str] | None, Parameter(negative=())] = None,
    plot: Path | None = None,
    json: Flag = False,
) -> int:
    """Play a study: each of its populations once, in each variant of its world.

    Parameters
    ----------
    name
        One of those that `tertius list` names.
    population
        Only this one of its populations.
    seed
        All chance comes from it; the same seed gives the same numbers.
    steps
        How many steps at most [default: the study's].
    set
        A setting of the world, as ``key=value``; may be given several times.
    wrap
        Lay this around the world, as ``name`` or ``name:key=value,key=value``; may be given several
        times, innermost first; variants of the study that it does not fit are left out. `tertius
        list` names what there is.
    player
        Who sits on a seat instead, as ``SEAT=NAME`` or ``SEAT=FILE.py:CLASS`` for a player of your
        own, with ``:key=value,key=value`` for settings; may be given several times. The file is
        run.
    plot
        Draw the harm step by step to this file (.png or .svg).
    json
        Print one JSON object.
    """
    if plot is not None:
        check_picture(plot)
    study = load(name)
    changed = settings_of(set or [])
    wrappers = tuple(made(text) for text in wrap or ())
    given = Given(changed, wrappers, players_of(player or []), seed, steps)
    chosen = (study.population(population),) if population else study.populations
    variants = study.variants or (Variant(label=study.title, settings={}),)
    if wrappers:
        variants = _fitting(study, variants, changed, wrappers)
    lines = []
    with progress() as shown:
        bar = shown.add_task(study.name, total=len(variants) * len(chosen))
        for variant in variants:
            for one in chosen:
                lines.append(_played(study, one, variant, given))
                shown.advance(bar)
    if plot is not None:
        _plot(study, lines, plot)
    if json:
        told = [
            {k: v for k, v in msgspec.to_builtins(line).items() if k != "losses"} for line in lines
        ]
        print_json({"study": study.name, "seed": seed, "settings": changed, "wrappers": wrap or [],
                    "players": player or [], "lines": told})  # fmt: skip
    else:
        _show(study, lines, seed, plot, wrap or [], player or [])
    return EXIT_PASS


def settings_of(given: list[str]) -> dict[str, Value]:
    """Return ``key=value`` texts as settings; a value is JSON where it can be, else text.

    Raises
    ------
    SettingGivenError
        Without ``=``, or twice.

    Examples
    --------
    >>> settings_of(["drivers=7", "network=pigou"])
    {'drivers': 7, 'network': 'pigou'}
    """
    settings: dict[str, Value] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise SettingGivenError(f"`--set {text}` is no setting; give it as key=value")
        if key in settings:
            raise SettingGivenError(f"`{key}` is set twice; once is enough")
        try:
            decoded = msgspec.json.decode(value)
        except msgspec.DecodeError:
            decoded = value
        settings[key] = decoded if isinstance(decoded, bool | int | float | str) else value
    return settings


def _fitting(
    study: Study, variants: tuple[Variant, ...], changed: Mapping[str, Value],
    wrappers: tuple[Made, ...],
) -> tuple[Variant, ...]:  # fmt: skip
    """Return the variants that wrappers fit: a toll on a road needs the road."""
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


def _played(study: Study, population: Population, variant: Variant, given: Given) -> Line:
    scenario = study.scenario(population.name)
    changed = {**variant.settings, **given.changed}
    world = world_of(scenario, changed=changed, wrappers=given.wrappers, tells=False)
    losses: list[float] = []

    def hear(step: int, truth: Mapping[str, Any]) -> None:
        losses.append(truth["harm"].get(study.harm.party, 0.0))

    episode = stage(scenario, world, seed=given.seed, instead=given.guests, reveal=hear)
    sums = episode.play(given.steps)
    steps = max(1, sums.steps)
    return Line(
        variant=variant.label,
        population=population.name,
        kind=population.kind,
        steps=sums.steps,
        reward=sum(sums.rewards.values()) / (len(world.seats) * steps),
        guests={seat: sums.rewards.get(seat, 0.0) / steps for seat in given.guests},
        harm={party: loss for party, loss in sums.harm.items() if loss},
        known={one.name: one.value for one in world.facts.known},
        losses=tuple(losses),
    )


def _show(
    study: Study, lines: list[Line], seed: int, plot: Path | None, wrapped: Sequence[str],
    seated: Sequence[str],
) -> None:  # fmt: skip
    out = console()
    out.print(f"{study.name}: {study.title}", style="bold")
    table = Table(box=None, pad_edge=False)
    known = list(dict.fromkeys(name for line in lines for name in line.known))
    table.add_column("world", max_width=40)
    for name in known:
        table.add_column(f"known {name}", justify="right")
    table.add_column("population")
    table.add_column("a player and step", justify="right")
    for seat in lines[0].guests:
        table.add_column(f"{seat} a step", justify="right")
    table.add_column(f"harm to {study.harm.party}", justify="right")
    for line in lines:
        table.add_row(
            line.variant,
            *(f"{line.known[name]:,.4g}" if name in line.known else "" for name in known),
            f"{line.population} ({line.kind})",
            f"{line.reward:,.4g}",
            *(f"{reward:,.4g}" for reward in line.guests.values()),
            f"{line.harm.get(study.harm.party, 0.0):,.6g} {study.harm.unit}",
        )
    out.print(table)
    around = f", under {' '.join(wrapped)}; what is known is of the world alone" if wrapped else ""
    steps = counted(max(line.steps for line in lines), "step")
    if seated:
        around += f", with {', '.join(seated)}"
    out.print(f"seed {seed}, {steps} each{around}", style="dim")
    if plot is not None:
        out.print(f"drawn in {plot}")


def _plot(study: Study, lines: list[Line], path: Path) -> None:
    curves = [(f"{line.population}, {line.variant}", accumulate(line.losses)) for line in lines]
    title = f"{study.name}: {study.title}"
    draw(path, curves, title=title, up=f"harm to {study.harm.party} so far ({study.harm.unit})")
