"""`tertius lint`: flaws with their place, and an exit code that a build can use."""

import json
from pathlib import Path

import pytest
from tests.cli.manifest_files import AID, keygen, write

from tertius.cli.main import run


def test_sound_manifests_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "m" / "aid.yaml")
    assert run(["lint", str(tmp_path / "m")]) == 0
    assert capsys.readouterr().out == "1 manifest, 0 flaws\n"


def test_flaws_have_place_kind_and_example(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.yaml", AID + "owns: [x]\n")
    write(tmp_path / "b.yaml", AID.replace("agent: aid", "agent: other") + "owns: [x]\n")
    write(tmp_path / "c.yaml", AID.replace("version: 1", "version: one"))
    assert run(["lint", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "b.yaml:17:8: overlaps: `other` and `aid` both own `x`" in out
    assert "c.yaml:2:10: cannot-parse: expected a whole number, found text `one`" in out
    assert out.endswith("3 manifests, 2 flaws\n")


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.yaml", AID.replace("tools:", "tols:"))
    assert run(["lint", str(path), "--json"]) == 1
    (flaw,) = json.loads(capsys.readouterr().out)["flaws"]
    assert (flaw["kind"], flaw["line"], flaw["column"]) == ("cannot-parse", 11, 1)


def test_a_signed_manifest_counts_where_its_yaml_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m" / "aid.yaml")
    assert run(["sign", str(path), "--key", str(keygen("alice", tmp_path))]) == 0
    capsys.readouterr()
    assert run(["lint", str(tmp_path / "m")]) == 0
    path.unlink()
    assert run(["lint", str(tmp_path / "m")]) == 0
    assert capsys.readouterr().out == "1 manifest, 0 flaws\n" * 2
    (tmp_path / "m" / "aid.signed.json").write_bytes(b"{")
    assert run(["lint", str(tmp_path / "m")]) == 1
    assert "cannot-parse: no signed envelope: " in capsys.readouterr().out


def test_nothing_to_look_at_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", str(tmp_path)]) == 2
    assert "no manifest in" in capsys.readouterr().err
