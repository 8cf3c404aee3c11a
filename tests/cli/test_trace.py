"""`tertius trace`: what an event rests on, and what rests on it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tertius.cli.main import run


def traced(capsys: pytest.CaptureFixture[str], log: Path, *words: str) -> dict[str, Any]:
    assert run(["trace", *words, "--log", str(log), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    assert run(["trace", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_both_directions_are_drawn(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "done", "--log", str(kept)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("done  2026-03-01 09:05:00.000  message.sent  coder -> tester")
    assert "rests on 1 earlier event (1 declared)" in lines
    assert "reached 3 later events (3 declared)" in lines
    assert "└── declared: ask  2026-03-01" in "\n".join(lines)
    assert "build-7/call" in lines[lines.index("effects") + 1]


def test_depth_bounds_the_tree_and_not_the_counts(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", "ask", "--log", str(kept), "--depth", "1"]) == 0
    out = capsys.readouterr().out
    assert "reached 4 later events" in out
    assert "goes on deeper; raise --depth" in out
    assert "declared: done" in out and "declared: build-7/call" not in out
    assert run(["trace", "ask", "--log", str(kept), "--depth", "0"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_json_gives_all_ids(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = traced(capsys, kept, "build-7/call")
    assert found["event"] == "build-7/call"
    assert found["ancestors"]["ids"] == ["ask", "done"]
    assert found["descendants"]["ids"] == ["build-7/return", "build-7/5"]
    assert found["causes"][0]["id"] == "done"
    assert (found["unresolved"], found["cyclic"]) == (0, False)


def test_inferred_causes_are_followed_only_on_request_and_marked(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", "build-7/5", "--log", str(kept)]) == 0
    assert "inferred 0.40" not in capsys.readouterr().out
    assert run(["trace", "build-7/5", "--log", str(kept), "--inferred"]) == 0
    assert "inferred 0.40: done" in capsys.readouterr().out


def test_paths_lead_from_a_cause_to_an_effect(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", "ask", "--to", "build-7/5", "--log", str(kept)]) == 0
    path = "ask -> done -> build-7/call -> build-7/return -> build-7/5\n"
    assert capsys.readouterr().out == path
    found = traced(capsys, kept, "ask", "--to", "build-7/5", "--inferred")
    assert [each["events"] for each in found["paths"]] == [
        ["ask", "done", "build-7/5"],
        ["ask", "done", "build-7/call", "build-7/return", "build-7/5"],
    ]
    assert run(["trace", "build-7/5", "--to", "ask", "--log", str(kept)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "no path of causes from build-7/5 to ask",
        "there is one the other way: trace ask --to build-7/5",
    ]


def test_a_unique_beginning_is_enough(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert traced(capsys, kept, "do")["event"] == "done"
    assert traced(capsys, kept, "as", "--to", "do")["to"] == "done"


def test_the_environment_names_the_log(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERTIUS_LOG", str(kept))
    assert run(["trace", "done"]) == 0
    assert capsys.readouterr().out.startswith("done")


def test_mistakes_are_named(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "add --log DIR, or set TERTIUS_LOG" in refused(capsys, 2, "done")
    monkeypatch.setenv("TERTIUS_LOG", str(kept))
    assert "unknown event `don't`; nearest are" in refused(capsys, 2, "don't")
    assert "ambiguous event `build-7`; expected more of an id" in refused(capsys, 2, "build-7")
    assert "unknown event `x`" in refused(capsys, 2, "done", "--to", "x")
    assert "bad value `-1` for `--depth`; must be >= 0" in refused(capsys, 2, "d", "--depth", "-1")
    assert "missing `EVENT`; see `tertius trace --help`" in refused(capsys, 2)


def test_a_missing_index_is_built(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = traced(capsys, log, "done")
    shutil.rmtree(log / "index" / "lineage")
    assert traced(capsys, log, "done") == whole
    shutil.rmtree(log / "index")
    assert traced(capsys, log, "done") == whole
    shutil.rmtree(log / "index")
    (log / "index").write_text("no folder, and none can be made")
    advice = f"run `tertius log rebuild-index {log}`"
    assert advice in refused(capsys, 3, "done", "--log", str(log))


def test_an_index_of_another_log_is_not_used(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    (tmp_path / "one.jsonl").write_text('{"from": "a", "to": "b", "text": "one"}\n')
    assert run(["analyze", str(tmp_path / "one.jsonl"), "--log", str(other)]) == 0
    capsys.readouterr()
    shutil.rmtree(log / "index")
    shutil.copytree(other / "index", log / "index")
    assert "unknown event `one/1`" in refused(capsys, 2, "one/1", "--log", str(log))
    assert traced(capsys, log, "done")["event"] == "done"


def test_a_wide_tree_counts_what_it_does_not_draw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [{"from": "a", "id": "root"}]
    lines += [{"from": "b", "id": f"leaf-{n}", "causes": ["root"]} for n in range(20)]
    (tmp_path / "wide.jsonl").write_text("\n".join(map(json.dumps, lines)))
    log = str(tmp_path / "log")
    assert run(["analyze", str(tmp_path / "wide.jsonl"), "--log", log]) == 0
    capsys.readouterr()
    assert run(["trace", "root", "--log", log]) == 0
    out = capsys.readouterr().out
    assert "reached 20 later events" in out
    assert out.count("declared: leaf-") == 8
    assert "and 12 more" in out
