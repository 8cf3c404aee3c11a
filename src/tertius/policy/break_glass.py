"""The emergency door: prepared by the constitution, opened by two people, closed by itself.

It lifts escalations and denials of the manifest layer within its scope. It never lifts what the
constitution, quarantine, the kill switch or another layer forbids, and nothing it lifts goes
unrecorded: each vote that it turns says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from tertius.core.constitution import BreakGlass
from tertius.core.decision import Vote
from tertius.core.errors import CallerError
from tertius.core.events import Text, Time
from tertius.core.noun import Hex64, Noun, NounError, ProperName, require_distinct, require_names
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.envelope import EnvelopeError, TooFewSignaturesError
from tertius.policy.roots import Root

KIND: Final = "urn:tertius:break-glass:v1"
RULE: Final = "break-glass"
EARLY: Final = 60 * 1_000_000_000  # nanoseconds by which a signer's clock may be ahead


class BreakGlassError(NounError):
    """An opening that says something it cannot mean."""


class NotPreparedError(CallerError):
    """A door that the constitution in force does not prepare, or that is closed already."""


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
    opened: Time
    closes: Time
    digest: Hex64

    def covers(self, request: Request) -> bool:
        """Tell whether every target of a request is in scope, and the door still open."""
        targets = {each for each in (request.resource, request.peer) if each is not None}
        return self.opened - EARLY <= request.time < self.closes and targets <= self.scope


def open_door(
    raw: bytes, approvers: Root, prepared: BreakGlass | None, *, constitution: str, time: int
) -> Door:
    """Return the door that a signed opening opens.

    Parameters
    ----------
    approvers
        Root of the approvers: it says whose the keys are.
    prepared
        What the constitution in force prepares.
    constitution
        Its digest.
    time
        UTC nanoseconds now.

    Raises
    ------
    NotPreparedError
        Nothing is prepared, another constitution or scope is meant, or its time is over or to
        come.
    TooFewSignaturesError
        Fewer than two of the prepared people signed.
    EnvelopeError, BadSignatureError
        It is no signed opening.
    """
    if prepared is None:
        raise NotPreparedError("the constitution in force prepares no break-glass")
    opened = approvers.open(raw, KIND)
    people = tuple(sorted(opened.people & set(prepared.people)))
    if len(people) < 2:
        raise TooFewSignaturesError(f"opened by {len(people)} of 2 people who may break glass")
    try:
        opening = msgspec.convert(opened.statement.predicate, Opening)
    except msgspec.ValidationError as error:
        raise EnvelopeError(f"no opening: {' '.join(str(error).split())[:200]}") from error
    closes = opening.opened + prepared.seconds * 1_000_000_000
    beyond = sorted(set(opening.scope) - set(prepared.scope))
    if opening.constitution != constitution:
        raise NotPreparedError("the opening is under another constitution than the one in force")
    if beyond:
        raise NotPreparedError(f"`{beyond[0]}` is outside the scope that was prepared")
    if not opening.opened - EARLY <= time < closes:
        raise NotPreparedError("the opening is over, or yet to come; sign a new one")
    return Door(
        scope=frozenset(opening.scope),
        people=people,
        opened=opening.opened,
        closes=closes,
        digest=opened.digest,
    )


def lift(door: Door | None, request: Request, votes: Iterable[Vote]) -> tuple[Vote, ...]:
    """Return the votes with what an open door lifts turned into permits that say so.

    Examples
    --------
    >>> from tertius.core.decision import combine
    >>> no = Vote(layer="constitution", outcome=Outcome.FORBID, rule="k1", reason="never")
    >>> lift(None, None, [no]) == (no,)
    True
    """
    if door is None or not door.covers(request):
        return tuple(votes)
    return tuple(_lifted(door, vote) if _may_lift(vote) else vote for vote in votes)


def _may_lift(vote: Vote) -> bool:
    if vote.layer == "constitution":
        return False
    if vote.outcome is Outcome.ESCALATE:
        return True
    return vote.layer == "manifest" and vote.outcome is Outcome.FORBID


def _lifted(door: Door, vote: Vote) -> Vote:
    reason = f"break-glass by {', '.join(door.people)} lifts {vote.rule}: {vote.reason}"
    return Vote(layer=vote.layer, outcome=Outcome.PERMIT, rule=RULE, reason=reason[:1000])
