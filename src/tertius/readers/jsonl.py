"""Our own plain JSON Lines: one event per line, full or short.

*Full*: any event of `tertius.core.kinds` as JSON, told by `kind`. *Short*: a message, told by the
missing `kind`::

    {"from": "planner", "to": ["coder"], "text": "write the parser"}

=========  ================================================  ================================
short key  meaning                                           left out
=========  ================================================  ================================
from       who sent it                                       unknown, counted
to         whom it was for: a name or a list of names        unknown, counted
text       what was said                                     no content
run        name of the run                                   the file's name without its end
id         name of the message, once per file                ``<run>/<line number>``
time       ISO 8601 with a zone, or UTC nanoseconds          0, unknown, counted
causes     earlier ids: a name, or a list of names or of     none
           ``{"id", "basis", "score"}``
channel    where it went                                     unknown, counted
task       the task it belongs to                            none
=========  ================================================  ================================

`text` also gives the content of a full event whose kind has one; `content` itself is the log's to
fill. Names of the short form may hold anything: they become legal ones (`names.alias`), and the
first use of such a name adds ``agent.joined``, whose title keeps it.

A line that is wrong is named and left out; the others are read. A second use of an id is refused.
A cause that names no earlier line is dropped and named, so that no cycle can stand. A clock that
goes backwards is named and kept. A file proves nothing, so `identity` is lowered to ``asserted``,
basis ``observed`` to ``declared``, and the kinds in which a log speaks of itself are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from tertius.core.decode import (
    EventError,
    MissingFieldError,
    TooLongError,
    UnknownFieldError,
    UnknownKindError,
    WrongTypeError,
    decode_event,
    strict_json,
)
from tertius.core.events import MAX_ENTRY, UNKNOWN_TIME, AgentJoined
from tertius.core.kinds import KINDS, Event, encode
from tertius.core.names import alias
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded
from tertius.readers.jsonl_short import KEYS, listed, message
from tertius.readers.source import BOM, MAX_LINE, Line, UnreadableError, lines

OWN_RECORD = frozenset(
    kind for kind in KINDS if kind.startswith(("log.", "writer.", "checkpoint."))
) | {"erased"}
ENDINGS = (".jsonl", ".ndjson")
SURE_TO_FIT = MAX_ENTRY // 8  # bytes of a line whose event cannot outgrow an entry
MAX_MISSED = 10_000  # dropped causes remembered, to name a later event that they meant


class JsonLines:
    """Our own plain JSON Lines.

    Notes
    -----
    Holds one line of at most 16 MiB and the file's ids, about 150 bytes each. It cannot see
    whether an event is true, nor what a line left out.
    """

    name = "jsonl"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a line here is an event; where none can be read, the file's name decides."""
        read = False
        for raw in head.removeprefix(BOM).split(b"\n")[:20]:
            try:
                tree = strict_json(raw)
            except EventError:
                continue
            if not isinstance(tree, dict):
                continue
            read = True
            full, short = {"kind", "id", "run"} <= {*tree}, {"from"} <= {*tree} <= {*KEYS}
            if full or short:
                return True
        return not read and path.name.lower().endswith(ENDINGS)

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the event of each line, and what is wrong with it before it."""
        story = _Story(path)
        try:
            for line in lines(path):
                yield from story.line(line)
        except UnreadableError as error:
            yield ReadProblem(path=str(path), message=str(error))
            return
        if not story.seen and not story.faults:
            yield ReadProblem(path=str(path), message="no events; expected one JSON object a line")


def why_not(head: bytes) -> str:
    """Return what keeps the first line that is a JSON object from being one of ours, or nothing.

    Examples
    --------
    >>> why_not(b'{"frm": "planner", "text": "go"}')
    'line 1: unknown key `frm`; did you mean `from`'
    >>> why_not(b"Dear diary")
    ''
    """
    for number, raw in enumerate(head.removeprefix(BOM).split(b"\n")[:20], start=1):
        try:
            tree = strict_json(raw)
        except EventError:
            continue
        if isinstance(tree, dict):
            try:
                _event(Line(number=number, offset=0, length=len(raw), raw=raw), raw, "run")
            except EventError as error:
                return f"line {number}: {error.problem}"
            return ""
    return ""


class _Story:
    """What a line is held against: ids so far, causes that met nothing, clocks, names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = alias(path.name.split(".")[0] or path.name)
        self.seen: set[str] = set()
        self.missed: dict[str, int] = {}
        self.clock: dict[str, int] = {}
        self.titles: set[tuple[str, str]] = set()
        self.said: set[str] = set()
        self.left_out: list[int] = []  # the first and the last line that gave no event
        self.faults = 0

    def line(self, line: Line) -> Iterator[Recorded | ReadProblem]:
        """Yield what one line holds."""
        if line.raw is None:
            yield self._left_out(line, f"{line.length} bytes; a line has at most {MAX_LINE}")
            return
        if not line.raw.strip():
            return
        try:
            tree, event, text = _event(line, line.raw, self.run)
            if event.id in self.seen:
                raise WrongTypeError(f"duplicate id `{event.id}`; the first is kept", field="$.id")
            if line.length > SURE_TO_FIT and len(encode(event)) > MAX_ENTRY:
                raise TooLongError(f"an event has at most {MAX_ENTRY} bytes")
        except EventError as error:
            offset = line.offset if error.offset is None else error.offset
            yield self._left_out(line, error.problem, field=error.field or None, offset=offset)
            return
        if "kind" not in tree:
            yield from self._joined(tree, event)
        if not self._plain(event):
            yield from self._odd(line, event)
            causes = tuple(cause for cause in event.causes if cause.log or cause.id in self.seen)
            event = _lowered(replace(event, causes=causes))
        self.seen.add(event.id)
        if event.time:
            self.clock[event.run] = event.time
        yield Recorded(event=event, contents=() if text is None else (text.encode(),))

    def _plain(self, event: Event) -> bool:
        """Whether there is nothing to say about `event` and nothing to lower; most are so."""
        for cause in event.causes:
            if cause.id not in self.seen or cause.basis == "observed":
                return False
        return (
            event.identity == "asserted"
            and not getattr(event, "content", "")
            and event.id not in self.missed
            and (not event.time or event.time >= self.clock.get(event.run, UNKNOWN_TIME))
        )

    def _odd(self, line: Line, event: Event) -> Iterator[ReadProblem]:
        """Name everything that is odd about an event that is kept."""
        if event.id in self.missed:
            yield self._problem(
                line,
                f"`{event.id}` was named as a cause by record {self.missed.pop(event.id)}, before "
                "it happened; a forward cause can close a cycle",
                warning=True,
            )
        before = self.clock.get(event.run, UNKNOWN_TIME)
        if event.time and event.time < before:
            message = f"the clock of run `{event.run}` goes back by {before - event.time} ns"
            yield self._problem(line, message, field="$.time", warning=True)
        for word, found in (
            (f"identity `{event.identity}`", event.identity != "asserted"),
            ("basis `observed`", any(cause.basis == "observed" for cause in event.causes)),
            ("content", bool(getattr(event, "content", ""))),
        ):
            if found and word not in self.said:
                self.said.add(word)
                message = f"{word} is not taken from a file, which proves nothing (said once)"
                yield self._problem(line, message, warning=True)
        yield from self._dropped(line, event)

    def _joined(self, tree: dict[str, Any], event: Event) -> Iterator[Recorded]:
        """Yield `agent.joined` for each foreign name of the short form that is new in the run."""
        for name in (tree.get("from", ""), *listed(tree, "to")):
            if (event.run, name) in self.titles:
                continue
            self.titles.add((event.run, name))
            if not name or alias(name) == name:
                continue
            joined = AgentJoined(
                id=alias(f"{event.run}/joined/{name}"),
                time=event.time,
                run=event.run,
                agent=alias(name),
                title=name[:1000],
            )
            if joined.id not in self.seen:
                self.seen.add(joined.id)
                yield Recorded(event=joined)

    def _dropped(self, line: Line, event: Event) -> Iterator[ReadProblem]:
        """Name the causes of `event` that no earlier line carries."""
        for number, cause in enumerate(event.causes):
            if cause.log or cause.id in self.seen:
                continue
            why = "is the event itself" if cause.id == event.id else self._nowhere()
            message = f"cause `{cause.id}` of `{event.id}` {why}; the link is dropped"
            yield self._problem(line, message, field=f"$.causes[{number}]")
            if cause.id != event.id and len(self.missed) < MAX_MISSED:
                self.missed.setdefault(cause.id, line.number)

    def _nowhere(self) -> str:
        """Say that no earlier line has an id, and which ones were left out and may have had it."""
        if not self.left_out:
            return "is on no earlier line"
        first, last = self.left_out[0], self.left_out[-1]
        if first == last:
            return f"is on no earlier line (line {first} was left out)"
        return f"is on no earlier line (lines were left out, the first is {first}, the last {last})"

    def _left_out(self, line: Line, message: str, **place: Any) -> ReadProblem:
        self.left_out = [*self.left_out[:1], line.number]
        return self._problem(line, message, **place)

    def _problem(
        self,
        line: Line,
        message: str,
        *,
        field: str | None = None,
        offset: int | None = None,
        warning: bool = False,
    ) -> ReadProblem:
        self.faults += 1
        return ReadProblem(
            path=str(self.path),
            record=line.number,
            offset=line.offset if offset is None else offset,
            field=field,
            message=message,
            warning=warning,
        )


def _event(line: Line, raw: bytes, run: str) -> tuple[dict[str, Any], Event, str | None]:
    """Return the line's JSON, its event, and the text that is the event's content."""
    tree = strict_json(raw, offset=line.offset)
    if not isinstance(tree, dict):
        raise WrongTypeError("expected a JSON object")
    text = tree.get("text")
    if text is not None and not isinstance(text, str):
        raise WrongTypeError("expected text", field="$.text")
    if "kind" not in tree:
        return tree, message(tree, run, line.number), text
    kind = tree["kind"]
    if isinstance(kind, str) and kind in OWN_RECORD:
        problem = f"kind `{kind}` is a log's word about itself and cannot come from a file"
        raise UnknownKindError(problem, field="$.kind")
    short = False
    if isinstance(causes := tree.get("causes"), list):  # ids, as in a line without a kind
        short = any(isinstance(each, str) for each in causes)
        tree["causes"] = [{"id": each} if isinstance(each, str) else each for each in causes]
    if short or text is not None:
        raw = msgspec.json.encode({key: value for key, value in tree.items() if key != "text"})
    event = decode_event(raw, offset=line.offset)
    if not event.run:
        raise MissingFieldError("empty `run`; expected the name of a run", field="$.run")
    if text is not None and not hasattr(event, "content"):
        raise UnknownFieldError(f"`{kind}` has no content", field="$.text")
    return tree, event, text


def _lowered(event: Event) -> Event:
    """Return the event without what a file cannot vouch for."""
    if event.identity != "asserted":
        event = replace(event, identity="asserted")
    if any(cause.basis == "observed" for cause in event.causes):
        causes = [
            replace(cause, basis="declared") if cause.basis == "observed" else cause
            for cause in event.causes
        ]
        event = replace(event, causes=tuple(causes))
    return replace(event, content="") if getattr(event, "content", "") else event
