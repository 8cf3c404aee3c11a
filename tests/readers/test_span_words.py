"""Attributes in every dialect that the mapper claims to read."""

from typing import Any

import pytest

from tertius.readers.span import Span
from tertius.readers.span_words import fill, handed_to


def read(name: str = "", **words: Any) -> Span:
    """Attributes with `__` for the dot."""
    plain = {key.replace("__", "."): value for key, value in words.items()}
    return fill(Span(trace="t", id="s", name=name), plain)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"gen_ai.operation.name": "invoke_agent"}, "agent"),
        ({"gen_ai.operation.name": "create_agent"}, "create"),
        ({"gen_ai.operation.name": "chat"}, "model"),
        ({"gen_ai.operation.name": "generate_content"}, "model"),
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.operation.name": "retrieval"}, "read"),
        ({"gen_ai.operation.name": "update_memory"}, "write"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "plain"),
        ({"gen_ai.operation.name": "a house word", "openinference.span.kind": "TOOL"}, "tool"),
        ({"gen_ai.operation.name": "chat", "openinference.span.kind": "CHAIN"}, "model"),
        ({"openinference.span.kind": "AGENT"}, "agent"),
        ({"openinference.span.kind": "llm"}, "model"),
        ({"openinference.span.kind": "RETRIEVER"}, "read"),
        ({"openinference.span.kind": "EVALUATOR"}, "judge"),
        ({"openinference.span.kind": "RERANKER"}, "plain"),
        ({"traceloop.span.kind": "agent"}, "agent"),
        ({"traceloop.span.kind": "workflow"}, "plain"),
        ({"llm.request.type": "chat"}, "model"),
        ({"langsmith.span.kind": "llm"}, "model"),
        ({"gen_ai.handoff.to_agent": "b", "gen_ai.handoff.from_agent": "a"}, "handoff"),
        ({"http.method": "GET"}, "plain"),
        ({"gen_ai.operation.name": 7, "openinference.span.kind": ["x"]}, "plain"),
    ],
)
def test_the_kind_of_a_span(words: dict[str, Any], kind: str) -> None:
    assert fill(Span(trace="t", id="s"), words).kind == kind


def test_who_is_at_work() -> None:
    agent = {"gen_ai__operation__name": "invoke_agent"}
    assert read(**agent, gen_ai__agent__name="a", gen_ai__agent__id="x").agent == "a"
    assert read(**agent, gen_ai__agent__id="asst_1").agent == "asst_1"
    assert read("invoke_agent planner", **agent).agent == "planner"
    assert read(**agent, gen_ai__agent__name="5f2b", crewai__agent__role="Writer").agent == "Writer"
    assert read(openinference__span__kind="AGENT", graph__node__id="node-1").agent == "node-1"
    tool = read(gen_ai__operation__name="execute_tool", gen_ai__agent__name="OpenAI Agent")
    assert tool.agent == ""  # written by an instrumentation, whoever calls


def test_a_call_of_a_model_in_both_dialects() -> None:
    new = read(
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__response__model="m-2",
        gen_ai__usage__input_tokens=3,
        gen_ai__usage__output_tokens=4,
        gen_ai__system_instructions='[{"type": "text", "content": "be brief"}]',
        gen_ai__input__messages='[{"role": "user", "parts": [{"type": "text", "content": "q"}]}]',
        gen_ai__output__messages='[{"role": "assistant", "parts": '
        '[{"type": "text", "content": "a"}]}]',
    )
    assert (new.model, new.input_tokens, new.output_tokens, new.output) == ("m-2", 3, 4, "a")
    assert new.history[0]["role"] == "system"
    old = fill(
        Span(trace="t", id="s"),
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "m",
            "llm.token_count.prompt": 3,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.type": "text",
            "llm.input_messages.0.message.contents.0.message_content.text": "q",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "a",
            "llm.output_messages.10.message.role": "assistant",
            "llm.output_messages.10.message.content": "last",
            "llm.output_messages.x.message.content": "no number",
        },
    )
    assert (old.model, old.input_tokens, old.output) == ("m", 3, "last")
    assert old.history == [
        {
            "message.role": "user",
            "message.contents": [{"message_content.type": "text", "message_content.text": "q"}],
        }
    ]


def test_messages_as_events_in_an_attribute() -> None:
    held = (
        '[{"event.name": "gen_ai.user.message", "content": "q", "role": "user"}, '
        '{"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", '
        '"content": "a"}}]'
    )
    span = read(gen_ai__operation__name="chat", events=held)
    assert span.output == "a"
    assert span.history == [{"event.name": "gen_ai.user.message", "content": "q", "role": "user"}]


def test_a_tool_an_error_and_a_transfer_that_returns() -> None:
    span = read(
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="search",
        gen_ai__tool__call__id="c1",
        gen_ai__tool__call__arguments={"q": 1},
        error__type="TimeoutError",
    )
    assert (span.tool, span.call, span.input, span.ok) == ("search", "c1", '{"q":1}', False)
    assert span.error == "TimeoutError"
    back = {"gen_ai__transfer__mode": "return_to_caller", "gen_ai__transfer__target__name": "b"}
    assert read(gen_ai__operation__name="execute_tool", gen_ai__tool__name="b", **back).kind == (
        "tool"
    )
    away = {"gen_ai__transfer__mode": "pass_control", "gen_ai__transfer__target__name": "b"}
    assert read(gen_ai__operation__name="execute_tool", gen_ai__tool__name="b", **away).to == "b"


@pytest.mark.parametrize(
    ("tool", "title", "arguments", "to"),
    [
        ("transfer_to_refunds", "", None, "refunds"),
        ("transfer_back_to_supervisor", "", None, "supervisor"),
        ("handoff_to_Refund_Desk", "", None, "Refund_Desk"),
        ("transfer_to_agent", "", '{"agent_name": "refunds"}', "refunds"),
        ("transfer_to_agent", "", "not JSON", ""),
        ("", "handoff to Refund Desk", None, "Refund Desk"),
        ("", "Handoff: triage -> refunds", None, "refunds"),
        ("transfer_money", "", '{"to": "bank"}', ""),
        ("search", "search", None, ""),
    ],
)
def test_hand_offs_hide_in_names(tool: str, title: str, arguments: Any, to: str) -> None:
    assert handed_to(tool, title, arguments) == to


def test_memory_and_retrieval() -> None:
    wrote = read(
        gen_ai__operation__name="upsert_memory",
        gen_ai__memory__store__id="prefs",
        gen_ai__memory__record__id="seat",
        gen_ai__memory__records=[{"content": "window"}],
    )
    assert (wrote.kind, wrote.store, wrote.key) == ("write", "prefs", "seat")
    assert wrote.output == '[{"content":"window"}]'
    found = read("policy search", openinference__span__kind="RETRIEVER", input__value="lost")
    assert (found.kind, found.store, found.input) == ("read", "policy search", "lost")


def test_frameworks_with_words_of_their_own() -> None:
    autogen = read(
        "autogen process writer",
        messaging__operation="process",
        sender_agent_type="boss",
        recipient_agent_type="writer",
        message='{"content": "write"}',
    )
    assert (autogen.kind, autogen.agent, autogen.sender) == ("agent", "writer", "boss")
    edge = read("edge_group.process Single", message__source_id="a", message__target_id="b")
    assert (edge.kind, edge.agent, edge.to) == ("message", "a", "b")
    caller = read(gen_ai__operation__name="invoke_agent", gen_ai__caller__name="boss")
    assert caller.sender == "boss"


def test_every_verdict_is_truth() -> None:
    words = {
        "gen_ai.operation.name": "chat",
        "gen_ai.evaluation.score.label": "hidden",
        "evaluations.0.evaluation.label": "hidden",
        "annotation.label": "hidden",
        "trace.annotations.0.annotation.score": 1,
        "session.evaluations.0.evaluation.score": 0,
        "feedback.correct": True,
        "trace.id": "kept",
    }
    span = fill(Span(trace="t", id="s"), words)
    assert set(span.truth) == set(words) - {"gen_ai.operation.name", "trace.id"}
