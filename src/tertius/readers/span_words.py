"""What the attributes of an OpenTelemetry span mean, in the dialects that agents are traced in.

==========================  ====================================================================
dialect                     version that was read for this table
==========================  ====================================================================
OpenTelemetry GenAI         semantic conventions 1.27 to 1.41.1, with the older events
                            (``gen_ai.user.message``, ``gen_ai.choice``, ...)
OpenTelemetry GenAI, dev    semantic-conventions-genai of 2026-08: ``plan``, memory operations,
                            ``gen_ai.transfer.*``, ``gen_ai.caller.*``
OpenInference               semantic conventions 0.1.32
frameworks of their own     ``traceloop.*`` (OpenLLMetry), ``crewai.agent.role``,
                            ``langsmith.*``, ``sender_agent_type`` (AutoGen), ``edge_group.*``
                            and ``executor.id`` (Microsoft Agent Framework),
                            ``gen_ai.handoff.*`` (OpenAI Agents)
==========================  ====================================================================

Where a span speaks two dialects, OpenTelemetry's own word counts. An operation that is in no
table makes a plain span, which only holds others.

Hand-offs hide in tools' names: ``transfer_to_X``, ``handoff_to_X``, ``transfer_back_to_X``, and
``transfer_to_agent`` with the target in its arguments.

Verdicts (``gen_ai.evaluation.*``, ``evaluation.*``, ``annotation.*``, ``feedback.*``, and what an
EVALUATOR span holds) are truth: somebody's answer about the run, which no detector may read.

References
----------
github.com/open-telemetry/semantic-conventions, ``docs/gen-ai`` and
``model/gen-ai/deprecated/events-deprecated.yaml`` at v1.41.1.
github.com/open-telemetry/semantic-conventions-genai, ``docs/gen-ai/gen-ai-agent-spans.md`` and
``docs/gen-ai/non-normative/examples-agent-interactions.md``.
github.com/Arize-ai/openinference, ``spec/semantic_conventions.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tertius.readers.span import Kind, Span
from tertius.readers.span_events import gathered, listed
from tertius.readers.span_text import answered, asked, parsed, plain

VERSION = "spans-1"

OPERATIONS: dict[str, Kind] = {
    "invoke_agent": "agent", "create_agent": "create", "handoff": "handoff",
    "chat": "model", "generate_content": "model", "text_completion": "model",
    "execute_tool": "tool", "retrieval": "read", "search_memory": "read",
    "create_memory": "write", "update_memory": "write", "upsert_memory": "write",
}  # fmt: skip
INFERENCE: dict[str, Kind] = {
    "AGENT": "agent", "LLM": "model", "TOOL": "tool", "RETRIEVER": "read", "EVALUATOR": "judge",
}  # fmt: skip
OTHERS: dict[str, dict[str, Kind]] = {
    "traceloop.span.kind": {"agent": "agent", "tool": "tool", "handoff": "handoff"},
    "langsmith.span.kind": {"llm": "model", "tool": "tool", "retriever": "read"},
    "llm.request.type": {"chat": "model", "completion": "model"},
}
AGENTS = (
    "crewai.agent.role", "gen_ai.agent.name", "agent.name", "langsmith.metadata.lc_agent_name",
    "recipient_agent_type", "gen_ai.agent.id",
)  # fmt: skip
PLACEHOLDERS = ("OpenAI Agent",)  # written on every span of some instrumentations
SESSIONS = ("gen_ai.conversation.id", "session.id", "langsmith.metadata.thread_id")
JUDGED = (
    "gen_ai.evaluation.", "evaluation", "annotation", "feedback", "trace.evaluations.",
    "trace.annotations.", "session.evaluations.", "session.annotations.",
)  # fmt: skip
TARGETS = ("gen_ai.handoff.to_agent", "gen_ai.transfer.target.name")
ARGUMENTS = ("agent_name", "agent", "target_agent", "to_agent", "to")  # of a transfer

_TRANSFER = re.compile(r"(?:transfer|handoff|hand_off|delegate)(?:_back)?_to_(?P<to>.+)", re.I)
_TITLE = re.compile(r"hand-?off(?:: .+? (?:->|→)| to) (?P<to>.+)", re.I)


def fill(span: Span, words: Mapping[str, Any]) -> Span:
    """Fill in what the attributes `words` say about `span`, and return it.

    Examples
    --------
    >>> words = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "transfer_to_refunds"}
    >>> span = fill(Span(trace="t", id="s"), words)
    >>> span.kind, span.to
    ('handoff', 'refunds')
    """
    if "events" in words:
        words = {**words, **gathered(listed(words["events"]))}
    span.kind = kind(words)
    span.agent = _agent(words)
    span.conversation = _first(words, SESSIONS)
    span.node = _word(words, "graph.node.id") or _word(words, "executor.id")
    span.node_parent = _word(words, "graph.node.parent_id")
    span.sender = _word(words, "gen_ai.caller.name") or _word(words, "sender_agent_type")
    if span.ok is not False and "error.type" in words:
        span.ok, span.error = False, span.error or _word(words, "error.type")
    if span.kind == "agent":
        _fill_agent(span, words)
    elif span.kind == "model":
        _fill_model(span, words)
    elif span.kind in ("tool", "handoff"):
        _fill_tool(span, words)
    elif span.kind in ("read", "write"):
        _fill_store(span, words)
    elif span.kind == "create":
        span.model = _word(words, "gen_ai.request.model")
    elif span.kind == "judge":
        span.truth = {"name": span.name, **dict(words)}
    elif "message.source_id" in words or any(key in words for key in TARGETS):
        _fill_edge(span, words)
    elif span.node:
        _fill_agent(span, words)
    if judged := [key for key in words if key.startswith(JUDGED)]:
        span.truth = {**span.truth, **{key: words[key] for key in judged}}
    return span


def kind(words: Mapping[str, Any]) -> Kind:
    """Return what kind of span has these attributes."""
    operation = words.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation in OPERATIONS:
        return OPERATIONS[operation]
    inference = words.get("openinference.span.kind")
    if isinstance(inference, str):
        return INFERENCE.get(inference.upper(), "plain")
    for key, kinds in OTHERS.items():
        value = words.get(key)
        if isinstance(value, str) and value.lower() in kinds:
            return kinds[value.lower()]
    if words.get("messaging.operation") == "process" and "recipient_agent_type" in words:
        return "agent"
    return "plain"


def _fill_agent(span: Span, words: Mapping[str, Any]) -> None:
    span.agent = span.agent or _word(words, "graph.node.id") or _title(span.name, "invoke_agent")
    span.input = asked(_any(words, "gen_ai.input.messages", "input.value", "message",
                            "traceloop.entity.input"))  # fmt: skip
    span.output = answered(_any(words, "gen_ai.output.messages", "output.value", "final_result",
                                "traceloop.entity.output"))  # fmt: skip
    _fill_model_name(span, words)


def _fill_model(span: Span, words: Mapping[str, Any]) -> None:
    _fill_model_name(span, words)
    span.history = _any(words, "gen_ai.input.messages", "gen_ai.prompt")
    if span.history is None:
        span.history = _flattened(words, "llm.input_messages.") or words.get("input.value")
    instructions = words.get("gen_ai.system_instructions")
    if instructions is not None:
        system = {"role": "system", "parts": parsed(instructions)}
        span.history = [system, parsed(span.history)]
    output = _any(words, "gen_ai.output.messages", "gen_ai.completion")
    if output is None:
        output = _flattened(words, "llm.output_messages.") or words.get("output.value")
    span.output = answered(output)


def _fill_model_name(span: Span, words: Mapping[str, Any]) -> None:
    span.model = _first(words, ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name"))
    span.input_tokens = _count(words, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
                               "llm.token_count.prompt")  # fmt: skip
    span.output_tokens = _count(words, "gen_ai.usage.output_tokens",
                                "gen_ai.usage.completion_tokens",
                                "llm.token_count.completion")  # fmt: skip


def _fill_tool(span: Span, words: Mapping[str, Any]) -> None:
    span.tool = _first(words, ("gen_ai.tool.name", "tool.name", "traceloop.entity.name"))
    span.tool = span.tool or _title(span.name, "execute_tool")
    span.call = _first(words, ("gen_ai.tool.call.id", "tool.id", "tool_call.id"))
    arguments = _any(words, "gen_ai.tool.call.arguments", "tool_arguments", "input.value",
                     "traceloop.entity.input")  # fmt: skip
    span.input = plain(arguments)
    span.output = plain(_any(words, "gen_ai.tool.call.result", "tool_response", "output.value",
                             "traceloop.entity.output"))  # fmt: skip
    if words.get("gen_ai.transfer.mode") == "return_to_caller":
        return
    span.to = _first(words, TARGETS) or handed_to(span.tool, span.name, arguments)
    if span.to:
        span.kind = "handoff"
        span.agent = _word(words, "gen_ai.handoff.from_agent") or span.agent


def handed_to(tool: str, title: str = "", arguments: Any = None) -> str:
    """Return the agent that a tool of this name hands control to, or nothing.

    Examples
    --------
    >>> handed_to("transfer_to_refunds"), handed_to("transfer_money"), handed_to("search")
    ('refunds', '', '')
    >>> handed_to("transfer_to_agent", arguments='{"agent_name": "refunds"}')
    'refunds'
    """
    found = _TRANSFER.fullmatch(tool) or _TITLE.fullmatch(title)
    if found is None:
        return ""
    if found["to"].lower() != "agent":
        return found["to"]
    held = parsed(arguments)
    if isinstance(held, Mapping):
        return _first(held, ARGUMENTS)
    return ""


def _fill_edge(span: Span, words: Mapping[str, Any]) -> None:
    """Read a span that is nothing but a step from one agent to another."""
    handed = _first(words, TARGETS)
    if handed:
        span.kind, span.to = "handoff", handed
        span.agent = _word(words, "gen_ai.handoff.from_agent") or span.agent
    elif span.name.startswith("edge_group.process"):
        span.to = _word(words, "message.target_id")
        if span.to:
            span.kind, span.agent = "message", _word(words, "message.source_id")


def _fill_store(span: Span, words: Mapping[str, Any]) -> None:
    span.store = _first(words, ("gen_ai.memory.store.id", "gen_ai.memory.store.name",
                                "gen_ai.data_source.id")) or span.name  # fmt: skip
    span.key = _word(words, "gen_ai.memory.record.id")
    held = _any(words, "gen_ai.memory.records", "gen_ai.retrieval.documents", "output.value")
    if held is None:
        held = _flattened(words, "retrieval.documents.") or None
    span.input = plain(_any(words, "gen_ai.memory.query.text", "gen_ai.retrieval.query.text",
                            "input.value"))  # fmt: skip
    span.output = plain(held)


def _agent(words: Mapping[str, Any]) -> str:
    name = _first(words, AGENTS)
    return "" if name in PLACEHOLDERS else name


def _title(name: str, operation: str) -> str:
    """Return the name inside a title such as ``invoke_agent planner``."""
    return name.removeprefix(operation).strip()


def _flattened(words: Mapping[str, Any], prefix: str) -> list[Any]:
    """Return the list that OpenInference spreads over keys such as ``<prefix>0.message.role``."""
    items: dict[int, dict[str, Any]] = {}
    for key, value in words.items():
        if key.startswith(prefix):
            number, _, rest = key[len(prefix) :].partition(".")
            if number.isdecimal() and len(number) < 7 and rest:
                items.setdefault(int(number), {})[rest] = value
    return [_regrouped(items[number]) for number in sorted(items)]


def _regrouped(item: dict[str, Any]) -> dict[str, Any]:
    """Gather the parts and tool calls that one flattened message has under numbered keys."""
    found: dict[str, Any] = {}
    for key, value in item.items():
        for part in ("contents", "tool_calls"):
            head = f"message.{part}."
            if key.startswith(head):
                number, _, rest = key[len(head) :].partition(".")
                found.setdefault(f"message.{part}", {}).setdefault(number, {})[rest] = value
                break
        else:
            found[key] = value
    for key, value in found.items():
        if key in ("message.contents", "message.tool_calls"):
            found[key] = list(value.values())
    return found


def _word(words: Mapping[str, Any], key: str) -> str:
    value = words.get(key)
    return value if isinstance(value, str) else ""


def _first(words: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = words.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _any(words: Mapping[str, Any], *keys: str) -> Any:
    for key in keys:
        value = words.get(key)
        if value is not None and value != "":
            return value
    return None


def _count(words: Mapping[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = words.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
            return value
    return None
