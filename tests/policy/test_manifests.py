"""A folder of manifests: each verified, or refused with its file and reason."""

import os
from pathlib import Path

import msgspec
import pytest
from tests.policy.documents import (
    ADVISOR,
    AID,
    ALICE,
    BOB,
    CAROL,
    CONSTITUTION,
    END,
    START,
    allow,
    manifest,
    publish,
    root,
    signed,
    tool,
)

from tertius.core.constraints import Matches
from tertius.core.errors import CallerError, IntegrityError, TertiusError
from tertius.core.outcome import EnforcementLevel
from tertius.policy.allow_set import AllowSet
from tertius.policy.envelope import TooFewSignaturesError
from tertius.policy.manifests import (
    ManifestSet,
    OtherConstitutionError,
    UnsignedError,
    amount_to,
    load_manifests,
    load_revocations,
)
from tertius.policy.revocation import KIND as REVOCATIONS
from tertius.policy.revocation import NOTHING_REVOKED, RevocationError, Revocations
from tertius.policy.roots import KIND as ROOT
from tertius.policy.versions import RolledBackError, Versions

ROOT_OF_TWO = root(ALICE, BOB)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(tmp_path / "m", AID, ALICE, BOB)
    publish(tmp_path / "m", ADVISOR, ALICE, BOB)
    return tmp_path / "m"


def load(folder: Path, **settings: object) -> ManifestSet:
    options = {"versions": Versions(), **settings}
    return load_manifests(folder, ROOT_OF_TWO, **options)  # type: ignore[arg-type]  # options by name


def refused(found: ManifestSet) -> dict[str, tuple[str, str]]:
    return {r.file: (type(r.error).__name__, r.problem) for r in found.refusals}


def test_a_whole_folder(folder: Path) -> None:
    found = load(folder, constitution=CONSTITUTION).whole()
    assert {each.manifest.agent for each in found.held} == {"aid", "advisor"}
    assert found.versions.seen["manifest aid"].version == 1
    assert AllowSet(found.held, level=EnforcementLevel.SIDECAR).digest_of("aid") is not None


def test_an_empty_folder_holds_nothing_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    assert load(tmp_path).held == ()
    with pytest.raises(CallerError, match="cannot list"):
        load(tmp_path / "none")


def test_bad_files_are_refused_and_the_others_hold(folder: Path) -> None:
    whole = (folder / "aid.signed.json").read_bytes()
    (folder / "draft.yaml").write_text("agent: draft\n", encoding="utf-8")
    publish(folder, manifest("one"), ALICE)
    publish(folder, manifest("strange"), CAROL)
    (folder / "half.signed.json").write_bytes(whole[: len(whole) // 2])
    (folder / "altered.signed.json").write_bytes(whole.replace(b'"payload": "e', b'"payload": "f'))
    (folder / "other.signed.json").write_bytes(signed(manifest("x"), ALICE, BOB, name="y"))
    (folder / "kind.signed.json").write_bytes(signed(manifest("x"), ALICE, BOB, kind=ROOT))
    bomb = tool("t", Matches(argument="a", pattern="[z-a]"))
    publish(folder, manifest("bomb", tools=(bomb,)), ALICE, BOB)
    os.symlink(folder / "aid.signed.json", folder / "link.signed.json")
    found = load(folder)
    assert {each.manifest.agent for each in found.held} == {"aid", "advisor"}
    reasons = refused(found)
    expected = {
        "draft.yaml": ("UnsignedError", "nobody signed it; draft.yaml:1:1: missing key"),
        "one.signed.json": ("TooFewSignaturesError", "signed by 1 of 2 people"),
        "strange.signed.json": ("TooFewSignaturesError", "signed by 0 of 2 people"),
        "half.signed.json": ("EnvelopeError", "no signed envelope"),
        "altered.signed.json": ("BadSignatureError", "altered"),
        "other.signed.json": ("EnvelopeError", "about another agent than `x`"),
        "kind.signed.json": ("EnvelopeError", "expected `urn:tertius:manifest:v1`"),
        "bomb.signed.json": ("ConstraintError", "bad range in pattern"),
        "link.signed.json": ("UnreadableError", "cannot read"),
    }
    assert set(reasons) == set(expected)
    for file, (kind, said) in expected.items():
        assert reasons[file][0] == kind and said in reasons[file][1], reasons[file]
        assert file in reasons[file][1], "the file is named"
    with pytest.raises(TertiusError):
        found.whole()


def test_refusals_keep_their_exit_codes(folder: Path) -> None:
    publish(folder, manifest("one"), ALICE)
    (error,) = [r.error for r in load(folder).refusals]
    assert isinstance(error, TooFewSignaturesError) and error.exit_code == 4
    assert issubclass(UnsignedError, CallerError) and issubclass(RolledBackError, IntegrityError)


def test_two_manifests_of_one_agent_are_both_refused(folder: Path) -> None:
    publish(folder, msgspec.structs.replace(AID, version=2), ALICE, BOB, file="b.signed.json")
    found = load(folder)
    assert [each.manifest.agent for each in found.held] == ["advisor"]
    assert set(refused(found)) == {"aid.signed.json", "b.signed.json"}


def test_names_that_differ_only_in_case_are_both_refused(folder: Path) -> None:
    publish(folder, msgspec.structs.replace(AID, agent="AID"), ALICE, BOB, file="x.signed.json")
    found = load(folder)
    assert [each.manifest.agent for each in found.held] == ["advisor"]
    assert "differs only in case from `aid`" in refused(found)["x.signed.json"][1]


def test_a_manifest_put_back_is_refused(folder: Path) -> None:
    old = (folder / "aid.signed.json").read_bytes()
    publish(folder, msgspec.structs.replace(AID, version=2, owns=()), ALICE, BOB)
    seen = load(folder).whole().versions
    (folder / "aid.signed.json").write_bytes(old)
    found = load(folder, versions=seen)
    assert refused(found)["aid.signed.json"][0] == "RolledBackError"
    assert found.versions == seen, "nothing is forgotten by a refusal"


def test_another_manifest_of_the_same_version_is_refused(folder: Path) -> None:
    seen = load(folder).versions
    publish(folder, msgspec.structs.replace(AID, owns=()), ALICE, BOB)
    assert "same version 1" in refused(load(folder, versions=seen))["aid.signed.json"][1]


def test_a_manifest_reviewed_under_another_constitution_is_refused(folder: Path) -> None:
    found = load(folder, constitution="dd" * 32)
    assert {kind for kind, _ in refused(found).values()} == {OtherConstitutionError.__name__}


def test_an_expired_manifest_is_held_and_judged_at_every_decision(folder: Path) -> None:
    publish(folder, msgspec.structs.replace(AID, not_after=START + 1), ALICE, BOB)
    assert not load(folder).refusals


# -- revocation ------------------------------------------------------------------------------------


def published(folder: Path, **settings: object) -> Path:
    fields = {"version": 1, "not_before": START, "not_after": END, **settings}
    path = folder.parent / "revocations.signed.json"
    document = Revocations(**fields)  # type: ignore[arg-type]  # fields by name
    path.write_bytes(signed(document, ALICE, BOB, kind=REVOCATIONS, name="revocations"))
    return path


def test_no_list_was_ever_published(folder: Path) -> None:
    path = folder.parent / "revocations.signed.json"
    found, _ = load_revocations(path, ROOT_OF_TWO, (), versions=Versions())
    assert found is NOTHING_REVOKED


def test_a_list_that_is_gone_or_older_is_a_rollback(folder: Path) -> None:
    path = published(folder, version=2)
    _, seen = load_revocations(path, ROOT_OF_TWO, (), versions=Versions())
    published(folder, version=1)
    with pytest.raises(RolledBackError, match="version 1 of `revocations`"):
        load_revocations(path, ROOT_OF_TWO, (), versions=seen)
    path.unlink()
    with pytest.raises(RolledBackError, match="version 2 was in force"):
        load_revocations(path, ROOT_OF_TWO, (), versions=seen)


@pytest.mark.parametrize("left", [{}, {"agents": ("ai",)}, {"manifests": ("ab" * 32,)}])
def test_a_newer_list_that_leaves_out_what_was_revoked_is_refused(
    folder: Path, left: dict[str, tuple[str, ...]]
) -> None:
    path = published(folder, agents=("aid",))
    _, seen = load_revocations(path, ROOT_OF_TWO, (), versions=Versions())
    assert Versions().joined(seen).revoked == ("agent aid",)
    published(folder, version=2, **left)
    with pytest.raises(RolledBackError, match="version 2 leaves out agent `aid`, revoked before"):
        load_revocations(path, ROOT_OF_TWO, (), versions=seen)
    published(folder, version=2, agents=("aid", "tutor"))
    _, newer = load_revocations(path, ROOT_OF_TWO, (), versions=seen)
    assert newer.revoked == ("agent aid", "agent tutor")
    assert newer.advance("roles", 1, "ab" * 32).revoked == newer.revoked, "nothing forgets it"


def test_a_list_that_too_few_signed_revokes_nothing(folder: Path) -> None:
    path = published(folder)
    document = Revocations(version=1, not_before=START, not_after=END)
    path.write_bytes(signed(document, ALICE, kind=REVOCATIONS, name="revocations"))
    with pytest.raises(TooFewSignaturesError):
        load_revocations(path, ROOT_OF_TWO, (), versions=Versions())


def test_a_revoked_key_takes_along_what_too_few_others_signed(folder: Path) -> None:
    owner = root(ALICE, BOB, CAROL, threshold=2)
    publish(folder, AID, ALICE, BOB)
    publish(folder, ADVISOR, ALICE, BOB, CAROL)
    held = {h.manifest.agent: h for h in load_manifests(folder, owner, versions=Versions()).held}
    listed = Revocations(
        version=1, keys=(ALICE.verifier.public.hex(),), not_before=START, not_after=END
    )
    revoked = amount_to(listed, owner, held.values())
    assert revoked.manifests == {held["aid"].digest}
    assert revoked.fresh_until == END
    assert allow(AID).under(revoked)


def test_a_list_that_means_nothing() -> None:
    with pytest.raises(RevocationError, match="ends before it begins"):
        Revocations(version=1, not_before=END, not_after=START)
    with pytest.raises(RevocationError, match="64 lower-case hex"):
        Revocations(version=1, manifests=("x",), not_before=START, not_after=END)
