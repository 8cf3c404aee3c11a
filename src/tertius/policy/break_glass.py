"""The emergency door: prepared by the constitution, opened by two people, closed by itself.

It lifts escalations and denials of manifests within its scope. It never lifts what the
constitution, quarantine, the kill switch or another layer forbids, gives nothing to an agent that
has no manifest or whose manifest was revoked, and nothing it lifts goes unrecorded: each vote that
it turns says so. Once it is closed, a review of what was done is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tertius.core.constitution import BreakGlass
from tertius.core.decision import Layer, Vote
from tertius.core.digest import digest
from tertius.core.errors import CallerError
from tertius.core.events import Text, Time
from tertius.core.noun import Hex64, Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.outcome import Outcome
from tertius.core.ports.policy import Policy
from tertius.core.request import Request
from tertius.policy.document import stated
from tertius.policy.envelope import (
    TooFewSignaturesError,
    parse_envelope,
    predicate_type,
    read_statement,
    signers,
)

KIND: Final = predicate_type("break-glass")
RULE: Final = "break-glass"
PEOPLE: Final = 2
LIFTED: Final = frozenset({"manifest", "conditions"})
"""Layers whose votes it may turn: manifests' denials, and questions to people."""
KEPT: Final = frozenset({"denied:revoked", "denied:no-manifest"})
"""Denials of the manifest layer that are no manifest's: what was revoked, and who never had one."""
EARLY: Final = 60 * 1_000_000_000  # nanoseconds by which a signer's clock may be ahead


class BreakGlassError(NounError):
    """An opening that says something it cannot mean."""


class NotPreparedError(CallerError):
    """A door that the constitution in force does not prepare."""


class DoorClosedError(NotPreparedError):
    """A door that is closed already, or yet to be opened."""


class Opening(Noun, frozen=True, kw_only=True):
    """What the people sign who open the door.

    Parameters
    ----------
    constitution
        Digest of the constitution in force.
    scope
        Resources, stores and peers that are opened.
    reason
        Why, for the record.
    opened
        UTC nanoseconds; the door closes a prepared number of seconds later.
    """

    constitution: Hex64
    scope: tuple[ProperName, ...]
    reason: Text
    opened: Time

    def __post_init__(self) -> None:
        require_names(BreakGlassError, scope=self.scope)
        require_distinct(BreakGlassError, scope=self.scope)
        if not self.scope or not self.reason.strip():
            raise BreakGlassError("an opening names its scope and its reason")


class Door(Noun, frozen=True, kw_only=True):
    """An open door: what it covers, and until when (UTC nanoseconds)."""

    scope: frozenset[str]
    people: tuple[ProperName, ...]
    reason: Text
    opened: Time
    closes: Time
    digest: Hex64

    def covers(self, request: Request) -> bool:
        """Tell whether every target of a request is in scope, and the door still open."""
        targets = {each for each in (request.resource, request.peer) if each is not None}
        return self.opened - EARLY <= request.time < self.closes and targets <= self.scope


def open_door(
    raw: bytes,
    enrolled: Mapping[bytes, str],
    prepared: BreakGlass | None,
    *,
    constitution: str,
    time: int,
) -> Door:
    """Return the door that a signed opening opens.

    Parameters
    ----------
    enrolled
        Public keys of the approvers in force, 32 bytes each, and whose they are.
    prepared
        What the constitution in force prepares.
    constitution
        Its digest.
    time
        UTC nanoseconds now.

    Raises
    ------
    NotPreparedError
        Nothing is prepared, or another constitution or scope is meant.
    DoorClosedError
        Its time is over, or to come.
    TooFewSignaturesError
        Fewer than two of the prepared people signed.
    EnvelopeError, BadSignatureError
        It is no signed opening.
    """
    if prepared is None:
        raise NotPreparedError("the constitution in force prepares no break-glass")
    envelope = parse_envelope(raw)
    people = tuple(sorted({enrolled[key] for key in signers(envelope, enrolled)}))
    people = tuple(person for person in people if person in prepared.people)
    if len(people) < PEOPLE:
        raise TooFewSignaturesError(f"opened by {len(people)} of 2 people who may break glass")
    opening = stated(read_statement(envelope.body, KIND).predicate, Opening, "opening")
    closes = opening.opened + prepared.seconds * 1_000_000_000
    beyond = sorted(set(opening.scope) - set(prepared.scope))
    if opening.constitution != constitution:
        raise NotPreparedError("the opening is under another constitution than the one in force")
    if beyond:
        raise NotPreparedError(f"`{beyond[0]}` is outside the scope that was prepared")
    if not opening.opened - EARLY <= time < closes:
        raise DoorClosedError("the opening is over, or yet to come; sign a new one")
    return Door(
        scope=frozenset(opening.scope),
        people=people,
        reason=opening.reason,
        opened=opening.opened,
        closes=closes,
        digest=digest("document", envelope.body),
    )


class Doorway:
    """The doors that stand open in one gate, and the layers that they lift.

    Notes
    -----
    While none is open, asking costs 0.1 us for each layer.
    """

    def __init__(self) -> None:
        self._doors: tuple[Door, ...] = ()

    def open(self, door: Door) -> None:
        """Let a door stand open, until it closes by itself."""
        kept = tuple(each for each in self._doors if each.digest != door.digest)
        self._doors = (*kept, door)

    def behind(self, layer: Policy) -> Policy:
        """Return a layer whose votes the open doors may lift."""
        return _Behind(self, layer)

    def door(self, request: Request) -> Door | None:
        """Return an open door that covers a request."""
        if not self._doors:
            return None
        return next((door for door in self._doors if door.covers(request)), None)


class _Behind:
    def __init__(self, doorway: Doorway, layer: Policy) -> None:
        self.layer: Layer = layer.layer
        self._doorway, self._judge = doorway, layer.judge

    def judge(self, request: Request) -> Vote:
        vote, door = self._judge(request), self._doorway.door(request)
        return vote if door is None else lifted(door, vote)


def lifted(door: Door, vote: Vote) -> Vote:
    """Return a vote, as a permit that says so where an open door lifts it.

    Examples
    --------
    >>> door = Door(scope=frozenset({"sis"}), people=("p-1", "p-2"), reason="fire", opened=0,
    ...     closes=9, digest="0" * 64)
    >>> no = Vote(layer="constitution", outcome=Outcome.FORBID, rule="k1", reason="never")
    >>> lifted(door, no) == no
    True
    """
    if not _may_lift(vote):
        return vote
    reason = f"break-glass by {', '.join(door.people)} lifts {vote.rule}: {vote.reason}"
    return Vote(layer=vote.layer, outcome=Outcome.PERMIT, rule=RULE, reason=reason[:1000])


def _may_lift(vote: Vote) -> bool:
    if vote.layer not in LIFTED:
        return False
    if vote.outcome is Outcome.ESCALATE:
        return True
    denies = vote.layer == "manifest" and vote.outcome is Outcome.FORBID
    return denies and vote.rule not in KEPT
