"""AgentRx: its four kinds of file, on runs made by hand in their shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from tertius.conformance.reader import check_reader
from tertius.core.events import BaseEvent, MessageSent, ModelCalled, ToolCalled
from tertius.core.ports.reader import Fingerprint, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.agentrx import AgentRx
from tertius.readers.source import head
from tertius.readers.who_when import WhoAndWhen

SAMPLES = Path(__file__).parent / "samples"
TEAM, TAU = SAMPLES / "agentrx_team.json", SAMPLES / "agentrx_tau.json"
LABELS, CALLS = SAMPLES / "agentrx_labels.json", SAMPLES / "agentrx_calls.json"


def events(path: Path) -> dict[str, BaseEvent]:
    """Events by the part of the id that follows the run."""
    found = [r.event for r in AgentRx().read(path) if isinstance(r, Recorded)]
    return {event.id.removeprefix(event.run + "/"): event for event in found}


def write(tmp_path: Path, tree: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(tree))
    return path


def test_the_reader_keeps_the_port_and_hides_labels() -> None:
    hidden = {
        TEAM: ["hidden-wrong-island"],
        TAU: ["hidden-instruction-5", "hidden-action-5", "hidden-annotation", "hidden-record"],
        LABELS: ["hidden-blame-WebSurfer", "hidden-summary", "hidden-blame-assistant"],
    }
    report = check_reader(AgentRx(), [TEAM, TAU, LABELS, CALLS], hidden=hidden, mutants=300)
    assert (report.samples, report.truths) == (4, 4)


def test_a_team_is_read_as_magentic_one() -> None:
    found = events(TEAM)
    assert found["0"].run == "agentrx/agentrx_team"
    assert isinstance(found["1"], ModelCalled)
    asked, answer = found["2"], found["3"]
    assert isinstance(asked, MessageSent) and isinstance(answer, MessageSent)
    assert (asked.agent, asked.recipients) == ("Orchestrator", ("WebSurfer",))
    assert (answer.agent, answer.recipients) == ("WebSurfer", ("Orchestrator",))


def test_the_same_run_has_the_same_fingerprint_in_who_and_when(tmp_path: Path) -> None:
    items = [{"content": i["content"], "role": i["role"]} for i in json.loads(TEAM.read_text())]
    other = write(tmp_path, {"history": items, "question_ID": "x"})
    (ours,) = [r for r in AgentRx().read(TEAM) if isinstance(r, Fingerprint)]
    (theirs,) = [r for r in WhoAndWhen().read(other) if isinstance(r, Fingerprint)]
    assert ours.digest == theirs.digest and ours.run != theirs.run
    items[3]["content"] += "!"
    (changed,) = [r for r in AgentRx().read(write(tmp_path, items)) if isinstance(r, Fingerprint)]
    assert changed.digest != ours.digest


def test_shop_runs_are_named_by_their_task_as_the_labels_name_them() -> None:
    found = events(TAU)
    assert {event.run for event in found.values()} == {"agentrx/tau-5"}
    assert isinstance(found["2/call-0"], ToolCalled)


def test_labels_are_truth_of_the_runs_they_name_and_the_file_is_no_run() -> None:
    records = list(AgentRx().read(LABELS))
    truths = [record for record in records if isinstance(record, TruthRecord)]
    assert [truth.run for truth in truths] == ["agentrx/agentrx_team", "agentrx/tau-5"]
    assert records[-1] == Skipped(reason="labels of runs")


def test_examples_of_calls_are_skipped() -> None:
    assert list(AgentRx().read(CALLS)) == [Skipped(reason="calls of tools without a run")]


@pytest.mark.parametrize(
    "tree",
    [
        [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi (thought)"}],
        {"role": "Orchestrator (thought)", "content": "one message"},
        [],
    ],
)
def test_other_lists_of_messages_are_not_claimed(tmp_path: Path, tree: Any) -> None:
    path = write(tmp_path, tree)
    assert not AgentRx().recognises(path, head(path))


def test_a_broken_item_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    items = json.loads(TEAM.read_text())
    items[3] = {"role": "WebSurfer", "content": 7}
    path = write(tmp_path, items)
    (problem,) = [r for r in AgentRx().read(path) if isinstance(r, ReadProblem)]
    assert (problem.record, problem.field) == (4, "$[3].content")
    assert events(path)["3"].agent == "WebSurfer"


def test_labels_without_a_name_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, [{"trajectory_id": None, "failures": []}])
    problem, skipped = AgentRx().read(path)
    assert isinstance(problem, ReadProblem) and isinstance(skipped, Skipped)
    assert problem.field == "$[0].trajectory_id"
