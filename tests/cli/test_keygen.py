"""`tertius keygen`: private, pinned, never overwritten."""

import json
import os
import stat
from pathlib import Path

import pytest

from tertius.cli.main import run
from tertius.log.keys import read_key, read_pins
from tertius.log.notekey import COSIGNATURE


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "XDG_CONFIG_HOME" / "tertius"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    made: dict[str, str] = json.loads(capsys.readouterr().out)
    return made


def test_a_key_is_private_and_its_public_half_is_pinned(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    umask = os.umask(0)
    try:
        assert run(["keygen", "ops/log", "--json"]) == 0
    finally:
        os.umask(umask)
    made = told(capsys)
    path = Path(made["private"])
    assert path == config / "private" / "ops_log.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    key = read_key(path, outside=config / "elsewhere").verifier
    assert (key.name, key.vkey) == ("ops/log", made["public"])
    assert read_pins(config / "keys") == {"ops/log": key}


def test_the_public_line_comes_first_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keygen", "desk"]) == 0
    public, private = capsys.readouterr().out.splitlines()
    assert public.startswith("desk+")
    assert "desk.key" in private and public not in private


def test_without_a_name_every_key_gets_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for _ in range(2):
        assert run(["keygen", "--json"]) == 0
        names.append(told(capsys)["name"])
    assert names[0] != names[1]
    assert all(name.startswith("tertius/") for name in names)


def test_a_key_is_never_overwritten(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keygen", "desk"]) == 0
    before = (config / "private" / "desk.key").read_bytes()
    capsys.readouterr()
    assert run(["keygen", "desk"]) == 2
    assert "`desk` is pinned" in capsys.readouterr().err
    assert run(["keygen", "desk", "--out", str(tmp_path / "other.key")]) == 2
    assert not (tmp_path / "other.key").exists()
    assert run(["keygen", "w", "--witness", "--out", str(config / "private" / "desk.key")]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (config / "private" / "desk.key").read_bytes() == before


def test_a_witness_key_is_of_the_other_kind_and_not_pinned(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.key"
    assert run(["keygen", "w1", "--witness", "--out", str(path), "--json"]) == 0
    made = told(capsys)
    key = read_key(path, outside=config, kind=COSIGNATURE).verifier
    assert (key.kind, key.vkey) == (COSIGNATURE, made["public"])
    assert not (config / "keys").exists()


def test_a_reviewers_key_signs_and_is_not_pinned(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "alice.key"
    assert run(["keygen", "alice", "--signer", "--out", str(path), "--json"]) == 0
    assert read_key(path, outside=config).verifier.vkey == told(capsys)["public"]
    assert not (config / "keys").exists()
    assert run(["keygen", "bob", "--signer", "--witness"]) == 2
    assert "one of the two" in capsys.readouterr().err


def test_a_key_does_not_lie_inside_a_log(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log / "writers" / "analyze" / "k.key"
    assert run(["keygen", "desk", "--out", str(path)]) == 2
    assert "keep keys out of logs" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["two words"], "bad key name `two words`; expected"),
        (["a", "b"], "unexpected argument `b`; see `tertius keygen --help`"),
        (["k", "--out", "/dev/null/k.key"], "cannot write key file"),
    ],
)
def test_mistakes_are_named(
    words: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keygen", *words]) == 2
    assert part in capsys.readouterr().err


def test_a_configuration_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file" / "below"))
    assert run(["keygen"]) == 2
    error = capsys.readouterr().err
    assert "file" in error and error.count("\n") == 1 and "internal" not in error
