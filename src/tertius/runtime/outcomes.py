"""What came out later, joined to the record: as events of a writer of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct, field

from tertius.core.events import Cause, LogPosition, OutcomeObserved
from tertius.core.names import alias, nearest
from tertius.core.ports.reader import Recorded
from tertius.log.deployment import Deployment, logs_of, origin_of
from tertius.log.merkle import leaf_hash
from tertius.log.read import LogReader
from tertius.runtime.outcome_rows import Row, refuse
from tertius.runtime.record import record
from tertius.runtime.runs import OURS

WRITER = "outcomes"
IMPORTED = "outcome/"  # what the ids of imported outcomes begin with
HARM = "harm/"
"""An ``outcome.observed`` about ``harm/<party>`` says how much that party was harmed in the run."""
MAX_KNOWN = 5_000  # event ids kept to name the nearest one


class _Known(Struct, kw_only=True):
    """What the record holds of what the rows name."""

    runs: set[str] = field(default_factory=set)
    tasks: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    events: dict[str, tuple[str, Cause]] = field(default_factory=dict)  # only those asked for
    some: list[str] = field(default_factory=list)
    outcomes: dict[str, OutcomeObserved] = field(default_factory=dict)


def outcomes(rows: Sequence[Row], folder: Path, *, file: str) -> tuple[list[Recorded], int]:
    """Return the events that `rows` mean, and how many rows the record holds already.

    Parameters
    ----------
    rows
        As `read_rows` gives them.
    folder
        The deployment that they are about.
    file
        Name of their file, for messages.

    Raises
    ------
    OutcomeFileError
        A row is about something that the record does not hold, or contradicts an earlier import;
        it names the nearest.

    Notes
    -----
    A row's event is named after its `id`, or after what it says, so importing a file again, or a
    longer version of it, adds only what is new. Reads the record once.
    """
    known = _known(rows, folder)
    made: list[Recorded] = []
    problems: list[str] = []
    already = 0
    seen: Counter[str] = Counter()
    for row in rows:
        try:
            event = _event(row, known, seen)
        except LookupError as error:
            problems.append(f"{file}:{row.line}: {error.args[0]}")
            continue
        before = known.outcomes.get(event.id)
        if before is None:
            known.outcomes[event.id] = event
            made.append(Recorded(event=event, contents=(row.note.encode(),) if row.note else ()))
        elif (before.about, before.value) == (event.about, event.value):
            already += 1
        else:
            told = f"row `{row.id}` says `{event.value}` about `{event.about}`, and said before"
            problems.append(f"{file}:{row.line}: {told} `{before.value}` about `{before.about}`")
    refuse(problems)
    return made, already


def append(events: Sequence[Recorded], deployment: Deployment) -> int:
    """Append outcomes to the log ``writers/outcomes`` and return their number."""
    return record(events, deployment.writer(WRITER))


def _known(rows: Sequence[Row], folder: Path) -> _Known:
    wanted = {row.name for row in rows if row.subject in ("event", "about")}
    known = _Known()
    for log in logs_of(folder):
        if log.name != "anchor":
            _look(log, wanted, known)
    return known


def _look(log: Path, wanted: set[str], known: _Known) -> None:
    """Add what one writer's log holds; its events are cited by their place in it."""
    reader, origin = LogReader(log), origin_of(log)
    for index, event in enumerate(reader.events()):
        if event.__struct_config__.tag in OURS:
            continue
        if isinstance(event, OutcomeObserved):
            known.outcomes[event.id] = event
        known.runs.add(event.run)
        if event.task:
            known.tasks[event.task].add(event.run)
        if event.id in wanted:
            leaf = leaf_hash(reader.entry(index)).hex()
            place = LogPosition(origin=origin, index=index, leaf=leaf)
            known.events[event.id] = event.run, Cause(id=event.id, log=place)
        if len(known.some) < MAX_KNOWN:
            known.some.append(event.id)


def _event(row: Row, known: _Known, seen: Counter[str]) -> OutcomeObserved:
    run, task, cause = _subject(row, known)
    said = msgspec.json.encode([row.subject, row.name, row.run, row.value, row.time, row.note])
    mark = sha256(said).hexdigest()[:24]
    seen[mark] += 1
    again = f"-{seen[mark]}" if seen[mark] > 1 else ""
    return OutcomeObserved(
        id=f"{IMPORTED}{alias(row.id)}"[:128] if row.id else f"{IMPORTED}{mark}{again}",
        time=row.time,
        run=run,
        task=task,
        causes=() if cause is None else (cause,),
        about=row.name,
        value=row.value,
    )


def _subject(row: Row, known: _Known) -> tuple[str, str, Cause | None]:
    """Return run, task and event that a row is about."""
    name = row.name
    if row.subject == "about" and name.startswith(HARM) and row.run:
        if row.run not in known.runs:
            raise LookupError(f"no run `{row.run}` in the log{nearest(row.run, known.runs)}")
        return row.run, "", None
    if row.subject in ("event", "about") and name in known.events:
        run, cause = known.events[name]
        if row.run and row.run != run:
            raise LookupError(f"event `{name}` is of run `{run}`, not `{row.run}`")
        return run, "", cause
    if row.subject in ("run", "about") and name in known.runs and row.run in ("", name):
        return name, "", None
    if row.subject in ("task", "about") and name in known.tasks:
        runs = known.tasks[name]
        if row.run and row.run not in runs:
            raise LookupError(f"no task `{name}` in run `{row.run}`{nearest(row.run, runs)}")
        if not row.run and len(runs) > 1:
            raise LookupError(f"task `{name}` is in {len(runs)} runs; name one under `run`")
        return row.run or next(iter(runs)), name, None
    there = {
        "event": known.some,
        "run": known.runs,
        "task": known.tasks,
        "about": [*known.runs, *known.tasks, *known.some],
    }[row.subject]
    what = "event, run or task" if row.subject == "about" else row.subject
    raise LookupError(f"no {what} `{ascii(name)[1:-1][:80]}` in the log{nearest(name, there)}")
