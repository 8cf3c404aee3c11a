"""`tertius run`: play a study and show what each population gets and what it costs others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from tertius.cli.plot import check_picture
from tertius.cli.run_played import Given, Line, played, variants_of
from tertius.cli.run_shown import Asked, as_dict, show
from tertius.cli.run_shown import plot as draw
from tertius.cli.screen import Flag, console, print_json, progress, whole
from tertius.cli.seated import players_of
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.events import Value
from tertius.core.scenario import Population, made
from tertius.scenarios.study import Study
from tertius.scenarios.table import load


class SettingGivenError(CallerError):
    """A setting that is not ``key=value``."""


def run(
    name: str,
    /,
    *,
    population: str | None = None,
    seed: Annotated[int, Parameter(converter=whole, validator=Number(gte=0))] = 1,
    seeds: Annotated[int, Parameter(converter=whole, validator=Number(gte=1))] = 1,
    steps: Annotated[int | None, Parameter(converter=whole, validator=Number(gte=1))] = None,
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
    seeds
        Play so many seeds, from `--seed` on, and show means, and the 95% interval of what each
        population costs more than the honest one.
    steps
        How many steps at most [default: until the world is over].
    set
        A setting of the world, as ``key=value``; may be given several times. Of variants that
        differ in it those are played that have this value; where it changes the number of seats,
        the players are handed out in turn.
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
    asked = Asked(seed, seeds, steps, settings_of(set or []), wrap or [], player or [])
    chosen = (study.population(population),) if population else study.populations
    with redirect_stdout(sys.stderr) if json else nullcontext():  # a player of yours may print
        lines = _lines(study, chosen, asked)
    if plot is not None:
        draw(study, lines, asked, plot)
    if json:
        print_json(as_dict(study, lines, asked))
    else:
        show(study, lines, asked)
        if plot is not None:
            console().print(f"drawn in {plot}")
    return EXIT_PASS


def _lines(study: Study, chosen: Sequence[Population], asked: Asked) -> list[Line]:
    """Play everything that was asked for."""
    wrappers = tuple(made(text) for text in asked.wrappers)
    guests = players_of(asked.players, study.environment.name)
    given = Given(asked.settings, wrappers, guests, asked.steps)
    variants = variants_of(study, asked.settings, wrappers)
    lines = []
    with progress() as shown:
        bar = shown.add_task(study.name, total=len(variants) * len(chosen) * asked.seeds)
        for variant in variants:
            for one in chosen:
                for seed in range(asked.seed, asked.seed + asked.seeds):
                    lines.append(played(study, one, variant, given, seed))
                    shown.advance(bar)
    return lines


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
