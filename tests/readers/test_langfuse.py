"""Langfuse's traces, on one made by hand."""

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
    ModelCalled,
    ToolReturned,
)
from tertius.core.ports.reader import ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.langfuse import Langfuse

SAMPLE = Path(__file__).parent / "samples" / "langfuse.json"
TREE = json.loads(SAMPLE.read_text())


def events(path: Path) -> list[BaseEvent]:
    return [record.event for record in Langfuse().read(path) if isinstance(record, Recorded)]


def truths(path: Path) -> list[dict[str, Any]]:
    return [record.data for record in Langfuse().read(path) if isinstance(record, TruthRecord)]


def write(tmp_path: Path, tree: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(tree))
    return path


def test_the_reader_keeps_its_port_and_no_verdict_leaks() -> None:
    hidden = {SAMPLE: ["hidden-grade", "hidden-comment"]}
    assert check_reader(Langfuse(), [SAMPLE], hidden=hidden, mutants=300).truths == 1


def test_each_observation_becomes_what_its_type_says() -> None:
    found = events(SAMPLE)
    joined = [event for event in found if isinstance(event, AgentJoined)]
    assert [event.title or event.agent for event in joined] == ["forecaster", "table keeper"]
    keeper = joined[1].agent
    (called,) = [event for event in found if isinstance(event, ModelCalled)]
    assert (called.agent, called.model, called.input_tokens) == ("forecaster", "tiny-4", 14)
    (handed,) = [event for event in found if isinstance(event, HandedOff)]
    assert (handed.agent, handed.to) == ("forecaster", keeper)
    (returned,) = [event for event in found if isinstance(event, ToolReturned)]
    assert (returned.agent, returned.tool, returned.ok) == (keeper, "tide_table", False)
    assert len([event for event in found if isinstance(event, MemoryRead)]) == 2
    assert {event.task for event in found} == {"session-8"}


@pytest.mark.parametrize("shape", ["page", "list", "split", "rows", "lines"])
def test_every_way_of_saving_gives_the_same_run(tmp_path: Path, shape: str) -> None:
    trace = {key: value for key, value in TREE.items() if key != "observations"}
    rows = [{**row, "sessionId": "session-8"} for row in TREE["observations"]]
    tree = {
        "page": {"data": [TREE], "meta": {"page": 1}},
        "list": [TREE],
        "split": {"trace": trace, "observations": TREE["observations"]},
        "rows": [*rows, *TREE["scores"]],
        "lines": None,
    }[shape]
    path = write(tmp_path, tree)
    if shape == "lines":
        path.write_text("\n".join(json.dumps(row) for row in [*rows, *TREE["scores"]]))
    assert Langfuse().recognises(path, path.read_bytes()[:65536])
    assert events(path) == events(SAMPLE)
    assert truths(path) == truths(SAMPLE)


def test_attributes_from_opentelemetry_fill_what_the_type_leaves_open(tmp_path: Path) -> None:
    words = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    row = {"id": "o", "traceId": "t", "type": "SPAN", "name": "x",
           "startTime": "2026-03-01T09:00:00Z", "metadata": {"attributes": words}}  # fmt: skip
    found = [event for event in events(write(tmp_path, [row])) if isinstance(event, ToolReturned)]
    assert [event.tool for event in found] == ["search"]


def test_scores_alone_are_no_run(tmp_path: Path) -> None:
    path = write(tmp_path, TREE["scores"])
    assert Langfuse().recognises(path, path.read_bytes())
    assert list(Langfuse().read(path)) == [Skipped(reason="scores of runs in other files")]


def test_a_row_that_is_no_observation_is_named_and_depth_is_bounded(tmp_path: Path) -> None:
    deep: Any = {"observations": [{"id": "x"}]}
    for _ in range(100):
        deep = {"observations": [deep]}
    found = list(Langfuse().read(write(tmp_path, [TREE, deep])))
    problems = [record for record in found if isinstance(record, ReadProblem)]
    assert [problem.record for problem in problems] == [2]
    assert "expected an observation with" in problems[0].message


@pytest.mark.parametrize(
    "head", [b'{"observations": []}', b'{"data": []}', b'{"traceId": "t"}', b"", b"[1]"]
)
def test_what_only_resembles_it_is_not_recognised(head: bytes) -> None:
    assert not Langfuse().recognises(Path("a.json"), head)
