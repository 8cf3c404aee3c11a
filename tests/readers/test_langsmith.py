"""LangSmith's runs, on a graph of two agents made by hand."""

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
    MessageSent,
    ModelCalled,
    RunEnded,
    ToolReturned,
)
from tertius.core.ports.reader import ReadProblem, Recorded, TruthRecord
from tertius.readers.langsmith import LangSmith

SAMPLE = Path(__file__).parent / "samples" / "langsmith.jsonl"
ROWS = [json.loads(line) for line in SAMPLE.read_text().splitlines()]


def events(path: Path) -> list[BaseEvent]:
    return [record.event for record in LangSmith().read(path) if isinstance(record, Recorded)]


def write(tmp_path: Path, tree: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(tree))
    return path


def test_the_reader_keeps_its_port_and_feedback_is_truth() -> None:
    hidden = {SAMPLE: ["hidden-feedback", "hidden-example"]}
    assert check_reader(LangSmith(), [SAMPLE], hidden=hidden, mutants=300).truths == 1


def test_steps_of_the_graph_that_call_a_model_are_its_agents() -> None:
    found = events(SAMPLE)
    joined = [event.agent for event in found if isinstance(event, AgentJoined)]
    assert joined == ["researcher", "writer"]
    models = [event for event in found if isinstance(event, ModelCalled)]
    assert [(m.agent, m.model, m.input_tokens, m.output_tokens) for m in models] == [
        ("researcher", "tiny-3", 21, 8), ("writer", "", 9, 7),
    ]  # fmt: skip
    (returned,) = [event for event in found if isinstance(event, ToolReturned)]
    assert (returned.agent, returned.call, returned.ok) == ("researcher", "call_c", True)
    assert [event.key for event in found if isinstance(event, MemoryRead)] == ["researcher"]
    assert {event.task for event in found} == {"thread-4"}


def test_what_the_second_agent_read_is_found_by_its_words() -> None:
    asked = [e for e in events(SAMPLE) if isinstance(e, MessageSent) and e.id[-2:] == "in"][1]
    (cause,) = asked.causes
    assert (asked.agent, cause.basis, cause.score) == ("", "inferred", 1.0)


@pytest.mark.parametrize("shape", ["list", "runs", "nested", "dotted"])
def test_every_way_of_saving_gives_the_same_events(tmp_path: Path, shape: str) -> None:
    tree: Any = ROWS
    if shape == "runs":
        tree = {"runs": ROWS, "cursors": {"next": None}}
    if shape == "nested":
        nested = [{**row, "child_runs": []} for row in ROWS]
        places = {row["id"]: row for row in nested}
        for row in nested:
            if row["parent_run_id"]:
                places[row.pop("parent_run_id")]["child_runs"].append(row)
                del row["trace_id"]
        tree = nested[0]
    if shape == "dotted":
        above: dict[str, str] = {}
        tree = []
        for row in ROWS:
            head = above.get(row["parent_run_id"] or "", "")
            above[row["id"]] = f"{head}.20260301T090000Z{row['id']}".removeprefix(".")
            keep = {k: v for k, v in row.items() if k not in ("parent_run_id", "trace_id")}
            tree.append({**keep, "dotted_order": above[row["id"]]})
    path = write(tmp_path, tree)
    assert LangSmith().recognises(path, path.read_bytes()[:65536])
    assert sorted(e.id for e in events(path)) == sorted(e.id for e in events(SAMPLE))
    assert [type(e) for e in events(path)] == [type(e) for e in events(SAMPLE)]


def test_named_agents_hand_off_and_failure(tmp_path: Path) -> None:
    def row(id: str, parent: str | None, name: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"id": id, "trace_id": "t", "parent_run_id": parent, "name": name,
                "run_type": kind, "start_time": f"2026-03-01T09:00:0{id}Z", **more}  # fmt: skip

    def of(name: str) -> dict[str, Any]:
        return {"extra": {"metadata": {"lc_agent_name": name}}}

    rows = [
        row("1", None, "desk", "chain", error="out of credit", end_time="2026-03-01T09:00:09Z"),
        row("2", "1", "triage", "chain", **of("triage"), outputs={"output": "to refunds"}),
        row("3", "2", "transfer_to_refunds", "tool", **of("triage"), inputs={"input": "lost"}),
        row("4", "1", "refunds", "chain", **of("refunds"), inputs={"question": "lost"}),
    ]
    found = events(write(tmp_path, rows))
    (handed,) = [event for event in found if isinstance(event, HandedOff)]
    assert (handed.agent, handed.to) == ("triage", "refunds")
    end = found[-1]
    assert isinstance(end, RunEnded) and (end.outcome, end.reason) == ("failed", "out of credit")


def test_a_row_that_is_no_run_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, [*ROWS, {"id": "x"}, 7])
    problems = [record for record in LangSmith().read(path) if isinstance(record, ReadProblem)]
    assert [(problem.record, problem.message) for problem in problems] == [
        (7, "expected a run with `id` and `run_type`"), (8, "expected a JSON object"),
    ]  # fmt: skip


def test_feedback_lies_beside_the_run_it_is_about() -> None:
    (truth,) = [record for record in LangSmith().read(SAMPLE) if isinstance(record, TruthRecord)]
    assert truth.run == f"langsmith/{ROWS[0]['trace_id']}"
    assert set(truth.data["spans"]) == {ROWS[0]["id"]}


@pytest.mark.parametrize(
    "head", [b'{"run_type": "x"}', b'{"id": 1, "name": "x"}', b'{"runs": []}', b"", b"[1]"]
)
def test_what_only_resembles_it_is_not_recognised(head: bytes) -> None:
    assert not LangSmith().recognises(Path("a.json"), head)
