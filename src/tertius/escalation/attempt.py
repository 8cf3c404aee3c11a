"""What holds at the moment at which somebody wants to run what was approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tertius.core.escalation import Token
from tertius.core.request import Request
from tertius.escalation.approvers import Register
from tertius.escalation.asked import NothingToShowError, NotWhatWasAskedError
from tertius.escalation.question import Consume
from tertius.escalation.token import NO_DIGEST, digests
from tertius.escalation.transaction import Row


def holding(
    register: Register, origin: str, row: Row, *, barred: Sequence[str] = ()
) -> frozenset[bytes]:
    """Return the signatures under a question that hold now, none of them by who is barred."""
    asked = row.question.escalation
    return frozenset(
        ruling.signature
        for ruling in row.question.rulings
        if ruling.person not in barred and register.holds(origin, asked, ruling)
    )


def attempt(
    row: Row,
    token: Token,
    request: Request,
    *,
    origin: str,
    register: Register,
    forbids: Callable[[Request], bool],
    require_asked: Callable[[Row], object],
    halted: bool,
) -> Consume:
    """Return what the machine is told: digests made anew, approvals and policy looked at anew.

    Parameters
    ----------
    forbids
        Judges the request again; what it raises counts as yes.
    require_asked
        Raises where the question is not the one that the log holds.
    halted
        Whether a kill switch is on.
    """
    made = digests(origin, row.question, row.card, token, request)
    try:
        require_asked(row)
    except (NothingToShowError, NotWhatWasAskedError):
        made = NO_DIGEST, NO_DIGEST
    try:
        forbidden = bool(forbids(request))
    except Exception:  # whatever a layer raises is a no
        forbidden = True
    held = holding(register, origin, row, barred=register.barred(request))
    return Consume(*made, held, forbidden, halted)
