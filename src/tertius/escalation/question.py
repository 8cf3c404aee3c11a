"""A question as it stands, what can come in, and what follows: the words of the machine."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from tertius.core.escalation import Escalation, EscalationState, Ruling
from tertius.core.events import Count, Time
from tertius.core.noun import Noun, ProperName

NONCE_BYTES = 16


class Question(Noun, frozen=True, kw_only=True):
    """Where an escalation stands, with the answers that counted.

    Parameters
    ----------
    escalation
        What was asked; never changes.
    barred
        Who may not rule whatever their keys: the agent and everybody it acts for.
    lifetime
        Nanoseconds that a grant lasts.
    nonce
        16 random bytes that the token of this question carries.
    state
        One of `EscalationState`.
    rulings
        Approvals that counted, or the denial that closed it.
    expires
        UTC nanoseconds at which the grant lapses; 0 before there is one.
    steps
        How many events it has given rise to.
    counted
        The number of the event that told of each person's approval; what came late has none.
    """

    escalation: Escalation
    barred: tuple[ProperName, ...] = ()
    lifetime: Annotated[int, Meta(gt=0)]
    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    state: EscalationState = EscalationState.OPEN
    rulings: tuple[Ruling, ...] = ()
    expires: Time = 0
    steps: Count = 0
    counted: dict[ProperName, Count] = field(default_factory=dict)


# -- what comes in ---------------------------------------------------------------------------------


class Look(Struct, frozen=True):
    """Somebody looks at the clock."""


class Answer(Struct, frozen=True):
    """A ruling, and whether its signature holds under a key enrolled for that person now."""

    ruling: Ruling
    signed: bool


class Withdraw(Struct, frozen=True):
    """The task ended, nobody needs the answer any more."""

    why: str


class Cancel(Struct, frozen=True):
    """Kill switch, quarantine, or a new rule that forbids."""

    why: str


class Recount(Struct, frozen=True):
    """The enrolment changed; `holding` are the signatures of rulings that still hold."""

    holding: frozenset[bytes]


class Consume(Struct, frozen=True):
    """Somebody wants to run it now.

    Parameters
    ----------
    request, view
        Digests computed now, of what is about to run and of what would be shown for it.
    holding
        Signatures of rulings that hold now.
    forbidden
        Whether a layer of policy forbids it now.
    halted
        Whether the kill switch is on.
    """

    request: str
    view: str
    holding: frozenset[bytes]
    forbidden: bool = False
    halted: bool = False


class Finish(Struct, frozen=True):
    """The effect came back."""

    ok: bool


class Lose(Struct, frozen=True):
    """The effect may or may not have happened: a crash, an answer that never came."""

    why: str


Input = Look | Answer | Withdraw | Cancel | Recount | Consume | Finish | Lose


# -- what comes out --------------------------------------------------------------------------------


class Moved(Struct, frozen=True):
    """The question changed its state; `ruling` is the denial that closed it."""

    before: EscalationState
    after: EscalationState
    why: str = ""
    ruling: Ruling | None = None


class Counted(Struct, frozen=True):
    """An approval counts."""

    ruling: Ruling


class Late(Struct, frozen=True):
    """Something came after the end; it changes nothing and is recorded."""

    why: str
    ruling: Ruling | None = None


class Refused(Struct, frozen=True):
    """Something did not count, and why."""

    why: str


Effect = Moved | Counted | Late | Refused
