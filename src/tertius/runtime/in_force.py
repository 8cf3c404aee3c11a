"""The policy in a folder: every document verified and remembered, and the whole of it linted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from tertius.core.constitution import Constitution
from tertius.core.errors import CallerError, IntegrityError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.escalation.approvers import Register
from tertius.policy.conditions_document import Conditions, load_conditions
from tertius.policy.constitution import load_constitution
from tertius.policy.envelope import Kind
from tertius.policy.envelope_file import named
from tertius.policy.files import read_file
from tertius.policy.flaw import Source
from tertius.policy.manifests import (
    SIGNED,
    ManifestSet,
    UnsignedError,
    how_to_sign,
    load_manifests,
    load_revocations,
)
from tertius.policy.mode import ModeDocument, load_mode
from tertius.policy.reviews import Reviews, load_reviews
from tertius.policy.revocation import Revoked
from tertius.policy.roles_document import Determination, RolesDocument, load_roles
from tertius.policy.roots import Root, load_root
from tertius.policy.signed import Signed
from tertius.policy.versions import RolledBackError, Versions, recall
from tertius.runtime.enrolled import read_register
from tertius.runtime.places import Places
from tertius.runtime.soundness import NOTHING_ASKED, Whole, flaws, require_human

N = TypeVar("N", bound=Noun)


class PolicyFlawError(CallerError):
    """Policy that contradicts itself, can never fire, or can never be satisfied."""


class NoConstitutionError(CallerError):
    """A deployment without a constitution; nothing starts without one."""


class RevokedKeyError(IntegrityError):
    """A document that is signed by too few people once revoked keys no longer count."""


class InForce(Struct, frozen=True, kw_only=True):
    """What was verified, each with the digest of its signed bytes, and what to remember of it.

    `register` is None where nobody can be asked, `mode` where the gate simply enforces. `signers`
    are the keys that signed the conditions and the roles, by kind. `warnings` are flaws with which
    a gate may start: what they speak of does nothing.
    """

    constitution: Constitution
    constitution_digest: str
    manifests: ManifestSet
    conditions: Conditions
    conditions_digest: str
    roles: Signed[RolesDocument] | None
    mode: Signed[ModeDocument] | None
    reviews: Signed[Reviews] | None
    revoked: Revoked
    register: Register | None
    versions: Versions
    signers: dict[str, frozenset[bytes]]
    whole: Whole
    warnings: tuple[str, ...]

    @property
    def agents(self) -> tuple[Manifest, ...]:
        """The manifests in force."""
        return tuple(held.manifest for held in self.manifests.held)

    @property
    def determinations(self) -> tuple[Determination, ...]:
        """Where determinations are kept."""
        return () if self.roles is None else self.roles.document.determinations

    @property
    def reviewed(self) -> frozenset[str]:
        """Digests of the openings of the emergency door that were reviewed."""
        found = () if self.reviews is None else self.reviews.document.reviews
        return frozenset(each.opening for each in found)

    def shadows(self, time: int) -> bool:
        """Whether everything but the constitution is only recorded at a time (UTC ns)."""
        return self.mode is not None and self.mode.document.shadows(time)


def read_policy(places: Places, *, time: int) -> InForce:
    """Read, verify and lint the policy of a deployment.

    Parameters
    ----------
    time
        UTC nanoseconds.

    Raises
    ------
    NobodyAnswersError
        An agent is named as the accountable human.
    PolicyFlawError
        The first fault of the set as a whole.
    TertiusError
        A document is missing, unsigned, rolled back or cannot be read.
    """
    versions = recall(places.versions, outside=places.policy)
    own, versions = load_root(places.roots, "constitution", versions=versions, time=time)
    root, versions = load_root(places.roots, "manifests", versions=versions, time=time)
    _require_constitution(places.signed("constitution"))
    with named(path := places.signed("constitution")):
        constitution, versions = load_constitution(read_file(path), own, versions=versions)
    manifests = load_manifests(
        places.manifests, root, versions=versions, constitution=constitution.digest
    )
    remembered = versions
    path = places.signed("revocations")
    if versions.last("revocations") is None:
        _require_no_draft(path)
    with named(path):
        revoked, versions = load_revocations(
            path, root, manifests.held, versions=manifests.versions
        )
    conditions, versions = _unless_missing(places, "conditions", load_conditions, root, versions)
    roles, versions = _unless_missing(places, "roles", load_roles, root, versions)
    signers = {
        kind: each.keys
        for kind, each in (("conditions", conditions), ("roles", roles))
        if each is not None
    }
    _require_unrevoked(root, revoked, signers)
    mode: Signed[ModeDocument] | None = None
    path = places.signed("mode")
    if path.exists():  # without one the gate enforces: nothing to roll back to
        with named(path):
            mode, versions = load_mode(read_file(path), own, versions=versions)
    reviews, versions = _unless_missing(places, "reviews", load_reviews, own, versions)
    if versions.last("approvers") is None:
        _require_no_draft(places.signed("approvers"))
    register, versions = read_register(places, versions=versions, time=time)
    whole = Whole(
        sources=tuple(Source(manifest=h.manifest, file=h.file) for h in manifests.held),
        refused=frozenset(refusal.agent for refusal in manifests.refusals),
        constitution=constitution.document,
        conditions=NOTHING_ASKED if conditions is None else conditions.document,
        determinations=() if roles is None else roles.document.determinations,
        people=() if register is None else register.people,
        revoked=versions.revoked,
        remembered=remembered,
    )
    require_human(whole)
    return InForce(
        constitution=constitution.document,
        constitution_digest=constitution.digest,
        manifests=manifests,
        conditions=whole.conditions,
        conditions_digest="" if conditions is None else conditions.digest,
        roles=roles,
        mode=mode,
        reviews=reviews,
        revoked=revoked,
        register=register,
        versions=versions,
        signers=signers,
        whole=whole,
        warnings=_sound(whole, time),
    )


def read_revoked(
    places: Places, policy: InForce, *, versions: Versions, time: int
) -> tuple[Revoked, Versions]:
    """Read the revocation list anew, for a policy that is in force.

    Raises
    ------
    RevokedKeyError
        Too few people signed the conditions or the roles with keys that still count.
    TertiusError
        The list cannot be read, does not verify, or is older than one that was seen.
    """
    root, versions = load_root(places.roots, "manifests", versions=versions, time=time)
    with named(path := places.signed("revocations")):
        revoked, versions = load_revocations(path, root, policy.manifests.held, versions=versions)
    _require_unrevoked(root, revoked, policy.signers)
    return revoked, versions


TOLD: Final = ("inert", "misspelt")
"""Kinds of flaw with which a gate starts, and warns."""


def _sound(whole: Whole, time: int) -> tuple[str, ...]:
    """Refuse what nothing may start with; return what does nothing as things stand."""
    found = flaws(whole, time=time)
    for flaw in found:
        if flaw.stops:
            raise PolicyFlawError(f"{flaw.place}: {flaw.kind}: {flaw.said}")
    return tuple(f"{flaw.place}: {flaw.said}" for flaw in found if flaw.kind in TOLD)


def _unless_missing(
    places: Places,
    kind: Kind,
    load: Callable[..., tuple[Signed[N], Versions]],
    root: Root,
    versions: Versions,
) -> tuple[Signed[N] | None, Versions]:
    """Read a document that a deployment may do without, as long as it always did."""
    path = places.signed(kind)
    if versions.last(kind) is None:
        _require_no_draft(path)
    if path.exists():
        with named(path):
            return load(read_file(path), root, versions=versions)
    if versions.last(kind) is not None:
        raise RolledBackError(f"no {kind} at `{path}`; some were in force before")
    return None, versions


def _require_unrevoked(
    root: Root, revoked: Revoked, signers: Mapping[str, frozenset[bytes]]
) -> None:
    """Refuse what a revoked key was needed for; a manifest of that kind is refused by itself."""
    for kind, keys in signers.items():
        if not root.suffices(keys - revoked.keys):
            raise RevokedKeyError(f"too few people signed the {kind} with keys that still count")


def _require_no_draft(signed: Path) -> None:
    """Refuse to do without a document that somebody wrote and nobody signed."""
    draft = signed.with_name(signed.name.removesuffix(SIGNED) + ".yaml")
    if draft.exists() and not signed.exists():
        raise UnsignedError(f"nobody signed `{draft}`; {how_to_sign(draft)}")


def _require_constitution(signed: Path) -> None:
    _require_no_draft(signed)
    if not signed.exists():
        raise NoConstitutionError(
            f"no constitution at `{signed}`; `tertius sign` makes it of `constitution.yaml`"
        )
