"""`tertius compare`: where two runs part."""

import json
from pathlib import Path

import pytest

from tertius.cli.main import run

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "three_agents.jsonl"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The example once more, under another name, with another price and one event less."""
    lines = EXAMPLE.read_text().replace("lab-order-12", "again").splitlines(keepends=True)
    kept = [line for line in lines if '"id": "look-up", "time"' not in line]
    path = tmp_path / "again.jsonl"
    path.write_text("".join(kept).replace("asks 4,280", "asks \\u001b[31m4,580"))
    return path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["compare", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_the_same_run_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(EXAMPLE), str(EXAMPLE)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the same, event by event"


def test_the_first_difference_is_shown_with_its_text(
    other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(EXAMPLE), str(other)]) == 0
    out = capsys.readouterr().out
    assert "the same for the first 8 events, then they part:" in out
    assert (
        "A  #9 offers  message.sent  researcher -> planner: Three offers. Halden asks 4,280" in out
    )
    assert "\\x1b[31m4,580" in out and "\x1b" not in out
    assert "only in A" in out and "memory.read" in out


def test_json_holds_everything(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(EXAMPLE), str(other), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["same"], found["prefix"], found["sizes"]) == (False, 8, [35, 34])
    assert found["first"][0]["event"]["id"] == "offers"


def test_runs_of_a_log_are_named(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "show", str(kept), "--json", "--limit", "500"]) == 0
    lines = capsys.readouterr().out.splitlines()
    first, second = sorted({json.loads(line)["run"] for line in lines})[:2]
    assert run(["compare", str(kept), "--run", first, "--run", second, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["a"], found["b"], found["same"]) == (first, second, False)
    assert "did you mean" in refused(capsys, str(kept), "--run", first, "--run", first[:-1] + "x")


def test_mistakes_are_named(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "name another record, or --run twice" in refused(capsys, str(EXAMPLE))
    assert "name one with --run" in refused(capsys, str(kept), str(EXAMPLE))
    assert "expected twice at most" in refused(capsys, "a", "b", *["--run", "x"] * 3)
    assert "nowhere" in refused(capsys, str(tmp_path / "nowhere"), str(EXAMPLE))
