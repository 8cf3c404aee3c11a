"""`tertius lint`: flaws with their place, and an exit code that a build can use."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.manifest_files import AID, keygen, write
from tests.cli.test_sign_sound import CONDITIONS, CONSTITUTION

from tertius.cli.demo_scenes.university import founding
from tertius.cli.main import run
from tertius.policy.versions import Versions, remember


def test_a_place_that_is_left_out_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint"]) == 2
    assert "missing `PATH`; see `tertius lint --help`" in capsys.readouterr().err


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
    assert "b.yaml:17:8: overlap: `other` and `aid` both own `x`" in out
    assert "c.yaml:2:10: unreadable: expected a whole number, found text `one`" in out
    assert out.endswith("3 manifests, 2 flaws\n")


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.yaml", AID.replace("tools:", "tols:"))
    assert run(["lint", str(path), "--json"]) == 1
    (flaw,) = json.loads(capsys.readouterr().out)["flaws"]
    assert (flaw["kind"], flaw["line"], flaw["column"]) == ("unreadable", 11, 1)


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
    assert "unreadable: no signed envelope: " in capsys.readouterr().out


def test_a_signed_manifest_that_cannot_be_read_is_a_flaw_beside_its_yaml_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "policy" / "manifests" / "aid.yaml")
    assert run(["sign", str(path), "--key", str(keygen("alice", tmp_path))]) == 0
    assert run(["lint", str(tmp_path)]) == 0
    with path.with_name("aid.signed.json").open("ab") as file:
        file.write(b"garbage")
    capsys.readouterr()
    for folder in (tmp_path, path.parent):
        assert run(["lint", str(folder)]) == 1
        assert "aid.signed.json: unreadable: no signed envelope: " in capsys.readouterr().out


def test_nothing_to_look_at_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", str(tmp_path)]) == 2
    assert "no manifest in" in capsys.readouterr().err


# -- the whole of a policy -------------------------------------------------------------------------

POLICY = Path(founding.__file__).parent / "policy"
APPROVERS = "version: 1\npeople:\n- {{person: p-7, keys: [{key}]}}\n".format(key="ab" * 32)


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    """The university's policy in the folders of a deployment."""
    policy = tmp_path / "policy"
    (policy / "manifests").mkdir(parents=True)
    for file in POLICY.glob("*.yaml"):
        manifest = file.stem in founding.MANIFESTS
        shutil.copy(file, policy / ("manifests" if manifest else "") / file.name)
    write(policy / "approvers.yaml", APPROVERS)
    return tmp_path


def test_the_policy_of_a_deployment_is_looked_at_as_a_whole(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", str(campus)]) == 0
    assert capsys.readouterr().out == (
        f"{campus / 'policy'}: unsigned: nothing is signed, and only what is signed is in force; "
        "sign it\n4 manifests, 4 other documents, 0 flaws, 1 note\n"
    )


def test_a_draft_that_is_not_signed_yet_is_noted(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drafts = [*campus.glob("policy/*.yaml"), *campus.glob("policy/manifests/*.yaml")]
    key = str(keygen("alice", campus))
    assert run(["sign", *map(str, drafts), "--key", key]) == 0
    capsys.readouterr()
    assert run(["lint", str(campus)]) == 0
    assert capsys.readouterr().out == "4 manifests, 4 other documents, 0 flaws\n"
    approvers = campus / "policy" / "approvers.yaml"
    manifest = campus / "policy" / "manifests" / "advising.yaml"
    approvers.with_name("approvers.signed.json").unlink()
    write(manifest, manifest.read_text().replace("version: 1", "version: 2"))
    assert run(["lint", str(campus)]) == 0
    out = capsys.readouterr().out
    assert f"{approvers}:1:10: unsigned: nobody signed it; sign it\n" in out
    assert "advising.yaml:2:10: unsigned: this is version 2, signed is version 1; sign it\n" in out
    assert out.endswith(", 0 flaws, 2 notes\n")
    manifest.with_name("advising.signed.json").write_bytes(b"{")
    assert run(["lint", str(campus)]) == 1
    assert capsys.readouterr().out.endswith(", 1 flaw, 1 note\n"), "unreadable, and said once"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("roles.yaml", "name: risk-level", "name: risk-levels", "gridlock: nobody owns it"),
        (
            "roles.yaml",
            "tools: [aid.award]",
            "tools: [sis.grades]",
            "contradicts: tool `sis",
        ),
        ("constitution.yaml", "aid.award", "aid.awrad", "misspelt: no granted request satisfies"),
        ("roles.yaml", "determinations:", "determinatons:", "did you mean `determinations`"),
        ("constitution.yaml", "> 1000", "> 1000 && context.hops < 0", "never-fires: no request"),
        ("conditions.yaml", "quorum: 2", "quorum: 9", "gridlock: it asks for 9 agents"),
        ("approvers.yaml", "p-7", "registrar", "gridlock: it asks for 1, and 0 enrolled people"),
    ],
)
def test_flaws_of_the_whole_are_found_before_anything_is_signed(
    file: str, old: str, new: str, said: str, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = campus / "policy" / file
    assert old in path.read_text()
    write(path, path.read_text().replace(old, new))
    assert run(["lint", str(campus / "policy")]) == 1
    assert said in capsys.readouterr().out


def test_one_document_alone_says_nothing_of_what_others_grant(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("constitution", "conditions", "roles"):
        assert run(["lint", str(campus / "policy" / f"{name}.yaml")]) == 0
    assert capsys.readouterr().out == "0 manifests, 1 other document, 0 flaws\n" * 3


def test_it_asks_what_the_gate_asks_at_its_start(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = campus / "policy"
    constitution = (policy / "constitution.yaml").read_text()
    write(policy / "constitution.yaml", constitution.replace("version: 1", "version: 2"))
    approvers = APPROVERS + "- {person: p-8, keys: []}\n"
    write(policy / "approvers.yaml", approvers)
    write(
        policy / "revocations.yaml",
        "version: 1\nagents: [tutorin]\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n",
    )
    write(
        campus / "tertius.yaml",
        "escalation:\n  triggers:\n  - {name: odd, why: w, resources: [sis.attendence]}\n",
    )
    assert run(["lint", str(campus)]) == 1
    out = capsys.readouterr().out
    assert out.count("contradicts: reviewed under constitution ") == 4
    assert "approvers:p-8: inert: `p-8` has no key, and can answer nothing" in out
    assert "no manifest of agent `tutorin`; did you mean `tutoring`; nobody is revoked" in out
    assert "tertius.yaml: never-fires: trigger `odd`: unknown resource `sis.attendence`" in out
    assert "did you mean `sis.attendance`" in out


def test_what_a_newer_list_leaves_out_is_a_flaw(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Versions().revoking(["agent tutoring"])
    remember(campus / "private" / "versions.json", seen, outside=campus / "policy")
    write(
        campus / "policy" / "revocations.yaml",
        "version: 2\nagents: []\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n",
    )
    assert run(["lint", str(campus)]) == 1
    said = "revocations.yaml:2:9: contradicts: leaves out agent `tutoring`, revoked before"
    assert said in capsys.readouterr().out
    assert run(["lint", str(campus / "policy")]) == 1
    assert said in capsys.readouterr().out


def test_what_was_revoked_for_good_is_noted_and_no_longer_a_flaw(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = campus / "policy" / "revocations.yaml"
    listed = "version: {}\nagents: [{}]\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n"
    said = "revocations:tutorin: inert: no manifest of agent `tutorin`; did you mean `tutoring`"
    write(path, listed.format(1, "tutorin"))
    assert run(["lint", str(campus)]) == 1
    out = capsys.readouterr().out
    assert f"{said}; nobody is revoked, and the name can never be taken out again" in out
    assert out.endswith(", 1 flaw, 1 note\n")
    assert run(["sign", str(path), "--key", str(keygen("alice", campus))]) == 0
    capsys.readouterr()
    assert run(["lint", str(campus)]) == 0
    out = capsys.readouterr().out
    assert said in out and out.count(": unsigned: ") == 8
    assert out.endswith(", 0 flaws, 9 notes\n")
    write(path, listed.format(2, "tutorin, retentoin"))
    assert run(["lint", str(campus), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["where"] for each in told["flaws"]] == ["revocations:retentoin"]
    notes = [each["where"] for each in told["notes"] if each["kind"] != "unsigned"]
    assert notes == ["revocations:tutorin"]
    path.unlink()
    assert run(["lint", str(campus)]) == 0, "the signed list alone"


def test_what_a_gate_remembers_as_revoked_is_no_flaw_either(
    campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Versions().revoking(["agent tutorin"])
    remember(campus / "private" / "versions.json", seen, outside=campus / "policy")
    write(
        campus / "policy" / "revocations.yaml",
        "version: 2\nagents: [tutorin]\nnot_before: 2026-01-01\nnot_after: 2099-01-01\n",
    )
    assert run(["lint", str(campus)]) == 0
    assert capsys.readouterr().out.endswith(", 0 flaws, 2 notes\n")


@pytest.mark.parametrize("kind", ["constitution", "conditions"])
def test_a_mistake_in_a_rule_stands_where_the_signer_is_told(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two documents of one name are told apart by the rule."""
    policy = tmp_path / "policy"
    write(policy / "constitution.yaml", CONSTITUTION.replace("id: small", "id: large"))
    write(policy / "conditions.yaml", CONDITIONS)
    path = policy / f"{kind}.yaml"
    whole = path.read_text()
    write(path, whole.replace('call", resource', 'call" resource'))
    assert run(["sign", str(path), "--key", str(keygen("alice", tmp_path))]) == 2
    signer = capsys.readouterr().err.removeprefix("tertius: ").partition("; ")[0]
    assert f"{path}:{11 if kind == 'constitution' else 8}:12: shop:" in signer
    assert run(["lint", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(signer)
    assert run(["lint", str(tmp_path), "--json"]) == 1
    flaw = json.loads(capsys.readouterr().out)["flaws"][0]
    place = ":".join(str(flaw[key]) for key in ("file", "line", "column"))
    assert signer.startswith(f"{place}: {flaw['where']}: unreadable: ")


@pytest.mark.parametrize(
    ("file", "word", "typed"),
    [
        ("manifests/retention.yaml", "operator:", "operater:"),
        ("approvers.yaml", "people:", "poeple:"),
        ("roles.yaml", "determinations:", "determinatons:"),
    ],
)
def test_one_typing_mistake_is_one_flaw(
    file: str, word: str, typed: str, campus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = campus / "policy" / file
    write(path, path.read_text().replace(word, typed))
    assert run(["lint", str(campus)]) == 1
    out = capsys.readouterr().out
    assert f"unknown key `{typed[:-1]}`" in out and ", 1 flaw" in out
    assert out.count("unreadable") == 1 and ", 1 flaws" not in out, out
