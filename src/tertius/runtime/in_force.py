"""The policy in a folder: every document verified and remembered, and the whole of it linted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from msgspec import Struct

from tertius.core.constitution import Constitution
from tertius.core.errors import CallerError, IntegrityError
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.escalation.approvers import Register
from tertius.policy.conditions_document import Conditions, load_conditions
from tertius.policy.constitution import load_constitution
from tertius.policy.envelope import Kind
from tertius.policy.files import read_file
from tertius.policy.flaw import Source
from tertius.policy.manifest_lint import lint
from tertius.policy.manifests import ManifestSet, load_manifests, load_revocations
from tertius.policy.mode import ModeDocument, load_mode
from tertius.policy.policy_lint import lint_policy
from tertius.policy.reviews import Reviews, load_reviews
from tertius.policy.revocation import Revoked
from tertius.policy.roles_document import Determination, RolesDocument, load_roles
from tertius.policy.roots import Root, load_root
from tertius.policy.signed import Signed
from tertius.policy.versions import RolledBackError, Versions, recall
from tertius.runtime.enrolled import read_register
from tertius.runtime.places import Places

N = TypeVar("N", bound=Noun)

ALONE: Final = frozenset({"unreadable", "contradicts", "overlap", "case"})
"""Kinds of flaw that are one whether or not some manifests were refused."""
NOTHING_ASKED: Final = Conditions(name="none", version=1)
"""The conditions of a deployment that has none."""


class PolicyFlawError(CallerError):
    """Policy that contradicts itself, can never fire, or can never be satisfied."""


class RevokedKeyError(IntegrityError):
    """A document that is signed by too few people once revoked keys no longer count."""


class NobodyAnswersError(CallerError):
    """No human answers for the group, or an agent is named in their place."""


class InForce(Struct, frozen=True, kw_only=True):
    """What was verified, each with the digest of its signed bytes, and what to remember of it.

    `register` is None where nobody can be asked, `mode` where the gate simply enforces.
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
    raw = read_file(places.signed("constitution"))
    constitution, versions = load_constitution(raw, own, versions=versions)
    manifests = load_manifests(
        places.manifests, root, versions=versions, constitution=constitution.digest
    )
    revoked, versions = load_revocations(
        places.signed("revocations"), root, manifests.held, versions=manifests.versions
    )
    conditions, versions = _unless_missing(places, "conditions", load_conditions, root, versions)
    roles, versions = _unless_missing(places, "roles", load_roles, root, versions)
    _require_unrevoked(root, revoked, conditions=conditions, roles=roles)
    mode: Signed[ModeDocument] | None = None
    if places.signed("mode").exists():  # without one the gate enforces: nothing to roll back to
        mode, versions = load_mode(read_file(places.signed("mode")), own, versions=versions)
    reviews, versions = _unless_missing(places, "reviews", load_reviews, own, versions)
    register, versions = read_register(places, versions=versions, time=time)
    found = InForce(
        constitution=constitution.document,
        constitution_digest=constitution.digest,
        manifests=manifests,
        conditions=NOTHING_ASKED if conditions is None else conditions.document,
        conditions_digest="" if conditions is None else conditions.digest,
        roles=roles,
        mode=mode,
        reviews=reviews,
        revoked=revoked,
        register=register,
        versions=versions,
    )
    _require_human(found)
    _require_sound(found, time)
    return found


def _unless_missing(
    places: Places,
    kind: Kind,
    load: Callable[..., tuple[Signed[N], Versions]],
    root: Root,
    versions: Versions,
) -> tuple[Signed[N] | None, Versions]:
    """Read a document that a deployment may do without, as long as it always did."""
    path = places.signed(kind)
    if path.exists():
        return load(read_file(path), root, versions=versions)
    if versions.last(kind) is not None:
        raise RolledBackError(f"no {kind} at `{path}`; some were in force before")
    return None, versions


def _require_unrevoked(root: Root, revoked: Revoked, **held: Signed[Any] | None) -> None:
    """Refuse what a revoked key was needed for; a manifest of that kind is refused by itself."""
    for kind, each in held.items():
        if each is not None and not root.suffices(each.keys - revoked.keys):
            raise RevokedKeyError(f"too few people signed the {kind} with keys that still count")


def _require_human(found: InForce) -> None:
    agents = {manifest.agent: manifest for manifest in found.agents}
    answering = {found.constitution.name: found.constitution.accountable}
    answering |= {name: manifest.accountable for name, manifest in agents.items()}
    for what, who in answering.items():
        if who in agents:
            raise NobodyAnswersError(
                f"`{who}` is an agent; name a human as accountable for `{what}`"
            )


def _require_sound(found: InForce, time: int) -> None:
    sources = [Source(manifest=h.manifest, file=h.file) for h in found.manifests.held]
    whole = not found.manifests.refusals  # where one was refused, its peers reach into nothing
    people = () if found.register is None else found.register.people
    together = lint_policy(
        manifests=found.agents,
        constitution=found.constitution,
        conditions=found.conditions,
        determinations=found.determinations,
        approvers=tuple(each.person for each in people if each.keys),
    )
    for flaw in (*lint(sources, now=time), *together):
        if flaw.stops and (whole or flaw.kind in ALONE):
            raise PolicyFlawError(f"{flaw.place}: {flaw.kind}: {flaw.said}")
