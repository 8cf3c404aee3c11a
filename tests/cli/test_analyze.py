"""`tertius analyze`: recorded runs in, a verified log and a summary out, whatever the input."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tertius.cli.main import run
from tertius.core.finding import Finding
from tertius.core.oversight_events import Found
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.disk import LogWriteError
from tertius.log.read import LogReader
from tertius.log.writer import Writer
from tertius.readers import source
from tertius.report.claims import fold
from tertius.runtime.detect import battery, detect_log
from tertius.runtime.ingest import Ingest

FOLDER = Path(__file__).parent.parent / "readers" / "samples"
NAMES = ("team.jsonl", "who_when_chat.json", "who_when_team.json")
SAMPLES = [str(FOLDER / name) for name in NAMES]
GOOD = '{"from": "a", "to": "b", "text": "one"}\n'


def ids(log: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the ids of the recorded events in a log, in order, without the findings."""
    capsys.readouterr()
    assert run(["log", "show", str(log), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event["id"] for event in events if event["kind"] != "found"]


def as_json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """Run with `--json`; the whole output is one object, whatever the outcome."""
    assert run(["analyze", *words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    """Run what must fail with one line on standard error and nothing on standard output."""
    assert run(["analyze", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tertius: ")
    assert captured.err.count("\n") == 1
    assert "internal error" not in captured.err
    return captured.err


# -- what comes out ----------------------------------------------------------------------------


def test_the_tables_count_runs_agents_events_and_edges(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["analyze", *SAMPLES]) == 0
    captured = capsys.readouterr()
    rows = [re.findall(r"[\w,]+", line) for line in captured.out.splitlines()]
    assert ["jsonl", "2", "4", "7", "4"] in rows
    assert ["who_and_when", "2", "10", "37", "23"] in rows
    assert "unknown in 44 events: sender 1, receiver 1, channel 3, time 38" in captured.out
    assert ["Harbour_Expert", "Counting_Expert", "2"] in rows
    assert "and 15 more pairs" in captured.out
    assert "record: 48 entries, verified" in captured.out
    assert "the log was not kept; add --log DIR" in captured.out
    assert captured.err == ""


def test_json_is_one_object_with_everything(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, *SAMPLES)
    counts = {key: found[key] for key in ("files", "runs", "agents", "events", "edges")}
    assert counts == {"files": 3, "runs": 4, "agents": 14, "events": 44, "edges": 27}
    assert found["unknown"] == {"senders": 1, "receivers": 1, "channels": 3, "times": 38}
    assert (found["problem_list"], found["log"]) == ([], None)
    assert found["record"]["status"] == "verified"


def test_the_log_is_kept_and_verifies_under_the_pinned_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "a log"
    assert run(["analyze", *SAMPLES, "--log", str(log)]) == 0
    assert f"next: tertius log show '{log}' --run build-7" in capsys.readouterr().out
    assert run(["verify", str(log)]) == 0
    assert not [path for path in log.rglob("*") if path.suffix == ".key"]


def test_without_log_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["analyze", *SAMPLES]) == 0
    assert list(tmp_path.iterdir()) == []


def test_answers_go_to_a_file_of_their_own_and_never_into_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, truth = tmp_path / "log", tmp_path / "truth.jsonl"
    assert run(["analyze", *SAMPLES, "--log", str(log), "--truth", str(truth)]) == 0
    assert "answers and labels kept out of the log: 2" in capsys.readouterr().out
    answers = [json.loads(line) for line in truth.read_text().splitlines()]
    assert len(answers) == 2
    assert "hidden-answer-seven" in truth.read_text()
    kept = b"".join(path.read_bytes() for path in log.rglob("*") if path.is_file())
    assert b"hidden-answer-seven" not in kept
    assert b"Harbour_Expert" in kept


# -- where it reads from -----------------------------------------------------------------------


def test_files_folders_and_patterns_may_be_mixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name in ("one", "two", "three"):
        (folder / f"{name}.jsonl").write_text(GOOD.replace("one", name))
    (folder / "notes.txt").write_text("nothing recorded here")
    assert as_json(capsys, str(folder))["runs"] == 3
    assert as_json(capsys, str(folder / "t*.jsonl"))["runs"] == 2
    both = as_json(capsys, str(folder / "one.jsonl"), str(folder / "t*"), str(folder))
    assert (both["files"], both["events"]) == (3, 3)
    assert run(["analyze", str(folder)]) == 0
    assert "skipped 1 file: no known format: " in (out := capsys.readouterr().out)
    assert "notes.txt" in "".join(out.split())
    listed = as_json(capsys, str(folder))["skipped_files"]
    assert listed == {"no known format": [str(folder / "notes.txt")]}


def test_a_report_into_no_folder_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(GOOD)
    words = ["--log", str(tmp_path / "log"), "--report", str(tmp_path / "none" / "r.html")]
    assert run(["analyze", str(path), *words]) == 2
    assert "for the report; make it first" in capsys.readouterr().err
    assert not (tmp_path / "log").exists()


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert as_json(capsys, "-")["events"] == 1


def test_options_may_stand_between_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(GOOD.replace("one", name))
    words = [str(tmp_path / "one.jsonl"), "--format", "jsonl", str(tmp_path / "two.jsonl")]
    assert as_json(capsys, *words)["files"] == 2


# -- records that are wrong: the rest is analyzed ------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "kept", "problems", "code"),
    [
        pytest.param(
            [GOOD, '{"from": broken\n', '{"from": "b", "id": "last"}\n'],
            ["r/1", "last"],
            ["problem: .*, record 2, offset 49: broken JSON"],
            2,
            id="broken_json_mid_file",
        ),
        pytest.param(
            [GOOD, '{"from": "\udcff"}\n', '{"from": "b", "id": "last"}\n'],
            ["r/1", "last"],
            ["problem: .*, record 2, offset 50: invalid UTF-8"],
            2,
            id="bad_utf8",
        ),
        pytest.param(
            [GOOD, '{"from": "b", "te'],
            ["r/1"],
            ["problem: .*, record 2, offset 5[0-9]: broken JSON, unterminated"],
            2,
            id="torn_last_line",
        ),
        pytest.param(
            [
                '{"from": "a", "id": "x", "causes": ["y"]}\n',
                '{"from": "b", "id": "y", "causes": ["x"]}\n',
                '{"from": "b", "id": "z", "causes": ["z"]}\n',
            ],
            ["x", "y", "z"],
            [
                "problem: .*, record 1, .*cause `y` of `x` is on no earlier line",
                "note: .*, record 2, .*forward cause can close a cycle",
                "problem: .*, record 3, .*cause `z` of `z` is the event itself",
            ],
            2,
            id="cyclic_causes",
        ),
        pytest.param(
            ['{"from": "a", "id": "x"}\n', '{"from": "b", "id": "x"}\n'],
            ["x"],
            ["problem: .*, record 2, .*duplicate id `x`; the first is kept"],
            2,
            id="duplicate_ids",
        ),
        pytest.param(
            ['{"from": "a", "id": "x", "causes": ["nowhere"]}\n'],
            ["x"],
            [r"problem: .*, record 1, .*field \$.causes\[0\]: cause `nowhere`"],
            2,
            id="causes_that_point_nowhere",
        ),
        pytest.param(
            [
                '{"from": "a", "id": "x", "time": "2026-03-01T09:00:00Z"}\n',
                '{"from": "b", "id": "y", "time": "2026-03-01T08:00:00Z"}\n',
            ],
            ["x", "y"],
            ["note: .*, record 2, .*the clock of run `r` goes back"],
            0,
            id="clock_going_backwards",
        ),
    ],
)
def test_a_wrong_record_is_named_and_the_rest_kept(
    lines: list[str],
    kept: list[str],
    problems: list[str],
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, log = tmp_path / "r.jsonl", tmp_path / "log"
    path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    assert run(["analyze", str(path), "--log", str(log)]) == code
    captured = capsys.readouterr()
    told = captured.err.splitlines()
    assert len(told) == len(problems)
    assert all(re.search(want, got) for want, got in zip(problems, told, strict=True))
    assert "verified" in captured.out
    assert ids(log, capsys) == kept


def test_the_exit_code_is_the_same_with_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.jsonl").write_text(GOOD + "{\n")
    found = as_json(capsys, str(tmp_path / "r.jsonl"), code=2)
    assert (found["events"], found["problems"]) == (1, 1)
    assert found["problem_list"][0]["record"] == 2


def test_a_line_beyond_the_limit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tertius.readers.jsonl.lines", lambda path: source.lines(path, limit=1000))
    path = tmp_path / "r.jsonl"
    path.write_text(GOOD + '{"text": "' + "x" * 5000 + '"}\n' + GOOD)
    assert run(["analyze", str(path), "--log", str(tmp_path / "log")]) == 2
    assert "record 2, offset 40: 5012 bytes; a line has at most" in capsys.readouterr().err
    assert ids(tmp_path / "log", capsys) == ["r/1", "r/3"]


def test_many_problems_are_counted_and_a_few_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.jsonl").write_text(GOOD + "{\n" * 500)
    assert run(["analyze", str(tmp_path / "r.jsonl")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 13
    assert lines[-1] == "and 488 more; see --json"


# -- what cannot be read at all: one line, and nothing is made -----------------------------------


# -- what is found -----------------------------------------------------------------------------

STUCK = [
    {"from": "a", "to": "b", "text": "Please count the boxes in the second hall and tell me."},
    {"from": "b", "to": "a", "text": "I looked for the second hall and could not find it at all."},
] * 6


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    path = tmp_path / "stuck.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in STUCK))
    return path


def test_findings_are_printed_kept_in_the_log_and_found_again(
    stuck: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    found = as_json(capsys, str(stuck), "--log", str(log))["findings"]
    assert {"step_repetition"} <= {each["detector"] for each in found}
    said = [each for each in detect_log(log, battery()) if isinstance(each, Finding)]
    assert {each.id for each in fold(said)[0]} == {each["id"] for each in found}
    reader = LogReader(log / "writers" / "analyze")
    kept = [
        msgspec.json.decode(reader.content(index) or b"", type=Finding)
        for index, event in enumerate(reader.events())
        if isinstance(event, Found)
    ]
    assert kept == said


def test_people_read_what_was_found_and_where(
    stuck: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(stuck)]) == 0
    said = capsys.readouterr().out
    (row,) = (each for each in said.splitlines() if "The same step again and again" in each)
    assert "│ a, b" in row  # whom it is about


@pytest.mark.parametrize(("level", "code"), [("low", 1), ("high", 1), (None, 0)])
def test_a_finding_fails_only_whoever_asked_for_that(
    level: str | None, code: int, stuck: Path
) -> None:
    options = [] if level is None else ["--fail-on", level]
    assert run(["analyze", str(stuck), *options]) == code


def test_a_finding_below_the_level_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(GOOD)
    assert run(["analyze", str(tmp_path / "r.jsonl"), "--fail-on", "high"]) == 0


def test_a_report_keeps_its_log_beside_it(
    stuck: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert run(["analyze", str(stuck), "--report", str(page)]) == 0
    assert "The same step again and again" in page.read_text()
    assert "kept in" in capsys.readouterr().out
    assert run(["verify", str(tmp_path / "page-log")]) == 0


def test_the_configuration_says_what_tools_mean_and_what_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = {"kind": "tool.called", "id": "c1", "time": 0, "run": "r", "agent": "ann",
            "tool": "review", "text": '{"author": "bob", "stars": 4}'}  # fmt: skip
    (tmp_path / "r.jsonl").write_text(json.dumps(call) + "\n")
    config = tmp_path / "rules.yaml"
    config.write_text(
        "events:\n  - event: tool.called\n    tool: review\n    means: rated\n"
        "    with: {ratee: $.author, score: $.stars, high: 5}\n"
        "detectors:\n  run: [no_end]\n"
    )
    words = [str(tmp_path / "r.jsonl"), "--config", str(config)]
    found = as_json(capsys, *words, "--log", str(tmp_path / "log"))
    assert found["mapping"]["kinds"] == {"rated": 1}
    assert [each["name"] for each in found["detectors"]] == ["no_end"]
    assert ids(tmp_path / "log", capsys) == ["c1", "c1/means-1"]


def test_a_mistake_in_the_configuration_is_named_with_its_place(
    stuck: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "rules.yaml"
    config.write_text("events:\n  - event: tool.caled\n    means: rated\n")
    assert f"{config}:2:12: unknown kind" in refused(capsys, str(stuck), "--config", str(config))


@pytest.fixture
def bad_inputs(tmp_path: Path) -> Path:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "good.jsonl").write_text(GOOD)
    (tmp_path / "broken.jsonl").write_text("{{{\n")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    (tmp_path / "bare").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["empty.jsonl"], "`{}/empty.jsonl`: no events; expected one JSON object a line"),
        (["broken.jsonl"], "`{}/broken.jsonl`, record 1, offset 1: broken JSON"),
        (["pipe.jsonl"], "`{}/pipe.jsonl`: no plain file"),
        (["loop.jsonl"], "`{}/loop.jsonl`: cannot be read: too many levels of symbolic links"),
        (["bare"], "no file in what was named"),
        (["none.jsonl"], "no such file or folder `{}/none.jsonl`; check the path"),
        (["none*.jsonl"], "no file matches `{}/none*.jsonl`; check the pattern"),
        (["good.jsonl", "--format=jsonnl"], "unknown format `jsonnl`; did you mean `jsonl`"),
        (["good.jsonl", "--format=who_and_when"], "`{}/good.jsonl`"),
    ],
)
def test_what_holds_no_run_is_named_and_leaves_nothing(
    words: list[str], message: str, bad_inputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, truth = bad_inputs / "log", bad_inputs / "truth"
    path, *rest = words
    options = [*rest, "--log", str(log), "--truth", str(truth)]
    assert message.format(bad_inputs) in refused(capsys, str(bad_inputs / path), *options)
    assert not log.exists()
    assert not truth.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to read; name files, folders, patterns, or `-`"),
        (["x", "--lgo", "y"], "unknown option `--lgo`; did you mean `--log`"),
        (["--jsno=1", "x"], "unknown option `--jsno`; did you mean `--json`"),
        (["x", "--log"], "`--log` needs a value; see `tertius analyze --help`"),
        (["x", "--log", "a", "--log", "b"], "`--log` is given twice; expected once"),
    ],
)
def test_mistyped_words_are_named(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, *words)


# -- places that cannot be written ---------------------------------------------------------------


def test_nothing_is_written_into_what_exists(
    kept: Path, bad_inputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, taken = str(bad_inputs / "good.jsonl"), bad_inputs / "taken"
    taken.mkdir()
    (taken / "letter").write_text("precious")
    for target in (kept, taken, taken / "letter"):
        assert "exists already; name a new folder" in refused(capsys, good, "--log", str(target))
    assert "file exists; name a new file" in refused(capsys, good, "--truth", good)
    inside = refused(capsys, good, "--log", str(taken / "letter" / "log"))
    assert str(taken / "letter") in inside
    assert [path.name for path in taken.iterdir()] == ["letter"]
    assert (taken / "letter").read_text() == "precious"
    assert (bad_inputs / "good.jsonl").read_text() == GOOD


def test_a_folder_that_nobody_may_write_is_named(
    bad_inputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(bad_inputs / "good.jsonl")
    assert "`/proc/nowhere`" in refused(capsys, good, "--log", "/proc/nowhere")
    assert "`/proc/truth`" in refused(capsys, good, "--truth", "/proc/truth")


def test_a_configuration_folder_that_cannot_be_made_is_named(
    bad_inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(bad_inputs / "good.jsonl")
    monkeypatch.setenv("XDG_CONFIG_HOME", good)
    assert f"`{good}" in refused(capsys, good, "--log", str(bad_inputs / "log"))
    assert not (bad_inputs / "log").exists()


def test_a_full_disk_is_named_and_what_was_read_can_be_exported(
    bad_inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Writer, events: object) -> range:
        raise LogWriteError("cannot write the log: no space left on device")

    monkeypatch.setattr(Writer, "extend", full)
    log = bad_inputs / "log"
    assert run(["analyze", str(bad_inputs / "good.jsonl"), "--log", str(log)]) == 2
    hint, error = capsys.readouterr().err.splitlines()
    assert hint.endswith(f"next: tertius log export {log}")
    assert error == "tertius: cannot write the log: no space left on device"
    assert run(["log", "export", str(log)]) == 0


def test_of_two_analyses_into_one_folder_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(GOOD * 2000)
    command = [sys.executable, "-m", "tertius.cli.main", "analyze", str(tmp_path / "r.jsonl")]
    both = [
        subprocess.Popen(
            [*command, "--log", str(tmp_path / "log")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    errors = [each.communicate()[1] for each in both]
    assert sorted(each.returncode for each in both) == [0, 2]
    loser = errors[[each.returncode for each in both].index(2)]
    assert re.fullmatch(rf"tertius: .*`{tmp_path}/log.*\n", loser)
    assert run(["verify", str(tmp_path / "log")]) == 0


# -- interrupted -----------------------------------------------------------------------------------


def test_an_interrupted_analysis_leaves_a_whole_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = Ingest.__iter__

    def interrupted(self: Ingest) -> Iterator[Recorded | TruthRecord]:
        for number, each in enumerate(read(self)):
            if number == 700:
                raise KeyboardInterrupt
            yield each

    monkeypatch.setattr(Ingest, "__iter__", interrupted)
    (tmp_path / "r.jsonl").write_text(GOOD * 900)
    log = tmp_path / "log"
    assert run(["analyze", str(tmp_path / "r.jsonl"), "--log", str(log)]) == 130
    hint, error = capsys.readouterr().err.splitlines()
    assert hint.endswith(f"next: tertius log rebuild-index {log}")
    assert error == "tertius: interrupted"
    assert run(["verify", str(log)]) == 0
    assert run(["log", "rebuild-index", str(log)]) == 0
    assert "500 events indexed" in capsys.readouterr().out


def test_a_signal_ends_it_with_one_line_and_no_traceback() -> None:
    program = (  # a shell's background job ignores the signal, unless told otherwise
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from tertius.cli.main import main; main(['analyze', '-'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stdin is not None and process.stderr is not None
    with process:
        process.stdin.write(GOOD.encode() * 50_000)  # more than a pipe holds: it must be reading
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(BrokenPipeError):
            for _ in range(50):
                process.stdin.write(GOOD.encode() * 50_000)
        process.stdin.close()
        error = process.stderr.read()
    assert (process.returncode, error) == (130, b"tertius: interrupted\n")


# -- hostile text ----------------------------------------------------------------------------------


def test_names_and_texts_never_act_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["\x1b]0;t\x07\x1b[2J", "\u202egnp.exe", "[red]x[/] :smile:", "\x9b31m", "y" * 99_000]
    lines = [{"from": text[:200], "to": text[:200], "text": text} for text in texts]
    path, log = tmp_path / "r.jsonl", tmp_path / "log"
    path.write_text("\n".join(map(json.dumps, lines)))
    said = ""
    for words in (
        ["analyze", str(path), "--log", str(log)],
        ["log", "show", str(log)],
        ["trace", "r/2", "--log", str(log)],
    ):
        assert run(words) == 0
        captured = capsys.readouterr()
        said += captured.out + captured.err
    assert all(line.isprintable() for line in said.split("\n"))
    assert "\\x1b]0;t\\x07\\x1b[2J" in said
    assert "\\u202egnp.exe" in said
    assert "[red]x[/] :smile:" in said
    assert max(map(len, said.split("\n"))) < 800


def test_a_hostile_file_name_is_shown_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b[2J\udcff.jsonl").write_text("{{{\n")
    (tmp_path / "good.jsonl").write_text(GOOD)
    assert run(["analyze", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert "\\x1b[2J\\udcff.jsonl, record 1" in line
