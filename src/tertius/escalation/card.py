"""What a person sees before ruling: one card, readable in thirty seconds, the same everywhere.

The card is rendered from values, never stored as text. Its digest covers the version of the
template and the exact bytes; a ruling signs that digest, and it is computed again from the request
that is about to run. So what runs is what was shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from msgspec import Meta, Raw, json

from tertius.core.decision import Vote
from tertius.core.digest import digest
from tertius.core.escalation import Escalation
from tertius.core.events import Count, Text, Time
from tertius.core.noun import Noun, ProperName
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Request, request_digest
from tertius.escalation.inert import cut, inert
from tertius.escalation.masked import masked
from tertius.escalation.wording import known_by, principal_known_by, span, standing

TEMPLATE: Final = "card/5"
WIDTH: Final = 96
MOST_ARGUMENTS: Final = 20
MOST_VOTES: Final = 8
MOST_GIST: Final = 24
SECOND: Final = 1_000_000_000


class Card(Noun, frozen=True, kw_only=True):
    """All that the display of one question is made of.

    Parameters
    ----------
    id
        Of the escalation.
    request
        What is about to happen; its salt makes the digest of the view unguessable.
    asks, reason
        What is asked and why a person is needed, in the gate's words, never the agent's.
    votes
        What each layer of policy said.
    affected
        Who would bear it.
    sure
        How sure that is, in words.
    level
        Where the gate stands.
    quorum, approvers
        How many of whom must approve.
    opened, deadline
        UTC nanoseconds.
    lifetime
        Nanoseconds to act on an approval.
    blocking
        Whether the run waits.
    secret
        Arguments that are masked, by the dotted path that the manifest uses.
    epoch
        Version of the policy state.
    """

    id: ProperName
    request: Request
    asks: Text
    reason: Text
    votes: tuple[Vote, ...] = ()
    affected: tuple[ProperName, ...] = ()
    sure: Text = "a rule asks for a person; nothing was estimated"
    level: EnforcementLevel = EnforcementLevel.IN_PROCESS
    quorum: Annotated[int, Meta(ge=1, le=64)] = 1
    approvers: tuple[ProperName, ...]
    opened: Time
    deadline: Time
    lifetime: Annotated[int, Meta(gt=0)]
    blocking: bool = True
    secret: tuple[Text, ...] = ()
    epoch: Count = 0


def escalation_of(card: Card) -> Escalation:
    """Return the question that a card shows, bound to its request and its exact bytes."""
    return Escalation(
        id=card.id,
        run=card.request.run,
        agent=card.request.agent,
        request=request_digest(card.request),
        view=view_digest(card),
        opened=card.opened,
        deadline=card.deadline,
        quorum=card.quorum,
        approvers=card.approvers,
        asks=card.asks,
        reason=card.reason,
        affected=card.affected,
        blocking=card.blocking,
        epoch=card.epoch,
    )


def view_digest(card: Card) -> str:
    """Return the digest of template version and exact bytes, salted like the arguments in it."""
    return digest("view", TEMPLATE.encode() + b"\0" + render(card), salt=card.request.salt)


def render(card: Card) -> bytes:
    """Return the exact bytes that a person sees: ASCII, fixed width, nothing that can act.

    Notes
    -----
    Every value stands behind its label and cannot begin a line, so no value can pretend to be
    another. It cannot see whether the act is wise, nor what a masked argument holds.
    """
    lines = [line for label, text in _rows(card) for line in _wrapped(label, text)]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _rows(card: Card) -> Iterator[tuple[str, str]]:
    request = card.request
    yield "question", f"{inert(card.id)} ({TEMPLATE})"
    yield "asks", cut(card.asks)
    targets = (("on", request.resource), ("to", request.peer), ("key", request.key))
    act = [request.action, *(f"{word} {cut(name)}" for word, name in targets if name)]
    plain = {n: v for n, v in _open(card).items() if not isinstance(v, dict | list)}
    yield "act", " ".join([*act, *_told(plain)])
    known = known_by(request.identity, card.level)
    yield "by", f"{inert(request.agent)} ({known}), run {inert(request.run)}"
    links = (
        f"{inert(e.name)} ({e.kind}, {principal_known_by(e.identity, card.level)})"
        for e in request.chain.links
    )
    yield "for", " -> ".join(links)
    yield "why", cut(card.reason)
    names = ", ".join(map(inert, card.affected[:MOST_VOTES]))
    more = f" and {len(card.affected) - MOST_VOTES} more" if card.affected[MOST_VOTES:] else ""
    yield "affected", names + more or "nobody is named by the rule that asks"
    yield "how sure", cut(card.sure)
    wait = "the run waits for it" if card.blocking else "the run goes on meanwhile"
    yield (
        "until",
        f"{moment(card.deadline)}, {span(card.deadline - card.opened)} after it was asked",
    )
    yield "", f"{wait}; then it expires: nothing is done, and nobody is put down as a no"
    yield "answer", f"{card.quorum} of {', '.join(map(inert, card.approvers))} must approve"
    yield "", f"until then one no ends it; then it may run one time, within {span(card.lifetime)}"
    yield "", "once approved, a later no changes nothing; kill, a cut, a rule or a revoked key does"
    yield from _votes(card)
    yield "gate", f"{standing(card.level)}; policy epoch {card.epoch}"
    yield "request", request_digest(request)
    yield from _arguments(card)


def _votes(card: Card) -> Iterator[tuple[str, str]]:
    """Show what the layers of policy said; those with nothing to say are only counted."""
    said = [vote for vote in card.votes if vote.outcome is not Outcome.ABSTAIN]
    rows = [
        f"{vote.layer} says {vote.outcome} by {inert(vote.rule)}: {cut(vote.reason, 160)}"
        for vote in said[:MOST_VOTES]
    ]
    if len(said) > MOST_VOTES:
        rows.append(f"({MOST_VOTES} of {len(said)} votes)")
    if silent := len(card.votes) - len(said):
        rows.append(f"({silent} more had nothing to say)")
    for number, row in enumerate(rows):
        yield "" if number else "policy", row


def _arguments(card: Card) -> Iterator[tuple[str, str]]:
    """Show each argument on lines of its own, in the canonical order."""
    value = masked(card.request, card.secret)
    size = len(card.request.arguments)
    if not isinstance(value, dict):
        yield "with", cut(_json(value))
        return
    if not value:
        yield "with", "no arguments"
    for number, name in enumerate(sorted(value)[:MOST_ARGUMENTS]):
        yield ("" if number else "with"), f"{cut(name, 60)} = {cut(_json(value[name]))}"
    if len(value) > MOST_ARGUMENTS:
        told = f"{MOST_ARGUMENTS} of {len(value)} arguments; {size:,} bytes in all"
        yield "", f"({told}; commitment {card.request.digest})"


def gist(card: Card) -> str:
    """Return the first two arguments that are not secret, short and inert, to tell cards apart.

    Where there are none it is the beginning of the request's digest.
    """
    return " ".join(_told(_open(card))) or f"request {request_digest(card.request)[:12]}"


def _open(card: Card) -> dict[str, Any]:
    """Return the arguments that are not secret, by name."""
    value = masked(card.request, card.secret)
    return {n: v for n, v in value.items() if type(v) is not Raw} if type(value) is dict else {}


def _told(values: dict[str, Any]) -> list[str]:
    """Return the first two values with their names, short and inert."""
    return [f"{inert(_short(n))}={inert(_short(_json(values[n])))}" for n in sorted(values)[:2]]


def _short(text: str) -> str:
    return text if len(text) <= MOST_GIST else f"{text[: MOST_GIST - 3]}..."


def arguments_in_full(card: Card) -> str:
    """Return all arguments on one inert line, however long; what is secret stays masked."""
    return inert(_json(masked(card.request, card.secret)))


def _json(value: Any) -> str:
    return json.encode(value, order="sorted").decode()


def _wrapped(label: str, text: str) -> Iterator[str]:
    """Cut a row into lines, behind a space where there is one; nothing is left out."""
    start, room = 0, WIDTH - 10
    while start < len(text) or not start:
        piece = text[start : start + room]
        if start + room < len(text) and " " in piece[room // 2 :]:
            piece = piece[: piece.rindex(" ") + 1]
        yield f"{'' if start else label:<9}{'|' if start else ' '}{piece}"
        start += len(piece) or 1


def moment(time: int) -> str:
    """Return a time for people, UTC to the second.

    Examples
    --------
    >>> moment(1_790_000_000_000_000_000)
    '2026-09-21 14:13:20 UTC'
    """
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
