"""Roots: people counted by key, rotation under old and new thresholds, one role each."""

from pathlib import Path

import msgspec
import pytest
from tests.policy.documents import AID, ALICE, BOB, CAROL, END, NOW, root, root_document, signed

from tertius.core.errors import TertiusError
from tertius.log.notekey import SigningKey
from tertius.policy.envelope import BadSignatureError, EnvelopeError, TooFewSignaturesError
from tertius.policy.manifests import KIND as MANIFEST
from tertius.policy.roots import (
    KIND,
    NoRootError,
    RootDocument,
    RootError,
    RootKey,
    first_root,
    load_root,
    next_root,
)
from tertius.policy.versions import RolledBackError, Versions

TWO = root_document(ALICE, BOB)


def raw(document: RootDocument, *keys: SigningKey) -> bytes:
    return signed(document, *keys, kind=KIND, name=document.role)


def follow(old: RootDocument, **settings: object) -> RootDocument:
    return msgspec.structs.replace(old, version=old.version + 1, **settings)


def test_enough_people_open_a_document() -> None:
    opened = root(ALICE, BOB).open(signed(AID, ALICE, BOB), MANIFEST)
    assert opened.people == {"p-a", "p-b"}
    assert root(ALICE, BOB).predicate(signed(AID, ALICE, BOB), MANIFEST)["agent"] == "aid"


@pytest.mark.parametrize("keys", [(ALICE,), (ALICE, CAROL), (CAROL,)])
def test_too_few_or_strangers_do_not(keys: tuple[SigningKey, ...]) -> None:
    with pytest.raises(TooFewSignaturesError, match="of 2 people whom the `manifests` root"):
        root(ALICE, BOB).open(signed(AID, *keys), MANIFEST)


def test_one_person_with_two_keys_counts_once() -> None:
    keys = (
        RootKey(person="p-a", key=ALICE.verifier.vkey),
        RootKey(person="p-a", key=BOB.verifier.vkey),
        RootKey(person="p-c", key=CAROL.verifier.vkey),
    )
    owner = root(keys=keys, threshold=2)
    with pytest.raises(TooFewSignaturesError, match="signed by 1 of 2"):
        owner.open(signed(AID, ALICE, BOB), MANIFEST)
    assert owner.open(signed(AID, ALICE, CAROL), MANIFEST).people == {"p-a", "p-c"}


def test_one_key_under_two_names_is_no_root() -> None:
    again = SigningKey("second", bytes([1] * 32))
    with pytest.raises(RootError, match="`second` is the key of `a` once more"):
        root_document(ALICE, again)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"threshold": 3}, "threshold 3 of 2 people"),
        ({"not_before": END, "not_after": END}, "ends before it begins"),
        ({"keys": (RootKey(person="p-a", key="a+00+x"),)}, "verifier key"),
        ({"keys": (RootKey(person="p", key=SigningKey("w", bytes(32), kind=4).verifier.vkey),)},
         "a witness's"),
    ],
)  # fmt: skip
def test_roots_that_mean_nothing(settings: dict[str, object], said: str) -> None:
    with pytest.raises(RootError, match=said):
        root_document(ALICE, BOB, **settings)


def test_the_first_root_vouches_for_itself() -> None:
    assert first_root(raw(TWO, ALICE, BOB)).document == TWO
    with pytest.raises(TooFewSignaturesError):
        first_root(raw(TWO, ALICE))
    with pytest.raises(EnvelopeError, match="a document of kind"):
        first_root(signed(AID, ALICE, BOB))


def test_rotation_needs_the_old_threshold_and_the_new_one() -> None:
    old = first_root(raw(TWO, ALICE, BOB))
    new = follow(TWO, keys=root_document(BOB, CAROL).keys)
    assert next_root(old, raw(new, ALICE, BOB, CAROL)).document == new
    for keys in ((ALICE, BOB), (BOB, CAROL), (ALICE, CAROL)):
        with pytest.raises(TooFewSignaturesError):
            next_root(old, raw(new, *keys))


def test_rotation_keeps_the_role_and_skips_no_version() -> None:
    old = first_root(raw(TWO, ALICE, BOB))
    for change, said in (
        (follow(TWO, role="constitution"), "cannot follow"),
        (msgspec.structs.replace(TWO, version=3), "does not follow version 1"),
        (TWO, "does not follow version 1"),
    ):
        with pytest.raises(RootError, match=said):
            next_root(old, raw(change, ALICE, BOB))


def written(folder: Path, *documents: RootDocument) -> Path:
    folder.mkdir(exist_ok=True)
    for each in documents:
        file = folder / f"{each.role}.{each.version}.signed.json"
        file.write_bytes(raw(each, ALICE, BOB, CAROL))
    return folder


def test_a_folder_of_roots_is_followed_to_the_newest_and_remembered(tmp_path: Path) -> None:
    second = follow(TWO, keys=root_document(BOB, CAROL).keys)
    folder = written(tmp_path / "roots", TWO, second)
    found, versions = load_root(folder, "manifests", versions=Versions(), time=NOW)
    assert found.document == second
    (folder / "manifests.2.signed.json").unlink()
    with pytest.raises(RolledBackError, match="version 1 of `root manifests`"):
        load_root(folder, "manifests", versions=versions, time=NOW)


def test_roots_that_are_missing_over_or_of_another_role(tmp_path: Path) -> None:
    folder = written(tmp_path / "roots", TWO)
    with pytest.raises(NoRootError, match="no root `approvers`"):
        load_root(folder, "approvers", versions=Versions(), time=NOW)
    with pytest.raises(NoRootError, match="not in force"):
        load_root(folder, "manifests", versions=Versions(), time=END + 1)
    (folder / "constitution.1.signed.json").write_bytes(raw(TWO, ALICE, BOB))
    with pytest.raises(RootError, match="is a root for `manifests`"):
        load_root(folder, "constitution", versions=Versions(), time=NOW)


def test_a_damaged_root_stops(tmp_path: Path) -> None:
    folder = written(tmp_path / "roots", TWO)
    path = folder / "manifests.1.signed.json"
    path.write_bytes(path.read_bytes().replace(b'"sig": "', b'"sig": "AAAA', 1))
    with pytest.raises(BadSignatureError):
        load_root(folder, "manifests", versions=Versions(), time=NOW)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TertiusError, match="broken JSON"):
        load_root(folder, "manifests", versions=Versions(), time=NOW)
