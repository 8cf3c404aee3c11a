"""One run, whole in memory: from a log, or from a recorded file of any known format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.kinds import KINDS, Event
from tertius.core.names import nearest
from tertius.core.ports.reader import Recorded
from tertius.log.deployment import logs_of
from tertius.log.read import NoLogError
from tertius.runtime.detect import recorded
from tertius.runtime.ingest import Ingest

MAX_EVENTS = 100_000  # of one run
MAX_RUNS = 10_000  # names kept, for the message when one of them must be chosen

ABOUT_LOGS = frozenset(
    kind for kind in KINDS if kind.startswith(("log.", "writer.", "checkpoint."))
) | {"erased"}
"""Kinds in which a log speaks about itself."""

OURS = ABOUT_LOGS | {"found"}
"""Kinds that are no part of a run: about the record, or added to it."""


class NoSuchRunError(CallerError):
    """No run of that name, or several and none named."""


class TooLongRunError(CallerError):
    """A run with more events than are held at once."""


class Run(Struct, frozen=True, kw_only=True):
    """A run's events in the order of the record, each with its content or None.

    `problems` counts what could not be read of its source.
    """

    name: str
    source: str
    events: tuple[tuple[Event, bytes | None], ...]
    problems: int = 0


def is_log(path: Path) -> bool:
    """Whether the folder is a log, or a deployment of logs."""
    try:
        return bool(path.is_dir() and logs_of(path))
    except NoLogError:
        return False


def read_run(path: Path, name: str | None = None, *, format: str | None = None) -> Run:
    """Read one run.

    Parameters
    ----------
    path
        A log's folder, or a recorded file or folder.
    name
        Name of the run; may be left out where there is only one.
    format
        Name of the recorded format; None recognises it.

    Raises
    ------
    NoSuchRunError
        It names the runs that there are.
    TooLongRunError
        The run has more than 100,000 events.

    Notes
    -----
    Reads everything once and holds one run. A log is trusted; `tertius verify` checks it.
    """
    wanted = name
    names: dict[str, None] = {}
    events: list[tuple[Event, bytes | None]] = []
    source = _Source(path, format)
    for event, content in source:
        if not event.run or event.__struct_config__.tag in OURS:
            continue
        if len(names) < MAX_RUNS:
            names[event.run] = None
        if wanted is None:
            wanted = event.run
        if event.run == wanted:
            events.append((event, content))
            if len(events) > MAX_EVENTS:
                raise TooLongRunError(f"run `{wanted}` has more than {MAX_EVENTS:,} events")
    if name is None and len(names) > 1:
        shown = ", ".join(f"`{each}`" for each in list(names)[:5])
        more = ", ..." if len(names) > 5 else ""
        raise NoSuchRunError(
            f"`{path}` holds {len(names):,} runs; name one with --run: {shown}{more}"
        )
    if wanted is None or not events:
        told = f"no run `{name}` in `{path}`{nearest(name or '', names)}" if name else ""
        raise NoSuchRunError(told or f"no run in `{path}`")
    return Run(name=wanted, source=str(path), events=tuple(events), problems=source.problems())


class _Source:
    """Events of a log or of recorded files, and what could not be read of them."""

    def __init__(self, path: Path, format: str | None) -> None:
        self._path = path
        self._ingest = None if is_log(path) else Ingest([str(path)], format=format)

    def __iter__(self) -> Iterator[tuple[Event, bytes | None]]:
        if self._ingest is None:
            yield from recorded(self._path)
            return
        for record in self._ingest:
            if isinstance(record, Recorded):
                yield record.event, record.contents[0] if record.contents else None

    def problems(self) -> int:
        return 0 if self._ingest is None else self._ingest.summary.problem_count
