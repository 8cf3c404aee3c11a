"""`tertius outcomes import`: late ground truth joins the log."""

import json
import shutil
from pathlib import Path

import pytest

from tertius.cli.main import run


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A log whose keys lie in the test's own home."""
    source = Path(__file__).parent.parent.parent / "examples" / "three_agents.jsonl"
    assert run(["analyze", str(source), "--log", str(tmp_path / "own")]) == 0
    capsys.readouterr()
    return tmp_path / "own"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outcomes.csv"
    path.write_text("event,run,value\norder,,delivered\n,lab-order-12,true\n")
    return path


def test_outcomes_are_added_once_and_can_be_found(
    own: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["outcomes", "import", str(own), str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "2 outcomes added, about 1 run"
    assert run(["outcomes", "import", str(own), str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rows": 2, "added": 0, "already": 2, "runs": 0}
    assert run(["log", "show", str(own), "--kind", "outcome.observed", "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["about"], each["value"]) for each in found] == [
        ("order", "delivered"),
        ("lab-order-12", True),
    ]
    assert run(["verify", str(own)]) == 0
    capsys.readouterr()
    assert run(["trace", "order", "--log", str(own), "--json"]) == 0
    assert found[0]["id"] in json.loads(capsys.readouterr().out)["descendants"]["ids"]


def test_mistakes_are_named_and_nothing_is_written(
    own: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*words: str) -> str:
        assert run(["outcomes", *words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    file.write_text("event,value\nordr,1\n")
    assert ":2: no event `ordr` in the log; did you mean `order`" in refused(
        "import", str(own), str(file)
    )
    assert not (own / "writers" / "outcomes").exists()
    assert "outcomes.csv" in refused("import", str(own), str(tmp_path / "outcomes.csvv"))
    assert "no log in" in refused("import", str(tmp_path), str(file))
    single = str(own / "writers" / "analyze")
    assert "is a single log" in refused("import", single, str(file))
    assert "unknown command `imprt`; did you mean `import`" in refused("imprt")
    file.write_text("event,value\norder,1\n")
    shutil.rmtree(tmp_path / "XDG_CONFIG_HOME")
    assert "cannot read key file" in refused("import", str(own), str(file))
