"""The policy in a folder: every document verified and remembered, and the whole of it linted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tertius.core.constitution import Constitution
from tertius.core.errors import CallerError
from tertius.core.manifest import Manifest
from tertius.escalation.approvers import Register, load_register
from tertius.policy.conditions_document import Conditions, HeldConditions, load_conditions
from tertius.policy.constitution import load_constitution
from tertius.policy.envelope import EnvelopeError
from tertius.policy.files import read_file
from tertius.policy.flaw import Source
from tertius.policy.manifest_lint import lint
from tertius.policy.manifests import ManifestSet, load_manifests, load_revocations
from tertius.policy.policy_lint import lint_policy
from tertius.policy.revocation import Revoked
from tertius.policy.roles import Determination
from tertius.policy.roots import Role, Root, load_root
from tertius.policy.versions import RolledBackError, Versions, recall

APPROVERS: Final = "urn:tertius:approvers:v1"
NOTHING_ASKED: Final = Conditions(name="none", version=1)
"""The conditions of a deployment that has none."""


class PolicyFlawError(CallerError):
    """Policy that contradicts itself, can never fire, or can never be satisfied."""


class NobodyAnswersError(CallerError):
    """No human answers for the group, or an agent is named in their place."""


class Places(Struct, frozen=True):
    """Where everything lies below one folder."""

    folder: Path

    @property
    def policy(self) -> Path:
        """Signed documents."""
        return self.folder / "policy"

    @property
    def roots(self) -> Path:
        """Who may sign what; only the operator writes here."""
        return self.folder / "roots"

    @property
    def log(self) -> Path:
        """The deployment of logs."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """Private keys of the logs."""
        return self.folder / "private"

    @property
    def versions(self) -> Path:
        """What is remembered of versions, away from the documents themselves."""
        return self.folder / "private" / "versions.json"

    @property
    def escalations(self) -> Path:
        """Questions to people."""
        return self.folder / "escalations.db"

    @property
    def kill(self) -> Path:
        """The kill switch."""
        return self.folder / "kill"


class InForce(Struct, frozen=True, kw_only=True):
    """What was verified, each with the digest of its signed bytes, and what to remember of it.

    `register` is None where nobody can be asked.
    """

    constitution: Constitution
    constitution_digest: str
    manifests: ManifestSet
    conditions: Conditions
    conditions_digest: str
    revoked: Revoked
    register: Register | None
    versions: Versions

    @property
    def agents(self) -> tuple[Manifest, ...]:
        """The manifests in force."""
        return tuple(held.manifest for held in self.manifests.held)


def read_policy(
    places: Places, *, determinations: Iterable[Determination] = (), time: int
) -> InForce:
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
    raw = read_file(places.policy / "constitution.signed.json")
    constitution, versions = load_constitution(raw, own, versions=versions)
    folder = places.policy / "manifests"
    manifests = load_manifests(folder, root, versions=versions, constitution=constitution.digest)
    revoked, versions = load_revocations(
        places.policy / "revocations.signed.json", root, manifests.held, versions=manifests.versions
    )
    conditions, versions = _conditions(places, root, versions)
    register, versions = _register(places, versions, time)
    found = InForce(
        constitution=constitution.constitution,
        constitution_digest=constitution.digest,
        manifests=manifests,
        conditions=NOTHING_ASKED if conditions is None else conditions.conditions,
        conditions_digest="" if conditions is None else conditions.digest,
        revoked=revoked,
        register=register,
        versions=versions,
    )
    _require_human(found)
    _require_sound(found, tuple(determinations), time)
    return found


def _conditions(
    places: Places, root: Root, versions: Versions
) -> tuple[HeldConditions | None, Versions]:
    path = places.policy / "conditions.signed.json"
    if path.exists():
        return load_conditions(read_file(path), root, versions=versions)
    if any(each.startswith("conditions ") for each in versions.seen):
        raise RolledBackError(f"no conditions at `{path}`; some were in force before")
    return None, versions


def _register(places: Places, versions: Versions, time: int) -> tuple[Register | None, Versions]:
    """Return who may rule: signed under a root of their own, or listed by the operator alone."""
    path, plain = places.policy / "approvers.signed.json", places.roots / "approvers.json"
    if not path.exists():
        if "approvers" in versions.seen:
            raise RolledBackError(f"no signed approvers at `{path}`; some were in force before")
        return (load_register(plain) if plain.exists() else None), versions
    role: Role = "approvers"
    root, versions = load_root(places.roots, role, versions=versions, time=time)
    opened = root.open(read_file(path), APPROVERS)
    try:
        found = msgspec.convert(opened.statement.predicate, Register)
    except msgspec.ValidationError as error:
        text = " ".join(str(error).split())[:200]
        raise EnvelopeError(f"no register: {text[:1].lower()}{text[1:]}") from error
    return found, versions.advance("approvers", found.version, opened.digest)


def _require_human(found: InForce) -> None:
    agents = {manifest.agent: manifest for manifest in found.agents}
    answering = {found.constitution.name: found.constitution.accountable}
    answering |= {name: manifest.accountable for name, manifest in agents.items()}
    for what, who in answering.items():
        if who in agents:
            raise NobodyAnswersError(
                f"`{who}` is an agent; name a human as accountable for `{what}`"
            )


def _require_sound(found: InForce, determinations: tuple[Determination, ...], time: int) -> None:
    sources = [Source(manifest=h.manifest, file=h.file) for h in found.manifests.held]
    whole = not found.manifests.refusals  # where one was refused, its peers reach into nothing
    for flaw in lint(sources, now=time):
        if flaw.kind != "shadowed" and (whole or flaw.kind != "never-fires"):
            raise PolicyFlawError(f"{flaw.place}: {flaw.kind}: {flaw.said}")
    people = () if found.register is None else found.register.people
    for fault in lint_policy(
        manifests=found.agents,
        constitution=found.constitution,
        conditions=found.conditions,
        determinations=determinations if whole else (),
        approvers=tuple(each.person for each in people if each.keys),
    ):
        if fault.stops and (whole or fault.kind in ("unreadable", "contradicts")):
            raise PolicyFlawError(f"{fault.where}: {fault.kind}: {fault.message}")
