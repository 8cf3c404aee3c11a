"""Spans in, events out: gathers the spans of each trace, in any order, and tells each as a run.

One way in for files and for a live receiver: `add` spans as they come; `release` a trace when it
is over; `finish` at the end. A run is a trace, named ``<prefix>/<trace id>``; its conversation or
session, which may span several traces, is the `task` of its events. Ids are made from trace and
span ids, so they do not depend on the order of arrival or on where a batch was cut.

What spans mean is in `span_words` (attributes, with the versions mapped) and `span_story` (events).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from tertius.core.ports.reader import ReaderRecord, ReadProblem, Skipped, TruthRecord
from tertius.readers.source import MAX_DOCUMENT
from tertius.readers.span import Span
from tertius.readers.span_context import Context, named
from tertius.readers.span_story import Part, Story

MAX_HELD = 4 * MAX_DOCUMENT  # bytes of spans that are held until their trace is told
NOTHING = "traces without agents, models or tools"


class Traces:
    """The traces of one source that are not yet told.

    Parameters
    ----------
    prefix : str
        First part of every run's name.
    source : str
        Name of the format, kept in ``run.started``.
    path : str
        Where the spans come from, for problems.
    limit : int
        Bytes of spans held; beyond it, the trace that was quiet the longest is told as far as it
        came, with a warning.

    Examples
    --------
    >>> traces = Traces(prefix="otel", source="otlp", path="a.json")
    >>> _ = list(traces.add(Span(trace="t1", id="s1", kind="agent", agent="planner", output="x")))
    >>> [record.event.id for record in traces.finish()]
    ['otel/t1/start', 'otel/t1/s1/joined-1', 'otel/t1/s1/out', 'otel/t1/end']
    """

    def __init__(self, *, prefix: str, source: str, path: str = "", limit: int = MAX_HELD) -> None:
        self.prefix, self.source, self.path, self.limit = prefix, source, path, limit
        self._held: OrderedDict[str, list[Span]] = OrderedDict()
        self._truth: dict[str, dict[str, Any]] = {}
        self._weight = 0
        self._begun: dict[str, bool] = {}  # runs told in part: whether their end is told
        self._context = Context()
        self._empty = 0

    def add(self, span: Span) -> Iterator[ReaderRecord]:
        """Hold a span; yield what had to be told to make room."""
        self._held.setdefault(span.trace, []).append(span)
        self._held.move_to_end(span.trace)
        self._weight += span.weight
        while self._weight > self.limit and self._held:
            oldest = next(iter(self._held))
            message = f"trace `{named(oldest)}` is told in parts; more than {self.limit} bytes held"
            yield ReadProblem(path=self.path, message=message, warning=True)
            yield from self._tell(oldest, whole=False)

    def judge(self, trace: str, data: dict[str, Any]) -> None:
        """Keep labels of a trace, for its truth record."""
        self._truth.setdefault(trace, {}).update(data)

    def release(self, trace: str) -> Iterator[ReaderRecord]:
        """Yield a trace that is over."""
        if trace in self._held:
            yield from self._tell(trace, whole=True)

    def finish(self) -> Iterator[ReaderRecord]:
        """Yield every trace that is left, by its first moment, and the truth about them."""
        for trace in sorted(self._held, key=self._first):
            yield from self._tell(trace, whole=True)
        for trace, data in self._truth.items():
            run = self._run(trace)
            if run in self._begun:
                yield TruthRecord(run=run, data=data)
        if self._empty:
            rows = self._empty if self._begun else None
            yield Skipped(reason=NOTHING, rows=rows)

    def _run(self, trace: str) -> str:
        return f"{self.prefix}/{named(trace, 48)}"

    def _first(self, trace: str) -> int:
        return min((span.start for span in self._held[trace] if span.start), default=0)

    def _tell(self, trace: str, *, whole: bool) -> Iterator[ReaderRecord]:
        spans = self._held.pop(trace)
        self._weight -= sum(span.weight for span in spans)
        run = self._run(trace)
        self._context.forget_echoes()
        story = Story(spans, run=run, source=self.source, context=self._context)
        if not story.tells and run not in self._begun:
            self._empty += 1
            return
        for what, count in story.tree.faults.items():
            message = f"run `{run}`: {count} {what}"
            yield ReadProblem(path=self.path, message=message, warning=True)
        ended = self._begun.get(run, False)
        rooted = whole or any(not span.parent for span in spans)
        part = Part(first=run not in self._begun, last=rooted and not ended)
        self._begun[run] = ended or rooted
        yield from story.records(part, self._truth.pop(trace, {}))
