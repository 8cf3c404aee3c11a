"""The live screen of `tertius watch`: who is there, what passes between them, what was found."""

from __future__ import annotations

import heapq

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from tertius.cli import foretold
from tertius.cli.screen import counted, safe
from tertius.cli.whom import whom
from tertius.detectors.betting import Betting
from tertius.runtime.watch import Watch
from tertius.runtime.watch_rules import WatchRule, WatchRules
from tertius.runtime.watch_state import Told

_SHOWN = 8  # rows of a table
_FORETOLD = 4  # runs with their forecasts


def screen(watching: Watch, height: int, rules: WatchRules) -> RenderableType:
    """Return what the screen shows now, in at most `height` lines."""
    standing = watching.standing
    head = Text(
        f"{counted(standing.events, 'event')}   {counted(len(standing.agents), 'agent')}   "
        f"{counted(len(standing.edges), 'edge')}   {counted(len(standing.open), 'open run')}   "
        f"{counted(watching.counts.total(), 'finding')}   Ctrl-C ends it",
        style="bold",
    )
    foretelling = watching.forecast
    ahead: list[RenderableType] = (
        [] if foretelling is None else [foretold.table(foretelling, _FORETOLD), Text()]
    )
    height -= 0 if foretelling is None else _FORETOLD + 5
    room = max(3, min(_SHOWN, (height - 12) // 2))
    both = Table.grid(padding=(0, 3))
    both.add_row(_agents(watching, room), _edges(watching, room), _growing(watching, room))
    found = _findings(watching, rules, max(3, height - room - 8))
    return Group(head, Text(), both, Text(), *ahead, found)


def line(told: Told, rules: WatchRules) -> str:
    """Return a finding as one line: what, how sure, under which rule, and its null in words."""
    found = told.finding
    e = "" if found.e_value is None else f", e = {found.e_value:.3g}"
    return (
        f"{told.position:>9,}  {found.severity:<6}  {found.detector}: {safe(whom(found), 80)}, "
        f"{found.effect.value:.3g} {safe(found.effect.unit, 80)}{e}  {found.guarantee.title}  "
        f"{under(rules.of(found))}  held against: {safe(found.null, 400)}"
    )


def under(rule: WatchRule | None) -> str:
    """Return the rule that a finding falls under, and what it does."""
    return "under no rule" if rule is None else f"under rule {rule.name} ({rule.measure})"


def _right(title: str) -> Column:
    return Column(title, justify="right")


def _agents(watching: Watch, room: int) -> Table:
    table = Table("agent", _right("events"), box=None, title="busiest", title_justify="left")
    for name, count in heapq.nlargest(room, watching.standing.agents.items(), key=lambda x: x[1]):
        table.add_row(safe(name, 24), f"{count:,}")
    return table


def _edges(watching: Watch, room: int) -> Table:
    table = Table("from", "to", _right("events"), box=None, title="edges", title_justify="left")
    edges = heapq.nlargest(room, watching.standing.edges.items(), key=lambda x: x[1])
    for (sender, receiver), count in edges:
        table.add_row(safe(sender, 20), safe(receiver, 20), f"{count:,}")
    return table


def _growing(watching: Watch, room: int) -> Table:
    """Return what has most against it now, named or not."""
    table = Table(
        "detector", "about", _right("e-value"), _right("n"),
        box=None, title="evidence growing", title_justify="left",
    )  # fmt: skip
    rows = (
        (value, n, each.spec.name, key)
        for each in watching.detectors
        if isinstance(each, Betting)
        for key, (value, n) in each.values().items()
        if value > 1
    )
    for value, n, name, key in heapq.nlargest(room, rows, key=lambda x: x[0]):
        about = " to ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        table.add_row(name, safe(about, 28), f"{value:.3g}", f"{n:,}")
    return table


def _findings(watching: Watch, rules: WatchRules, room: int) -> RenderableType:
    if not watching.told:
        return Text("nothing found so far", style="dim")
    table = Table(
        _right("at"), "severity", "detector", "about", "effect", _right("e-value"),
        "guarantee", "rule", box=None, title="findings, latest first", title_justify="left",
    )  # fmt: skip
    for told in reversed(watching.told[-room:]):
        found = told.finding
        table.add_row(
            f"{told.position:,}",
            found.severity,
            found.detector,
            safe(whom(found), 36),
            f"{found.effect.value:.3g} {safe(found.effect.unit, 60)}",
            "" if found.e_value is None else f"{found.e_value:.3g}",
            found.guarantee.title,
            rule.name if (rule := rules.of(found)) is not None else "none",
        )
    return table
