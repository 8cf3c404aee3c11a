"""`tertius sign`: checked before it is signed, signed before it is written."""

import json
import os
from pathlib import Path

import pytest
from tests.cli.manifest_files import AID, HEX, keygen, write

from tertius.cli.main import run
from tertius.cli.signable import SIGNABLE
from tertius.escalation import approver_key
from tertius.escalation.approver_key import write_key
from tertius.log.keys import read_key
from tertius.policy.envelope import parse_envelope, predicate_type, read_statement, signers
from tertius.policy.manifests import KIND, OTHER_ROOTS, load_manifests
from tertius.policy.roots import load_root
from tertius.policy.versions import Versions, remember
from tertius.runtime.places import Places


def sign(path: Path, key: Path, *more: str) -> int:
    return run(["sign", str(path), "--key", str(key), *more])


def test_two_reviewers_sign_one_manifest(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m" / "aid.yaml")
    assert sign(path, keys["alice"], "--threshold", "2") == 0
    assert "aid.signed.json: 1 signature of 2; 1 missing" in capsys.readouterr().out
    assert sign(path, keys["bob"], "--threshold", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)["signed"][0]
    assert (told["signatures"], told["changes"]) == (2, [])
    envelope = parse_envelope(Path(told["envelope"]).read_bytes())
    public = [read_key(key, outside=tmp_path / "m").verifier.public for key in keys.values()]
    assert signers(envelope, public) == set(public)
    assert read_statement(envelope.body, KIND).predicate["agent"] == "aid"


def test_from_keys_to_manifests_in_force(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way of a new user: two keys, a root, a manifest, a verified set."""
    public = [read_key(k, outside=tmp_path / "m").verifier.vkey for k in keys.values()]
    lines = [f"  - {{person: p-{n}, key: {vkey}}}" for n, vkey in enumerate(public)]
    root = write(
        tmp_path / "roots" / "manifests.yaml",
        "role: manifests\nversion: 1\nthreshold: 2\nnot_before: 2026-01-01\n"
        "not_after: 2099-01-01\nkeys:\n" + "\n".join(lines) + "\n",
    )
    manifest = write(tmp_path / "m" / "aid.yaml")
    for key in keys.values():
        assert sign(root, key, "--as", "root") == 0
        assert sign(manifest, key) == 0
    now = 1_790_000_000 * 10**9
    found, versions = load_root(tmp_path / "roots", "manifests", versions=Versions(), time=now)
    held = load_manifests(tmp_path / "m", found, versions=versions).whole().held
    assert [each.manifest.agent for each in held] == ["aid"]


def rooted(tmp_path: Path, keys: dict[str, Path], threshold: int) -> Path:
    """A manifest in a deployment whose manifests alice and bob sign; mallory's key is nobody's."""
    public = [read_key(k, outside=tmp_path / "m").verifier.vkey for k in keys.values()]
    lines = [f"  - {{person: {name}, key: {key}}}" for name, key in zip(keys, public, strict=True)]
    root = write(
        tmp_path / "roots" / "manifests.yaml",
        f"role: manifests\nversion: 1\nthreshold: {threshold}\nnot_before: 2026-01-01\n"
        "not_after: 2099-01-01\nkeys:\n" + "\n".join(lines) + "\n",
    )
    for key in keys.values():
        assert sign(root, key, "--as", "root") == 0
    return write(tmp_path / "policy" / "manifests" / "aid.yaml")


def test_a_key_that_counts_for_nothing_is_refused_and_replaces_nothing(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = rooted(tmp_path, keys, 1)
    assert sign(path, keys["alice"]) == 0
    good = path.with_name("aid.signed.json").read_bytes()
    mallory = keygen("mallory", tmp_path / "keys")
    write(path, AID.replace("version: 1", "version: 2"))
    capsys.readouterr()
    assert sign(path, mallory) == 2
    said = capsys.readouterr().err
    assert "under root `manifests`; keys `alice` of `alice`, `bob` of `bob` do" in said
    assert path.with_name("aid.signed.json").read_bytes() == good
    write(path, AID)
    assert sign(path, keys["bob"]) == 0
    assert "2 signatures, 1 needed" in capsys.readouterr().out


REVOKES = "version: {}\nagents: [{}]\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n"


def test_a_list_that_leaves_out_what_was_revoked_is_not_signed(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rooted(tmp_path, keys, 1)
    path = write(tmp_path / "policy" / "revocations.yaml", REVOKES.format(1, "aid, adi"))
    assert sign(path, keys["alice"]) == 0
    target = path.with_name("revocations.signed.json")
    good = target.read_bytes()
    write(path, REVOKES.format(2, "aid"))
    assert sign(path, keys["alice"]) == 2
    assert "leaves out agent `adi`, revoked before" in capsys.readouterr().err
    assert target.read_bytes() == good
    write(path, REVOKES.format(2, "adi, aid, other"))
    assert sign(path, keys["alice"]) == 0


def test_what_a_gate_remembers_may_not_be_left_out_either(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rooted(tmp_path, keys, 1)
    places = Places(tmp_path)
    seen = Versions().revoking(["agent tutor", "agent aid"])
    remember(places.versions, seen, outside=places.policy)
    path = write(tmp_path / "policy" / "revocations.yaml", REVOKES.format(9, "other"))
    assert sign(path, keys["alice"]) == 2
    assert "leaves out agent `aid` and 1 more" in capsys.readouterr().err
    assert not path.with_name("revocations.signed.json").exists()


def test_a_revoked_name_that_nobody_bears_is_doubted_aloud(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write(rooted(tmp_path, keys, 1))
    path = write(tmp_path / "policy" / "revocations.yaml", REVOKES.format(1, "aidd"))
    capsys.readouterr()
    assert sign(path, keys["alice"]) == 0
    said = capsys.readouterr().err
    assert "no manifest of agent `aidd`; did you mean `aid`; nobody is revoked" in said
    assert "can never be taken out again" in said
    path.with_name("revocations.signed.json").unlink()
    write(path, REVOKES.format(2, "aid"))
    assert sign(path, keys["alice"]) == 0
    assert capsys.readouterr().err == "", "a name that somebody bears is no reason to doubt"


def test_which_root_names_a_signer_is_said_once() -> None:
    others = {kind: each.role for kind, each in SIGNABLE.items() if each.role}
    told = {kind: OTHER_ROOTS.get(kind, "manifests") for kind in others}
    assert told == others


def test_a_version_that_too_few_signed_waits_beside_the_one_in_force(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = rooted(tmp_path, keys, 2)
    for key in keys.values():
        assert sign(path, key) == 0
    target, pending = path.with_name("aid.signed.json"), path.with_name("aid.pending.json")
    good = target.read_bytes()
    write(path, AID.replace("version: 1", "version: 2"))
    capsys.readouterr()
    assert sign(path, keys["bob"]) == 0
    out = capsys.readouterr().out
    assert "aid.pending.json: 1 signature of 2; 1 missing; the version before stays" in out
    assert target.read_bytes() == good and pending.exists()
    assert sign(path, keys["alice"]) == 0
    assert "aid.signed.json: 2 signatures of 2" in capsys.readouterr().out
    body = parse_envelope(target.read_bytes()).body
    assert read_statement(body, KIND).predicate["version"] == 2 and not pending.exists()


def test_a_new_version_begins_anew_and_tells_what_changed(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m" / "aid.yaml")
    assert sign(path, keys["alice"]) == 0
    write(path, AID.replace("high: 500", "high: 600").replace("version: 1", "version: 2"))
    capsys.readouterr()
    assert sign(path, keys["bob"]) == 0
    out = capsys.readouterr().out
    assert "1 signature of 1" in out
    assert "widen: tools.ledger.pay.arguments.amount" in out


def test_a_change_without_a_new_version_is_refused_and_nothing_written(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m" / "aid.yaml")
    assert sign(path, keys["alice"]) == 0
    before = (tmp_path / "m" / "aid.signed.json").read_bytes()
    write(path, AID.replace("high: 500", "high: 600"))
    assert sign(path, keys["bob"]) == 2
    assert "holds version 1 with other content; raise `version` to 2" in capsys.readouterr().err
    assert (tmp_path / "m" / "aid.signed.json").read_bytes() == before


def test_of_several_files_none_is_signed_if_one_is_flawed(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "m" / "aid.yaml")
    bad = write(tmp_path / "m" / "bad.yaml", AID.replace("tools:", "tols:"))
    assert run(["sign", str(good), str(bad), "--key", str(keys["alice"])]) == 2
    error = capsys.readouterr().err
    assert "bad.yaml:11:1: unknown key `tols`; did you mean `tools`" in error
    assert not (tmp_path / "m" / "aid.signed.json").exists()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "nothing to sign"),
        (["aid.yaml", "--as", "rot"], "unknown kind `rot`; did you mean `root`"),
        (["aid.yaml", "--threshold", "0"], "threshold 0; expected 1 to 64"),
        (["break-glass.yaml"], "break-glass is signed by approvers; name yourself with `--by`"),
        (["aid.yaml", "--by", "p-7"], "approvers sign break-glass, and no `manifest`"),
        (["none.yaml"], "none.yaml: cannot be read, no such file"),
    ],
)
def test_mistakes_are_named(
    words: list[str],
    part: str,
    tmp_path: Path,
    keys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "m").mkdir()
    monkeypatch.chdir(tmp_path / "m")
    write(tmp_path / "m" / "aid.yaml")
    assert run(["sign", *words, "--key", str(keys["alice"])]) == 2
    assert part in capsys.readouterr().err


def test_a_file_is_what_its_name_says(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    roles = write(
        tmp_path / "m" / "roles.yaml", "version: 1\ndeterminations:\n- name: a\n  tools: [t]\n"
    )
    mode = write(
        tmp_path / "m" / "mode.yaml",
        "version: 1\nmode: shadow\nreason: w\nnot_before: 2026-01-01\nnot_after: 2026-02-01\n",
    )
    assert run(["sign", str(roles), str(mode), "--key", str(keys["alice"])]) == 0
    for name in ("roles", "mode"):
        raw = (tmp_path / "m" / f"{name}.signed.json").read_bytes()
        read_statement(parse_envelope(raw).body, predicate_type(name))  # type: ignore[arg-type]  # both are kinds
    wrong = write(tmp_path / "m" / "conditions.yaml", roles.read_text())
    assert sign(wrong, keys["alice"]) == 2
    assert "unknown key `determinations`" in capsys.readouterr().err
    assert sign(wrong, keys["alice"], "--as", "roles") == 0, "`--as` comes before the name"


def test_an_approver_signs_an_opening_under_a_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        tmp_path / "policy" / "break-glass.yaml",
        f"constitution: {HEX}\nscope: [sis]\nreason: fire\nopened: 2026-10-05T09:00:00Z\n",
    )
    key = tmp_path / "p-7.approver"
    public = write_key(key, "p-7", "correct horse", entropy=os.urandom, cost=10).public_key()
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "correct horse"

    monkeypatch.setattr(approver_key, "ask_passphrase", typed)
    assert sign(path, key, "--by", "p-7") == 0
    envelope = parse_envelope((tmp_path / "policy" / "break-glass.signed.json").read_bytes())
    raw = public.public_bytes_raw()
    assert signers(envelope, [raw]) == {raw}
    assert asked == ["passphrase of p-7 to break glass: "]


def test_a_key_beside_the_manifests_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m" / "aid.yaml")
    key = keygen("alice", tmp_path / "m")
    capsys.readouterr()
    assert sign(path, key) == 2
    assert "keep keys out" in capsys.readouterr().err


def test_without_a_key_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sign", "x.yaml"]) == 2
    assert "`--key` needs a value" in capsys.readouterr().err


def test_every_kind_has_its_own_type() -> None:
    kinds = [each.kind for each in SIGNABLE.values()]
    assert len(set(kinds)) == len(kinds)
    assert all(kind.startswith("urn:tertius:") for kind in kinds)
    assert HEX in AID


@pytest.mark.parametrize("waits", [False, True])
def test_a_signed_file_that_cannot_be_read_is_named_with_what_to_do(
    waits: bool, tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written over it: others may have signed it."""
    path = rooted(tmp_path, keys, 2 if waits else 1)
    for key in keys.values():
        assert sign(path, key) == 0
    spoilt = path.with_name("aid.signed.json")
    if waits:
        write(path, AID.replace("version: 1", "version: 2"))
        assert sign(path, keys["alice"]) == 0
        spoilt = path.with_name("aid.pending.json")
    raw = spoilt.read_bytes() + b"garbage\n"
    spoilt.write_bytes(raw)
    capsys.readouterr()
    assert sign(path, keys["bob"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tertius: {spoilt}: no signed envelope: offset ")
    assert "; put the file back from a copy, or move it away and sign again" in said
    assert spoilt.read_bytes() == raw
    spoilt.unlink()
    assert sign(path, keys["bob"]) == 0


def test_a_root_that_cannot_be_read_is_named(
    tmp_path: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = rooted(tmp_path, keys, 1)
    root = tmp_path / "roots" / "manifests.1.signed.json"
    root.write_bytes(root.read_bytes() + b"garbage")
    capsys.readouterr()
    assert sign(path, keys["alice"]) == 2
    assert f"{root}: no signed envelope: offset " in capsys.readouterr().err
