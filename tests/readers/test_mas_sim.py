"""MAS-SIM's span files, on a run made by hand in their shape."""

import json
from pathlib import Path

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import (
    AgentJoined,
    BaseEvent,
    MessageSent,
    ModelCalled,
    RunEnded,
    TaskAssigned,
    ToolCalled,
    ToolReturned,
)
from tertius.core.ports.reader import ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.mas_sim import MasSim

SAMPLE = Path(__file__).parent / "samples" / "mas_sim.json"
HIDDEN = [
    "hidden-result-P9", "hidden-item", "hidden-target", "hidden-injection", "hidden-category",
    "hidden-node", "hidden-criterion",
]  # fmt: skip


def events(path: Path = SAMPLE) -> dict[str, BaseEvent]:
    found = [record.event for record in MasSim().read(path) if isinstance(record, Recorded)]
    return {event.id.split("/", 2)[2]: event for event in found}


def test_the_reader_keeps_its_port_and_no_answer_leaks() -> None:
    report = check_reader(MasSim(), [SAMPLE], hidden={SAMPLE: HIDDEN}, mutants=300)
    assert report.truths == 1


def test_each_step_is_told_by_the_agent_that_did_it() -> None:
    found = events()
    assert {event.run for event in found.values()} == {"mas-sim/run-pump-7"}
    joined = [event.agent for event in found.values() if isinstance(event, AgentJoined)]
    assert joined == ["Coordinator", "Researcher", "Executor", "Evaluator"]
    assert [e.agent for e in found.values() if isinstance(e, ModelCalled)] == joined
    said = [e.agent for id, e in found.items() if isinstance(e, MessageSent) and id[-3:] == "out"]
    assert said == joined
    assert all(event.time for event in found.values())


def test_the_delegated_task_and_the_planned_call_name_both_sides() -> None:
    found = events()
    (task,) = [event for event in found.values() if isinstance(event, TaskAssigned)]
    assert (task.agent, task.to) == ("Coordinator", "Researcher")
    asked = found["aa00000000000002/in"]
    assert isinstance(asked, MessageSent)
    assert (asked.agent, asked.recipients) == ("Coordinator", ("Researcher",))
    (call,) = [event for event in found.values() if isinstance(event, ToolCalled)]
    assert (call.agent, call.tool) == ("Researcher", "PumpList")
    (returned,) = [event for event in found.values() if isinstance(event, ToolReturned)]
    assert returned.ok is False


def test_who_read_whose_words_is_inferred_and_a_quote_has_its_share() -> None:
    asked = events()["aa00000000000005/in"]
    assert asked.agent == ""  # the file does not say who asked
    (cause,) = asked.causes
    assert (cause.id[-3:], cause.basis, cause.score) == ("out", "inferred", 0.622)


def test_the_outcome_is_what_the_teams_own_evaluator_said() -> None:
    end = events()["end"]
    assert isinstance(end, RunEnded) and end.outcome == "completed"


def test_the_truth_aligns_the_fault_with_its_step() -> None:
    (truth,) = [record for record in MasSim().read(SAMPLE) if isinstance(record, TruthRecord)]
    fault = truth.data["spans"]["aa00000000000003"]
    assert fault["experiment.step_index"] == 3
    assert fault["fault.injected"] == [{"category": "hidden-category", "node": "hidden-node"}]
    assert truth.data["task_metadata"]["injection_node"] == "hidden-injection"


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (
            {"trajectory_id": "q", "instruction": "x", "steps": [{"index": 1, "substeps": [
                {"sub_index": 1, "role": "A", "content": "Agent: A\nOperation: plan"}]}]},
            "text views of runs",
        ),
        (
            {"trajectory_id": "q", "instruction": "x", "steps": [{"index": 1, "substeps": [
                {"sub_index": 1, "role": "A", "content": '{"agent": "A", "operation": "x"}'}]}]},
            "text views of runs",
        ),
        (
            {"run_task_id": "q", "critical_failure_step": 3, "failed_component": "A"},
            "labels of runs in other files",
        ),
        ({"run_id": "q", "mas_id": "MAS-SIM"}, "settings of runs in other files"),
    ],
)  # fmt: skip
def test_other_files_of_the_family_are_skipped_by_content(
    tmp_path: Path, tree: object, reason: str
) -> None:
    path = tmp_path / "anything.json"
    path.write_text(json.dumps(tree, indent=2))
    assert MasSim().recognises(path, path.read_bytes())
    assert list(MasSim().read(path)) == [Skipped(reason=reason)]


def test_a_trajectory_of_another_system_is_not_ours(tmp_path: Path) -> None:
    steps = [{"index": 1, "substeps": [{"sub_index": 1, "role": "A", "content": "hello"}]}]
    head = json.dumps({"trajectory_id": "q", "steps": steps}).encode()
    assert not MasSim().recognises(tmp_path / "a.json", head)
    assert not MasSim().recognises(tmp_path / "a.json", b'{"schema": "other"}')


def test_a_broken_span_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    tree = json.loads(SAMPLE.read_text())
    tree["spans"][1] = 7
    del tree["spans"][2]["attributes"]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(tree))
    problems = [record for record in MasSim().read(path) if isinstance(record, ReadProblem)]
    assert [(p.record, p.field) for p in problems] == [(2, "$.spans[1]"), (3, "$.spans[2]")]
    assert "aa00000000000005/out" in events(path)
