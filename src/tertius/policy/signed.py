"""A signed document as its noun: under its own root, of its own kind, and never an older one."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.noun import Noun
from tertius.policy.document import stated
from tertius.policy.envelope import Kind, predicate_type
from tertius.policy.roots import Opened, Role, Root
from tertius.policy.versions import Versions

N = TypeVar("N", bound=Noun)


class WrongRootError(CallerError):
    """A root that may sign other documents, and not these."""


class Signed(Struct, Generic[N], frozen=True, kw_only=True):
    """A verified document, the digest of its signed bytes, and the keys behind it."""

    document: N
    digest: str
    keys: frozenset[bytes] = frozenset()


def open_signed(
    raw: bytes, root: Root, noun: type[N], *, kind: Kind, role: Role, versions: Versions
) -> tuple[Signed[N], Versions]:
    """Read a document of which a deployment has one.

    Parameters
    ----------
    raw
        The file of its envelope.
    root
        The root of `role`; no other one may sign this kind.
    noun
        What it is read as; it has a `version`.
    versions
        What is remembered.

    Returns
    -------
    The document, and what to remember once it is put in force.

    Raises
    ------
    WrongRootError
        The root is for other documents.
    EnvelopeError, BadSignatureError, TooFewSignaturesError
        The signatures do not hold, are not enough, or are under something else.
    RolledBackError
        A newer one, or another of the same version, was in force before.

    Notes
    -----
    What it calls itself counts for nothing: whatever its name, it stands in for the one before.
    """
    opened = opened_under(root, role, raw, predicate_type(kind))
    document = stated(opened.statement.predicate, noun, kind)
    version: int = document.version  # type: ignore[attr-defined]  # every such noun has one
    newer = versions.advance(kind, version, opened.digest)
    return Signed(document=document, digest=opened.digest, keys=opened.keys), newer


def opened_under(root: Root, role: Role, raw: bytes, kind: str) -> Opened:
    """Open a document under the root of a role, and under no other.

    Raises
    ------
    WrongRootError
        The root is for other documents.
    """
    if root.document.role != role:
        raise WrongRootError(f"a root for `{root.document.role}`; expected one for `{role}`")
    return root.open(raw, kind)
