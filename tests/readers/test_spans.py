"""From spans to a run: edges, causes, hand-offs, and spans that do not fit together."""

from collections.abc import Iterable
from typing import Any

from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    HandedOff,
    MemoryRead,
    MessageSent,
    ModelCalled,
    RunEnded,
    RunStarted,
    TaskAssigned,
    ToolCalled,
    ToolReturned,
)
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.span import Span
from tertius.readers.spans import NOTHING, Traces

T0 = 1_772_355_600_000_000_000


def span(id: str, parent: str = "", start: float = 0, end: float = 0, **fields: Any) -> Span:
    """Return a span of trace ``t``; times are seconds after T0, 0 is not known."""
    times = {"start": start and T0 + int(start * 1e9), "end": end and T0 + int(end * 1e9)}
    return Span(**{"trace": "t", "id": id, "parent": parent, **times, **fields})


def told(spans: Iterable[Span], **options: Any) -> list[ReaderRecord]:
    traces = Traces(prefix="otel", source="test", path="a.json", **options)
    records = [record for each in spans for record in traces.add(each)]
    return records + list(traces.finish())


def events(spans: Iterable[Span]) -> dict[str, BaseEvent]:
    """Events by the part of the id behind the run."""
    found = [record.event for record in told(spans) if isinstance(record, Recorded)]
    return {event.id.removeprefix(event.run + "/"): event for event in found}


def sent(event: BaseEvent) -> tuple[str, tuple[str, ...], str, str]:
    assert isinstance(event, MessageSent)
    return event.agent, event.recipients, event.channel, event.via


def causes(event: BaseEvent) -> dict[str, str]:
    return {cause.id.removeprefix(event.run + "/"): cause.basis for cause in event.causes}


def warnings(spans: Iterable[Span]) -> list[str]:
    found = [record for record in told(spans) if isinstance(record, ReadProblem)]
    assert all(problem.warning for problem in found)
    return [problem.message.removeprefix("run `otel/t`: ") for problem in found]


def agent(id: str, parent: str, start: float, end: float, name: str, **fields: Any) -> Span:
    return span(id, parent, start, end, kind="agent", agent=name, **fields)


def test_an_agent_inside_another_is_asked_and_answers() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "planner", input="plan the trip", output="done"),
            span("m", "a", 2, 3, kind="model", model="m1", output="ask the scout"),
            agent("b", "a", 4, 5, "scout", input="which train?", output="08:05"),
            span("n", "a", 6, 7, kind="model", output="take it"),
        ]
    )
    assert sent(found["a/in"]) == ("", ("planner",), "", "unknown")
    assert sent(found["b/in"]) == ("planner", ("scout",), "agent-call", "message")
    assert sent(found["b/out"]) == ("scout", ("planner",), "agent-call", "message")
    assert sent(found["a/out"]) == ("planner", (), "", "message")
    assert causes(found["b/in"]) == {"m/model": "declared"}
    assert causes(found["b/out"]) == {"b/in": "declared"}
    assert causes(found["n/model"]) == {"m/model": "declared", "b/out": "declared"}
    assert causes(found["a/out"]) == {"n/model": "declared"}
    assert {event.identity for event in found.values()} == {"asserted"}


def test_an_agent_called_as_a_tool_speaks_over_the_tools_name() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "planner"),
            span("m", "a", 2, 3, kind="model", output="call"),
            span("c", "a", 4, 8, kind="tool", tool="ask_scout", call="c1", ok=True, output="08:05"),
            agent("b", "c", 5, 7, "scout", output="08:05"),
        ]
    )
    assert sent(found["b/in"]) == ("planner", ("scout",), "ask_scout", "tool")
    assert sent(found["b/out"]) == ("scout", ("planner",), "ask_scout", "tool")
    called, returned = found["c/call"], found["c/return"]
    assert isinstance(called, ToolCalled) and isinstance(returned, ToolReturned)
    assert (called.agent, called.tool, called.call) == ("planner", "ask_scout", "c1")
    assert returned.ok is True
    assert causes(called) == {"m/model": "declared"}
    assert causes(found["b/in"]) == {"c/call": "declared"}
    assert causes(returned) == {"c/call": "declared", "b/out": "declared"}


def test_parallel_tools_rest_on_the_model_call_that_chose_them() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "planner"),
            span("m", "a", 2, 3, kind="model"),
            span("x", "a", 4, 7, kind="tool", tool="x"),
            span("y", "a", 5, 6, kind="tool", tool="y"),
            span("n", "a", 8, 8.5, kind="model"),
        ]
    )
    assert causes(found["x/call"]) == causes(found["y/call"]) == {"m/model": "declared"}
    assert set(causes(found["n/model"])) == {"m/model", "x/return", "y/return"}


def test_agents_side_by_side_rest_on_each_other_by_the_clock_only() -> None:
    found = events(
        [
            span("w", "", 1, 9),
            agent("a", "w", 2, 3, "one", output="a short answer"),
            agent("b", "w", 4, 6, "two", input="left"),
            agent("c", "w", 5, 7, "three", input="right"),
            agent("d", "w", 8, 8.5, "four", input="Check this: a short answer"),
        ]
    )
    assert sent(found["b/in"])[0] == ""
    assert causes(found["b/in"]) == causes(found["c/in"]) == {"a/out": "inferred"}
    assert found["b/in"].causes[0].score is None
    last = {cause.id[-3:]: cause.score for cause in found["d/in"].causes}
    assert last == {"/in": None, "out": 0.538}  # b and c gave nothing back; a is quoted


def test_a_hand_off_names_both_and_the_next_agent_rests_on_it() -> None:
    found = events(
        [
            span("w", "", 1, 9),
            agent("a", "w", 2, 4, "triage"),
            span(
                "h", "a", 3, 3.5, kind="handoff", to="refund_desk", tool="transfer_to_refund_desk"
            ),
            agent("b", "w", 5, 6, "Refund Desk", input="lost parcel", output="20 euros"),
        ]
    )
    handed = found["h/handoff"]
    assert isinstance(handed, HandedOff)
    assert handed.agent == "triage" and handed.to.startswith("Refund-Desk-")
    assert sent(found["b/in"])[0] == "triage" and sent(found["b/in"])[2] == "handoff"
    assert causes(found["b/in"])["h/handoff"] == "declared"
    assert sent(found["b/out"])[1] == ()
    joined = [e for e in found.values() if isinstance(e, AgentJoined)]
    assert [event.title for event in joined] == ["", "Refund Desk"]


def test_an_agent_inside_a_hand_off_does_not_answer_to_the_one_who_left() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "triage"),
            span("h", "a", 2, 3, kind="handoff", to="refunds"),
            agent("b", "a", 4, 5, "refunds", output="20 euros"),
        ]
    )
    assert "b/in" not in found
    assert sent(found["b/out"]) == ("refunds", (), "", "message")
    assert "h/handoff" in causes(found["b/out"])


def test_a_task_and_a_message_between_agents_say_who_set_them_to_work() -> None:
    found = events(
        [
            span("w", "", 1, 9),
            agent("a", "w", 2, 3, "boss"),
            span("s", "a", 2.5, 2.5, kind="assign", to="clerk", input="file it"),
            agent("b", "w", 4, 5, "clerk", input="file it"),
            span("e", "w", 6, 6.5, kind="message", agent="clerk", to="boss"),
        ]
    )
    task = found["s/assign"]
    assert isinstance(task, TaskAssigned) and (task.agent, task.to) == ("boss", "clerk")
    assert sent(found["b/in"])[:2] == ("boss", ("clerk",))
    assert sent(found["e/message"])[:3] == ("clerk", ("boss",), "graph")


def test_a_step_of_a_graph_is_an_agent_where_a_model_is_called_in_it() -> None:
    found = events(
        [
            span("w", "", 1, 9, node=""),
            span("r", "w", 2, 5, node="researcher", output="found it"),
            span("i", "r", 2.5, 4.5, node="researcher"),
            span("m", "i", 3, 4, kind="model", node="researcher", output="found it"),
            span("f", "w", 5, 5.5, node="format"),
            span("v", "w", 6, 8, node="writer", node_parent="researcher", input="found it"),
            span("n", "v", 7, 7.5, kind="model", output="text"),
        ]
    )
    joined = [e.agent for e in found.values() if isinstance(e, AgentJoined)]
    assert joined == ["researcher", "writer"]
    assert sent(found["v/in"])[:3] == ("researcher", ("writer",), "graph")
    assert causes(found["v/in"])["r/out"] == "declared"


def test_an_agent_seen_from_its_client_and_from_itself_is_one_at_work() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "boss"),
            agent("b", "a", 2, 8, "clerk"),
            span("g", "b", 3, 7),
            agent("c", "g", 4, 6, "clerk", input="do it", output="did it"),
        ]
    )
    assert sent(found["b/in"])[:2] == ("boss", ("clerk",))
    assert sent(found["b/out"])[:2] == ("clerk", ("boss",))
    assert not [part for part in found if part.startswith("c/")]


def test_what_a_span_says_of_itself_goes_before_what_is_around_it() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "boss"),
            span("m", "a", 2, 3, kind="model", agent="deputy"),
            span("c", "", 4, 5, kind="tool", tool="search"),
        ]
    )
    assert found["m/model"].agent == "deputy"
    assert found["c/call"].agent == ""  # nobody around it: not known


def test_the_first_model_call_shows_the_prompt_and_the_task() -> None:
    history = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "say hello", "name": "visitor"},
    ]
    found = events(
        [
            agent("a", "", 1, 9, "greeter"),
            span("m", "a", 2, 3, kind="model", history=history, output="hello"),
            span("n", "a", 4, 5, kind="model", history=history, output="hello again"),
        ]
    )
    prompt = found["m/prompt"]
    assert isinstance(prompt, MemoryRead) and prompt.store == "system-prompt"
    assert sent(found["a/in"])[:2] == ("visitor", ("greeter",))
    assert set(causes(found["m/model"])) == {"a/in", "m/prompt"}
    assert "n/prompt" not in found


def test_a_model_inside_a_tool_does_not_tell_what_its_agent_was_asked() -> None:
    history = [{"role": "user", "content": "summarise this"}]
    found = events(
        [
            agent("a", "", 1, 9, "reader"),
            span("c", "a", 2, 5, kind="tool", tool="summary"),
            span("m", "c", 3, 4, kind="model", history=history),
        ]
    )
    assert "a/in" not in found


def test_an_agent_inside_its_own_hand_off_gives_control_back() -> None:
    found = events(
        [
            agent("a", "", 1, 9, "planner"),
            span("h", "a", 2, 6, kind="handoff", to="scout"),
            agent("b", "h", 3, 5, "scout", input="which train?", output="08:05"),
        ]
    )
    assert sent(found["b/in"])[:3] == ("planner", ("scout",), "handoff")
    assert sent(found["b/out"])[:2] == ("scout", ("planner",))


def test_tokens_on_an_agents_own_span_are_its_model_call() -> None:
    alone = agent("a", "", 1, 2, "one", model="m1", input_tokens=5, output_tokens=7, output="x")
    called = events([alone])["a/model"]
    assert isinstance(called, ModelCalled)
    assert (called.model, called.input_tokens, called.output_tokens) == ("m1", 5, 7)
    inside = span("m", "a", 1.2, 1.5, kind="model", output_tokens=7)
    assert "a/model" not in events([alone, inside])


def test_the_end_is_the_first_spans_and_an_open_one_ends_nothing() -> None:
    ends = {}
    for name, top in {
        "ok": agent("a", "", 1, 2, "x", ok=True),
        "bad": agent("a", "", 1, 2, "x", ok=False, error="out of credit"),
        "unset": agent("a", "", 1, 2, "x"),
        "open": agent("a", "", 1, 0, "x", ok=True),
        "orphan": agent("a", "gone", 1, 2, "x", ok=True),
    }.items():
        end = events([top])["end"]
        assert isinstance(end, RunEnded)
        ends[name] = (end.outcome, end.reason, end.time > 0)
    assert ends == {
        "ok": ("completed", "the first span ended", True),
        "bad": ("failed", "out of credit", True),
        "unset": ("unknown", "the first span ended", True),
        "open": ("unknown", "the record stops here", False),
        "orphan": ("unknown", "the record stops here", False),
    }


def test_an_error_is_what_a_call_gave_back() -> None:
    spans = [agent("a", "", 1, 9, "x"), span("c", "a", 2, 3, kind="tool", tool="t", ok=False,
                                             error="timed out")]  # fmt: skip
    (record,) = [r for r in told(spans) if isinstance(r, Recorded) and r.event.id[-6:] == "return"]
    assert isinstance(record.event, ToolReturned) and record.event.ok is False
    assert record.contents == (b"timed out",)


def test_the_order_of_arrival_changes_nothing() -> None:
    def spans() -> list[Span]:
        return [
            agent("a", "", 1, 9, "planner", input="go"),
            span("c", "a", 4, 8, kind="tool", tool="ask"),
            agent("b", "c", 5, 7, "scout", output="08:05"),
        ]

    assert list(events(spans()).values()) == list(events(reversed(spans())).values())


def test_spans_that_do_not_fit_are_counted_and_read() -> None:
    assert warnings([agent("a", "gone", 1, 2, "x"), span("b", "gone", 1, 2)]) == [
        "2 spans whose parent is not in the trace, read as tops"
    ]
    assert warnings([agent("a", "", 1, 2, "x"), span("b", "a", 0.5, 1)]) == [
        "1 spans that begin before their parent; clocks disagree"
    ]
    assert warnings([agent("a", "", 2, 1, "x")]) == ["1 spans that end before they begin"]
    twice = [agent("a", "", 1, 0, "x"), agent("a", "", 1, 2, "x", output="done")]
    assert "used before" in warnings(twice)[0]
    assert "a/out" in events(twice)  # the one that ended
    absurd = [agent("a", "", 1, 2, "x"), Span(trace="t", id="b", parent="a", start=7, end=8)]
    assert warnings(absurd) == ["2 times outside 2000 to 2100, read as not known"]


def test_a_ring_of_parents_is_cut_once_and_told() -> None:
    ring = [agent("a", "c", 1, 4, "x"), agent("b", "a", 2, 3, "y"), agent("c", "b", 2.5, 2.8, "z")]
    assert warnings(ring) == ["1 rings of parents, each cut at one span"]
    assert sent(events(ring)["b/in"])[:2] == ("x", ("y",))
    assert warnings([agent("a", "a", 1, 2, "x")]) == [
        "1 spans whose parent is not in the trace, read as tops"
    ]


def test_a_chain_deeper_than_the_stack_is_read() -> None:
    chain = [agent("0", "", 1, 9, "x")]
    chain += [span(str(n), str(n - 1), 1, 9) for n in range(1, 5000)]
    chain.append(agent("leaf", "4999", 1, 9, "y"))
    assert sent(events(chain)["leaf/in"])[:2] == ("x", ("y",))


def test_a_link_to_another_trace_is_a_cause_and_an_edge() -> None:
    spans = [
        agent("a", "", 1, 2, "producer", output="the list"),
        agent("b", "", 3, 4, "consumer", trace="u", input="the list", links=(("t", "a"),)),
        agent("c", "", 5, 6, "stray", trace="v", input="x", links=(("never", "seen"),)),
    ]
    found = {r.event.id: r.event for r in told(spans) if isinstance(r, Recorded)}
    assert sent(found["otel/u/b/in"])[:3] == ("producer", ("consumer",), "link")
    assert [cause.id for cause in found["otel/u/b/in"].causes] == ["otel/t/a/out"]
    assert found["otel/v/c/in"].causes == ()


def test_verdicts_are_truth_and_so_is_all_inside_a_judge() -> None:
    spans = [
        agent("a", "", 1, 9, "x", output="answer", truth={"score": "hidden"}),
        span("j", "a", 2, 5, kind="judge", truth={"label": "hidden"}),
        span("m", "j", 3, 4, kind="model", output="hidden"),
    ]
    records = told(spans)
    assert "hidden" not in repr([r for r in records if isinstance(r, Recorded)])
    (truth,) = [r for r in records if isinstance(r, TruthRecord)]
    assert truth.data["spans"] == {
        "a": {"score": "hidden"}, "j": {"label": "hidden"}, "m": {"output": "hidden"},
    }  # fmt: skip


def test_a_trace_of_glue_alone_is_no_run() -> None:
    assert told([span("a", "", 1, 2)]) == [Skipped(reason=NOTHING)]
    mixed = told([span("a", "", 1, 2), agent("b", "", 1, 2, "x", trace="u")])
    assert mixed[-1] == Skipped(reason=NOTHING, rows=1)


def test_a_trace_too_long_to_hold_is_told_in_parts_with_the_same_ids() -> None:
    def spans() -> list[Span]:
        return [
            agent("a", "", 1, 9, "boss", weight=60),
            agent("b", "a", 2, 3, "clerk", weight=60),
            agent("c", "a", 4, 5, "typist", weight=60, input="type", output="typed"),
        ]

    whole = {record.event.id for record in told(spans()) if isinstance(record, Recorded)}
    parts = told(spans(), limit=100)
    assert any(isinstance(r, ReadProblem) and "told in parts" in r.message for r in parts)
    ids = [record.event.id for record in parts if isinstance(record, Recorded)]
    assert len(ids) == len(set(ids))
    assert {id for id in whole if "joined" not in id} == {id for id in ids if "joined" not in id}
    kinds = [type(record.event) for record in parts if isinstance(record, Recorded)]
    assert kinds.count(RunStarted) == kinds.count(RunEnded) == 1


def test_a_live_trace_is_told_when_it_is_released_and_not_again() -> None:
    traces = Traces(prefix="otel", source="live")
    list(traces.add(agent("a", "", 1, 2, "x", output="done")))
    assert [r.event.id for r in traces.release("t") if isinstance(r, Recorded)][-1] == "otel/t/end"
    assert list(traces.release("t")) == list(traces.finish()) == []


def test_the_conversation_is_the_task_of_every_event() -> None:
    found = events([span("w", "", 1, 9), agent("a", "w", 2, 3, "x", conversation="talk 7")])
    assert len({event.task for event in found.values()}) == 1
    assert found["start"].task.startswith("talk-7-")
