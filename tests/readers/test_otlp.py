"""OTLP/JSON files: both samples, the forms that writers differ in, and what is broken."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    HandedOff,
    MemoryRead,
    MemoryWritten,
    MessageSent,
    ModelCalled,
    RunStarted,
    ToolReturned,
)
from tertius.core.ports.reader import ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.otlp import Otlp

SAMPLES = Path(__file__).parent / "samples"
GENAI, INFERENCE = SAMPLES / "otlp_genai.json", SAMPLES / "otlp_openinference.jsonl"
TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def read(path: Path) -> tuple[list[BaseEvent], list[ReadProblem]]:
    records = list(Otlp().read(path))
    return (
        [record.event for record in records if isinstance(record, Recorded)],
        [record for record in records if isinstance(record, ReadProblem)],
    )


def wire(**fields: Any) -> dict[str, Any]:
    """Return an agent's span of the format."""
    words = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "startTimeUnixNano": "1772355600000000000",
        "endTimeUnixNano": "1772355601000000000",
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in words.items()],
        **fields,
    }


def request(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def write(tmp_path: Path, *requests: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_bytes(
        b"\n".join(r if isinstance(r, bytes) else json.dumps(r).encode() for r in requests)
    )
    return path


def test_the_reader_keeps_its_port_on_both_samples() -> None:
    hidden = {
        GENAI: ["hidden-verdict-groundless", "hidden-event-verdict"],
        INFERENCE: ["hidden-grade-7", "hidden-judge-words"],
    }
    report = check_reader(Otlp(), [GENAI, INFERENCE], hidden=hidden, mutants=200)
    assert report.truths == 2 and report.events > 30


def test_the_genai_sample_names_everyone_and_every_edge() -> None:
    events, problems = read(GENAI)
    assert problems == []
    joined = [event for event in events if isinstance(event, AgentJoined)]
    scout = next(event.agent for event in joined if event.title == "Train Scout")
    sent = [(e.agent, e.recipients, e.channel) for e in events if isinstance(e, MessageSent)]
    assert sent == [
        ("", ("planner",), ""),
        ("planner", (scout,), "ask_scout"),
        (scout, ("planner",), "ask_scout"),
        ("planner", ("Booker",), "handoff"),
        ("Booker", (), ""),
    ]
    (handed,) = [event for event in events if isinstance(event, HandedOff)]
    assert (handed.agent, handed.to) == ("planner", "Booker")
    returned = [(e.tool, e.ok) for e in events if isinstance(e, ToolReturned)]
    assert returned == [("timetable", False), ("ask_scout", True)]
    assert [e.key for e in events if isinstance(e, MemoryWritten)] == ["last"]
    assert {event.task for event in events} == {"conv_5j66"}
    assert isinstance(events[0], RunStarted) and events[0].source == "otlp:spans-1"


def test_the_openinference_sample_and_the_older_log_records() -> None:
    events, problems = read(INFERENCE)
    assert problems == []
    assert [e.agent for e in events if isinstance(e, AgentJoined)] == [
        "triage", "refunds", "refunds", "follow-up",
    ]  # fmt: skip  # a link brings refunds into the second run
    sent = [(e.agent, e.recipients) for e in events if isinstance(e, MessageSent)]
    assert ("triage", ("refunds",)) in sent  # by graph.node.parent_id
    stores = [e.store for e in events if isinstance(e, MemoryRead)]
    assert stores == ["system-prompt", "policy-search-6466e32e", "system-prompt"]
    follow_up = [e for e in events if isinstance(e, ModelCalled) and e.agent == "follow-up"]
    assert (follow_up[0].input_tokens, follow_up[0].output_tokens) == (7, 3)
    asked = [e for e in events if isinstance(e, MessageSent)][-1]
    assert (asked.agent, asked.recipients, asked.channel) == ("refunds", ("follow-up",), "link")
    assert [cause.id.split("/")[1] for cause in asked.causes] != [asked.run.split("/")[1]]


def test_verdicts_lie_in_the_truth_of_their_run() -> None:
    truths = [r for r in Otlp().read(GENAI) if isinstance(r, TruthRecord)]
    assert [truth.run for truth in truths] == [f"otel/{TRACE}"]
    assert set(truths[0].data["spans"]) == {"eee19b7ec3c1b007", "eee19b7ec3c1b00a"}


def test_ids_and_numbers_in_protos_own_form(tmp_path: Path) -> None:
    odd = wire(
        traceId=base64.b64encode(bytes.fromhex(TRACE)).decode(),
        spanId=base64.b64encode(bytes.fromhex(SPAN)).decode(),
        startTimeUnixNano=1772355600000000000,
        parentSpanId="0000000000000000",
        status={"code": "STATUS_CODE_ERROR", "message": "no credit"},
    )
    plain = wire(status={"code": 2, "message": "no credit"})
    assert read(write(tmp_path, request(odd))) == read(write(tmp_path, request(plain)))


@pytest.mark.parametrize(
    "tree", [{"batches": request(wire())["resourceSpans"]}, {"trace": request(wire())}]
)
def test_tempos_own_names(tmp_path: Path, tree: dict[str, Any]) -> None:
    path = write(tmp_path, tree)
    assert Otlp().recognises(path, path.read_bytes())
    assert read(path) == read(write(tmp_path, request(wire())))


def test_a_broken_span_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    broken = [wire(spanId=7), wire(startTimeUnixNano="soon"), {"traceId": TRACE}, wire(spanId="")]
    events, problems = read(write(tmp_path, request(*broken, wire())))
    assert [problem.message[:6] for problem in problems] == ["span 1", "span 2", "span 3", "span 4"]
    assert {problem.record for problem in problems} == {1}  # the line
    assert "span 1 cannot be read: Expected `str`, got `int` - at `$.spanId`" in problems[0].message
    assert "`soon` is no time" in problems[1].message
    assert events[-1].id == f"otel/{TRACE}/end"


def test_a_broken_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    events, (problem,) = read(write(tmp_path, request(wire()), b'{"resourceSpans": [', b""))
    assert (problem.record, problem.warning) == (2, False)
    assert "no OTLP/JSON" in problem.message and events


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", None),
        (b"{", "no OTLP/JSON"),
        (b'{\n"resourceSpans": 7}', "no OTLP/JSON"),
        (b'{"resourceSpans": [{"scopeSpans": ' + b"[" * 9999, "no OTLP/JSON"),
    ],
)
def test_what_is_no_request_is_one_named_problem(
    tmp_path: Path, raw: bytes, message: str | None
) -> None:
    events, problems = read(write(tmp_path, raw))
    assert events == []
    assert len(problems) == (message is not None)
    assert message is None or message in problems[0].message


def test_traces_of_something_else_are_skipped_and_counted(tmp_path: Path) -> None:
    web = wire(attributes=[{"key": "http.method", "value": {"stringValue": "GET"}}])
    (skipped,) = Otlp().read(write(tmp_path, request(web)))
    assert skipped == Skipped(reason="traces without agents, models or tools")


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b'{"resourceSpans":[', True),
        (b'\xef\xbb\xbf\n{\n  "resourceSpans": [\n', True),
        (b'{"resourceLogs":[]}', True),
        (b'{"resourceMetrics":[]}', False),
        (b'{"spans": []}', False),
        (b"", False),
    ],
)
def test_the_format_is_told_by_its_first_key(head: bytes, known: bool) -> None:
    assert Otlp().recognises(Path("anything.txt"), head) is known
