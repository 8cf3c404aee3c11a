"""MAS-SIM: small runs of a five-step team with one scripted fault each, as local span files.

A file of the folder ``otel`` is one object with ``spans``; the run is ``mas-sim/<run_id>``. Steps
stand side by side under one workflow span, so who read whose words is known from the clock and
from repeated text only (*inferred*), but for the coordinator's ``task_delegated``.

==============================  =====================  =========================================
in the file                     becomes                known from
==============================  =====================  =========================================
span, ``agent_llm``             an agent at work       ``gen_ai.agent.name``, ``agent.input_
                                                       message``, ``agent.output_message``; model
                                                       and tokens as one model call
span, ``tool_call``             a tool call            ``tool.name``, arguments, result, status;
                                                       the caller is the agent that planned it
                                                       (``tool_call_planned``)
event ``task_delegated``        task.assigned          ``target_agent``
``run.status``                  the run's outcome      what the team's own evaluator concluded
==============================  =====================  =========================================

Truth: ``task_metadata`` with ``injection_node``, ``target_fault_category`` and every
``expected_*``; ``task.expected_result`` and ``validation.criteria_json`` on spans; the event
``fault.injected`` with the ``experiment.step_index`` of its span, by which published labels count;
and any attribute that no agent could have written (``experiment.*``).

Skipped, told by content: ``trajectory_agentrx`` and ``trajectory_telemetry`` are text views of
these runs; ``ground_truth`` repeats labels that the runs' own files hold; ``manifests`` hold
settings.

What it cannot see: who asked the coordinator; to whom a step's output went.

References
----------
github.com/Pedro-H-Gregorio/AgentRx-replication at aaab538.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Skipped
from tertius.readers.source import document, head
from tertius.readers.span import Kind, Span
from tertius.readers.spans import Traces

KINDS: dict[str, Kind] = {"agent_llm": "agent", "tool_call": "tool"}
HIDDEN = ("task.expected_result", "validation.criteria_json")
HIDDEN_EVENTS = ("fault.injected",)

_RUN = re.compile(rb'\s*\{[^{]{0,400}?"schema"\s*:\s*"otel-json-local-v')
_OTHERS = {
    "text views of runs": re.compile(
        rb'\s*\{\s*"trajectory_id"\s*:.{0,20000}?"substeps"\s*:.{0,400}?"content"\s*:\s*"'
        rb'(?:Agent: [^"\\]*\\nOperation: |\{\\"agent\\": )',
        re.DOTALL,
    ),
    "labels of runs in other files": re.compile(
        rb'\s*\{\s*"run_task_id"\s*:[^{]*?"critical_failure_step"\s*:'
    ),
    "settings of runs in other files": re.compile(rb'\s*\{[^{]{0,2000}?"mas_id"\s*:\s*"MAS-SIM"'),
}


class MasSim:
    """MAS-SIM's span files.

    Notes
    -----
    Reads a file whole, at most 64 MiB.
    """

    name = "mas_sim"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a run starts here, or another file of the family."""
        return _RUN.match(head) is not None or _other(head) is not None

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the run, or why the file holds none."""
        try:
            reason = _other(head(path))
            tree = {} if reason else strict_json(document(path))
        except EventError as error:
            yield _problem(path, error.problem, offset=error.offset)
        except CallerError as error:
            yield _problem(path, str(error))
        else:
            if reason:
                yield Skipped(reason=reason)
            elif isinstance(tree, dict) and isinstance(tree.get("spans"), list):
                yield from _run(path, tree)
            else:
                message = "expected an object with a list `spans`"
                yield _problem(path, message, field="$.spans")


def _run(path: Path, tree: dict[str, Any]) -> Iterator[ReaderRecord]:
    run = _text(tree, "run_id") or path.name.split(".")[0] or path.name
    traces = Traces(prefix="mas-sim", source=MasSim.name, path=str(path))
    planned: dict[str, str] = {}
    for number, item in enumerate(tree["spans"]):
        where = f"$.spans[{number}]"
        if not isinstance(item, dict) or not _text(item, "span_id"):
            yield _problem(path, "expected a span with `span_id`", record=number + 1, field=where)
            continue
        if not isinstance(item.get("attributes"), dict):
            yield _problem(path, "expected an object `attributes`", record=number + 1, field=where)
            continue
        for span in _spans(run, item, planned):
            yield from traces.add(span)
    traces.judge(run, {key: value for key, value in tree.items() if key != "spans"})
    yield from traces.finish()


def _spans(run: str, item: dict[str, Any], planned: dict[str, str]) -> Iterator[Span]:
    """Yield the span of one item, and one for each task that it hands out."""
    words = item["attributes"]
    status = item.get("status")
    code = status.get("status_code") if isinstance(status, dict) else None
    span = Span(
        trace=run,
        id=_text(item, "span_id"),
        parent=_text(item, "parent_span_id"),
        name=_text(item, "name"),
        start=_time(item.get("start_time_unix_ns")),
        end=_time(item.get("end_time_unix_ns")),
        kind=KINDS.get(_text(words, "experiment.operation_type"), "plain"),
        ok={"OK": True, "ERROR": False}.get(code) if isinstance(code, str) else None,
        error=_text(words, "error.message"),
        truth=_truth(item, words),
    )
    if span.kind == "agent":
        span.agent = _text(words, "gen_ai.agent.name")
        span.input = _text(words, "agent.input_message") or None
        span.output = _text(words, "agent.output_message") or None
        span.model = _text(words, "gen_ai.request.model")
        span.input_tokens = _count(words, "gen_ai.usage.input_tokens")
        span.output_tokens = _count(words, "gen_ai.usage.output_tokens")
    elif span.kind == "tool":
        span.tool = _text(words, "tool.name")
        span.agent = planned.get(span.tool, "")
        span.input, span.output = _text(words, "tool.args_json"), _text(words, "tool.result_json")
    elif "run.status" in words:
        span.ok = {"SUCCESS": True, "FAILED": False}.get(_text(words, "run.status"))
    yield span
    for number, event in enumerate(_events(item)):
        about = event["attributes"]
        if event["name"] == "tool_call_planned" and span.agent:
            planned[_text(about, "tool.name")] = span.agent
        if event["name"] == "task_delegated" and _text(about, "target_agent"):
            yield Span(
                trace=run,
                id=f"{span.id}.{number}",
                parent=span.id,
                name=event["name"],
                kind="assign",
                start=_time(event.get("timestamp_unix_ns")),
                end=_time(event.get("timestamp_unix_ns")),
                to=_text(about, "target_agent"),
            )


def _truth(item: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """Return what no agent saw: answers, faults, and the step's number in published labels."""
    truth = {
        key: value
        for key, value in words.items()
        if key in HIDDEN or key.startswith("experiment.") or "expected" in key
    }
    faults = [event["attributes"] for event in _events(item) if event["name"] in HIDDEN_EVENTS]
    return {**truth, **({"fault.injected": faults} if faults else {})}


def _events(item: dict[str, Any]) -> list[dict[str, Any]]:
    events = item.get("events")
    return [
        event
        for event in (events if isinstance(events, list) else [])
        if isinstance(event, dict)
        and isinstance(event.get("name"), str)
        and isinstance(event.get("attributes"), dict)
    ]


def _other(start: bytes) -> str | None:
    return next((reason for reason, shape in _OTHERS.items() if shape.match(start)), None)


def _text(tree: dict[str, Any], key: str) -> str:
    value = tree.get(key)
    return value if isinstance(value, str) else ""


def _count(tree: dict[str, Any], key: str) -> int | None:
    value = tree.get(key)
    return value if type(value) is int and 0 <= value < 2**53 else None


def _time(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**63 else 0


def _problem(path: Path, message: str, **place: Any) -> ReadProblem:
    return ReadProblem(path=str(path), message=message, **place)
