"""What one agent may do: the document that reviewers sign. What it does not grant is denied."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tertius.core.events import Text, Time
from tertius.core.grants import (
    DelegationCeiling,
    ManifestError,
    PeerGrant,
    Protocol,
    ResourceBudget,
    StoreGrant,
    ToolGrant,
)
from tertius.core.label import Confidentiality
from tertius.core.noun import (
    Hex64,
    Noun,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.core.outcome import EnforcementLevel

OWN: Final = "tertius/"
"""No agent's name begins so."""

WATCH: Final = "tertius/watch"
"""In whose name a finding asks for a change of circuit state."""
BY_HAND: Final = "tertius/by-hand"
"""In whose name a person asks for one, at the gate's own terminal."""
PROPOSERS: Final = frozenset({WATCH, BY_HAND})
"""Who only proposes: each such request is left to people who are enrolled."""


class Manifest(Noun, frozen=True, kw_only=True):
    """The grants of one agent, with who answers for it and how long they hold.

    Parameters
    ----------
    agent
        Exact name.
    version
        Rises with every change; an older one is a rollback.
    role
        What the agent is for, in words.
    operator, principal
        Who runs it, and for whom it acts.
    accountable
        The human who answers for it (a pseudonym; who that is lies off the log).
    model_family
        Declared family of its model, for rules on distinct families.
    tools, peers, protocols, memory, resources
        What it may use and whom it may reach.
    owns
        Determinations that are this role's alone to make.
    clearance
        Most confidential value it may receive.
    delegation
        How much it may pass on.
    minimum_level
        Where the gate must stand at least.
    not_before, not_after
        Validity in UTC nanoseconds, both included.
    constitution
        Digest of the constitution it was reviewed under.

    Raises
    ------
    ManifestError
        A bad name, two grants for one thing, an unknown protocol, or an empty validity.

    Notes
    -----
    The signature is over the exact bytes (DSSE), so this value carries none.

    Examples
    --------
    >>> manifest = Manifest(agent="tutor", version=1, role="answers questions on the syllabus",
    ...     operator="campus-it", principal="dean", accountable="p-17", model_family="none",
    ...     not_before=0, not_after=1, constitution="0" * 64)
    >>> manifest.tools, manifest.clearance.value, manifest.delegation.depth
    ((), 'public', 0)
    """

    agent: ProperName
    version: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    role: Text
    operator: ProperName
    principal: ProperName
    accountable: ProperName
    model_family: ProperName
    tools: tuple[ToolGrant, ...] = ()
    peers: tuple[PeerGrant, ...] = ()
    protocols: tuple[Protocol, ...] = ()
    memory: tuple[StoreGrant, ...] = ()
    resources: tuple[ResourceBudget, ...] = ()
    owns: tuple[ProperName, ...] = ()
    clearance: Confidentiality = Confidentiality.PUBLIC
    delegation: DelegationCeiling = DelegationCeiling()
    minimum_level: EnforcementLevel = EnforcementLevel.IN_PROCESS
    not_before: Time
    not_after: Time
    constitution: Hex64

    def __post_init__(self) -> None:
        require_names(
            ManifestError,
            agent=self.agent,
            operator=self.operator,
            principal=self.principal,
            accountable=self.accountable,
            model_family=self.model_family,
            owns=self.owns,
        )
        require_digests(ManifestError, constitution=self.constitution)
        if self.agent.startswith(OWN):
            raise ManifestError(
                f"agent `{self.agent}`; names that begin with `{OWN}` are Tertius's own"
            )
        if not self.role.strip():
            raise ManifestError(f"manifest of `{self.agent}` names no role; say what it is for")
        if self.version < 1:
            raise ManifestError(f"version {self.version} of `{self.agent}`; versions begin at 1")
        if self.not_before >= self.not_after:
            raise ManifestError(f"manifest of `{self.agent}` ends before it begins")
        require_distinct(
            ManifestError,
            tools=tuple(t.tool for t in self.tools),
            protocols=tuple(p.name for p in self.protocols),
            memory=tuple(m.store for m in self.memory),
            owns=self.owns,
            resources=tuple(f"{r.resource} ({r.kind})" for r in self.resources),
        )
        known = {protocol.name for protocol in self.protocols}
        for peer in self.peers:
            if peer.peer == self.agent:
                raise ManifestError(f"`{self.agent}` is its own peer; drop that grant")
            if peer.protocol is not None and peer.protocol not in known:
                raise ManifestError(
                    f"peer `{peer.peer}` follows unknown protocol `{peer.protocol}`; "
                    "declare it under `protocols`"
                )
