"""Turning points of a run, in order: what failed, and where somebody went on without evidence.

Each is found by the structure of the record, or by a fixed list of phrases; no model is asked. None
is a verdict: a rule of words cannot tell a mistake from a sensible step in the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from tertius.core.events import RunStarted
from tertius.core.ports.detector import DetectorSpec
from tertius.report.approval import approvals
from tertius.report.built import built_on
from tertius.report.claims import FindingRow
from tertius.report.ending import Ending
from tertius.report.entry import Entry
from tertius.report.failures import failures, repeats
from tertius.report.form import fit
from tertius.report.gist import Task
from tertius.report.ledger import only_form
from tertius.report.origin import Origin, Origins
from tertius.report.point import Kind, Point
from tertius.report.sequel import BELIEVED, UNRUN
from tertius.report.signs import Sign
from tertius.report.turn import turns
from tertius.report.undone import announced, first_stated, handed_on
from tertius.report.unevidenced import made_up, unevidenced
from tertius.report.words import line, shown
from tertius.report.words import told as listed

MOST_POINTS = 120  # of one run
MOST_VALUES = 2  # values of an answer that are told
REPETITION = "FM-1.3"  # the taxonomy's name of doing a step again


def turning_points(
    entries: Sequence[Entry],
    returned: Mapping[int, bool],
    signs: Sequence[Sign],
    *,
    asked: Task | None = None,
    last: Ending | None = None,
    origins: Origins | None = None,
    findings: Sequence[Point] = (),
) -> list[Point]:
    """Return the turning points of a run in the order of the record.

    Parameters
    ----------
    entries
        The events of the run.
    returned
        Which of them hold what a tool gave back, as `tertius.report.returns.returns` tells.
    signs
        What the record itself tells of trouble, with what came of it.
    asked, last, origins
        The question, the last words that say something, and where what stands in them came from.
    findings
        What detectors found, as points.

    Notes
    -----
    All are of the same rank. **It cannot see** a mistake that left no failure and uses none of the
    phrases: a wrong formula whose code runs.
    """
    trouble = {sign.event: sign for sign in signs}
    told = turns(entries, returned)
    task = asked.event if asked else -1
    found = [
        *islice(failures(told, trouble, task), MOST_POINTS),  # each looks at all later calls
        *repeats(told, trouble),
        *made_up(told, task),
        *unevidenced(told, trouble, task),
        *announced(told, task),
        *first_stated(told, task),
        *handed_on(told, task),
        *_signs(entries, signs, returned),
        *findings,
        *_answer(entries, returned, origins, last, asked),
        *approvals(told, task),
        *_end(entries, last, asked),
    ]
    ordered = _merged(sorted(found, key=lambda point: point.event))  # stable within one event
    question = asked.quote if asked else ""
    linked = built_on(ordered, told, task, question)
    return sorted(linked, key=lambda point: point.event)[:MOST_POINTS]


def _merged(points: Sequence[Point]) -> list[Point]:
    """Leave out words of going on without evidence that announce a look, told as that already."""
    looks = {(point.event, point.quote) for point in points if point.kind == "announced"}
    return [
        point
        for point in points
        if point.kind != "unevidenced" or (point.event, point.quote) not in looks
    ]


def _signs(
    entries: Sequence[Entry], signs: Sequence[Sign], returned: Collection[int]
) -> Iterator[Point]:
    """Give what else the record tells of trouble: a failed outcome, a concern, code never run."""
    for sign in signs:
        if sign.event not in returned:
            yield Point(
                event=sign.event,
                kind=_kind(sign),
                says=sign.why,
                quote=sign.says or line(entries[sign.event].text or "", 160),
                known="record",
            )


def _kind(sign: Sign) -> Kind:
    if sign.why == UNRUN:
        return "unrun"
    return "believed" if sign.why.startswith(BELIEVED) else "sign"


def _answer(
    entries: Sequence[Entry],
    returned: Mapping[int, bool],
    origins: Origins | None,
    last: Ending | None,
    asked: Task | None,
) -> Iterator[Point]:
    """Say where the values of the answer first appear."""
    if origins is None or last is None or (asked and not fit(asked.quote, last).traceable):
        return
    part = "the answer" if last.value else "the last words"
    found: dict[tuple[int, int | None, bool], list[Origin]] = {}
    for origin in origins.values[:MOST_VALUES]:
        found.setdefault((origin.event, origin.tool, origin.joined), []).append(origin)
    for (event, *_), values in found.items():
        named = listed([f"“{each.value}”" for each in values])
        briefing = asked is not None and event == asked.event
        where = _first(values[0], returned, briefing, many=len(values) > 1)
        yield Point(
            event=event,
            kind="answer",
            says=f"{named} in {part} {where}",
            quote=values[0].quote,
            known="texts",
        )


def _first(origin: Origin, returned: Mapping[int, bool], briefing: bool, *, many: bool) -> str:
    verb, it = ("are", "them") if many else ("is", "it")
    if briefing:
        return f"{verb} in the briefing already, before any work was done"
    if origin.event in returned:
        return f"{verb} first seen in what a tool gave back"
    if origin.joined:
        return f"{verb} first put together here by an agent; earlier results hold each part"
    if origin.tool is None:
        return f"{verb} first seen here, in an agent's own words; no earlier result holds {it}"
    return (
        f"{verb} first seen here, in an agent's own words; a tool gave {it} back only later, in "
        f"#{origin.tool + 1}, which may be an echo of these words"
    )


def _end(entries: Sequence[Entry], last: Ending | None, asked: Task | None) -> Iterator[Point]:
    """Say which words are the last, and how it ended."""
    if last is None or (asked is not None and last.event == asked.event):
        return
    whole = last.closed is None and last.after is None
    ends = "ends the run" if whole else "the last message with content"
    says = "marks its answer" if last.value else f"{ends}; nobody says “this is the answer”"
    yield Point(
        event=last.event,
        kind="end" if whole else "last",
        says=says,
        quote=last.value,
        known="record",
    )
    if last.closed is not None:
        yield Point(
            event=last.closed,
            kind="end",
            says="only ends the conversation",
            quote=line(entries[last.closed].text or "", 80),
            known="record",
        )


def found_by(
    rows: Sequence[FindingRow], entries: Sequence[Entry], specs: Sequence[DetectorSpec]
) -> Iterator[Point]:
    """Give each finding as a point, where it went wrong; not at the run's own start.

    A repetition of which only the form of the messages repeats is none.
    """
    titles = {spec.name: spec.title for spec in specs}
    for row in rows:
        places = [row.onset, *row.evidence]
        acts = [n for n in places if n is not None and not _starts(entries[n])]
        if acts and not (row.mast == REPETITION and _form(row, entries)):
            title = shown(titles.get(row.detector, row.detector))
            yield Point(
                event=acts[0],
                kind="finding",
                says=f"a detector finds, severity {row.severity}: {title}",
                quote=line(entries[acts[0]].text or "", 200),
                known="detector",
            )


def _form(row: FindingRow, entries: Sequence[Entry]) -> bool:
    return only_form([entries[number].whole for number in row.evidence])


def _starts(entry: Entry) -> bool:
    return isinstance(entry.event, RunStarted)
