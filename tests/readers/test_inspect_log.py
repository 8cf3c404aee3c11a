"""Inspect logs, written here by the library itself from a sample made by hand."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    HandedOff,
    MemoryRead,
    MessageSent,
    ModelCalled,
    RunEnded,
    RunStarted,
    ToolCalled,
    ToolReturned,
)
from tertius.core.ports.reader import ReadProblem, Recorded, TruthRecord
from tertius.readers.inspect_log import INSTALL, InspectLog

pytest.importorskip("inspect_ai", reason="the extra `inspect` is not installed")

from inspect_ai.event import ModelEvent, ScoreEvent, SpanBeginEvent, SpanEndEvent, ToolEvent
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score
from inspect_ai.tool import ToolCall, ToolCallError

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ASKED = [ChatMessageSystem(content="You plan."), ChatMessageUser(content="Which train?")]


class Script:
    """Events of a sample, one second apart."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def _at(self, id: str = "") -> dict[str, Any]:
        number = len(self.events)
        moment = START + timedelta(seconds=number)
        return {"timestamp": moment, "working_start": 0.0, "uuid": id or f"event-{number}"}

    def begin(self, id: str, parent: str | None, type: str, name: str) -> None:
        self.events.append(
            SpanBeginEvent(**self._at(), span_id=id, id=id, parent_id=parent, type=type, name=name)
        )

    def end(self, id: str) -> None:
        self.events.append(SpanEndEvent(**self._at(), span_id=id, id=id))

    def model(
        self, span: str, said: str, asked: list[Any], calls: list[ToolCall] | None = None
    ) -> None:
        output = ModelOutput.from_content("tiny", said)
        output.choices[0].message.tool_calls = calls
        output.usage = ModelUsage(input_tokens=11, output_tokens=5, total_tokens=16)
        at = self._at()
        self.events.append(
            ModelEvent(**at, span_id=span, model="tiny", input=asked, tools=[], tool_choice="auto",
                       config=GenerateConfig(), output=output,
                       completed=at["timestamp"] + timedelta(milliseconds=500))
        )  # fmt: skip

    def tool(self, span: str, name: str, result: str, error: ToolCallError | None = None) -> None:
        at = self._at()
        self.events.append(
            ToolEvent(**at, span_id=span, id=f"call-{name}", function=name, arguments={"q": "x"},
                      result=result, error=error, completed=at["timestamp"])
        )  # fmt: skip


def sample() -> EvalSample:
    """A planner that hands over to a scout, whose tool fails, and a scorer with a judge."""
    script = Script()
    script.begin("solver", None, "solver", "react")
    script.begin("planner", "solver", "agent", "planner")
    call = ToolCall(id="call-transfer_to_scout", function="transfer_to_scout", arguments={})
    script.model("planner", "The scout knows.", ASKED, [call])
    script.begin("handoff", "planner", "tool", "transfer_to_scout")
    script.tool("planner", "transfer_to_scout", "transferred")
    script.begin("scout", "handoff", "agent", "scout")
    script.model("scout", "I look it up.", [ChatMessageUser(content="Which train?")])
    script.begin("lookup", "scout", "tool", "timetable")
    script.tool("scout", "timetable", "", ToolCallError(type="timeout", message="no answer"))
    script.end("lookup")
    script.end("scout")
    script.end("handoff")
    script.model("planner", "Take 08:05.", ASKED)
    script.end("planner")
    script.end("solver")
    script.begin("scorer", None, "scorer", "judge")
    script.model("scorer", "hidden-judge-says-wrong", [ChatMessageUser(content="hidden-rubric")])
    script.events.append(
        ScoreEvent(**script._at(), span_id="scorer", score=Score(value="I", answer="hidden-score"))
    )
    script.end("scorer")
    return EvalSample(
        id="trip one",
        epoch=1,
        input="Which train?",
        target="hidden-target",
        messages=[*ASKED, ChatMessageAssistant(content="Take 08:05.")],
        output=ModelOutput.from_content("tiny", "Take 08:05."),
        scores={"judge": Score(value="I", explanation="hidden-explanation")},
        metadata={"solution": "hidden-metadata"},
        events=script.events,
        started_at=START.isoformat(),
        completed_at=(START + timedelta(seconds=60)).isoformat(),
    )


def untraced() -> EvalSample:
    """A sample that kept its messages only."""
    call = ToolCall(id="c1", function="timetable", arguments={"day": "Friday"})
    return EvalSample(
        id=2,
        epoch=1,
        input="Which train?",
        target="hidden-target",
        messages=[
            *ASKED,
            ChatMessageAssistant(content="I look it up.", tool_calls=[call]),
            ChatMessageTool(content="08:05", tool_call_id="c1", function="timetable"),
            ChatMessageAssistant(content="Take 08:05."),
        ],
    )


def write(path: Path, *samples: EvalSample) -> Path:
    spec = EvalSpec(
        eval_id="eval-1", run_id="run-1", created=START.isoformat(), task="trips",
        dataset=EvalDataset(), model="tiny", config=EvalConfig(),
    )  # fmt: skip
    write_eval_log(EvalLog(eval=spec, status="success", samples=list(samples)), str(path))
    return path


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("logs") / "a.json", sample())


def records(path: Path) -> Iterator[Recorded]:
    return (record for record in InspectLog().read(path) if isinstance(record, Recorded))


def events(path: Path) -> dict[str, BaseEvent]:
    return {r.event.id.removeprefix(r.event.run + "/"): r.event for r in records(path)}


def test_the_reader_keeps_its_port_and_answers_are_truth(log: Path) -> None:
    hidden = [
        "hidden-target", "hidden-score", "hidden-explanation", "hidden-metadata",
        "hidden-judge-says-wrong",
    ]  # fmt: skip
    report = check_reader(InspectLog(), [log], hidden={log: hidden}, mutants=100)
    assert report.truths == 1
    assert not [r for r in records(log) if b"hidden" in b"".join(r.contents)]


def test_agents_their_models_and_tools(log: Path) -> None:
    found = events(log)
    assert isinstance(found["start"], RunStarted) and found["start"].title == "trips"
    joined = [event.agent for event in found.values() if isinstance(event, AgentJoined)]
    assert joined == ["planner", "scout"]
    models = [e for e in found.values() if isinstance(e, ModelCalled)]
    assert [(m.agent, m.model, m.input_tokens, m.output_tokens) for m in models] == [
        ("planner", "tiny", 11, 5), ("scout", "tiny", 11, 5), ("planner", "tiny", 11, 5),
    ]  # fmt: skip
    assert isinstance(found["event-2/prompt"], MemoryRead)
    called, returned = found["lookup/call"], found["lookup/return"]
    assert isinstance(called, ToolCalled) and isinstance(returned, ToolReturned)
    assert (called.agent, called.tool, called.call) == ("scout", "timetable", "call-timetable")
    assert returned.ok is False


def test_a_hand_off_gives_control_back(log: Path) -> None:
    found = events(log)
    handed = found["handoff/handoff"]
    assert isinstance(handed, HandedOff) and (handed.agent, handed.to) == ("planner", "scout")
    asked, back = found["scout/in"], found["scout/out"]
    assert isinstance(asked, MessageSent) and isinstance(back, MessageSent)
    assert (asked.agent, asked.recipients, asked.channel) == ("planner", ("scout",), "handoff")
    assert (back.agent, back.recipients) == ("scout", ("planner",))


def test_both_forms_of_a_log_say_the_same(log: Path, tmp_path: Path) -> None:
    packed = write(tmp_path / "a.eval", sample())
    assert InspectLog().recognises(packed, packed.read_bytes()[:65536])
    assert list(records(packed)) == list(records(log))


def test_a_sample_without_a_transcript_is_told_by_its_messages(tmp_path: Path) -> None:
    found = events(write(tmp_path / "a.json", untraced()))
    kinds = [
        type(e) for e in found.values() if isinstance(e, ModelCalled | ToolCalled | ToolReturned)
    ]
    assert kinds == [ModelCalled, ToolCalled, ToolReturned, ModelCalled]
    assert {event.agent for event in found.values()} == {""}  # nobody is named
    assert {event.time for event in found.values()} == {0}


def test_every_sample_is_a_run_and_a_second_of_one_name_is_named(tmp_path: Path) -> None:
    found = list(InspectLog().read(write(tmp_path / "a.json", sample(), untraced(), untraced())))
    runs = [record.run for record in found if isinstance(record, TruthRecord)]
    assert sorted(run[:24] for run in runs) == ["inspect/eval-1/2-1", "inspect/eval-1/trip-one-"]
    (problem,) = [record for record in found if isinstance(record, ReadProblem)]
    assert "occurs twice" in problem.message


def test_an_error_of_the_sample_ends_the_run(tmp_path: Path) -> None:
    from inspect_ai.log import EvalError

    broken = sample()
    broken.error = EvalError(message="sandbox died", traceback="", traceback_ansi="")
    end = events(write(tmp_path / "a.json", broken))["end"]
    assert isinstance(end, RunEnded) and (end.outcome, end.reason) == ("failed", "sandbox died")


def test_without_the_library_the_extra_is_named(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    (problem,) = InspectLog().read(log)
    assert isinstance(problem, ReadProblem) and problem.message == INSTALL


def test_a_header_alone_and_a_broken_log_are_named(tmp_path: Path) -> None:
    (problem,) = InspectLog().read(write(tmp_path / "a.json"))
    assert isinstance(problem, ReadProblem) and "without samples" in problem.message
    path = tmp_path / "b.eval"
    path.write_bytes(b"PK\x03\x04 not a log")
    (problem,) = InspectLog().read(path)
    assert isinstance(problem, ReadProblem) and "no log that inspect_ai reads" in problem.message


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04" + bytes(26) + b"word/document.xml", b'{"status": 1, "eval": 2}', b""]
)
def test_what_only_resembles_it_is_not_recognised(head: bytes) -> None:
    assert not InspectLog().recognises(Path("a.eval"), head)
