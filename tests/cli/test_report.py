"""`tertius report` as it is typed."""

import json
from pathlib import Path

import pytest
from tests.report.small import KEY
from tests.report.small import write as write_log

from tertius.cli.main import run


def test_a_log_becomes_a_page(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "key"
    (known,) = (kept.parent / "config" / "tertius" / "keys").read_text().split()
    key.write_text(known)
    assert run(["report", str(kept), "--key", str(key)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("record: verified\nreport in report.html;")
    page = (tmp_path / "report.html").read_text()
    assert "What happened in" in page and "build-7" in page


def test_what_is_not_shown_to_be_authentic_is_not_evaluated_and_still_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, page = write_log(tmp_path / "log"), tmp_path / "page.html"
    assert run(["report", str(log), "-o", str(page), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told == {"output": str(page), "bytes": page.stat().st_size, "record": "not_evaluated"}
    assert "not shown to be authentic" in page.read_text()


def test_a_broken_log_ends_with_4(tmp_path: Path) -> None:
    log, page = write_log(tmp_path / "log"), tmp_path / "page.html"
    (log / "payload" / "00000000").unlink()
    assert run(["report", str(log), "--output", str(page)]) == 4
    assert "The record is broken" in page.read_text()


def test_only_the_runs_that_were_named(tmp_path: Path) -> None:
    log, page, key = write_log(tmp_path / "log"), tmp_path / "page.html", tmp_path / "key"
    key.write_text(KEY.verifier.vkey)
    words = ["report", str(log), "-o", str(page), "--key", str(key), "--run", "dull"]
    assert run(words) == 0
    assert "1 run of 2 in the log" in page.read_text()
    assert run([*words, "--run", "r"]) == 0
    assert "2 runs, with" in page.read_text()


def test_the_callers_mistakes_end_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, notes = write_log(tmp_path / "log"), tmp_path / "notes.txt"
    notes.write_text("mine")
    page = str(tmp_path / "page.html")
    for words, told in (
        ([str(tmp_path / "none"), "-o", page], "none"),
        ([str(log), "-o", page, "--run", "dul"], "did you mean `dull`"),
        ([str(log), "-o", str(notes)], "is no report and is left alone"),
        ([str(log), "-o", str(tmp_path)], "is a folder"),
        ([str(log), "-o", str(tmp_path / "no" / "page.html")], "make the folder first"),
    ):
        assert run(["report", *words]) == 2
        captured = capsys.readouterr()
        assert told in captured.err and captured.err.count("\n") == 1
    assert notes.read_text() == "mine"
    assert not Path(page).exists()


def test_an_older_report_is_replaced(tmp_path: Path) -> None:
    log, page = write_log(tmp_path / "log"), tmp_path / "page.html"
    run(["report", str(log), "-o", str(page), "--run", "dull"])
    run(["report", str(log), "-o", str(page)])
    assert "2 runs, with" in page.read_text()
