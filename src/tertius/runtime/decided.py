"""A decision as the log and the agent hear of it: its event, its reasons, its code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from tertius.core.decision import Decision, DenialCode, Fault, Vote
from tertius.core.digest import digest
from tertius.core.errors import TertiusError
from tertius.core.events import LATEST_TIME, Identity
from tertius.core.names import MAX_NAME
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Request, request_digest
from tertius.policy.allow_set import denial_code
from tertius.runtime.policies import Policies

MAX_REASON: Final = 1000  # characters of a reason in the log

_PERMIT, _FORBID, _ESCALATE = Outcome.PERMIT, Outcome.FORBID, Outcome.ESCALATE
_ABSTAIN = Outcome.ABSTAIN
_IDENTITIES: Final = frozenset(get_args(Identity))


def decided_id(request: Request) -> str:
    """Return the id of the event that records the decision on a request.

    Whoever records the act names it as a cause, so that permit and act stand together.
    """
    return f"{request.id}/decided"


def judged(
    request: Request,
    time: int,
    outcome: Outcome,
    votes: Sequence[Vote],
    faults: Sequence[Fault],
    policies: Policies,
    *,
    level: EnforcementLevel,
    shadow: bool,
    bad_argument: bool = False,
) -> Decision:
    """Return the decision on a request.

    Parameters
    ----------
    outcome
        What votes and faults amount to.
    bad_argument
        Whether the agent is told that its arguments are at fault.
    """
    code: DenialCode | None = "bad-argument" if bad_argument else None
    return Decision(
        request=request_digest(request),
        time=time,
        outcome=outcome,
        votes=tuple(votes),
        faults=tuple(faults),
        level=level,
        arguments=request.arguments,
        manifest=policies.manifest_of(request.agent),
        constitution=policies.constitution,
        epoch=policies.epoch,
        code=code or code_for(outcome, votes, faults),
        shadow=shadow,
    )


def decided(request: Request, decision: Decision, as_: str = "decided") -> Decided:
    """Return the event that records a decision on a request."""
    rules = []
    for vote in decision.votes:
        if vote.outcome is not _ABSTAIN:
            rule = f"{vote.layer} {vote.outcome._value_} {vote.rule}: {vote.reason}"
            rules.append(rule if len(rule) <= MAX_REASON else short(rule))
    return Decided(
        id=f"{request.id}/{as_}",
        time=decision.time,
        run=request.run,
        agent=request.agent,
        task=request.task or "",
        identity=request.identity,
        request=decision.request,
        action=request.action,
        resource=request.resource or "",
        peer=request.peer or "",
        channel=request.channel or "",
        outcome=decision.outcome._value_,  # type: ignore[arg-type]  # a decision never abstains
        rules=tuple(rules),
        errors=tuple([short(f"{f.layer}: {f.message}") for f in decision.faults])
        if decision.faults
        else (),
        level=decision.level._value_,
        shadow=decision.shadow,
        manifest=decision.manifest or "",
        constitution=decision.constitution or "",
    )


def reads_back(event: Decided) -> bool:
    """Tell whether an event that `decided` made can be read out of a log again.

    Notes
    -----
    What request and decision vouch for is not looked at again: names, digests, and texts cut to
    length. What remains is what neither checks. The writer refuses text that is no Unicode, and an
    entry that is too long, in any case.
    """
    return (
        len(event.id) <= MAX_NAME
        and 0 <= event.time <= LATEST_TIME
        and event.identity in _IDENTITIES
    )


def unformed(
    name: str, time: int, raw: bytes, why: str, policies: Policies, level: EnforcementLevel
) -> tuple[Decision, Decided]:
    """Return the refusal of what is no request at all, and its event."""
    decision = Decision(
        request=digest("request", raw),
        time=time,
        outcome=_FORBID,
        votes=(),
        faults=(Fault(layer="manifest", message=short(why)),),
        level=level,
        arguments=raw,
        constitution=policies.constitution,
        epoch=policies.epoch,
        code="bad-argument",
    )
    event = Decided(
        id=f"{name}/decided",
        time=time,
        run="unformed",
        request=decision.request,
        outcome="forbid",
        errors=(short(f"manifest: {why}"),),
        level=level._value_,
    )
    return decision, event


def code_for(outcome: Outcome, votes: Sequence[Vote], faults: Sequence[Fault]) -> DenialCode | None:
    """Return what the agent is told: detail only where its own manifest is all that forbids."""
    if outcome is _PERMIT:
        return None
    if outcome is _ESCALATE:
        return "needs-human"
    said = [vote for vote in votes if vote.outcome is _FORBID]
    own = [vote for vote in said if vote.layer == "manifest"]
    return denial_code(own[0]) if own and own == said and not faults else "denied"


def told(error: Exception) -> str:
    """Say what went wrong; an error that is not ours, with its kind."""
    return str(error) if isinstance(error, TertiusError) else f"{type(error).__name__}: {error}"


def short(text: str) -> str:
    """Cut a reason to the length that the log keeps."""
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"
