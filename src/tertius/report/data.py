"""Gather from a log and from detectors' answers everything that the page shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from msgspec import Struct, field

from tertius.core.errors import CallerError, NotEvaluatedError
from tertius.core.events import MessageSent, RunStarted
from tertius.core.finding import SEVERITIES, CouldNotTell, Finding
from tertius.core.kinds import Event
from tertius.core.log_events import Erased
from tertius.core.names import nearest
from tertius.core.oversight_events import Decided, Escalated, Found, Gap, PolicyChanged, Ruled
from tertius.core.ports.detector import Answer, DetectorSpec
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.log.verify_report import Report
from tertius.report.claims import fold
from tertius.report.decisions import Decisions
from tertius.report.entry import MOST_REST as EACH_REST
from tertius.report.entry import Entry, kept
from tertius.report.reach import ACTS, ADDRESSED, receivers
from tertius.report.run import Picture, picture
from tertius.report.words import shown

MOST_EVENTS = 50_000
"""Events that one page draws; further runs are listed and get a page of their own on request."""


MOST_REST = 50_000_000
"""Characters of long texts, beyond their beginnings and ends, that are held to be searched."""


class NoSuchRunError(CallerError):
    """The log has no run of this name."""


class NoRunsInLogError(NotEvaluatedError):
    """A log without runs: there is nothing to report on."""


class Unknown(Struct):
    """How often the record does not tell."""

    senders: int = 0
    receivers: int = 0
    channels: int = 0
    times: int = 0
    gaps: int = 0


class RunCount(Struct):
    """One run as the list of runs shows it; the page draws it if it has room."""

    name: str
    title: str = ""
    source: str = ""
    events: int = 0
    agents: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    folded: dict[str, list[str]] = field(default_factory=dict)
    unsure: list[CouldNotTell] = field(default_factory=list)
    drawn: bool = False

    def severe(self, severity: str) -> int:
        """Return the number of findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)


class Gathered(Struct, frozen=True, kw_only=True):
    """Everything on the page.

    Attributes
    ----------
    folder : Path
        The log, as it was named.
    runs : list of RunCount
        In the order of the record.
    pictures : list of Picture
        The runs that are drawn, in the same order.
    quotes : dict
        Beginning of the text of events that findings rest on, by event id.
    elsewhere : int
        Runs of the log that this page leaves out, since others were asked for.
    kinds : Counter
        Events of each kind, over `runs`.
    verification : Report or None
        What the verifier said; None if nobody asked it.
    gate : Decisions
        What the gate decided in these runs.
    numbers : dict
        Number of each event of the gate that is drawn, within its run and from 1, by its id.
    """

    folder: Path
    runs: list[RunCount]
    pictures: list[Picture]
    quotes: dict[str, str]
    elsewhere: int
    kinds: Counter[str]
    unknown: Unknown
    specs: tuple[DetectorSpec, ...]
    unsure: list[CouldNotTell]
    verification: Report | None
    gate: Decisions
    numbers: dict[str, int]

    @property
    def findings(self) -> list[Finding]:
        """All findings, the most severe first, then in the order of the record."""
        found = [finding for run in self.runs for finding in run.findings]
        return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def ranked(runs: Iterable[RunCount]) -> list[RunCount]:
    """Return the runs with the most severe findings first, else in the order they had."""
    return sorted(runs, key=lambda run: [-run.severe(each) for each in SEVERITIES])


def gather(
    folder: Path,
    answers: Sequence[Answer],
    specs: Sequence[DetectorSpec],
    verification: Report | None,
    *,
    runs: Collection[str] = (),
) -> Gathered:
    """Read a log and put the answers to its runs.

    Parameters
    ----------
    folder : Path
        A deployment, or a single log.
    answers : sequence of Finding or CouldNotTell
        From detectors that read this log.
    specs : sequence of DetectorSpec
        Of all detectors that were asked, also of those that had nothing to say.
    verification : Report or None
        From `tertius.log.verify.verify`.
    runs : collection of str
        Names of the runs to report on; empty means all.

    Raises
    ------
    NoSuchRunError
        A name in `runs` is not in the log.
    NoRunsInLogError
        The log holds no run.

    Notes
    -----
    Reads the log twice, and holds in memory what is drawn: at most `MOST_EVENTS` events.
    """
    logs = [path for path in logs_of(folder) if path.name != "anchor"]
    gate = Decisions()
    counts, kinds, unknown, erased = _count(logs, set(runs), gate)
    for name in runs:
        if name not in counts:
            raise NoSuchRunError(f"no run `{shown(name)[:200]}` in this log{nearest(name, counts)}")
    elsewhere = len(counts)
    chosen = {name: run for name, run in counts.items() if not runs or name in runs}
    if not chosen:
        raise NoRunsInLogError(f"log `{folder}` holds no run; nothing to report on")
    homeless = _answer(chosen, answers, keep=not runs)
    room = _choose(list(chosen.values()))
    cited = {id for run in chosen.values() for found in run.findings for id in found.evidence}
    entries, quotes = _entries(logs, room, cited, erased)
    return Gathered(
        folder=folder,
        runs=list(chosen.values()),
        pictures=[
            picture(
                run.name,
                entries[run.name],
                run.findings,
                run.unsure,
                folded=run.folded,
                left_out=run.events - len(entries[run.name]),
                specs=specs,
            )
            for run in chosen.values()
            if run.drawn
        ],
        quotes=quotes,
        elsewhere=elsewhere - len(chosen),
        kinds=kinds,
        unknown=unknown,
        specs=tuple(specs),
        unsure=homeless,
        verification=verification,
        gate=gate,
        numbers=_numbers(entries),
    )


def _numbers(entries: Mapping[str, Sequence[Entry]]) -> dict[str, int]:
    return {
        each.event.id: number
        for run in entries.values()
        for number, each in enumerate(run, 1)
        if isinstance(each.event, Decided | Escalated | Ruled | PolicyChanged)
    }


def _told(path: Path) -> Iterator[tuple[int, Event]]:
    """Give the events that agents made, with their places; not what the log says of itself."""
    for position, event in enumerate(LogReader(path).events()):
        kind = str(event.__struct_config__.tag)
        if not kind.startswith(("log.", "writer.", "checkpoint.")) and not isinstance(event, Found):
            yield position, event


def _count(
    logs: Sequence[Path], wanted: Collection[str], gate: Decisions
) -> tuple[dict[str, RunCount], Counter[str], Unknown, dict[tuple[Path, int], str]]:
    runs: dict[str, RunCount] = {}
    kinds: Counter[str] = Counter()
    unknown = Unknown()
    erased: dict[tuple[Path, int], str] = {}
    for path in logs:
        for _, event in _told(path):
            if isinstance(event, Erased):
                erased[path, event.index] = event.reason
                continue
            run = runs.get(event.run)
            if run is None:
                run = runs[event.run] = RunCount(event.run)
            run.events += 1
            if isinstance(event, RunStarted):
                run.title, run.source = shown(event.title), event.source
            if event.agent:
                run.agents.add(event.agent)
            run.agents.update(receivers(event))
            if not wanted or event.run in wanted:
                kinds[str(event.__struct_config__.tag)] += 1
                _count_unknown(unknown, event)
                gate.hear(event)
    return runs, kinds, unknown, erased


def _count_unknown(unknown: Unknown, event: Event) -> None:
    unknown.times += not event.time
    unknown.gaps += isinstance(event, Gap)
    unknown.senders += isinstance(event, ACTS) and not event.agent
    if isinstance(event, MessageSent):
        unknown.receivers += not event.recipients
        unknown.channels += not event.channel
    elif type(event) in ADDRESSED:
        unknown.receivers += not receivers(event)


def _answer(
    runs: dict[str, RunCount], answers: Sequence[Answer], *, keep: bool
) -> list[CouldNotTell]:
    """Put each answer to its run; return what is about no single run, or nothing unless `keep`."""
    homeless = []
    for answer in answers:
        home = runs.get(answer.run) if answer.run else None
        if isinstance(answer, Finding):
            if home is not None:
                home.findings.append(answer)
        elif home is not None:
            home.unsure.append(answer)
        elif keep or answer.run is None:
            homeless.append(answer)
    for run in runs.values():
        run.findings, run.folded = fold(run.findings)
    return homeless


def _choose(runs: list[RunCount]) -> dict[str, int]:
    """Mark the runs to draw, severe ones first, and return how many events of each."""
    room: dict[str, int] = {}
    left = MOST_EVENTS
    for run in ranked(runs):
        if run.events <= left or not room:
            run.drawn = True
            room[run.name] = min(run.events, left)
            left -= room[run.name]
    return room


def _entries(
    logs: Sequence[Path],
    room: dict[str, int],
    cited: Collection[str],
    erased: dict[tuple[Path, int], str],
) -> tuple[dict[str, list[Entry]], dict[str, str]]:
    """Read the events to draw with their texts, and the texts of all that findings rest on."""
    found: dict[str, list[tuple[int, Entry]]] = defaultdict(list)
    quotes: dict[str, str] = {}
    rest = MOST_REST
    for path in logs:
        load, latest = LogReader(path).content, 0
        for position, event in _told(path):
            latest = max(latest, event.time)
            drawn = len(found[event.run]) < room[event.run] if event.run in room else False
            if isinstance(event, Erased) or not (drawn or event.id in cited):
                continue
            entry = _entry(event, position, load, (path, position) in erased, rest)
            rest -= len(entry.rest)
            if drawn:
                found[event.run].append((latest, entry))
            if event.id in cited and entry.text:
                quotes[event.id] = entry.text
    if len(logs) > 1:  # by time; an unknown one stands for the one before it in the same log
        for timed in found.values():
            timed.sort(key=itemgetter(0))
    return {name: [entry for _, entry in timed] for name, timed in found.items()}, quotes


def _entry(
    event: Event, position: int, load: Callable[[int], bytes | None], erased: bool, rest: int
) -> Entry:
    if not getattr(event, "content", ""):
        return Entry(event, "none")
    data = load(position)
    if data is None:
        return Entry(event, "erased" if erased else "missing")
    return kept(event, data, rest=min(rest, EACH_REST))
