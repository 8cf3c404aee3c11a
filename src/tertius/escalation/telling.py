"""What the log and the outside are told when a question moves."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Final, Literal

from msgspec import json

from tertius.core.escalation import EscalationState, Ruling
from tertius.core.events import Cause
from tertius.core.kinds import Event
from tertius.core.oversight_events import Escalated, Ruled
from tertius.escalation.approvers import statement
from tertius.escalation.card import SECOND, Card
from tertius.escalation.question import Counted, Effect, Late, Moved, Question, Refused

S = EscalationState
Told = Literal[
    "denied", "expired", "withdrawn", "void", "lapsed", "started", "succeeded", "failed", "unknown"
]
_TOLD: Final[dict[EscalationState, Told]] = {
    S.DENIED: "denied",
    S.EXPIRED: "expired",
    S.WITHDRAWN: "withdrawn",
    S.VOID: "void",
    S.LAPSED: "lapsed",
    S.STARTED: "started",
    S.SUCCEEDED: "succeeded",
    S.FAILED: "failed",
    S.UNKNOWN: "unknown",
}
"""How the log names a state; a grant is told by the approvals that make it."""


def opened(card: Card, question: Question, cause: str | None) -> Escalated:
    """Return the event of a new question; its content is the exact view.

    `cause` is the id of the decision that made it.
    """
    asked, request = question.escalation, card.request
    return Escalated(
        id=f"{asked.id}/0",
        time=asked.opened,
        run=asked.run,
        agent=asked.agent,
        task=request.task or "",
        causes=() if cause is None else (Cause(id=cause, basis="observed"),),
        identity=request.identity,
        escalation=asked.id,
        request=asked.request,
        deadline=asked.deadline,
    )


def started_id(escalation: str) -> str:
    """Return the id of the event that a permission was used: what the act then rests on."""
    return f"{escalation}/started"


def told(origin: str, question: Question, effect: Effect, now: int) -> Event | None:
    """Return the event of one effect, None for what the log need not know."""
    asked = question.escalation
    ruling: Ruling | None = None
    why = ""
    match effect:
        case Refused():
            return None
        case Counted(ruling=ruling):
            word: Told | Literal["approved", "late"] = "approved"
        case Late(ruling=ruling, why=why):
            word = "late"
        case Moved(after=after, ruling=ruling, why=why):
            if after not in _TOLD:
                return None
            word = _TOLD[after]
    return Ruled(
        id=started_id(asked.id) if word == "started" else f"{asked.id}/{question.steps + 1}",
        time=now,
        run=asked.run,
        agent=asked.agent,
        causes=tuple(Cause(id=id, basis="observed") for id in _before(question, word)),
        escalation=asked.id,
        ruling=word,
        approver="" if ruling is None else ruling.person,
        view="" if ruling is None else ruling.view,
        signature="" if ruling is None else _signature(origin, question, ruling),
        reason=why[:1000],
    )


def _before(question: Question, word: str) -> tuple[str, ...]:
    """Return the events that a step rests on, so that an act leads to its rulings.

    An answer rests on the question, an end on the start, and what becomes of a grant on every
    approval that made it: never on what came late.
    """
    asked = question.escalation.id
    if word in ("succeeded", "failed", "unknown"):
        return (started_id(asked),)
    if word in ("started", "lapsed", "void"):
        approved = [question.counted.get(ruling.person, 0) for ruling in question.rulings]
        return tuple(f"{asked}/{number}" for number in sorted({*approved} or {0}))
    return (f"{asked}/0",)


def _signature(origin: str, question: Question, ruling: Ruling) -> str:
    """Return statement, public key's digest and signature: what an auditor needs with the key."""
    signed = statement(origin, question.escalation, ruling.person, ruling.choice, view=ruling.view)
    parts = (b64encode(signed), ruling.key.encode(), b64encode(ruling.signature))
    return b".".join(parts).decode()


def notice(question: Question, now: int) -> bytes:
    """Return the body of a notice: ids and digests, never content.

    References
    ----------
    Standard Webhooks 1.0, payload structure (``type``, ``timestamp``, ``data``).
    """
    asked = question.escalation
    moment = datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    data = {
        "escalation": asked.id,
        "step": question.steps,
        "state": str(question.state),
        "run": asked.run,
        "request": asked.request,
        "view": asked.view,
        "deadline": asked.deadline,
        "blocking": asked.blocking,
    }
    return json.encode({"type": f"escalation.{question.state}", "timestamp": moment, "data": data})
