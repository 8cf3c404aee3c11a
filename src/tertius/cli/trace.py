"""`tertius trace`: what an event rests on, and what rests on it."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.tree import Tree

from tertius.cli.log import line, load
from tertius.cli.log_index import indexed, lineage_of
from tertius.cli.screen import Flag, console, counted, print_json, safe
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.events import Basis
from tertius.graphs.lineage import DEFAULT, Lineage
from tertius.graphs.lineage_answers import CauseLink, Reached
from tertius.graphs.lineage_file import STRENGTH
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.runtime.index import EventIndex

FAN = 8  # branches of a tree that are drawn before the rest is counted


class NoLogNamedError(CallerError):
    """Neither --log nor TERTIUS_LOG names a log."""


def trace(
    event: str,
    /,
    *,
    log: Path | None = None,
    depth: Annotated[int, Parameter(validator=Number(gte=0))] = 3,
    inferred: Flag = False,
    to: str | None = None,
    json: Flag = False,
) -> int:
    """Show what an event rests on, how far it reached, and the paths to another event.

    Declared and observed causes are followed; each link shows how it is known.

    Parameters
    ----------
    event
        Id of the event, or its beginning if no other id begins so.
    log
        Folder of the log [default: the environment variable TERTIUS_LOG].
    depth
        Levels of the printed trees; the counts are always complete.
    inferred
        Also follow causes that were only inferred from content.
    to
        Print the paths from EVENT to this later event.
    json
        Print one JSON object, with all ids.
    """
    named = os.environ.get("TERTIUS_LOG", "")
    if log is None and not named:
        raise NoLogNamedError("no log named; add --log DIR, or set TERTIUS_LOG")
    folder = log or Path(named)
    bases = STRENGTH if inferred else DEFAULT
    with indexed(folder) as index:
        lineage = lineage_of(folder)
        event = lineage.names.complete(event)
        if to is not None:
            _paths(lineage, event, lineage.names.complete(to), bases, json)
        elif json:
            print_json(_as_dict(lineage, event, bases))
        else:
            _show(lineage, event, bases, depth, _Teller(index, folder))
    return EXIT_PASS


def _as_dict(lineage: Lineage, event: str, bases: Collection[Basis]) -> dict[str, Any]:
    above, below = lineage.ancestors(event, bases=bases), lineage.descendants(event, bases=bases)
    return {
        "event": event,
        "causes": [msgspec.to_builtins(link) for link in lineage.causes(event)],
        "ancestors": {"count": len(above), **above.counts(), "ids": above.ids()},
        "descendants": {"count": len(below), **below.counts(), "ids": below.ids()},
        "unresolved": above.externals,
        "cyclic": above.cyclic,
    }


def _show(
    lineage: Lineage, event: str, bases: Collection[Basis], depth: int, teller: _Teller
) -> None:
    above, below = lineage.ancestors(event, bases=bases), lineage.descendants(event, bases=bases)
    out = console()
    out.print(teller.line(event), style="bold")
    for up, reached, words in ((True, above, "rests on"), (False, below, "reached")):
        when = "earlier event" if up else "later event"
        out.print(f"{words} {counted(len(reached), when)}{_told(reached)}")
        if len(reached) and depth:
            out.print(_tree(lineage, event, teller, bases, depth, up=up))
    if above.cyclic:
        out.print("the record holds a cycle of causes here; each event is counted once")


def _paths(lineage: Lineage, cause: str, effect: str, bases: Collection[Basis], json: bool) -> None:
    found = lineage.paths(cause, effect, bases=bases)
    if json:
        print_json({"from": cause, "to": effect, **msgspec.to_builtins(found)})
        return
    if not found.paths:
        print(f"no path of causes from {safe(cause)} to {safe(effect)}")
        if lineage.paths(effect, cause, bases=bases, limit=1).paths:
            print(f"there is one the other way: trace {safe(effect)} --to {safe(cause)}")
    for path in found.paths:
        print(" -> ".join(safe(event) for event in path.events))
    if found.truncated:
        print("there are more paths; the shortest come first")


def _told(reached: Reached) -> str:
    """Say how the reached events are known, and how many lie outside the record."""
    parts = [f"{count:,} {basis}" for basis, count in reached.counts().items() if count]
    if reached.externals:
        parts.append(f"{reached.externals:,} not in this record")
    return f" ({', '.join(parts)})" if parts else ""


def _tree(
    lineage: Lineage,
    event: str,
    teller: _Teller,
    bases: Collection[Basis],
    depth: int,
    *,
    up: bool,
) -> Tree:
    """Draw the nearest levels; an event that comes up again is named without its own causes."""
    tree = Tree("causes" if up else "effects")
    seen = {event}
    level: list[tuple[Tree, str]] = [(tree, event)]
    for _ in range(depth):
        below: list[tuple[Tree, str]] = []
        for branch, at in level:
            links = (lineage.causes if up else lineage.effects)(at, bases=bases)
            for link in links[:FAN]:
                twig = branch.add(_how(link) + teller.line(link.id))
                if link.id not in seen and not link.external:
                    below.append((twig, link.id))
                seen.add(link.id)
            if len(links) > FAN:
                branch.add(f"and {len(links) - FAN:,} more")
        level = below
    if any((lineage.causes if up else lineage.effects)(at, bases=bases) for _, at in level):
        tree.add("goes on deeper; raise --depth")
    return tree


def _how(link: CauseLink) -> str:
    score = "" if link.score is None else f" {link.score:.2f}"
    outside = ", not in this record" if link.external else ""
    return f"{link.basis}{score}{outside}: "


class _Teller:
    """Puts an event into one line, from the log."""

    def __init__(self, index: EventIndex, folder: Path) -> None:
        self._index = index
        self._readers = {path.name: LogReader(path, tail=False) for path in logs_of(folder)}

    def line(self, event: str) -> str:
        found = self._index.get(event)
        return safe(event) if found is None else line(found, *load(found, self._readers), 60)
