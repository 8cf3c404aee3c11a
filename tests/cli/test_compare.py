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


def chat(path: Path, *said: str) -> Path:
    """Messages by `ann`, some of them with a prompt read before."""
    lines = [{"from": "ann", "to": "bob", "text": text, "run": path.stem} for text in said]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_long_texts_are_shown_from_where_they_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = "the same words again and again " * 40
    one = chat(tmp_path / "one.jsonl", same + "cost 4,280 EUR")
    other = chat(tmp_path / "other.jsonl", same + "cost 4,580 EUR")
    assert run(["compare", str(one), str(other)]) == 0
    out = capsys.readouterr().out
    assert "again cost 4,280 EUR" in out and "again cost 4,580 EUR" in out
    assert out.count("the same words") < 8


def test_where_the_first_difference_has_no_text_the_first_texts_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, who in (("one", "ann"), ("other", "eve")):
        lines = [
            {"kind": "agent.joined", "agent": who, "run": name, "id": f"{name}-1", "time": 0},
            {"from": who, "text": f"It is {who}.", "run": name},
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text)
    assert run(["compare", *(str(tmp_path / f"{n}.jsonl") for n in ("one", "other"))]) == 0
    shown = capsys.readouterr().out.split("the first texts that differ:")[1]
    assert "It is ann." in shown and "It is eve." in shown


def test_the_configuration_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    for path, tool in ((one, "submit_review"), (other, "look")):
        line = {"kind": "tool.called", "agent": "ann", "tool": tool, "run": path.stem, "time": 0,
                "id": f"{path.stem}-1", "text": '{"author": "bob", "stars": 5}'}  # fmt: skip
        path.write_text(json.dumps(line) + "\n")
    words = ["compare", str(one), str(other), "--json"]

    def kinds() -> list[str]:
        assert run(words) == 0
        return [each["what"][0] for each in json.loads(capsys.readouterr().out)["kinds"]]

    assert kinds() == []
    Path("tertius.yaml").write_text(
        "events:\n  - event: tool.called\n    tool: submit_review\n"
        "    means: rated\n    with: {ratee: $.author, score: $.stars, high: 5}\n"
    )
    assert kinds() == ["rated"]
    Path("other.yaml").write_text("events: []\n")
    words += ["--config", "other.yaml"]
    assert kinds() == []
