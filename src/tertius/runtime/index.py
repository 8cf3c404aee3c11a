"""What lies beside a deployment's logs to find things quickly; it can always be built again.

``index/events.sqlite`` finds events by id, run, agent and kind; ``index/lineage`` holds the causes
(see `tertius.graphs.lineage`). Neither is ever trusted over the logs.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_build import LineageBuilder, Link
from tertius.graphs.lineage_file import Source
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader

_SCHEMA = """
create table source (origin text, size integer, root text);
create table event (
    id text, log text, position integer, kind text, run text, agent text, task text, time integer
);
"""
_INDEXES = """
create index event_id on event (id);
create index event_run on event (run, position);
create index event_agent on event (agent);
create index event_kind on event (kind);
"""


class IndexMissingError(NotEvaluatedError):
    """There is no index, or it is older than the logs."""


class IndexWriteError(CallerError):
    """The disk is full, or does not take the index."""


class Found(Struct, frozen=True):
    """An event's place: its log's folder name, its position there, and what is indexed of it."""

    id: str
    log: str
    position: int
    kind: str
    run: str
    agent: str
    task: str
    time: int


class RunRow(Struct, frozen=True):
    """A run, its events, and the agents that did something in it."""

    run: str
    events: int
    agents: int


def build_index(folder: Path, *, on_event: Callable[[int], None] = lambda count: None) -> int:
    """Build both indexes of a deployment anew and return the number of events in them.

    The anchor log's own entries are left out: they are about logs, not about agents.

    Parameters
    ----------
    folder : Path
        The deployment, or a single log.
    on_event : callable
        Told of the number of events so far, every few thousand.
    """
    sources = sources_of(folder)
    target = folder / "index"
    fresh = target / "new"  # in here the verifier expects anything, so a crash leaves no stray file
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        count = _fill(fresh, folder, sources, on_event)
        shutil.rmtree(target / "lineage", ignore_errors=True)
        for name in ("lineage", "events.sqlite"):
            (fresh / name).rename(target / name)
    except sqlite3.OperationalError as error:
        raise IndexWriteError(f"cannot write the index of `{folder}`: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return count


def sources_of(folder: Path) -> tuple[Source, ...]:
    """Return origin, size and root of every writer's newest checkpoint."""
    found = []
    for log in _writers(folder):
        checkpoint = LogReader(log, tail=False).checkpoint
        if checkpoint is not None:
            root = checkpoint.root.hex()
            found.append(Source(origin=checkpoint.origin, size=checkpoint.size, root=root))
    return tuple(found)


def open_lineage(folder: Path, *, check_contents: bool = True) -> Lineage:
    """Open the lineage index of a deployment.

    Raises
    ------
    LineageIndexError
        If it is missing, damaged or older than the logs; it says how to build it.
    """
    return Lineage.open(
        folder / "index" / "lineage", expect=sources_of(folder), check_contents=check_contents
    )


class EventIndex:
    """Looks events up by what is indexed of them.

    Parameters
    ----------
    folder : Path
        The deployment.

    Raises
    ------
    IndexMissingError
        If there is none, it is damaged, or the logs have grown since.
    """

    def __init__(self, folder: Path) -> None:
        sources = {(each.origin, each.size, each.root) for each in sources_of(folder)}
        path = folder / "index" / "events.sqlite"
        self._advice = f"run `tertius log rebuild-index {folder}`"
        self._name = f"the index in `{folder}`"
        if not path.is_file():
            raise IndexMissingError(f"no index in `{folder}`; {self._advice}")
        self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            known = set(self._ask("select origin, size, root from source"))
        except IndexMissingError:
            self.close()
            raise
        if known != sources:
            self.close()
            raise IndexMissingError(f"{self._name} is older than the logs; {self._advice}")

    def get(self, event: str) -> Found | None:
        """Return one event's place, or None."""
        rows = self._ask("select * from event where id = ?", event)
        return Found(*rows[0]) if rows else None

    def runs(self) -> list[RunRow]:
        """Return every run with the numbers of its events and agents, in the order of the log."""
        query = (
            "select run, count(*), count(distinct nullif(agent, '')) from event "
            "group by run order by min(rowid)"
        )
        return [RunRow(*row) for row in self._ask(query)]

    def find(
        self, *, run: str = "", agent: str = "", kind: str = "", limit: int = 100
    ) -> list[Found]:
        """Return events in log order; an empty argument matches all."""
        where, given = _where(run=run, agent=agent, kind=kind)
        query = f"select * from event where {where} order by log, position limit ?"
        return [Found(*row) for row in self._ask(query, *given, limit)]

    def count(self, *, run: str = "", agent: str = "", kind: str = "") -> int:
        """Return how many events `find` would give without a limit."""
        where, given = _where(run=run, agent=agent, kind=kind)
        return int(self._ask(f"select count(*) from event where {where}", *given)[0][0])

    def names(self, of: Literal["run", "agent", "kind"]) -> list[str]:
        """Return the names of all runs, agents or kinds, sorted; the empty name is left out."""
        found = self._ask(f"select distinct {of} from event order by {of}")
        return [name for (name,) in found if name]

    def _ask(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            return self._base.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexMissingError(f"{self._name} is damaged; {self._advice}") from error

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _fill(
    fresh: Path, folder: Path, sources: tuple[Source, ...], on_event: Callable[[int], None]
) -> int:
    builder = LineageBuilder()
    count = 0
    with closing(sqlite3.connect(fresh / "events.sqlite")) as base:
        base.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA)
        base.executemany(
            "insert into source values (?, ?, ?)", [(s.origin, s.size, s.root) for s in sources]
        )
        for log in _writers(folder):
            rows: list[tuple[str, str, int, str, str, str, str, int]] = []
            links: list[tuple[str, list[Link]]] = []
            for row, causes in _rows(log):
                rows.append(row)
                links.append((row[0], causes))
                if len(rows) == 4000:
                    count += _flush(base, builder, rows, links)
                    on_event(count)
            count += _flush(base, builder, rows, links)
        base.executescript(_INDEXES)
        base.commit()
    Lineage(*builder.finish()).save(fresh / "lineage", sources=sources)
    on_event(count)
    return count


def _writers(folder: Path) -> list[Path]:
    return [log for log in logs_of(folder) if log.name != "anchor"]


def _rows(
    log: Path,
) -> Iterator[tuple[tuple[str, str, int, str, str, str, str, int], list[Link]]]:
    for position, event in enumerate(LogReader(log, tail=False).events()):
        kind = str(event.__struct_config__.tag)
        if kind.startswith("log."):
            continue
        causes: list[Link] = [(cause.id, cause.basis, cause.score) for cause in event.causes]
        row = (event.id, log.name, position, kind, event.run, event.agent, event.task, event.time)
        yield row, causes


def _flush(
    base: sqlite3.Connection,
    builder: LineageBuilder,
    rows: list[tuple[str, str, int, str, str, str, str, int]],
    links: list[tuple[str, list[Link]]],
) -> int:
    base.executemany("insert into event values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    builder.add_batch(links)
    done = len(rows)
    rows.clear()
    links.clear()
    return done


def _where(**wanted: str) -> tuple[str, list[str]]:
    """Return a condition on the columns that are not empty, and its values."""
    given = {name: value for name, value in wanted.items() if value}
    return " and ".join(f"{name} = ?" for name in given) or "1", list(given.values())
