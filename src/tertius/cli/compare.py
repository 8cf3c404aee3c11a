"""`tertius compare`: where two runs of the same task part, and what differs after that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from tertius.cli.log import receivers
from tertius.cli.screen import Flag, console, counted, print_json, safe
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.runtime.compare import Change, Comparison, Part, Step, meant
from tertius.runtime.compare import compare as compare_runs
from tertius.runtime.config import Config, load_config
from tertius.runtime.mapping import Mapping
from tertius.runtime.runs import read_run

CONFIG = Path("tertius.yaml")
SHOWN = 12  # rows of a table, and stretches that differ, before the rest is counted
TEXT = 160  # characters of an event's content


class RunsNamedError(CallerError):
    """Not two runs, or more."""


def compare(
    a: Path,
    b: Path | None = None,
    /,
    *,
    run: Annotated[list[str] | None, Parameter(negative=())] = None,
    format: str | None = None,
    config: Path | None = None,
    json: Flag = False,
) -> int:
    """Show where two runs of the same task part, and which agents, edges and findings differ.

    Events are compared by what happened and by their text, not by ids and times. The exit code is
    0 whether the runs differ or not.

    Parameters
    ----------
    a
        Folder of a log, or a recorded file.
    b
        The other one; left out, both runs are in the first.
    run
        Name of a run; given twice, the first is that of A and the second that of B.
    format
        Name of the recorded format [default: recognised by content].
    config
        What tools and messages mean, and which detectors run [default: tertius.yaml, if there is
        one here].
    json
        Print one JSON object.
    """
    names = run or []
    if len(names) > 2:
        raise RunsNamedError(f"`--run` is given {len(names)} times; expected twice at most")
    if b is None and len(names) < 2:
        raise RunsNamedError("one record and not two runs; name another record, or --run twice")
    settings = load_config(config or CONFIG) if config or CONFIG.is_file() else Config()
    first, second = (names[0], names[-1]) if names else (None, None)
    one, other = read_run(a, first, format=format), read_run(b or a, second, format=format)
    for each in (one, other):
        if each.problems:
            what = counted(each.problems, "problem")
            print(f"note: {what} in {safe(each.source)}; `tertius analyze` tells", file=sys.stderr)
    rules = Mapping(settings.events)
    detectors = settings.detectors.load()
    found = compare_runs(meant(one, rules), meant(other, rules), detectors=detectors)
    if json:
        print_json({"same": found.same, **msgspec.to_builtins(found)})
    else:
        _show(found)
    return EXIT_PASS


def _show(found: Comparison) -> None:
    out = console()
    out.print(f"A  {safe(found.a)}: {counted(found.sizes[0], 'event')}")
    out.print(f"B  {safe(found.b)}: {counted(found.sizes[1], 'event')}")
    if found.first is None:
        out.print("the same, event by event", style="bold")
    else:
        same = f"the same for the first {counted(found.prefix, 'event')}, then they part:"
        out.print(same if found.prefix else "they differ from the first event:", style="bold")
        for side, step in zip("AB", found.first, strict=True):
            out.print(f"  {side}  {_line(step)}", soft_wrap=True)
        if found.said is not None:
            out.print("the first texts that differ:")
            for side, step in zip("AB", found.said, strict=True):
                words = _line(step) if step is not None else "says nothing in that stretch"
                out.print(f"  {side}  {words}", soft_wrap=True)
        _show_rest(found)
    for title, first, changes in (
        ("Agents, by events of theirs", "agent", found.agents),
        ("Who told whom", "edge", found.edges),
        ("Kinds of events", "kind", found.kinds),
        ("Tools called", "tool", found.tools),
        ("Findings", "finding", found.findings),
    ):
        _table(title, first, changes)


def _show_rest(found: Comparison) -> None:
    """Say how much is the same behind the first difference, and list the stretches that differ."""
    out = console()
    cut = "" if found.aligned else " (only the events next to it were aligned)"
    out.print(
        f"after that {counted(found.common, 'event')} the same, {found.only_a:,} only in A, "
        f"{found.only_b:,} only in B{cut}"
    )
    for part in found.parts[:SHOWN]:
        out.print(f"  {_stretch(part)}")
    if len(found.parts) > SHOWN:
        out.print(f"  and {len(found.parts) - SHOWN:,} more; see --json")


def _stretch(part: Part) -> str:
    sides = []
    for side, steps in (("A", part.a), ("B", part.b)):
        if steps:
            last = f"-{steps[-1].number}" if len(steps) > 1 else ""
            who = ", ".join(dict.fromkeys(step.event.agent or "(unknown)" for step in steps))
            sides.append(f"{side} #{steps[0].number}{last} ({safe(who, 60)})")
    return " in place of ".join(reversed(sides)) if len(sides) == 2 else f"only {sides[0]}"


def _line(step: Step | None) -> str:
    if step is None:
        return "is over"
    event = step.event
    tool = getattr(event, "tool", "")
    to = ", ".join(receivers(event))
    text = f"#{step.number} {safe(event.id)}  {event.__struct_config__.tag}  "
    text += safe(event.agent) or "(unknown)"
    text += f" -> {safe(to, 60)}" if to else ""
    text += f" {safe(tool)}" if tool else ""
    return text + (f": {safe(step.text, TEXT)}" if step.text else "")


def _table(title: str, first: str, changes: tuple[Change, ...]) -> None:
    if not changes:
        return
    table = Table(first)
    for side in ("A", "B"):
        table.add_column(side, justify="right")
    for change in changes[:SHOWN]:
        table.add_row(_what(first, change.what), _times(change.a), _times(change.b))
    out = console()
    out.print(title, style="bold")
    out.print(table)
    if len(changes) > SHOWN:
        out.print(f"and {len(changes) - SHOWN:,} more; see --json")


def _what(first: str, what: tuple[str, ...]) -> str:
    if first != "edge":
        return safe(" ".join(what), 80)
    sender, receiver, channel = (safe(name, 40) or "(unknown)" for name in what)
    return f"{sender} -> {receiver}" + (f" on {channel}" if what[2] else "")


def _times(count: int) -> str:
    return f"{count:,}" if count else "-"
