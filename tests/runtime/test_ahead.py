"""Reading in a second process: the same records and counts, and nothing less passes for all."""

import io
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tertius.core.events import RunStarted
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.runtime import ahead
from tertius.runtime.ahead import ReadingEndedError, read_ahead
from tertius.runtime.ingest import Ingest, NoRunsError


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the process however little there is to read."""
    monkeypatch.setattr(ahead, "WORTH", 0)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with runs of two formats, an answer, a broken line and a file without a run."""
    said = [{"name": name, "content": f"step of {name}"} for name in ("ann", "bob")]
    (tmp_path / "1.json").write_text(
        json.dumps({"question": "?", "history": said, "mistake_agent": "bob"})
    )
    lines = [json.dumps({"from": "a", "to": "b", "text": f"{n}"}) for n in range(1200)]
    (tmp_path / "talk.jsonl").write_text("\n".join([*lines, "{broken", *lines]))
    (tmp_path / "notes.txt").write_text("nothing recorded here")
    return tmp_path


def test_it_gives_what_reading_here_gives_in_the_same_order(runs: Path) -> None:
    here, there = Ingest([runs]), Ingest([runs])
    records = list(here)
    assert list(read_ahead(there)) == records
    assert there.summary == here.summary
    assert {type(each) for each in records} == {Recorded, TruthRecord}
    assert there.summary.problem_count == 1 and there.summary.skipped


def test_truth_that_nobody_wants_is_counted_and_not_told(runs: Path) -> None:
    ingest = Ingest([runs])
    assert {type(each) for each in read_ahead(ingest, truth=False)} == {Recorded}
    assert ingest.summary.truths == 1


def test_progress_is_told(runs: Path) -> None:
    told: list[tuple[int, int]] = []
    ingest = Ingest([runs], on_file=lambda *done: told.append(done))
    list(read_ahead(ingest))
    assert len(told) == 3 and told[-1] == (ingest.bytes, ingest.bytes)


def test_what_reading_raises_is_raised_here(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing recorded here")
    with pytest.raises(NoRunsError, match="no run in 1 files"):
        list(read_ahead(Ingest([tmp_path])))


def test_a_process_that_ends_early_is_an_error(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(ReadingEndedError, match="before all was read"):
        list(read_ahead(Ingest([runs])))


def test_what_is_cut_off_is_an_error() -> None:
    whole = pickle.dumps(b"some") + pickle.dumps(b"more")
    for length in range(len(whole) + 1):
        with pytest.raises(ReadingEndedError):
            list(ahead._heard(io.BytesIO(whole[:length])))


def test_nothing_is_left_running_when_reading_is_given_up(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def started(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        made.append(start(*arguments, **options))  # type: ignore[call-overload]
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", started)
    records = read_ahead(Ingest([runs]))
    next(records)
    records.close()
    assert len(made) == 1 and made[0].returncode is not None


def test_numbers_and_texts_that_no_bytes_can_hold_come_over_too() -> None:
    odd = [
        Recorded(event=RunStarted(id="r/0", time=0, run="r", seed=2**70)),
        Recorded(event=RunStarted(id="r/1", time=0, run="r", title="\ud800")),
    ]
    for each in odd:
        pipe = io.BytesIO()
        ahead._tell([each], pipe)
        assert pickle.loads(pipe.getvalue()) == [each]


def test_an_event_that_no_log_can_hold_is_an_error() -> None:
    pipe = io.BytesIO()
    ahead._tell([Recorded(event=RunStarted(id="r/0", time=0, run="r", title="x" * 1001))], pipe)
    with pytest.raises(ReadingEndedError, match="title"):
        ahead._events(pickle.loads(pipe.getvalue()))
