"""Ingest: every file is read, skipped with a reason or named as broken, and all is counted."""

import gzip
import io
import json
import os
from pathlib import Path

import pytest

from tertius.core.events import MessageSent
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.readers.table import TABLE, UnknownFormatError
from tertius.runtime.ingest import Ingest, NoRunsError
from tertius.runtime.tally import MAX_KEPT, Edge

FOLDER = Path(__file__).parent.parent / "readers" / "samples"
SAMPLES = [FOLDER / name for name in ("team.jsonl", "who_when_chat.json", "who_when_team.json")]
TRIED = ", ".join(f"`{name}`" for name in TABLE)


def run(*paths: Path | str, **options: object) -> tuple[Ingest, list[Recorded | TruthRecord]]:
    ingest = Ingest(paths, **options)  # type: ignore[arg-type]  # options of several types
    return ingest, list(ingest)


def test_a_folder_of_mixed_formats_is_read_and_counted() -> None:
    ingest, records = run(*SAMPLES)
    summary = ingest.summary
    assert sorted(summary.runs) == [
        "build-7", "build-8", "who-when/ag-who_when_chat", "who-when/hc-who_when_team",
    ]  # fmt: skip
    assert dict(summary.formats) == {"who_and_when": 2, "jsonl": 1}
    assert summary.events == sum(isinstance(record, Recorded) for record in records)
    assert summary.truths == 2
    assert (summary.problem_count, summary.exit_code) == (0, 0)
    assert summary.agents == 5 + 5 + 4
    chat = summary.runs["who-when/ag-who_when_chat"]
    assert chat.edges[Edge(sender="Harbour_Expert", receiver="Quiet_Expert",
                           channel="group-chat")] == 2  # fmt: skip
    assert len(chat.edges) == 4 * 4


def test_unknown_parties_are_counted_each_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x"}\n{"from": "a", "to": "b", "channel": "c"}\n')
    summary = run(path)[0].summary
    unknown = summary.unknown
    assert (unknown.senders, unknown.receivers, unknown.channels, unknown.times) == (1, 1, 1, 2)
    assert summary.as_dict()["unknown"] == {
        "senders": 1, "receivers": 1, "channels": 1, "times": 2,
    }  # fmt: skip


def test_two_iterations_over_the_same_files_give_the_same_records() -> None:
    assert run(*SAMPLES)[1] == run(*SAMPLES)[1]


def test_a_broken_line_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"from": "a"}\n{"from": \n{"from": "b"}\n')
    ingest, records = run(tmp_path)
    (problem,) = ingest.summary.problems
    assert problem.path == str(tmp_path / "a.jsonl")
    assert (problem.record, problem.offset) == (2, 23)
    assert len(records) == 2 and ingest.summary.exit_code == 2


def test_warnings_do_not_change_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"from": "a", "time": "2026-01-02T00:00:00Z"}\n'
        '{"from": "a", "time": "2026-01-01T00:00:00Z"}\n'
    )
    summary = run(tmp_path)[0].summary
    assert (summary.warning_count, summary.problem_count, summary.exit_code) == (1, 0, 0)


def test_what_holds_no_run_is_skipped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("read me")
    (tmp_path / "empty").write_text("")
    (tmp_path / "run.jsonl").write_text('{"from": "a"}')
    (tmp_path / "copy.jsonl").write_text('{"from": "a"}')
    (tmp_path / "link").symlink_to("run.jsonl")
    summary = run(tmp_path)[0].summary
    assert {reason: len(files) for reason, files in summary.skipped.items()} == {
        "no known format": 1, "empty": 1, "same bytes as another file": 1, "symbolic link": 1,
    }  # fmt: skip
    assert summary.exit_code == 0


def test_a_file_asked_for_by_name_must_be_readable(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("read me")
    (tmp_path / "empty").write_text("")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    summary = run(*SAMPLES, *(tmp_path / name for name in ("README", "empty", "dangling", "pipe")))[
        0
    ].summary
    assert [problem.message for problem in summary.problems] == [
        f"no known format; tried {TRIED}; `--format` names one",
        "the file is empty",
        "cannot be read: no such file or directory",
        "no plain file; expected a file with recorded runs",
    ]
    assert summary.exit_code == 2 and len(summary.runs) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("read me", f"no known format; tried {TRIED}"),
        ("", "the file is empty"),
        ('{"history": [', "broken JSON"),
    ],
)
def test_one_file_that_gives_nothing_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "1.json"
    path.write_text(text)
    if text.startswith("{"):
        path = tmp_path / "1.jsonl"
        path.write_text(text)
    with pytest.raises(NoRunsError) as caught:
        run(path)
    assert message in str(caught.value) and caught.value.exit_code == 2


def test_a_folder_without_runs_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("read me")
    with pytest.raises(NoRunsError, match="no run in 1 files; tried the formats `who_and_when`"):
        run(tmp_path)


def test_an_unknown_format_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="did you mean `jsonl`"):
        Ingest([tmp_path], format="json")


def test_a_format_by_name_overrides_recognition(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("not JSON\n" * 30 + '{"from": "a"}\n')
    ingest, records = run(tmp_path, format="jsonl")
    assert len(records) == 1 and ingest.summary.problem_count == 30


def test_standard_input_is_read_like_a_file() -> None:
    piped = io.BytesIO(SAMPLES[0].read_bytes() + b"{\n")
    ingest, records = run("-", stdin=piped)
    assert len(records) == 7
    assert [problem.path for problem in ingest.summary.problems] == ["-"]
    assert ingest.summary.runs["build-7"].file == "-"


def test_an_id_is_used_once_among_all_files(tmp_path: Path) -> None:
    for name, agent in (("a", "first"), ("b", "second")):
        line = f'{{"from": "{agent}", "id": "x", "run": "r"}}\n'
        (tmp_path / f"{name}.jsonl").write_text(line)
    ingest, (record,) = run(tmp_path)
    assert isinstance(record, Recorded) and isinstance(record.event, MessageSent)
    assert record.event.agent == "first"
    (problem,) = ingest.summary.problems
    assert "event `x` was already read from another file" in problem.message


def test_problems_are_all_counted_and_the_first_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"from": "a"}\n' + "broken\n" * (MAX_KEPT + 5))
    summary = run(tmp_path)[0].summary
    assert (summary.problem_count, len(summary.problems)) == (MAX_KEPT + 5, MAX_KEPT)


def test_progress_ends_at_the_number_of_bytes() -> None:
    told: list[tuple[int, int]] = []
    ingest = Ingest(SAMPLES, on_file=lambda done, total: told.append((done, total)))
    for _ in ingest:
        pass
    assert len(told) == 3
    assert told[-1] == (ingest.bytes, ingest.bytes)
    assert ingest.summary.bytes == ingest.bytes


def texts(*words: str) -> list[dict[str, str]]:
    return [{"content": word, "role": f"Agent{n} (thought)"} for n, word in enumerate(words)]


def two_copies(tmp_path: Path, first: str) -> Path:
    """Write one run in two formats, with labels in each and beside them."""
    (tmp_path / "logs").mkdir()
    items = texts("look", "found it")
    mine, theirs = ("a", "z") if first == "agentrx" else ("z", "a")
    (tmp_path / mine).mkdir()
    (tmp_path / theirs).mkdir()
    (tmp_path / mine / "t1.json").write_text(json.dumps(items))
    tree = {"history": items, "mistake_agent": "Agent1"}
    (tmp_path / theirs / "7.json").write_text(json.dumps(tree))
    labels: list[dict[str, object]] = [
        {"trajectory_id": name, "failures": []} for name in ("t1", "lost")
    ]
    (tmp_path / "logs" / "labels.json").write_text(json.dumps(labels))
    return tmp_path


@pytest.mark.parametrize(
    ("first", "kept", "away"),
    [
        ("agentrx", "agentrx/t1", "who-when/hc-7"),
        ("who_and_when", "who-when/hc-7", "agentrx/t1"),
    ],
)
def test_a_run_in_two_formats_is_read_once_and_keeps_the_truth_of_both(
    tmp_path: Path, first: str, kept: str, away: str
) -> None:
    ingest, records = run(two_copies(tmp_path, first))
    summary = ingest.summary
    assert list(summary.runs) == [kept]
    assert {r.event.run for r in records if isinstance(r, Recorded)} == {kept}
    assert [(merged.run, merged.kept) for merged in summary.merged] == [(away, kept)]
    truths = [r for r in records if isinstance(r, TruthRecord)]
    assert sorted((r.run, sorted(r.data)) for r in truths) == sorted([
        (kept, ["mistake_agent"]), (kept, ["failures", "trajectory_id"]),
        ("agentrx/lost", ["failures", "trajectory_id"]),
    ])  # fmt: skip
    assert (summary.truths, summary.alone, summary.problem_count) == (3, 1, 0)


def test_truth_waits_for_a_run_that_is_read_later(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"trajectory_id": "t1", "failures": []}]')
    (tmp_path / "t1.json").write_text(json.dumps(texts("look")))
    ingest, records = run(tmp_path)
    assert isinstance(records[-1], TruthRecord) and records[-1].run == "agentrx/t1"
    assert ingest.summary.alone == 0


def test_the_same_run_under_the_same_name_is_merged_without_a_word_of_its_events(
    tmp_path: Path,
) -> None:
    for folder, space in (("a", None), ("b", 1)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "t1.json"
        path.write_text(json.dumps(texts("look"), indent=space))
    summary = run(tmp_path)[0].summary
    assert (len(summary.runs), len(summary.merged), summary.problem_count) == (1, 1, 0)


def test_files_without_runs_are_skipped_and_rows_without_events_counted(tmp_path: Path) -> None:
    for name in ("agentrx_labels.json", "coalition_logs.jsonl", "ag2_answers.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    summary = run(tmp_path)[0].summary
    assert (summary.files, dict(summary.formats)) == (1, {"coalition_logs": 1})
    path = str(tmp_path / "coalition_logs.jsonl")
    assert summary.rows == {"rows without events": {path: 1}}
    assert {reason: len(files) for reason, files in summary.skipped.items()} == {
        "labels of runs": 1, "questions and answers without a run": 1,
    }  # fmt: skip
    told = summary.as_dict()
    assert (told["runs"], told["merged_runs"]) == (2, 0)
    assert told["rows"] == {"rows without events": 1}
    assert told["truth_without_run"] == summary.alone == 2


def test_a_packed_file_is_read_as_what_it_holds_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(SAMPLES[0].read_bytes())
    (tmp_path / "team.jsonl.gz").write_bytes(packed)
    (tmp_path / "torn.jsonl.gz").write_bytes(packed[:40])
    summary = run(tmp_path)[0].summary
    assert set(summary.runs) == {"build-7", "build-8"}
    (problem,) = summary.problems
    assert problem.path.endswith("torn.jsonl.gz") and "cut off" in problem.message


def test_lines_that_are_nearly_ours_say_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"frm": "planner", "text": "go"}\n')
    with pytest.raises(NoRunsError) as caught:
        run(path)
    assert str(caught.value).endswith(
        "`--format` names one; as `jsonl`, line 1: unknown key `frm`; did you mean `from`"
    )
