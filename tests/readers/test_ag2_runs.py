"""Repeated AG2 runs, on lines made by hand in their shape."""

import gzip
import json
from pathlib import Path

from tertius.conformance.reader import check_reader
from tertius.core.events import AgentJoined, MessageSent, RunStarted
from tertius.core.ports.reader import Fingerprint, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers.ag2_runs import Ag2Runs

SAMPLES = Path(__file__).parent / "samples"
RUNS, ANSWERS = SAMPLES / "ag2_runs.jsonl", SAMPLES / "ag2_answers.json"
PAIR, TEAM = "ag2/jam-jars/m-1-orig-orig-42", "ag2/jam-jars/m-1-orig-impr-43"


def recorded(path: Path = RUNS) -> list[Recorded]:
    return [record for record in Ag2Runs().read(path) if isinstance(record, Recorded)]


def test_the_reader_keeps_the_port_and_hides_what_was_right() -> None:
    hidden = {RUNS: ["hidden-given-7", "hidden-given-8"]}
    report = check_reader(Ag2Runs(), [RUNS, ANSWERS], hidden=hidden, mutants=500)
    assert report.truths == 2


def test_two_agents_talk_to_each_other_and_a_manager_passes_on_to_all() -> None:
    sent = [r.event for r in recorded() if isinstance(r.event, MessageSent)]
    first, team = sent[0], [event for event in sent if event.run == TEAM]
    assert (first.run, first.agent, first.recipients, first.channel) == (
        PAIR, "proxy", ("assistant",), "chat",
    )  # fmt: skip
    assert {event.channel for event in team} == {"group-chat"}
    assert set(team[2].recipients) == {"Agent_Checker", "chat_manager", "Agent_Coder"}


def test_a_member_that_never_speaks_is_known_from_the_greeting() -> None:
    joined = [r.event.agent for r in recorded() if isinstance(r.event, AgentJoined)]
    assert "Agent_Coder" in joined


def test_the_start_names_task_seed_and_design() -> None:
    start = recorded()[0].event
    assert isinstance(start, RunStarted)
    assert (start.task, start.seed) == ("jam-jars", 42)
    assert start.title == "m-1, prompt orig, topology orig"


def test_repetitions_that_say_the_same_stay_apart(tmp_path: Path) -> None:
    row = json.loads(RUNS.read_text().splitlines()[0])
    path = tmp_path / "runs.jsonl"
    path.write_text("".join(json.dumps({**row, "seed": seed}) + "\n" for seed in (1, 2, 2)))
    records = list(Ag2Runs().read(path))
    assert not any(isinstance(record, Fingerprint) for record in records)
    assert [record.run for record in records if isinstance(record, TruthRecord)] == [
        "ag2/jam-jars/m-1-orig-orig-1", "ag2/jam-jars/m-1-orig-orig-2",
        "ag2/jam-jars/m-1-orig-orig-2/row-3",
    ]  # fmt: skip


def test_a_packed_file_gives_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "runs.gz"
    packed.write_bytes(gzip.compress(RUNS.read_bytes()))
    assert recorded(packed) == recorded()


def test_questions_and_answers_are_no_run() -> None:
    assert list(Ag2Runs().read(ANSWERS)) == [Skipped(reason="questions and answers without a run")]


def test_a_broken_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    lines = RUNS.read_text().splitlines()
    row = json.loads(lines[0])
    row["messages"][2] = ["proxy"]
    path.write_text("\n".join([json.dumps(row), '{"problem": ', '{"problem": "x"}', lines[1]]))
    problems = [r for r in Ag2Runs().read(path) if isinstance(r, ReadProblem)]
    assert [(p.record, p.field) for p in problems] == [
        (1, "$.messages[2]"), (2, None), (3, "$.messages"),
    ]  # fmt: skip
    assert {r.event.run for r in recorded(path)} == {PAIR, TEAM}
