"""How `tertius run` tells what was played: a table, a picture, one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
from msgspec import Struct
from rich.table import Table

from tertius.cli.plot import draw
from tertius.cli.run_played import Difference, Line, differences, grouped, labelled
from tertius.cli.screen import console, counted
from tertius.core.events import Value
from tertius.scenarios.study import Study

WIDE = 200
"""Characters of a line where no terminal sets them: a seat named with --player adds columns."""


class Asked(Struct, frozen=True):
    """The words of the command, as they are repeated under its answer."""

    seed: int
    seeds: int
    steps: int | None
    settings: dict[str, Value]
    wrappers: Sequence[str]
    players: Sequence[str]


def as_dict(study: Study, lines: Sequence[Line], asked: Asked) -> dict[str, Any]:
    """Return everything for JSON but the losses step by step."""
    told = [
        {key: value for key, value in msgspec.to_builtins(line).items() if key != "losses"}
        for line in lines
    ]
    return {
        "study": study.name,
        **msgspec.to_builtins(asked),
        "harmed": {"party": study.harm.party, "unit": study.harm.unit},
        "lines": told,
        "differences": msgspec.to_builtins(differences(study, lines)),
    }


def show(study: Study, lines: Sequence[Line], asked: Asked) -> None:
    """Print the table, and under it what its columns are."""
    out = console()
    if not out.is_terminal:
        out.width = WIDE
    out.print(f"{study.name}: {study.title}", style="bold")
    costs = {(one.variant, one.population): one for one in differences(study, lines)}
    table = Table(box=None, pad_edge=False)
    known = list(dict.fromkeys(name for line in lines for name in line.known))
    table.add_column("world", max_width=40)
    for name in known:
        table.add_column(f"known {name}", justify="right")
    table.add_column("population")
    table.add_column("steps", justify="right")
    table.add_column("each a step", justify="right")
    table.add_column("each in all", justify="right")
    for seat in lines[0].guests:
        table.add_column(f"{seat} a step", justify="right")
        table.add_column("in all", justify="right")
    table.add_column(f"harm to {study.harm.party}", justify="right")
    if costs:
        table.add_column("extra harm", justify="right")
    for key, group in grouped(lines).items():
        table.add_row(*_row(study, group, known), *([_cost(costs.get(key))] if costs else []))
    out.print(table)
    for line in _below(study, lines, asked, list(costs.values())):
        out.print(line, style="dim", soft_wrap=True)


def _row(study: Study, group: Sequence[Line], known: Sequence[str]) -> list[str]:
    first = group[0]
    guests = [
        f"{fmean(value):,.4g}"
        for seat in first.guests
        for value in (
            [line.guests[seat] for line in group],
            [line.guest_totals[seat] for line in group],
        )
    ]
    harm = fmean(line.harm[study.harm.party] for line in group)
    return [
        first.variant,
        *(f"{first.known[name]:,.4g}" if name in first.known else "" for name in known),
        f"{first.population} ({first.kind})",
        f"{fmean(line.steps for line in group):,.6g}",
        f"{fmean(line.reward for line in group):,.4g}",
        f"{fmean(line.total for line in group):,.6g}",
        *guests,
        f"{harm:,.6g}",
    ]


def _cost(one: Difference | None) -> str:
    if one is None:
        return ""
    spread = "" if one.low is None else f" [{one.low:,.5g}, {one.high:,.5g}]"
    return f"{one.more:+,.6g}{spread}"


def _below(
    study: Study, lines: Sequence[Line], asked: Asked, costs: Sequence[Difference]
) -> list[str]:
    """Return what was asked for, and what the columns mean."""
    seeds = f"seed {asked.seed}"
    if asked.seeds > 1:
        seeds = f"means of seeds {asked.seed} to {asked.seed + asked.seeds - 1}"
    around = ""
    if asked.wrappers:
        around += f", under {' '.join(asked.wrappers)}; what is known is of the world alone"
    if asked.settings:
        around += ", set " + labelled(asked.settings)
    if asked.players:
        around += f", with {', '.join(asked.players)}"
    told = [
        f"{seeds}{around}",
        "`each`: mean of the players; `a step` divides by the steps played, `in all` does not",
        f"harm in {study.harm.unit}"
        + "".join(f"; extra harm: more than {one.honest} (honest)" for one in costs[:1]),
    ]
    if costs and asked.seeds > 1:
        told[-1] += ", with its 95% Student interval over seeds"
    units = {name: unit for line in lines for name, unit in line.units.items()}
    if units:
        told.append("; ".join(f"known {name}: {unit}" for name, unit in units.items()))
    if asked.seeds > 1 and not costs:
        told.append(f"no 95% interval: it is of what another costs more than {_honest(study)}")
    longest = max(line.steps for line in lines)
    if asked.steps is not None and longest < asked.steps:
        told.append(f"{counted(asked.steps, 'step')} asked for; the world was over after {longest}")
    return told


def _honest(study: Study) -> str:
    return f"{study.of_kind('honest').name} (honest)"


def plot(study: Study, lines: Sequence[Line], asked: Asked, path: Path) -> None:
    """Draw the harm so far, step by step, under the first seed."""
    curves = [
        (f"{line.population}, {line.variant}", accumulate(line.losses))
        for line in lines
        if line.seed == asked.seed
    ]
    title = f"{study.name}: {study.title}" + (f" (seed {asked.seed})" if asked.seeds > 1 else "")
    draw(path, curves, title=title, up=f"harm to {study.harm.party} so far ({study.harm.unit})")
