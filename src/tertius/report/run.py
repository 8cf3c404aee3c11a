"""One run as the page draws it: columns of plain values, each repeated text kept once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.events import AgentJoined, BaseEvent, MessageSent, RunEnded, RunStarted
from tertius.core.finding import CouldNotTell, Finding
from tertius.core.kinds import Event
from tertius.core.ports.detector import DetectorSpec
from tertius.report.answered import answered
from tertius.report.claims import FindingRow, UnsureRow, concerned, finding_row, unsure_row
from tertius.report.ending import Ending, ending
from tertius.report.entry import Entry
from tertius.report.form import fit
from tertius.report.gist import Task, task
from tertius.report.layout import positions
from tertius.report.order import Order, order
from tertius.report.origin import Origins, origins
from tertius.report.pasted import pasted
from tertius.report.point import Point
from tertius.report.reach import How, chained, reaches, receivers
from tertius.report.returns import returns
from tertius.report.sequel import sequels
from tertius.report.signs import Sign, signs
from tertius.report.turning_points import found_by, turning_points
from tertius.report.words import shown

BASES = ("observed", "declared", "inferred")
NO_TEXT, ERASED, MISSING = -1, -2, -3
"""What stands for a text: none was recorded, erased by a logged act, or gone without one."""
NO_END = "the record stops here"
"""The reason that readers give where a recorded run has no end of its own."""

STOPPED = "termination condition"
"""The reason that readers give where whoever ran it tells that a condition for stopping was met."""

_LATER = frozenset({"content", "title", "role", "recipients", "to", "channel"}) | {
    field.name for field in msgspec.structs.fields(BaseEvent)
}
"""Fields that the page shows in a place of their own."""


class AgentRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent, under the name it goes by, with its place in the picture."""

    name: str
    title: str = ""
    role: str = ""
    facts: str = ""
    x: int
    y: int


class EdgeRow(Struct, frozen=True, array_like=True):
    """One agent reached another; both are numbers of agents."""

    sender: int
    receiver: int
    channel: str
    via: str
    how: How
    times: int


class Columns(Struct, frozen=True, kw_only=True):
    """One value for each event, in the order of the record.

    `agent`, `to`, `channel`, `facts` and `text` are numbers into the run's tables, -1 for none;
    `time` is in milliseconds since 1970, 0 when not known. The causes of event `i` are the next
    `causes[i]` of `cause`, each told as how many events back it lies, with its `basis`.
    """

    id: list[str]
    kind: list[int]
    agent: list[int]
    time: list[int]
    to: list[int]
    channel: list[int]
    facts: list[int]
    text: list[int]
    causes: list[int]
    cause: list[int]
    basis: list[int]


class Picture(Struct, frozen=True, kw_only=True):
    """Everything that the page knows of one run.

    Attributes
    ----------
    left_out : int
        Events of the run that the page has no room for, all at its end.
    stem : str
        What the ids of all its events begin with; `Columns.id` leaves it out.
    texts, lengths : list
        Every text as far as it was read, and the number of characters of the whole.
    quoted : list of int
        Numbers of texts that a finding quotes.
    task, last, form
        What was asked for, the last words that say something, and what is wrong with their form.
    pasted : list of int
        Messages that paste what a tool or a page gave back.
    points : list of Point
        Turning points, in the order of the record.
    tools : int
        How many results of tools are on record.
    answered : str
        What became of asking the detectors, in words.
    signs : list of Sign
        What the record itself tells of trouble, and what came of it.
    order : Order
        Who sent messages in which order.
    chained : bool
        Whether each event rests on the one before, as the rule of a group chat has it.
    outside : dict
        Causes that are no event of this run: by event number, their ids and bases.
    """

    name: str
    title: str
    source: str
    ending: str
    task: Task | None
    last: Ending | None
    form: str
    answered: str
    points: list[Point]
    tools: int
    pasted: list[int]
    order: Order
    chained: bool
    left_out: int
    stem: str
    agents: list[AgentRow]
    edges: list[EdgeRow]
    kinds: list[str]
    channels: list[str]
    receivers: list[list[int]]
    facts: list[str]
    texts: list[str]
    lengths: list[int]
    quoted: list[int]
    identities: dict[str, int]
    events: Columns
    signs: list[Sign]
    outside: dict[str, list[tuple[str, int]]]
    findings: list[FindingRow]
    unsure: list[UnsureRow]


def picture(
    name: str,
    entries: Sequence[Entry],
    findings: Sequence[Finding],
    unsure: Sequence[CouldNotTell],
    *,
    folded: Mapping[str, Sequence[str]] | None = None,
    left_out: int = 0,
    specs: Sequence[DetectorSpec] = (),
) -> Picture:
    """Return one run as the page draws it.

    Parameters
    ----------
    name : str
        The run.
    entries : sequence of Entry
        Its events in the order of the record.
    findings, unsure : sequence
        What was found in it, and what could not be told; kept in the order of their evidence.
    folded : mapping, optional
        By the id of a finding, the ids of earlier ones that it repeats with more evidence.
    left_out : int
        Events that follow and are not drawn.
    specs : sequence of DetectorSpec
        Of the detectors that were asked.
    """
    events = [entry.event for entry in entries]
    reached = reaches(events)
    named = (name for edge in reached for name in (edge.sender, edge.receiver))
    accused = (name for finding in findings for name in concerned(finding))
    agents = _Table([*(event.agent for event in events if event.agent), *named, *accused])
    edges = [
        EdgeRow(agents[e.sender], agents[e.receiver], e.channel, e.via, e.how, e.times)
        for e in reached
    ]
    at = {event.id: number for number, event in enumerate(events)}
    tables = {key: _Table() for key in ("kind", "channel", "to", "facts", "text")}
    columns, outside = _columns(entries, at, agents, tables)
    rows = [
        finding_row(finding, at, agents, (folded or {}).get(finding.id, ())) for finding in findings
    ]
    rows.sort(key=lambda row: (min(row.evidence, default=len(events)), row.id))
    stem = f"{name}/" if all(event.id.startswith(f"{name}/") for event in events) else ""
    columns.id[:] = [id.removeprefix(stem) for id in columns.id]
    quoted = {columns.text[number] for row in rows for number in row.evidence}
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    back = returns(entries)
    asked, last = task(entries), ending(entries, back)
    origin = _origins(entries, back, asked, last)
    found = sequels(entries, back, signs(entries))
    if asked is not None:  # trouble that the task itself tells of is no trouble of this run
        found = [sign for sign in found if sign.event != asked.event]
    return Picture(
        name=name,
        title=shown(started.title) if started else "",
        source=started.source if started else "",
        ending=_ending(events),
        task=asked,
        last=replace(last, part="") if last else None,
        form=fit(asked.quote, last).says if asked and last and asked.event != last.event else "",
        answered=answered(specs, findings, unsure, list(tables["kind"])),
        points=turning_points(
            entries,
            back,
            found,
            asked=asked,
            last=last,
            origins=origin,
            findings=list(found_by(rows, entries, specs)),
        ),
        tools=sum(back.values()),
        pasted=pasted(entries, back),
        order=order([agents.get(e.agent, -1) for e in events if isinstance(e, MessageSent)]),
        chained=chained(events),
        left_out=left_out,
        stem=stem,
        agents=_agents(events, agents, edges),
        edges=edges,
        kinds=list(tables["kind"]),
        channels=list(tables["channel"]),
        receivers=[list(numbers) for numbers in tables["to"]],
        facts=list(tables["facts"]),
        texts=[text for text, _ in tables["text"]],
        lengths=[length for _, length in tables["text"]],
        quoted=sorted(number for number in quoted if number >= 0),
        identities=dict(Counter(event.identity for event in events if event.agent)),
        events=columns,
        signs=found,
        outside=outside,
        findings=rows,
        unsure=[unsure_row(answer) for answer in unsure],
    )


def _origins(
    entries: Sequence[Entry], back: Mapping[int, bool], asked: Task | None, last: Ending | None
) -> Origins | None:
    """Trace the last words, unless they are the question."""
    if last is None or (asked is not None and last.event == asked.event):
        return None
    question = asked.quote if asked else ""
    return origins(entries, back, last.part, stated=last.value, asked=question)


class _Table(dict[Any, int]):
    """Numbers things in the order in which they first come."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__((item, n) for n, item in enumerate(dict.fromkeys(items)))

    def __missing__(self, item: Any) -> int:
        self[item] = number = len(self)
        return number


def _columns(
    entries: Sequence[Entry], at: dict[str, int], agents: _Table, tables: dict[str, _Table]
) -> tuple[Columns, dict[str, list[tuple[str, int]]]]:
    columns = Columns(**{field: [] for field in Columns.__struct_fields__})
    outside: dict[str, list[tuple[str, int]]] = {}
    states = {"none": NO_TEXT, "erased": ERASED, "missing": MISSING}
    for number, entry in enumerate(entries):
        event = entry.event
        to = tuple(agents[name] for name in receivers(event))
        channel = getattr(event, "channel", "")
        facts = _facts(event)
        known = [cause for cause in event.causes if cause.id in at]
        columns.id.append(event.id)
        columns.kind.append(tables["kind"][str(event.__struct_config__.tag)])
        columns.agent.append(agents[event.agent] if event.agent else -1)
        columns.time.append(event.time // 1_000_000)
        columns.to.append(tables["to"][to] if to else -1)
        columns.channel.append(tables["channel"][channel] if channel else -1)
        columns.facts.append(tables["facts"][facts] if facts else -1)
        columns.text.append(
            states[entry.state]
            if entry.text is None
            else tables["text"][entry.readable, entry.length]
        )
        columns.causes.append(len(known))
        columns.cause.extend(number - at[cause.id] for cause in known)
        columns.basis.extend(BASES.index(cause.basis) for cause in known)
        strangers = [(c.id, BASES.index(c.basis)) for c in event.causes if c.id not in at]
        if strangers:
            outside[str(number)] = strangers
    return columns, outside


def _facts(event: Event) -> str:
    """Put the fields that only this kind of event has into words."""
    parts = []
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name in _LATER or value in (None, "", (), "message", "unknown"):
            continue
        if isinstance(value, tuple):
            value = ", ".join(map(str, value))
        elif isinstance(value, Struct):
            value = msgspec.json.encode(value).decode()
        elif name == "ok":
            name, value = "outcome", "succeeded" if value else "failed"
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        parts.append(f"{name}: {shown(str(value))}")
    return " · ".join(parts)


def _agents(events: Sequence[Event], names: _Table, edges: Sequence[EdgeRow]) -> list[AgentRow]:
    weights: Counter[tuple[int, int]] = Counter()
    for edge in edges:
        weights[edge.sender, edge.receiver] += edge.times
    joined = {event.agent: event for event in events if isinstance(event, AgentJoined)}
    rows = []
    for (name, _), (x, y) in zip(
        names.items(), positions(len(names), weights) if names else [], strict=True
    ):
        found = joined.get(name)
        rows.append(
            AgentRow(
                name=name,
                title=shown(found.title) if found else "",
                role=shown(found.role) if found else "",
                facts=_facts(found) if found else "",
                x=x,
                y=y,
            )
        )
    return rows


def _ending(events: Sequence[Event]) -> str:
    """Say in words how the record of the run ends."""
    ended = next((event for event in reversed(events) if isinstance(event, RunEnded)), None)
    if ended is None:
        return "the record has no end of this run"
    known = ended.outcome != "unknown"
    reason = "" if ended.reason == NO_END and not known else shown(ended.reason)
    if known:
        return f"recorded as {ended.outcome}" + (f": “{reason}”" if reason else "")
    unsaid = "whether the work succeeded is not in the record"
    if ended.reason == STOPPED:
        return f"a condition set for stopping the run was met (“{reason}”); {unsaid}"
    return f"the run stopped, says the record, for “{reason}”; {unsaid}" if reason else unsaid
