"""What a document may not replace: the signer and the lint say the same."""

from pathlib import Path

import pytest
from tests.cli.manifest_files import keygen, write

from tertius.cli.main import run
from tertius.log.keys import read_key
from tertius.policy.versions import Versions, remember


def listed(version: int, agents: str, *, end: str = "2099-01-01", keys: str = "") -> str:
    return (
        f"version: {version}\nagents: [{agents}]\nkeys: [{keys}]\n"
        f"not_before: 2026-01-01\nnot_after: {end}\n"
    )


LISTS = [
    (listed(2, "aid"), "2:9: contradicts: leaves out agent `adi`, revoked before"),
    (listed(1, "aid, adi, other"), "1:10: contradicts: `"),
    (listed(2, "aid, adi", end="2026-02-01"), "5:12: contradicts: ended on 2026-02-01; under it"),
]


@pytest.mark.parametrize(("text", "said"), LISTS)
def test_of_a_list_that_nobody_may_sign_it_says_what_the_signer_is_told(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys").mkdir()
    key = keygen("alice", tmp_path / "keys")
    write(tmp_path / "policy" / "manifests" / "aid.yaml")
    path = write(tmp_path / "policy" / "revocations.yaml", listed(1, "aid, adi"))
    assert run(["sign", str(path), "--key", str(key)]) == 0
    write(path, text)
    capsys.readouterr()
    assert run(["sign", str(path), "--key", str(key)]) == 2
    told = capsys.readouterr().err.strip().removeprefix("tertius: ")
    place, _, why = told.partition(": ")
    for looked in (tmp_path, tmp_path / "policy", path):
        assert run(["lint", str(looked)]) == 1
        out = capsys.readouterr().out
        assert f"revocations.yaml:{said}" in out and why in out, (place, out)


def test_a_list_that_takes_the_key_behind_the_conditions_would_close_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys").mkdir()
    keys = {name: keygen(name, tmp_path / "keys") for name in ("alice", "bob")}
    public = {name: read_key(key, outside=tmp_path / "roots") for name, key in keys.items()}
    people = "".join(
        f"  - {{person: {name}, key: {each.verifier.vkey}}}\n" for name, each in public.items()
    )
    root = write(
        tmp_path / "roots" / "manifests.yaml",
        "role: manifests\nversion: 1\nthreshold: 1\nnot_before: 2026-01-01\n"
        f"not_after: 2099-01-01\nkeys:\n{people}",
    )
    conditions = write(tmp_path / "policy" / "conditions.yaml", "name: c\nversion: 1\n")
    path = write(
        tmp_path / "policy" / "revocations.yaml",
        listed(1, "", keys=public["alice"].verifier.public.hex()),
    )
    assert run(["sign", str(root), "--as", "root", "--key", str(keys["alice"])]) == 0
    assert run(["sign", str(conditions), "--key", str(keys["alice"])]) == 0
    capsys.readouterr()
    assert run(["lint", str(tmp_path)]) == 1
    assert "sign conditions with another key first" in capsys.readouterr().out
    assert run(["sign", str(path), "--key", str(keys["bob"])]) == 2
    assert "3:7: revokes a key without which too few people" in capsys.readouterr().err
    assert run(["sign", str(conditions), "--key", str(keys["bob"])]) == 0
    assert run(["sign", str(path), "--key", str(keys["bob"])]) == 0


def test_a_version_that_a_gate_has_left_behind_is_a_flaw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Versions().advance("manifest", 4, "ab" * 32, about="aid")
    remember(tmp_path / "private" / "versions.json", seen, outside=tmp_path / "policy")
    path = write(tmp_path / "policy" / "manifests" / "aid.yaml")
    assert run(["lint", str(tmp_path)]) == 1
    said = "version 4 was in force before; raise `version` to 5"
    assert f"aid.yaml:2:10: contradicts: version 1 of `manifest aid`; {said}" in (
        capsys.readouterr().out
    )
    (tmp_path / "keys").mkdir()
    assert run(["sign", str(path), "--key", str(keygen("alice", tmp_path / "keys"))]) == 2
    assert said in capsys.readouterr().err


def test_a_list_alone_says_nothing_of_who_bears_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "policy" / "revocations.yaml", listed(1, "aid"))
    assert run(["lint", str(path)]) == 0
    assert "1 other document, 0 flaws" in capsys.readouterr().out
