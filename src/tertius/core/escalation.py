"""A question to a human, the answer, and the single-use token that an answer opens."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from tertius.core.events import Count, Text, Time
from tertius.core.label import Label
from tertius.core.noun import (
    Hex64,
    Noun,
    NounError,
    ProperName,
    require_digests,
    require_distinct,
    require_names,
)
from tertius.core.request import Action, PrincipalChain


class EscalationError(NounError):
    """An escalation, ruling or token that could not count."""


class EscalationState(StrEnum):
    """Where an escalation stands. Every state but open, granted and started is an end."""

    OPEN = "open"
    GRANTED = "granted"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    VOID = "void"

    @property
    def terminal(self) -> bool:
        """Whether nothing can follow; later input is recorded as late."""
        return self not in NEXT

    def may_become(self, state: EscalationState) -> bool:
        """Whether the machine has an arrow from here to `state`.

        Examples
        --------
        >>> EscalationState.OPEN.may_become(EscalationState.STARTED)
        False
        >>> EscalationState.EXPIRED.may_become(EscalationState.GRANTED)
        False
        """
        return state in NEXT.get(self, frozenset())


NEXT = {
    EscalationState.OPEN: frozenset(
        {
            EscalationState.GRANTED,
            EscalationState.DENIED,
            EscalationState.EXPIRED,
            EscalationState.WITHDRAWN,
            EscalationState.VOID,
        }
    ),
    EscalationState.GRANTED: frozenset(
        {EscalationState.STARTED, EscalationState.LAPSED, EscalationState.VOID}
    ),
    EscalationState.STARTED: frozenset(
        {EscalationState.SUCCEEDED, EscalationState.FAILED, EscalationState.UNKNOWN}
    ),
}
"""The arrows of the machine (security contract, section 6)."""


class Escalation(Noun, frozen=True, kw_only=True):
    """A question about exactly one request.

    Parameters
    ----------
    id, run, agent
        Names; `agent` asked.
    request
        Digest of the request.
    view
        Digest of the template version and the exact bytes shown to the person.
    opened, deadline
        UTC nanoseconds. At the deadline it expires and the request is denied; that is never
        recorded as a person's no.
    quorum
        How many distinct people must approve.
    approvers
        Enrolled people who may rule, by pseudonym; none of them is the requester's principal.
    asks, reason, affected
        What is asked, why a person is needed, and who would bear it.
    blocking
        Whether the run waits for the answer.
    epoch
        Version of the policy state when it was opened.

    Raises
    ------
    EscalationError
        A quorum that nobody could reach, or a deadline before the opening.
    """

    id: ProperName
    run: ProperName
    agent: ProperName
    request: Hex64
    view: Hex64
    opened: Time
    deadline: Time
    quorum: Annotated[int, Meta(ge=1, le=64)] = 1
    approvers: tuple[ProperName, ...]
    asks: Text
    reason: Text
    affected: tuple[ProperName, ...] = ()
    blocking: bool = True
    epoch: Count = 0

    def __post_init__(self) -> None:
        require_names(
            EscalationError,
            id=self.id,
            run=self.run,
            agent=self.agent,
            approver=self.approvers,
            affected=self.affected,
        )
        require_digests(EscalationError, request=self.request, view=self.view)
        require_distinct(EscalationError, approvers=self.approvers)
        if not 1 <= self.quorum <= len(self.approvers):
            raise EscalationError(
                f"quorum {self.quorum} of {len(self.approvers)} approvers can never be reached"
            )
        if self.agent in self.approvers:
            raise EscalationError(f"`{self.agent}` would approve its own request")
        if self.deadline <= self.opened:
            raise EscalationError(f"escalation `{self.id}` ends before it opens")


class Ruling(Noun, frozen=True, kw_only=True):
    """One enrolled person's signed answer.

    Parameters
    ----------
    escalation, request, view
        What was answered: id, digest of the request, digest of what the person saw.
    person, key
        Pseudonym, and SHA-256 of the public key. A person counts once whatever their keys.
    choice
        ``approve`` or ``deny``.
    time
        Ratcheted time in UTC nanoseconds at which it arrived.
    signature
        Ed25519 over the exact bytes of the statement.

    Notes
    -----
    A ruling lifts `escalate`, never `forbid`. Whether the signature holds, the person is enrolled
    and the time is before the deadline is for the escalation machine to check: this value only
    carries what it needs.
    """

    escalation: ProperName
    request: Hex64
    view: Hex64
    person: ProperName
    key: Hex64
    choice: Literal["approve", "deny"]
    time: Time
    reason: Text = ""
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]

    def __post_init__(self) -> None:
        require_names(EscalationError, escalation=self.escalation, person=self.person)
        require_digests(EscalationError, request=self.request, view=self.view, key=self.key)
        if len(self.signature) != 64:
            raise EscalationError(f"signature of {len(self.signature)} bytes; Ed25519 has 64")


class Token(Noun, frozen=True, kw_only=True):
    """A single-use permission for exactly one act. Change one argument and it is void.

    Parameters
    ----------
    origin, run
        The log and run it was opened in; it counts in no other.
    agent, chain, action, resource, peer, arguments, label, task
        What may be done, by whom, for whom: `arguments` is the salted digest.
    escalation
        The escalation whose ruling opened it; None for a plain permit.
    epoch, expires, nonce
        Policy state it was opened under, UTC nanoseconds of its end, and 16 random bytes.
    """

    origin: ProperName
    run: ProperName
    agent: ProperName
    chain: PrincipalChain
    action: Action
    resource: ProperName | None = None
    peer: ProperName | None = None
    arguments: Hex64
    label: Label | None = None
    task: ProperName | None = None
    escalation: ProperName | None = None
    epoch: Count
    expires: Time
    nonce: Annotated[bytes, Meta(min_length=16, max_length=16)]

    def __post_init__(self) -> None:
        require_names(
            EscalationError,
            origin=self.origin,
            run=self.run,
            agent=self.agent,
            resource=self.resource,
            peer=self.peer,
            task=self.task,
            escalation=self.escalation,
        )
        require_digests(EscalationError, arguments=self.arguments)
        if self.resource is None and self.peer is None:
            raise EscalationError("a token for nothing; expected a resource or a peer")
        if len(self.nonce) != 16:
            raise EscalationError(f"nonce of {len(self.nonce)} bytes; expected 16")
