"""Where determinations are kept, as a signed document."""

from typing import Any

import msgspec
import pytest
from tests.policy.documents import ALICE, BOB, root, signed

from tertius.policy.document import as_noun
from tertius.policy.envelope import EnvelopeError
from tertius.policy.roles_document import (
    KIND,
    Determination,
    RolesDocument,
    RolesError,
    load_roles,
)
from tertius.policy.signed import WrongRootError
from tertius.policy.strict_yaml import DocumentError, parse_yaml
from tertius.policy.versions import RolledBackError, Versions

RISK = Determination(name="risk", tools=("sis.set_risk",), keys=(("sis", "risk"),))
TEXT = b"""\
version: 3
determinations:
  - name: risk
    tools: [sis.set_risk]
    keys: [[sis, risk]]
"""


def document(version: int = 3, **more: Any) -> RolesDocument:
    return RolesDocument(version=version, determinations=(RISK,), **more)


def test_it_is_written_reviewed_and_loaded() -> None:
    written = as_noun(parse_yaml(TEXT, file="roles.yaml"), RolesDocument)
    assert written == document()
    raw = signed(written, ALICE, BOB, kind=KIND, name="roles")
    held, versions = load_roles(raw, root(ALICE, BOB), versions=Versions())
    assert held.document == written
    older = signed(document(2), ALICE, BOB, kind=KIND, name="roles")
    with pytest.raises(RolledBackError, match="version 2 of `roles`"):
        load_roles(older, root(ALICE, BOB), versions=versions)


def test_the_constitutions_root_signs_no_roles() -> None:
    raw = signed(document(), ALICE, kind=KIND, name="roles")
    with pytest.raises(WrongRootError):
        load_roles(raw, root(ALICE, role="constitution"), versions=Versions())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace(b"tools:", b"tols:"), "r:4:5: unknown key `tols`; did you mean `tools`"),
        (TEXT.replace(b"version: 3", b"version: 0"), "r:1:10: expected a whole number >= 1"),
        (TEXT + b"  - name: risk\n    tools: [x]\n", "names `risk` twice"),
        (TEXT + b"  - name: other\n", "`other` is kept nowhere"),
        (b"version: 1\ndeterminations: []\n", "without determinations"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as told:
        as_noun(parse_yaml(text, file="r"), RolesDocument)
    assert said in str(told.value)


def test_a_mistake_that_was_signed_is_told_with_its_path() -> None:
    tree = msgspec.to_builtins(document())
    tree["determinations"][0]["kys"] = []
    other = msgspec.defstruct("Any", [("version", int), ("determinations", Any)])
    raw = signed(other(**tree), ALICE, BOB, kind=KIND, name="roles")  # type: ignore[arg-type]  # no such noun
    with pytest.raises(EnvelopeError, match=r"no roles: `determinations\.0`: unknown key `kys`"):
        load_roles(raw, root(ALICE, BOB), versions=Versions())


def test_a_document_without_determinations_is_none() -> None:
    with pytest.raises(RolesError):
        RolesDocument(version=1, determinations=())
