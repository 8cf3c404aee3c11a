"""LangSmith: runs of LangChain, LangGraph and anything else that is traced to it.

A row is what LangSmith calls a run and others a span: `id`, `trace_id`, `parent_run_id` (or its
place in `dotted_order`), `run_type`, `inputs`, `outputs`. Files hold rows on lines, in a list,
under ``runs``, or nested in `child_runs`. Every trace is a run, ``langsmith/<trace_id>``.

==========================  ========================================================
in the file                 becomes (`span_story`)
==========================  ========================================================
`run_type` ``llm``          a model call: messages in, text out, tokens
`run_type` ``tool``         a tool call and its return, or a hand-off by its name
`run_type` ``retriever``    a read
`run_type` ``chain``        an agent, where its name is ``lc_agent_name`` of its own
                            metadata, or ``ls_agent_type`` stands there; else a step
                            of the graph (``langgraph_node``), which is an agent if a
                            model is called in it; else nothing
metadata ``thread_id``      the task (also ``session_id``, ``conversation_id``)
==========================  ========================================================

Truth: every key with ``feedback`` or ``reference`` in its name, `scores`, and `evaluation` keys.

What it cannot see: agents of code that neither LangGraph nor ``create_agent`` named (unknown, or
the graph's step); the bulk export in Parquet; edges of a graph that were taken by no message
(steps side by side rest on each other by the clock).

References
----------
LangSmith documentation, "Run (span) data format". github.com/langchain-ai/langsmith-sdk,
``python/langsmith/schemas.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from tertius.core.ports.reader import ReaderRecord, ReadProblem
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
from tertius.readers.span_text import answered, asked, plain
from tertius.readers.span_words import handed_to
from tertius.readers.spans import Traces

KINDS: dict[str, Kind] = {"llm": "model", "tool": "tool", "retriever": "read"}
BESIDE = {"id", "trace_id", "dotted_order", "parent_run_id", "start_time", "inputs", "name"}
THREADS = ("thread_id", "session_id", "conversation_id")
HIDDEN = ("feedback", "reference", "evaluation", "scores")
MAX_DEPTH = 64  # runs inside runs, in one row


class LangSmith:
    """Exported runs of LangSmith.

    Notes
    -----
    Holds a trace until the file ends or 256 MiB of rows are held.
    """

    name = "langsmith"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether rows with `run_type` start here."""
        keys = glance(head).keys
        if "run_type" in keys and len(keys & BESIDE) >= 2:
            return True
        return "runs" in keys and b'"run_type"' in head and b'"dotted_order"' in head

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the runs of the file, by their first moment."""
        traces = Traces(prefix="langsmith", source=self.name, path=str(path))
        for row in exported(path):
            if isinstance(row, ReadProblem):
                yield row
                continue
            held = inside(row.tree, *PAGES)
            items = held if held and "run_type" not in row.tree else [row.tree]
            for item in _flat(items):
                span = _span(item)
                if span is None:
                    message = "expected a run with `id` and `run_type`"
                    yield ReadProblem(path=str(path), record=row.number, offset=row.offset,
                                      message=message)  # fmt: skip
                else:
                    yield from traces.add(span)
        yield from traces.finish()


def _flat(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield runs and the runs inside them, each with its parent's id."""
    level = [(item, "", "") for item in items]
    for _ in range(MAX_DEPTH):
        below: list[tuple[dict[str, Any], str, str]] = []
        for item, parent, trace in level:
            own = word(item, "id")
            trace = word(item, "trace_id") or trace or _dotted(item)[0] or own
            below.extend((child, own, trace) for child in inside(item, "child_runs"))
            yield {**item, "trace_id": trace, "parent_run_id": _parent(item) or parent}
        level = below


def _dotted(item: dict[str, Any]) -> list[str]:
    """Return the ids of the runs around a run and its own, outermost first."""
    parts = word(item, "dotted_order").split(".")
    return [part.partition("Z")[2] for part in parts if "Z" in part] or [""]


def _parent(item: dict[str, Any]) -> str:
    named = word(item, "parent_run_id")
    if named:
        return named
    around = item.get("parent_run_ids")
    if isinstance(around, list) and around and isinstance(around[-1], str):
        return around[-1]
    return (["", *_dotted(item)])[-2]


def _span(item: dict[str, Any]) -> Span | None:
    if not word(item, "id") or not word(item, "run_type"):
        return None
    extra = item.get("extra")
    about = extra.get("metadata") if isinstance(extra, dict) else None
    metadata = about if isinstance(about, dict) else {}
    error = word(item, "error")
    status = word(item, "status")
    span = Span(
        trace=item["trace_id"],
        id=word(item, "id"),
        parent=item["parent_run_id"],
        name=word(item, "name"),
        start=nanoseconds(item.get("start_time")),
        end=nanoseconds(item.get("end_time")),
        ok=False if error or status == "error" else True if status == "success" else None,
        error=error[:1000],
        agent=word(metadata, "lc_agent_name"),
        node=graph_step(metadata),
        conversation=word(metadata, *THREADS),
        truth={key: value for key, value in item.items() if value and _is_hidden(key)},
    )
    _fill(span, item, metadata)
    span.weight = 500 + len(span.input or "") + len(span.output or "")
    return span


def _fill(span: Span, item: dict[str, Any], metadata: dict[str, Any]) -> None:
    inputs, outputs = item.get("inputs"), item.get("outputs")
    span.kind = KINDS.get(item["run_type"], "plain")
    if span.kind == "model":
        span.history, span.output = inputs, answered(outputs)
        span.model = word(metadata, "ls_model_name")
        usage = _usage(outputs)
        span.input_tokens = count(item, "prompt_tokens") or count(usage, "input_tokens")
        span.output_tokens = count(item, "completion_tokens") or count(usage, "output_tokens")
    elif span.kind == "tool":
        _fill_tool(span, inputs, outputs)
    elif span.kind == "read":
        span.store, span.input, span.output = span.name, plain(inputs), plain(outputs)
    elif (span.agent and span.agent == span.name) or "ls_agent_type" in metadata:
        span.kind, span.agent = "agent", span.agent or span.name
        span.input, span.output = asked(inputs), answered(outputs)
    elif item["run_type"] == "chain" and span.node:
        span.agent = ""
        span.input, span.output = asked(inputs), answered(outputs)


def _fill_tool(span: Span, inputs: Any, outputs: Any) -> None:
    span.tool = span.name
    given = inputs.get("input", inputs) if isinstance(inputs, dict) else inputs
    span.input, span.output = plain(given), answered(outputs)
    held = outputs.get("output") if isinstance(outputs, dict) else None
    inner = held.get("kwargs", held) if isinstance(held, dict) else None
    span.call = word(inner, "tool_call_id")
    span.to = handed_to(span.tool, "", given)
    if span.to:
        span.kind = "handoff"


def _usage(outputs: Any) -> Any:
    """Return the token counts that LangChain keeps inside a generated message."""
    found = outputs
    for key in ("generations", 0, 0, "message", "kwargs", "usage_metadata"):
        if isinstance(found, list) and isinstance(key, int):
            found = found[key] if found else None
        elif isinstance(found, dict) and isinstance(key, str):
            found = found.get(key)
    return found


@lru_cache(maxsize=1024)  # the same few keys stand in every row
def _is_hidden(key: str) -> bool:
    return any(part in key for part in HIDDEN)
