"""A log as data frames: events, edges and findings, for a notebook.

Columns and their types are the same for every log, also for an empty one; they are in `COLUMNS`.
Arrow, polars and pandas are the extra `frames` and are imported when a frame is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tertius.core.errors import CallerError
from tertius.core.events import BaseEvent
from tertius.core.finding import Edge, Finding
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.runtime.detect import battery, detect_log
from tertius.runtime.runs import ABOUT_LOGS
from tertius.runtime.tally import IngestSummary

EVENTS = {
    "log": "string", "entry": "int64", "id": "string", "time": "time", "run": "string",
    "kind": "string", "agent": "string", "task": "string", "party": "string",
    "identity": "string", "causes": "strings", "receivers": "strings", "channel": "string",
    "tool": "string", "ok": "bool", "fields": "string", "content": "string", "text": "string",
}  # fmt: skip
EDGES = {
    "run": "string", "sender": "string", "receiver": "string", "channel": "string",
    "weight": "int64",
}  # fmt: skip
FINDINGS = {
    "id": "string", "detector": "string", "version": "string", "run": "string",
    "failure_mode": "string", "mast_mode": "string", "risk_factors": "strings",
    "severity": "string", "aspect": "string", "agents": "strings", "edges": "strings",
    "evidence": "strings", "effect": "float64", "unit": "string", "low": "float64",
    "high": "float64", "n": "int64", "null": "string", "e_value": "float64",
    "guarantee": "string",
}  # fmt: skip
COLUMNS = {"events": EVENTS, "edges": EDGES, "findings": FINDINGS}
"""Name and type of every column. ``time`` is UTC to the nanosecond, ``strings`` a list of text.

What is not known is null. ``fields`` holds what else the event's kind has, as JSON; ``text`` is
there only on request.
"""

PLAIN = frozenset(
    ("kind", "id", "time", "run", "agent", "task", "party", "identity", "causes", "recipients",
     "to", "channel", "tool", "ok", "content")
)  # fmt: skip
"""Fields of an event that have a column, and so are not in ``fields``."""

Row = tuple[Any, ...]


class MissingLibraryError(CallerError):
    """A library of the extra `frames` is not installed."""


class Frame:
    """One table of a log, read when it is asked for.

    Parameters
    ----------
    columns
        Names and types, as in `COLUMNS`.
    rows
        Gives the rows, anew each time.
    """

    def __init__(self, columns: dict[str, str], rows: Callable[[], Iterator[Row]]) -> None:
        self.columns = columns
        self._rows = rows

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table`.

        Raises
        ------
        MissingLibraryError
            It names the extra to install.
        """
        arrow = _library("pyarrow")
        types = {
            "string": arrow.string(),
            "strings": arrow.list_(arrow.string()),
            "int64": arrow.int64(),
            "float64": arrow.float64(),
            "bool": arrow.bool_(),
            "time": arrow.timestamp("ns", tz="UTC"),
        }
        rows = list(self._rows())
        values = zip(*rows, strict=True) if rows else ((),) * len(self.columns)
        arrays = [
            arrow.array(column, type=types[kind])
            for column, kind in zip(values, self.columns.values(), strict=True)
        ]
        return arrow.table(arrays, names=list(self.columns))

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`."""
        return _library("polars").from_arrow(self.to_arrow())

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with Arrow types, so that null stays null."""
        pandas = _library("pandas")
        return self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)


class Frames:
    """The tables of a log.

    Parameters
    ----------
    folder
        A deployment, or a single log.
    text
        Whether `events` has a column with the content as text.
    detectors
        Whose findings `findings` holds; None for all of them with their own parameters.

    Raises
    ------
    NoLogError
        There is no log in `folder`.

    Notes
    -----
    Nothing is verified: run `tertius verify` first if that matters. Findings are computed anew
    from the events, the same ones each time. A table is built in memory, about 1 KB an event
    without text.

    Examples
    --------
    >>> import tempfile
    >>> from tertius.core.events import MessageSent
    >>> from tertius.log.notekey import SigningKey
    >>> from tertius.log.writer import Writer
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Writer(Path(folder) / "log", key=SigningKey("a/log", bytes(32))) as log:
    ...         _ = log.append(MessageSent(id="m", time=0, run="r", agent="a", recipients=("b",)))
    ...     Frames(Path(folder) / "log").edges.to_arrow().to_pylist()
    [{'run': 'r', 'sender': 'a', 'receiver': 'b', 'channel': None, 'weight': 1}]
    """

    def __init__(
        self, folder: Path, *, text: bool = False, detectors: Sequence[Detector] | None = None
    ) -> None:
        self._logs = [log for log in logs_of(folder) if log.name != "anchor"]
        self._folder = folder
        self._text = text
        self._detectors = detectors
        shown = EVENTS if text else {name: EVENTS[name] for name in EVENTS if name != "text"}
        self.events = Frame(shown, self._events)
        self.edges = Frame(EDGES, self._edges)
        self.findings = Frame(FINDINGS, self._findings)

    def _read(self) -> Iterator[tuple[str, int, Event, LogReader]]:
        for log in self._logs:
            reader = LogReader(log)
            for entry, event in enumerate(reader.events()):
                if event.__struct_config__.tag not in ABOUT_LOGS:
                    yield log.name, entry, event, reader

    def _events(self) -> Iterator[Row]:
        for log, entry, event, reader in self._read():
            row = _row(log, entry, event)
            if self._text:
                content = reader.content(entry)
                row += (None if content is None else content.decode("utf-8", "replace"),)
            yield row

    def _edges(self) -> Iterator[Row]:
        summary = IngestSummary()
        for log, _, event, _ in self._read():
            summary.count(event, file=log, format="")
        for name, run in summary.runs.items():
            for edge, weight in sorted(run.edges.items()):
                ends = (edge.sender or None, edge.receiver or None, edge.channel or None)
                yield (name or None, *ends, weight)

    def _findings(self) -> Iterator[Row]:
        given = self._detectors
        detectors = battery() if given is None else [each.clone() for each in given]
        for answer in detect_log(self._folder, detectors):
            if isinstance(answer, Finding):
                yield _finding(answer)


def _row(log: str, entry: int, event: BaseEvent) -> Row:
    tree: dict[str, Any] = msgspec.to_builtins(event)
    to = tree.get("recipients", tree.get("to", ()))
    rest = {name: value for name, value in tree.items() if name not in PLAIN}
    return (
        log,
        entry,
        event.id,
        event.time or None,
        event.run or None,
        tree["kind"],
        event.agent or None,
        event.task or None,
        event.party or None,
        event.identity,
        [cause.id for cause in event.causes],
        [to] if isinstance(to, str) else list(to),
        tree.get("channel"),
        tree.get("tool"),
        tree.get("ok"),
        msgspec.json.encode(rest).decode() if rest else None,
        tree.get("content"),
    )


def _finding(found: Finding) -> Row:
    return (
        found.id,
        found.detector,
        found.version,
        found.run,
        found.failure_mode,
        found.mast_mode,
        list(found.risk_factors),
        found.severity,
        found.aspect,
        list(found.agents),
        [_edge(edge) for edge in found.edges],
        list(found.evidence),
        found.effect.value,
        found.effect.unit,
        found.effect.low,
        found.effect.high,
        found.n,
        found.null,
        found.e_value,
        str(found.guarantee.code),
    )


def _edge(edge: Edge) -> str:
    return f"{edge.sender} -> {edge.receiver}" + (f" on {edge.channel}" if edge.channel else "")


def _library(name: str) -> Any:
    """Import a library of the extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingLibraryError(
            f"`{name}` is not installed; install the extra with `pip install 'tertius[frames]'`"
        ) from error
