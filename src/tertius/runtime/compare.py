"""Where two runs of the same task part, and what differs after that.

Two events are the same where kind, agent, receivers, channel, tool and every other stated value are
the same, and their contents byte for byte. Ids, times and the run's name are left aside, and an
event that is cited by id counts as "an event of this run", since ids differ between runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import takewhile
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tertius.core.events import MemoryRead
from tertius.core.finding import Finding
from tertius.core.kinds import Event
from tertius.core.ports.detector import Detector
from tertius.core.ports.reader import Recorded
from tertius.runtime.detect import detect
from tertius.runtime.mapping import Mapping, MappingTally, mapped
from tertius.runtime.runs import Run
from tertius.runtime.tally import IngestSummary

MAX_ALIGNED = 4_000  # events of each run that are aligned after the runs part
SHOWN_TEXT = 400  # characters of a content that are kept for showing
LEAD = 60  # of them that two texts have in common, before the place where they part
READ_TEXT = 200_000  # bytes of a content in which that place is looked for

ASIDE = ("id", "time", "run", "causes", "label", "identity", "content", "call", "seed", "settings")
"""Fields that are not compared: they tell occurrences apart, not what happened."""


class Step(Struct, frozen=True, kw_only=True):
    """One event of a run: its number from 1, and the beginning of its content."""

    number: int
    event: Event
    text: str | None


class Part(Struct, frozen=True, kw_only=True):
    """A stretch in which the runs differ: steps only in the first, steps only in the second."""

    a: tuple[Step, ...]
    b: tuple[Step, ...]


class Change(Struct, frozen=True, kw_only=True):
    """How often something came in each run."""

    what: tuple[str, ...]
    a: int
    b: int


class Comparison(Struct, frozen=True, kw_only=True):
    """What two runs have in common, and what not.

    Parameters
    ----------
    a, b
        Names of the runs; `sizes` are their numbers of events.
    prefix
        Events that are the same from the beginning.
    first
        The first event that differs, of each run; None where that run is over. None as a whole
        if nothing differs. Two texts are shown from shortly before the place where they part.
    said
        The first events with a text in the first stretch that differs and has one, where those in
        `first` have none; else None.
    common, only_a, only_b
        Events after the prefix that are the same in both, in order, and those that are not.
    parts
        The stretches that differ.
    aligned
        False if a run was too long to be aligned to its end; the counts then speak of the first
        4,000 events after the prefix.
    agents, edges, kinds, tools
        What came more or less often; an edge is sender, receiver, channel.
    findings
        Detector and whom it concerns, and how often it was found in each.
    """

    a: str
    b: str
    sizes: tuple[int, int]
    prefix: int
    first: tuple[Step | None, Step | None] | None
    said: tuple[Step | None, Step | None] | None
    common: int
    only_a: int
    only_b: int
    parts: tuple[Part, ...]
    aligned: bool
    agents: tuple[Change, ...]
    edges: tuple[Change, ...]
    kinds: tuple[Change, ...]
    tools: tuple[Change, ...]
    findings: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return self.first is None


def compare(a: Run, b: Run, *, detectors: Sequence[Detector] = ()) -> Comparison:
    """Compare two runs of the same task.

    Parameters
    ----------
    a, b
        The runs.
    detectors
        Are cloned and shown each run on its own; none leaves findings out.

    Notes
    -----
    The common beginning is exact. After it the longest matching stretches are looked for, each
    time the longest first (`difflib`), so the alignment is plausible, not the shortest edit.
    Cost: linear up to the first difference, at worst quadratic in 4,000 events after it.

    It cannot see that two texts say the same in other words: one changed letter is a difference.
    Nor can it say why the runs differ; models are rarely asked twice with the same answer.

    Examples
    --------
    >>> from tertius.core.events import MessageSent
    >>> def run(name, *said):
    ...     events = [MessageSent(id=f"{name}/{n}", time=0, run=name, agent=who)
    ...               for n, (who, _) in enumerate(said)]
    ...     return Run(name=name, source="", events=tuple(zip(events, [t for _, t in said])))
    >>> found = compare(run("x", ("ann", b"go"), ("bob", b"yes")),
    ...                 run("y", ("ann", b"go"), ("bob", b"no")))
    >>> found.prefix, found.first[0].text, found.first[1].text
    (1, 'yes', 'no')
    """
    keys_a, keys_b = _keys(a), _keys(b)
    prefix = _prefix(keys_a, keys_b)
    whole = prefix == len(keys_a) == len(keys_b)
    tail_a = keys_a[prefix : prefix + MAX_ALIGNED]
    tail_b = keys_b[prefix : prefix + MAX_ALIGNED]
    parts = tuple(_parts(a, b, tail_a, tail_b, prefix))
    first = None if whole else _apart(a, _step(a, prefix), b, _step(b, prefix))
    only_a, only_b = sum(len(part.a) for part in parts), sum(len(part.b) for part in parts)
    seen_a, seen_b = _seen(a), _seen(b)
    return Comparison(
        a=a.name,
        b=b.name,
        sizes=(len(keys_a), len(keys_b)),
        prefix=prefix,
        first=first,
        said=None if first is None or any(s and s.text for s in first) else _said(a, b, parts),
        common=len(tail_a) - only_a,
        only_a=only_a,
        only_b=only_b,
        parts=parts,
        aligned=max(len(keys_a), len(keys_b)) - prefix <= MAX_ALIGNED,
        agents=_changes(seen_a.agents, seen_b.agents),
        edges=_changes(seen_a.edges, seen_b.edges),
        kinds=_changes(seen_a.kinds, seen_b.kinds),
        tools=_changes(seen_a.tools, seen_b.tools),
        findings=_changes(_found(a, detectors), _found(b, detectors)),
    )


def meant(run: Run, mapping: Mapping) -> Run:
    """Return a run with the events that a configuration's rules make of its own.

    Examples
    --------
    >>> meant(Run(name="x", source="", events=()), Mapping(())).events
    ()
    """
    records = (
        Recorded(event=event, contents=() if content is None else (content,))
        for event, content in run.events
    )
    events = tuple(
        (record.event, record.contents[0] if record.contents else None)
        for record in mapped(records, mapping, MappingTally())
    )
    return replace(run, events=events)


def _apart(a: Run, one: Step | None, b: Run, other: Step | None) -> tuple[Step | None, Step | None]:
    """Return two steps with their texts from shortly before the place where these part."""
    if one is None or other is None or not one.text or not other.text:
        return one, other
    texts = [
        (run.events[step.number - 1][1] or b"")[:READ_TEXT].decode("utf-8", "replace")
        for run, step in ((a, one), (b, other))
    ]
    same = takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False))
    start = sum(1 for _ in same) - LEAD
    if start <= 0:
        return one, other
    first, second = ("… " + text[start : start + SHOWN_TEXT] for text in texts)
    return replace(one, text=first), replace(other, text=second)


def _said(a: Run, b: Run, parts: Sequence[Part]) -> tuple[Step | None, Step | None] | None:
    """Return the first steps with a text in the first stretch that has one, prompts left aside."""
    for part in parts:
        one, other = (
            next((s for s in steps if s.text and not isinstance(s.event, MemoryRead)), None)
            for steps in (part.a, part.b)
        )
        if one is not None or other is not None:
            return _apart(a, one, b, other)
    return None


def _keys(run: Run) -> list[bytes]:
    """Return for each event what it is compared by."""
    ids = {event.id for event, _ in run.events}
    return [_key(event, content, ids, run.name) for event, content in run.events]


def _key(event: Event, content: bytes | None, ids: set[str], run: str) -> bytes:
    tree: dict[str, Any] = msgspec.to_builtins(event)
    for field in ASIDE:
        tree.pop(field, None)
    for field, value in tree.items():
        if isinstance(value, str):
            tree[field] = _cited(value, ids, run)
        elif isinstance(value, list | tuple):
            tree[field] = [
                _cited(each, ids, run) if isinstance(each, str) else each for each in value
            ]
    erased = content is None and bool(getattr(event, "content", ""))
    body = b"-" if content is None else content
    return sha256(msgspec.json.encode([tree, erased]) + b"\0" + body).digest()


def _cited(value: str, ids: set[str], run: str) -> str:
    if value in ids:
        return "(an event of this run)"
    return "(this run)" if value == run else value


def _prefix(a: list[bytes], b: list[bytes]) -> int:
    for number, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return number
    return min(len(a), len(b))


def _parts(a: Run, b: Run, keys_a: list[bytes], keys_b: list[bytes], start: int) -> Iterator[Part]:
    matcher = SequenceMatcher(None, keys_a, keys_b, autojunk=False)
    for what, low_a, high_a, low_b, high_b in matcher.get_opcodes():
        if what != "equal":
            yield Part(
                a=tuple(_steps(a, range(start + low_a, start + high_a))),
                b=tuple(_steps(b, range(start + low_b, start + high_b))),
            )


def _steps(run: Run, numbers: Iterable[int]) -> Iterator[Step]:
    for number in numbers:
        step = _step(run, number)
        if step is not None:
            yield step


def _step(run: Run, number: int) -> Step | None:
    if number >= len(run.events):
        return None
    event, content = run.events[number]
    text = None
    if content is not None:
        text = content[: 4 * SHOWN_TEXT].decode("utf-8", "replace")[:SHOWN_TEXT]
    return Step(number=number + 1, event=event, text=text)


class _Seen(Struct, kw_only=True):
    """What came in a run, counted."""

    agents: Counter[tuple[str, ...]]
    edges: Counter[tuple[str, ...]]
    kinds: Counter[tuple[str, ...]]
    tools: Counter[tuple[str, ...]]


def _seen(run: Run) -> _Seen:
    summary = IngestSummary()
    agents: Counter[tuple[str, ...]] = Counter()
    tools: Counter[tuple[str, ...]] = Counter()
    for event, _ in run.events:
        summary.count(event, file="", format="")
        agents[event.agent,] += bool(event.agent)
        if event.__struct_config__.tag == "tool.called":
            tools[getattr(event, "tool", ""),] += 1
    edges: dict[tuple[str, ...], int] = {}
    for tally in summary.runs.values():
        agents.update({(agent,): 0 for agent in tally.agents})
        edges |= {(e.sender, e.receiver, e.channel): n for e, n in tally.edges.items()}
    kinds = {(kind,): count for kind, count in summary.kinds.items()}
    return _Seen(agents=agents, edges=Counter(edges), kinds=Counter(kinds), tools=tools)


def _found(run: Run, detectors: Sequence[Detector]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for answer in detect(run.events, [each.clone() for each in detectors]):
        if isinstance(answer, Finding):
            found[answer.detector, _whom(answer)] += 1
    return found


def _whom(finding: Finding) -> str:
    edges = [f"{edge.sender} -> {edge.receiver}" for edge in finding.edges]
    return ", ".join(dict.fromkeys([*finding.agents, *edges]))


def _changes(a: Counter[tuple[str, ...]], b: Counter[tuple[str, ...]]) -> tuple[Change, ...]:
    """Return what differs, the largest difference first."""
    found = [
        Change(what=what, a=a[what], b=b[what])
        for what in {**a, **b}
        if (a[what] != b[what] or (what in a) != (what in b)) and any(what)
    ]
    return tuple(sorted(found, key=lambda each: (-abs(each.a - each.b), each.what)))
