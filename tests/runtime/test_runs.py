"""One run comes out of a log or of a recorded file, by name where there are several."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tertius.core.errors import CallerError
from tertius.core.events import MessageSent
from tertius.core.oversight_events import Found
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime import runs
from tertius.runtime.runs import NoSuchRunError, TooLongRunError, is_log, read_run

KEY = SigningKey("tertius/test", bytes(32))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    said = MessageSent(id="x/1", time=0, run="x", agent="ann")
    found = Found(
        id="f", time=0, run="x", finding="0" * 64, detector="d", version="1", severity="low"
    )
    with Writer(tmp_path / "log", key=KEY) as writer:
        text = writer.seal(b"hello")
        writer.append(replace(said, content=text.digest), text)
        writer.append(replace(said, id="y/1", run="y"))
        writer.append(found)
    return tmp_path / "log"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trip.jsonl"
    path.write_text('{"from": "ann", "to": "bob", "text": "go"}\n')
    return path


def test_a_run_of_a_log_without_what_the_log_says_about_itself(log: Path) -> None:
    run = read_run(log, "x")
    assert [(event.id, content) for event, content in run.events] == [("x/1", b"hello")]
    assert (run.name, run.source) == ("x", str(log))


def test_the_only_run_of_a_file_needs_no_name(file: Path) -> None:
    run = read_run(file)
    assert run.name == "trip"
    assert [(event.id, content) for event, content in run.events] == [("trip/1", b"go")]
    assert read_run(file, "trip", format="jsonl") == run


def test_several_runs_are_listed_and_a_wrong_name_is_answered_with_the_nearest(log: Path) -> None:
    with pytest.raises(NoSuchRunError, match="holds 2 runs; name one with --run: `x`, `y`"):
        read_run(log)
    with pytest.raises(NoSuchRunError, match=r"no run `xx` in .*; did you mean `x`"):
        read_run(log, "xx")


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError):
        read_run(tmp_path / "nowhere")
    assert not is_log(tmp_path)


def test_a_run_has_a_largest_size(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_EVENTS", 0)
    with pytest.raises(TooLongRunError, match="run `x` has more than 0 events"):
        read_run(log, "x")
