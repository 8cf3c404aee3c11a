"""`tertius kill`: thrown at once, for every gate of the folder, until a person resets it."""

import json
from pathlib import Path

import pytest

from tertius.cli.main import run
from tertius.policy.kill import KillSwitch

Told = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with KillSwitch(tmp_path / "kill"):
        return tmp_path


def test_a_gate_that_stands_sees_it_at_once(folder: Path, capsys: Told) -> None:
    with KillSwitch(folder / "kill") as standing:
        assert run(["kill", str(folder)]) == 0
        assert standing.thrown
        assert "nothing starts any more" in capsys.readouterr().out
        assert run(["kill", str(folder), "--reset"]) == 0
        assert not standing.thrown


def test_it_stays_thrown(folder: Path, capsys: Told) -> None:
    assert run(["kill", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"switch": str(folder / "kill"), "thrown": True}
    with KillSwitch(folder / "kill") as later:
        assert later.thrown


def test_without_a_name_the_folder_is_this_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run(["kill"]) == 0
    with KillSwitch(folder / "kill") as later:
        assert later.thrown


def test_where_no_gate_stood_no_switch_is_made(tmp_path: Path, capsys: Told) -> None:
    assert run(["kill", str(tmp_path)]) == 2
    assert "name the folder of a gate that has stood" in capsys.readouterr().err
    assert not (tmp_path / "kill").exists()


def test_what_is_no_switch_is_left_alone(tmp_path: Path, capsys: Told) -> None:
    (tmp_path / "kill").write_text("notes")
    assert run(["kill", str(tmp_path)]) == 2
    assert "is no kill switch" in capsys.readouterr().err
    assert (tmp_path / "kill").read_text() == "notes"
