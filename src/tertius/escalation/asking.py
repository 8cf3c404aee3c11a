"""Whether a question may be put to people, to whom, and the card that they will see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from tertius.core.decision import Decision
from tertius.core.errors import CallerError
from tertius.core.escalation import EscalationState
from tertius.core.manifest import BY_HAND
from tertius.core.outcome import Outcome
from tertius.core.request import Request, request_digest
from tertius.escalation.approvers import Register
from tertius.escalation.card import SECOND, Card, escalation_of
from tertius.escalation.proposed import proposed
from tertius.escalation.question import NONCE_BYTES, Question
from tertius.escalation.queue import Limits
from tertius.escalation.transaction import Transaction
from tertius.escalation.triggers import Terms
from tertius.escalation.wording import doing

MAX_ID: Final = 100  # characters; the ids of its events begin with it


class NotAskedError(CallerError):
    """The question was not put to anybody, so the request is denied."""


def require_askable(request: Request, decision: Decision, id: str) -> None:
    """Refuse a question that is about no escalated request.

    Raises
    ------
    NotAskedError
        The decision is about another request or does not escalate, or the id is too long.
    """
    if decision.outcome is not Outcome.ESCALATE or decision.request != request_digest(request):
        raise NotAskedError("the decision does not escalate this request; nothing is to be asked")
    if len(id) > MAX_ID:
        raise NotAskedError(f"id of {len(id)} characters; expected at most {MAX_ID}")


def require_room(tx: Transaction, agent: str, limits: Limits) -> None:
    """Refuse an agent that asks too much; a person at the gate's terminal is none.

    Raises
    ------
    NotAskedError
        It has as many open questions as it may have, or asked too many lately.
    """
    if agent == BY_HAND:  # whoever must cut many agents off is not held up
        return
    waiting = tx.count(agent, EscalationState.OPEN, EscalationState.GRANTED)
    if waiting >= limits.open:
        raise NotAskedError(
            f"`{agent}` has {waiting} questions open; at most {limits.open}, then it is denied"
        )
    asked = tx.count(agent, since=max(0, tx.now - limits.window * SECOND))
    if asked >= limits.asked:
        raise NotAskedError(
            f"`{agent}` asked {asked} questions in {limits.window} s; then it is denied"
        )


def approvers(register: Register, terms: Terms, barred: Sequence[str]) -> tuple[str, ...]:
    """Return who is asked: enrolled, wanted, and nobody for whom the agent acts.

    Raises
    ------
    NotAskedError
        They are too few to approve.
    """
    enrolled = [each.person for each in register.people if each.keys]
    found = tuple(p for p in terms.approvers or enrolled if p in enrolled and p not in barred)
    if len(found) < terms.quorum:
        raise NotAskedError(f"{terms.quorum} must approve and {len(found)} may; enrol more people")
    return found


def card_for(
    request: Request,
    decision: Decision,
    terms: Terms,
    asked: tuple[str, ...],
    *,
    id: str,
    now: int,
    sure: str,
    secret: Sequence[str],
) -> Card:
    """Return the card of a question, in the gate's words and never the agent's."""
    told = proposed(request)
    escalating = [vote for vote in decision.votes if vote.outcome is Outcome.ESCALATE]
    card = Card(
        id=id,
        request=request,
        asks=(told.asks if told else f"may {request.agent} {doing(request)}")[:1000],
        reason="; ".join(vote.reason for vote in escalating)[:1000],
        votes=decision.votes,
        affected=terms.affected or (told.affected if told else ()),
        level=decision.level,
        quorum=terms.quorum,
        approvers=asked,
        opened=now,
        deadline=now + terms.seconds * SECOND,
        lifetime=terms.lifetime * SECOND,
        blocking=terms.blocking,
        secret=tuple(secret),
        epoch=decision.epoch,
    )
    sure = sure or (told.sure if told else "")
    return replace(card, sure=sure[:1000]) if sure else card


def question_of(card: Card, barred: tuple[str, ...], entropy: Callable[[int], bytes]) -> Question:
    """Return the question that a card asks, as it begins."""
    return Question(
        escalation=escalation_of(card),
        barred=barred,
        lifetime=card.lifetime,
        nonce=entropy(NONCE_BYTES),
    )
