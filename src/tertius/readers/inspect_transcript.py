"""The transcript of one Inspect sample as spans: agents, models, tools and scorers in their places.

Takes the library's own objects, so it needs no import of it. A tool's span and its event are two
records that share only the function's name; they are paired in order. A tool that runs an agent
has that agent's span inside its own, so nesting tells who called whom.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tertius.readers.exported import nanoseconds
from tertius.readers.span import Kind, Span
from tertius.readers.span_text import plain
from tertius.readers.span_words import handed_to

KINDS: dict[str, Kind] = {"agent": "agent", "scorers": "judge", "scorer": "judge"}
TOP = "sample"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spans(sample: Any, *, trace: str, task: str) -> list[Span]:
    """Return the spans of a sample under one top span, from its transcript or its messages.

    Parameters
    ----------
    sample
        An ``inspect_ai.log.EvalSample``.
    trace : str
        Name of the trace.
    task : str
        Name of the evaluation's task, for the top span's title.
    """
    error = getattr(sample.error, "message", "") if sample.error else ""
    if not error and sample.limit:
        error = f"limit: {sample.limit.type}"
    top = Span(
        trace=trace,
        id=TOP,
        name=task,
        start=nanoseconds(sample.started_at),
        end=nanoseconds(sample.completed_at),
        ok=False if error else None,
        error=error,
    )
    reader = _Transcript(trace)
    reader.events(sample.events or [])
    if not any(span.kind == "model" for span in reader.spans.values()):
        reader.messages(sample.messages or [])
    found = [top, *reader.spans.values()]
    top.start = min((span.start for span in found if span.start), default=0)
    agents = [span for span in found if span.kind == "agent"]
    if agents and sample.output is not None and sample.output.choices:
        agents[0].output = sample.output.completion
    return found


class _Transcript:
    """Events of a sample on their way to spans."""

    def __init__(self, trace: str) -> None:
        self.trace = trace
        self.spans: dict[str, Span] = {}
        self.waiting: dict[str, deque[Span]] = {}  # tool spans whose event is not read, by name
        self.shown: set[str] = set()  # spans whose first model call is read

    def events(self, events: list[Any]) -> None:
        """Read all events; spans first, so that an event finds its own wherever it stands."""
        for event in events:
            if event.event == "span_begin":
                self._begin(event)
            elif event.event == "span_end" and event.id in self.spans:
                self.spans[event.id].end = _moment(event.timestamp)
        for number, event in enumerate(events):
            if event.event == "model":
                self._model(event, number)
            elif event.event == "tool":
                self._tool(event, number)
            elif event.event == "score":
                span = self._add(event, number, "judge", "score")
                span.truth = {"score": plain(event.score.model_dump(mode="json"))}

    def messages(self, messages: list[Any]) -> None:
        """Read a sample that has no transcript: one agent without a name, nothing timed."""
        self.spans["agent"] = Span(trace=self.trace, id="agent", parent=TOP, kind="agent")
        results = {message.tool_call_id: message for message in messages if message.role == "tool"}
        for number, message in enumerate(messages):
            if message.role != "assistant":
                continue
            history = _history(messages[:number]) if not self.shown else None
            self.shown.add(TOP)
            self._put(f"model-{number}", "model", history=history, output=_said(message))
            for call in message.tool_calls or []:
                result = results.get(call.id)
                self._put(
                    f"tool-{number}-{call.id}",
                    "tool",
                    tool=call.function,
                    call=call.id,
                    input=plain(call.arguments),
                    output=None if result is None else result.text,
                    error="" if result is None or not result.error else result.error.message,
                    ok=False if result is not None and result.error else None,
                )

    def _put(self, id: str, kind: Kind, **fields: Any) -> None:
        self.spans[id] = Span(trace=self.trace, id=id, parent="agent", kind=kind, **fields)

    def _begin(self, event: Any) -> None:
        kind = KINDS.get(event.type or "", "plain")
        span = Span(
            trace=self.trace,
            id=event.id,
            parent=event.parent_id or TOP,
            name=event.name,
            start=_moment(event.timestamp),
            kind=kind,
            agent=event.name if kind == "agent" else "",
            node=event.name if event.type == "solver" else "",
        )
        self.spans.setdefault(event.id, span)
        if event.type == "tool":
            self.waiting.setdefault(event.name, deque()).append(span)

    def _add(self, event: Any, number: int, kind: Kind, name: str) -> Span:
        """Return a new span for an event inside the span that it names."""
        span = Span(
            trace=self.trace,
            id=event.uuid or f"{kind}-{number}",
            parent=event.span_id or TOP,
            name=name,
            kind=kind,
            start=_moment(event.timestamp),
            end=_moment(getattr(event, "completed", None)),
        )
        self.spans[span.id] = span
        return span

    def _model(self, event: Any, number: int) -> None:
        span = self._add(event, number, "model", event.model)
        span.model = event.model
        if span.parent not in self.shown:
            self.shown.add(span.parent)
            span.history = _history(event.input)
        output = event.output
        if output.choices:
            span.output = _said(output.choices[0].message)
        if output.usage is not None:
            span.input_tokens = max(0, output.usage.input_tokens)
            span.output_tokens = max(0, output.usage.output_tokens)
        span.error = event.error or output.error or ""
        span.ok = False if span.error else None

    def _tool(self, event: Any, number: int) -> None:
        paired = self.waiting.get(event.function)
        span = paired.popleft() if paired else self._add(event, number, "tool", event.function)
        span.kind, span.tool, span.call = "tool", event.function, event.id
        span.end = span.end or _moment(event.completed)
        span.input = plain(event.arguments)
        span.output = "\n".join(_texts(event.result))
        span.error = event.error.message if event.error is not None else ""
        span.ok = False if span.error or event.failed else True if event.completed else None
        span.to = handed_to(span.tool) or event.agent or ""
        if span.to:
            span.kind = "handoff"


def _history(messages: list[Any]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text} for message in messages]


def _said(message: Any) -> str:
    calls = [
        plain({"call": call.function, "arguments": call.arguments})
        for call in message.tool_calls or []
    ]
    return "\n".join(filter(None, [message.text, *calls]))


def _texts(result: Any) -> Iterator[str]:
    for part in result if isinstance(result, list) else [result]:
        text = getattr(part, "text", part)
        yield text if isinstance(text, str) else plain(getattr(part, "type", part)) or ""


def _moment(value: Any) -> int:
    """Return a time with a zone as UTC nanoseconds, 0 where there is none."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return 0
    return max(0, (value - _EPOCH) // timedelta(microseconds=1) * 1000)
