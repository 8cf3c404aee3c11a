"""The kinds of document that can be signed: how each is read, and under which name it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tertius.core.constitution import Constitution
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.escalation.approvers import Register
from tertius.policy.break_glass import KIND as BREAK_GLASS
from tertius.policy.break_glass import Opening
from tertius.policy.conditions_document import KIND as CONDITIONS
from tertius.policy.conditions_document import Conditions
from tertius.policy.constitution import KIND as CONSTITUTION
from tertius.policy.document import as_noun
from tertius.policy.envelope import predicate_type, statement
from tertius.policy.manifests import KIND as MANIFEST
from tertius.policy.manifests import SIGNED
from tertius.policy.mode import KIND as MODE
from tertius.policy.mode import ModeDocument
from tertius.policy.reviews import KIND as REVIEWS
from tertius.policy.reviews import Reviews
from tertius.policy.revocation import KIND as REVOCATIONS
from tertius.policy.revocation import Revocations
from tertius.policy.roles_document import KIND as ROLES
from tertius.policy.roles_document import RolesDocument
from tertius.policy.roots import KIND as ROOT
from tertius.policy.roots import Role, RootDocument
from tertius.policy.strict_yaml import Document


class Signable(Struct, frozen=True):
    """One kind: its predicate type, its noun, what a document is called, and its file's stem.

    `role` is the root whose keys count; None for a root, which names its own, and for what
    approvers sign.
    """

    kind: str
    noun: type[Noun]
    title: Callable[[Any], str]
    stem: Callable[[Any, Path], str] = lambda noun, path: path.stem
    role: Role | None = "manifests"

    def payload(self, document: Document) -> tuple[Noun, bytes]:
        """Return what a file says, and the exact bytes to sign."""
        noun = as_noun(document, self.noun)
        return noun, statement(self.kind, self.title(noun), noun, source=document.raw)

    def target(self, noun: Noun, path: Path) -> Path:
        """Return the file that the envelope of a document goes to."""
        return path.with_name(self.stem(noun, path) + SIGNED)


def kind_of(path: Path) -> str:
    """Return what a file is by its name: its own kind where it has one, otherwise a manifest.

    Examples
    --------
    >>> kind_of(Path("policy/roles.yaml")), kind_of(Path("policy/manifests/tutor.yaml"))
    ('roles', 'manifest')
    """
    return path.stem if path.stem in SIGNABLE and path.stem != "root" else "manifest"


SIGNABLE: Final[Mapping[str, Signable]] = {
    "manifest": Signable(MANIFEST, Manifest, lambda noun: str(noun.agent)),
    "constitution": Signable(
        CONSTITUTION, Constitution, lambda noun: str(noun.name), role="constitution"
    ),
    "conditions": Signable(CONDITIONS, Conditions, lambda noun: str(noun.name)),
    "root": Signable(
        ROOT,
        RootDocument,
        lambda noun: str(noun.role),
        lambda n, _: f"{n.role}.{n.version}",
        None,
    ),
    "mode": Signable(MODE, ModeDocument, lambda noun: "mode", role="constitution"),
    "roles": Signable(ROLES, RolesDocument, lambda noun: "roles"),
    "revocations": Signable(REVOCATIONS, Revocations, lambda noun: "revocations"),
    "approvers": Signable(
        predicate_type("approvers"), Register, lambda noun: "approvers", role="approvers"
    ),
    "reviews": Signable(REVIEWS, Reviews, lambda noun: "reviews", role="constitution"),
    "break-glass": Signable(BREAK_GLASS, Opening, lambda noun: "break-glass", role=None),
}
