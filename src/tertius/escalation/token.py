"""The token that an approval opens, and whether one that is presented is that token."""

from __future__ import annotations

import hmac

from msgspec.structs import replace

from tertius.core.digest import digest
from tertius.core.escalation import Token
from tertius.core.request import Request, request_digest
from tertius.escalation.card import Card, escalation_of, view_digest
from tertius.escalation.question import Question

NO_DIGEST = "0" * 64


def token_for(origin: str, question: Question, request: Request) -> Token:
    """Return the one token that fits a granted question."""
    return Token(
        origin=origin,
        run=request.run,
        agent=request.agent,
        chain=request.chain,
        action=request.action,
        resource=request.resource,
        peer=request.peer,
        arguments=request.digest,
        label=request.label,
        task=request.task,
        escalation=question.escalation.id,
        epoch=question.escalation.epoch,
        expires=question.expires,
        nonce=question.nonce,
    )


def is_ours(question: Question, token: Token) -> bool:
    """Whether the token was opened for this question; a guess is told apart from a change."""
    return hmac.compare_digest(question.nonce, token.nonce)


def digests(
    origin: str, question: Question, card: Card | None, token: Token, request: Request
) -> tuple[str, str]:
    """Return the digests of request and view as they are now, all noughts where something differs.

    The arguments are hashed again, the card is rendered again from the request that is about to
    run, and everything else that the card says must be what the stored question says. So neither
    the caller nor whoever can write the database can put other bytes under an approval.
    """
    if digest("content", request.arguments, salt=request.salt) != request.digest:
        return NO_DIGEST, NO_DIGEST
    if card is None or token != token_for(origin, question, request):
        return NO_DIGEST, NO_DIGEST
    shown = replace(card, request=request)
    if escalation_of(shown) != question.escalation or shown.lifetime != question.lifetime:
        return NO_DIGEST, NO_DIGEST
    return request_digest(request), view_digest(shown)
