"""`tertius verify` as it is typed: what it prints, its exit codes, where it looks for keys."""

import json
from pathlib import Path

import pytest
from tests.tampered import flaws
from tests.tampered.valid_log import KEY, make_log, put

from tertius.cli.main import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return make_log(300, tail=2).write(tmp_path / "log")


def test_a_pinned_key_verifies_and_the_result_is_remembered(
    home: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(home / "config/tertius/keys", f"{KEY.vkey}\n".encode())
    assert run(["verify", str(log)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{KEY.name}: 298 entries intact; signed by {KEY.name}+")
    assert "VERIFIED" in out
    (home / "config/tertius/keys").unlink()
    assert run(["verify", str(log)]) == 0
    assert run(["verify", str(log), "--no-memory"]) == 3


def test_without_a_key_it_is_not_evaluated(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(log)]) == 3
    assert "NOT EVALUATED" in capsys.readouterr().out


def test_json_gives_the_same_code_and_one_object(
    home: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(home / "key", KEY.vkey.encode())
    assert run(["verify", str(log), "--key", str(home / "key"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["status"], report["logs"][0]["tail"]) == ("verified", 2)


def test_a_flipped_byte_is_broken_integrity(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flaws.tile_bit_flipped(home / "flawed")
    assert run(["verify", str(home / "flawed")]) == 4
    assert "problem entry_altered" in capsys.readouterr().out


def test_the_callers_mistakes_end_with_one_line(
    home: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(log / "key", KEY.vkey.encode())
    for words in (
        ["verify", str(home / "nowhere")],
        ["verify", str(log), "--key", str(log / "key")],
        ["verify", str(log), "--key", str(home / "no-key")],
        ["verify", str(log), "--policy", str(home / "no-policy")],
        ["verify", str(log), "--checkpoint", str(log / "tile/0/000")],
    ):
        assert run(words) == 2, words
        assert capsys.readouterr().err.count("\n") == 1
