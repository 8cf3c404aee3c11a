"""A document of which a deployment has one, whatever it calls itself."""

import pytest
from tests.policy.documents import ALICE, BOB, CAROL, root, signed

from tertius.policy.conditions_document import Conditions
from tertius.policy.envelope import EnvelopeError, TooFewSignaturesError, predicate_type
from tertius.policy.signed import Signed, open_signed
from tertius.policy.versions import RolledBackError, Versions

ROOT = root(ALICE, BOB, CAROL, threshold=2)
KIND = predicate_type("conditions")


def load(raw: bytes, versions: Versions) -> tuple[Signed[Conditions], Versions]:
    return open_signed(
        raw, ROOT, Conditions, kind="conditions", role="manifests", versions=versions
    )


def test_it_knows_who_signed_and_what() -> None:
    document = Conditions(name="one", version=3)
    found, versions = load(signed(document, ALICE, CAROL, kind=KIND, name="one"), Versions())
    assert found.document == document
    assert found.keys == {ALICE.verifier.public, CAROL.verifier.public}
    last = versions.last("conditions")
    assert last is not None and (last.version, last.digest) == (3, found.digest)


def test_another_name_is_no_new_beginning() -> None:
    first = signed(Conditions(name="one", version=3), ALICE, BOB, kind=KIND, name="one")
    _, versions = load(first, Versions())
    for version, said in ((2, "version 2 of `conditions`"), (3, "under the same version 3")):
        other = Conditions(name="other", version=version)
        with pytest.raises(RolledBackError, match=said):
            load(signed(other, ALICE, BOB, kind=KIND, name="other"), versions)
    newer = Conditions(name="other", version=4)
    assert load(signed(newer, ALICE, BOB, kind=KIND, name="other"), versions)[0].document == newer


def test_too_few_or_another_kind_are_refused() -> None:
    document = Conditions(name="one", version=1)
    with pytest.raises(TooFewSignaturesError):
        load(signed(document, ALICE, kind=KIND, name="one"), Versions())
    other = signed(document, ALICE, BOB, kind=predicate_type("roles"), name="one")
    with pytest.raises(EnvelopeError, match="expected `urn:tertius:conditions:v1`"):
        load(other, Versions())
