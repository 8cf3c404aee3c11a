"""Langfuse: traces with their observations, as its interface and its API give them.

A row is a trace with `observations` (also as ``{"trace": ..., "observations": [...]}``), or a
single observation with `traceId`; rows stand in one document, in a list, under ``data``, or on
lines. Every trace is a run, ``langfuse/<trace id>``.

=====================================  =================================================
in the file                            becomes (`span_story`)
=====================================  =================================================
observation ``AGENT``                  an agent at work, under the observation's name
``GENERATION``                         a model call: messages in, text out, tokens
``TOOL``                               a tool call and its return, or a hand-off by name
``RETRIEVER``                          a read
``EVALUATOR``                          truth, with everything inside it
``SPAN``, ``CHAIN``, others            a step of the graph (``langgraph_node``), which is
                                       an agent if a model is called in it; else nothing
attributes that came in over           what `span_words` makes of them, where the type of
OpenTelemetry, kept in `metadata`      the observation says less
`sessionId`                            the task
=====================================  =================================================

Truth: `scores`, of the trace or in rows of their own, and what evaluators said. The input and
output of the trace itself repeat those of its first observation and are not read.

What it cannot see: agents in traces of the older SDKs, which know only spans and generations
(unknown, or the graph's step); who wrote an EVENT.

References
----------
Langfuse documentation, "Observability data model". github.com/langfuse/langfuse,
``fern/apis/server/definition/commons.yml``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.ports.reader import ReaderRecord, ReadProblem, Skipped
from tertius.readers.exported import (
    PAGES,
    count,
    exported,
    graph_step,
    inside,
    nanoseconds,
    word,
)
from tertius.readers.glance import glance
from tertius.readers.span import Kind, Span
from tertius.readers.span_text import answered, asked, parsed, plain
from tertius.readers.span_words import fill, handed_to
from tertius.readers.spans import Traces

KINDS: dict[str, Kind] = {
    "AGENT": "agent", "GENERATION": "model", "TOOL": "tool", "RETRIEVER": "read",
    "EVALUATOR": "judge",
}  # fmt: skip
MAX_DEPTH = 3  # pages hold traces, traces hold observations
OBSERVED = {"traceId", "type", "startTime"}
SCORED = {"traceId", "dataType", "name"}
TRACED = {"timestamp", "scores", "sessionId", "htmlPath", "metadata", "trace", "projectId"}


class Langfuse:
    """Exported traces and observations of Langfuse.

    Notes
    -----
    Holds a trace until the file ends or 256 MiB of rows are held.
    """

    name = "langfuse"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a trace, an observation or a score of Langfuse starts here."""
        keys = glance(head).keys
        if keys >= OBSERVED or keys >= SCORED:
            return True
        if "observations" in keys and keys & TRACED:
            return True
        paged = keys == {"data"} or keys == {"data", "meta"}
        return paged and b'"traceId"' in head and b'"startTime"' in head

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the runs of the file, by their first moment."""
        file = _File(path)
        for row in exported(path):
            if isinstance(row, ReadProblem):
                yield row
            else:
                yield from file.row(row.tree, row.number, row.offset)
        yield from file.finish()


class _File:
    """One file on its way to traces."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.traces = Traces(prefix="langfuse", source=Langfuse.name, path=str(path))
        self.scores: dict[str, list[dict[str, Any]]] = {}
        self.spans = 0

    def row(
        self, tree: dict[str, Any], number: int, offset: int, depth: int = 0
    ) -> Iterator[ReaderRecord]:
        """Yield what had to be told, and what is wrong with a row."""
        held = tree.get("trace")
        trace = held if isinstance(held, dict) else tree
        owner = "" if word(tree, "traceId") or "data" in tree else word(trace, "id")
        self._score(owner, inside(trace, "scores"))
        if trace is not tree:
            self._score(owner, inside(tree, "scores"))
        items = [tree] if word(tree, "traceId") else inside(tree, *PAGES)
        for item in items:
            if "dataType" in item and "startTime" not in item:
                self._score(owner or word(item, "traceId"), [item])
                continue
            if isinstance(item.get("observations"), list) and depth < MAX_DEPTH:
                yield from self.row(item, number, offset, depth + 1)
                continue
            span = _span(item, owner, word(trace, "sessionId"))
            if span is None:
                message = "expected an observation with `id`, `traceId` and `type`"
                yield ReadProblem(path=str(self.path), record=number, offset=offset,
                                  message=message)  # fmt: skip
                continue
            self.spans += 1
            yield from self.traces.add(span)

    def finish(self) -> Iterator[ReaderRecord]:
        """Yield the traces, with their scores as truth."""
        for trace, scores in self.scores.items():
            self.traces.judge(trace, {"scores": scores})
        if self.scores and not self.spans:
            yield Skipped(reason="scores of runs in other files")
        yield from self.traces.finish()

    def _score(self, trace: str, scores: list[dict[str, Any]]) -> None:
        if trace and scores:
            self.scores.setdefault(trace, []).extend(scores)


def _span(item: dict[str, Any], owner: str, session: str) -> Span | None:
    trace, kind = word(item, "traceId") or owner, word(item, "type").upper()
    if not word(item, "id") or not trace or not kind:
        return None
    metadata = parsed(item.get("metadata"))
    about = metadata if isinstance(metadata, dict) else {}
    failed = word(item, "level") == "ERROR"
    span = Span(
        trace=trace,
        id=word(item, "id"),
        parent=word(item, "parentObservationId"),
        name=word(item, "name"),
        start=nanoseconds(item.get("startTime")),
        end=nanoseconds(item.get("endTime")),
        ok=False if failed else None,
        error=word(item, "statusMessage")[:1000] if failed else "",
    )
    words = parsed(about.get("attributes"))
    if isinstance(words, dict):
        fill(span, words)
    span.conversation = span.conversation or session or word(item, "sessionId")
    span.node = span.node or graph_step(about)
    span.agent = span.agent or word(about, "lc_agent_name")
    if kind in KINDS:
        span.kind = KINDS[kind]
    _fill(span, item)
    span.weight = 500 + len(span.input or "") + len(span.output or "")
    return span


def _fill(span: Span, item: dict[str, Any]) -> None:
    given, came = parsed(item.get("input")), parsed(item.get("output"))
    if span.kind == "agent":
        span.agent = span.agent or span.name
        span.input, span.output = asked(given), answered(came)
    elif span.kind == "model":
        span.history, span.output = given, answered(came)
        span.model = word(item, "model", "providedModelName") or span.model
        for usage in (item.get("usageDetails"), item.get("usage"), item):
            if span.output_tokens is None:
                span.input_tokens = count(usage, "input", "promptTokens", "inputUsage")
                span.output_tokens = count(usage, "output", "completionTokens", "outputUsage")
    elif span.kind in ("tool", "handoff"):
        span.tool = span.tool or span.name
        span.input, span.output = plain(given), plain(came)
        span.to = span.to or handed_to(span.tool, span.name, given)
        span.kind = "handoff" if span.to else "tool"
    elif span.kind == "read":
        span.store = span.store or span.name
        span.input, span.output = plain(given), plain(came)
    elif span.kind == "judge":
        span.input, span.output = plain(given), plain(came)
    elif span.node:
        span.input, span.output = asked(given), answered(came)
