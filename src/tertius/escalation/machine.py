"""The life of one question, as a pure function of what comes in and when.

::

    open    --q approvals--> granted --consume--> started --> succeeded | failed
    open    --deny--> denied   --deadline--> expired   --task ends--> withdrawn
    granted --ttl--> lapsed
    open, granted --kill, new forbid, quarantine--> void
    granted --changed argument, quorum lost to revocation, task ends--> void
    started --crash, lost answer--> unknown  (shown to a human, never retried)

Each defence is a function of its own with a name; the tests take each away in turn and look on as
the exploration of every reachable state finds the harm.

References
----------
Security contract, section 6; its properties P1 to P10 are checked in
``tests/escalation/test_exploration.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tertius.core.escalation import EscalationState, Ruling
from tertius.escalation.question import (
    Answer,
    Cancel,
    Consume,
    Counted,
    Effect,
    Finish,
    Input,
    Late,
    Look,
    Lose,
    Moved,
    Question,
    Recount,
    Refused,
    Withdraw,
)

Stepped = tuple[Question, tuple[Effect, ...]]
S = EscalationState


# -- the defences ----------------------------------------------------------------------------------


def deadline_passed(question: Question, now: int) -> bool:
    """Whether it is too late to answer."""
    return now >= question.escalation.deadline


def grant_passed(question: Question, now: int) -> bool:
    """Whether it is too late to act on the answer, which came before the deadline."""
    return now >= min(question.expires, question.escalation.deadline + question.lifetime)


def after_deadline(question: Question) -> EscalationState:
    """Return what becomes of a question that nobody answered; never a person's no."""
    return S.EXPIRED


def has_ended(question: Question) -> bool:
    """Whether nothing can follow."""
    return question.state.terminal


def is_signed(answer: Answer) -> bool:
    """Whether an enrolled person's key signed it: a typed name or a database row is not enough."""
    return answer.signed


def is_eligible(question: Question, person: str) -> bool:
    """Whether this person was asked, and is nobody for whom the agent acts."""
    return person in question.escalation.approvers and person not in question.barred


def answers_this(question: Question, ruling: Ruling) -> bool:
    """Whether it answers this question about this request."""
    asked = question.escalation
    return ruling.escalation == asked.id and ruling.request == asked.request


def saw_this(question: Question, ruling: Ruling) -> bool:
    """Whether the person saw the exact bytes that were to be shown."""
    return ruling.view == question.escalation.view


def people(rulings: Iterable[Ruling]) -> frozenset[str]:
    """Return who approves: a person counts once, whatever their keys."""
    return frozenset(ruling.person for ruling in rulings if ruling.choice == "approve")


def is_enough(question: Question, approving: frozenset[str]) -> bool:
    """Whether as many people approve as were demanded."""
    return len(approving) >= question.escalation.quorum


def holds(ruling: Ruling, holding: frozenset[bytes]) -> bool:
    """Whether the signature of a stored ruling holds now; rows and enrolments can change."""
    return ruling.signature in holding


def held(question: Question, holding: frozenset[bytes]) -> tuple[Ruling, ...]:
    """Return the rulings that still hold and whose givers still may rule."""
    return tuple(
        ruling
        for ruling in question.rulings
        if holds(ruling, holding)
        and answers_this(question, ruling)
        and saw_this(question, ruling)
        and is_eligible(question, ruling.person)
    )


def same_act(question: Question, given: Consume) -> bool:
    """Whether exactly what was shown is about to run."""
    asked = question.escalation
    return given.request == asked.request and given.view == asked.view


def is_forbidden(given: Consume) -> bool:
    """Whether policy forbids it now; an approval lifts escalate, never forbid."""
    return given.forbidden


def is_halted(given: Consume) -> bool:
    """Whether the kill switch is on."""
    return given.halted


def has_arrow(before: EscalationState, after: EscalationState) -> bool:
    """Whether the machine has an arrow from one state to the other."""
    return before.may_become(after)


def can_answer(question: Question) -> bool:
    """Whether an answer can still change anything."""
    return question.state is S.OPEN


def can_start(question: Question) -> bool:
    """Whether there is a grant that nobody has consumed."""
    return question.state is S.GRANTED


# -- the machine -----------------------------------------------------------------------------------


def step(question: Question, given: Input, now: int) -> Stepped:
    """Return where the question stands after an input, and what follows from it.

    Parameters
    ----------
    question
        Where it stood.
    given
        What came in.
    now
        UTC nanoseconds, never less than in an earlier step (the store sees to that).

    Notes
    -----
    Pure; a few microseconds. Time is applied before the input: at the deadline an open question
    has expired whatever else comes in at that instant. It cannot see whether a signature holds or
    what policy says; it is told.
    """
    question, effects = _time(question, now)
    after, more = _given(question, given, now)
    return after, effects + more


def _time(question: Question, now: int) -> Stepped:
    if question.state is S.OPEN and deadline_passed(question, now):
        return _move(question, after_deadline(question), "nobody answered in time")
    if question.state is S.GRANTED and grant_passed(question, now):
        return _move(question, S.LAPSED, "granted, and not acted on in time")
    return question, ()


def _given(question: Question, given: Input, now: int) -> Stepped:
    match given:
        case Look():
            return question, ()
        case Answer():
            return _answer(question, given, now)
        case _ if has_ended(question):
            return _late(question, given)
        case Withdraw(why=why):
            open_ = question.state is S.OPEN
            return _close(question, S.WITHDRAWN if open_ else S.VOID, why)
        case Cancel(why=why):
            return _close(question, S.VOID, why)
        case Recount(holding=holding):
            return _recount(question, holding)
        case Consume():
            return _consume(question, given)
        case Finish(ok=ok):
            return _end(question, S.SUCCEEDED if ok else S.FAILED, "")
        case Lose(why=why):
            return _end(question, S.UNKNOWN, why)


def _answer(question: Question, given: Answer, now: int) -> Stepped:
    ruling = given.ruling
    fault = _fault(question, given)
    if fault:
        return question, (Refused(fault),)
    if not can_answer(question):
        return _late(question, given)
    if ruling.choice == "deny":
        question = replace(question, rulings=(*question.rulings, ruling))
        return _move(question, S.DENIED, "denied by a person", ruling)
    if ruling.person in people(question.rulings):
        return question, (Refused(f"`{ruling.person}` has approved already and counts once"),)
    question = replace(question, rulings=(*question.rulings, ruling))
    if not is_enough(question, people(question.rulings)):
        return question, (Counted(ruling),)
    granted, moved = _move(question, S.GRANTED, "approved")
    return replace(granted, expires=now + question.lifetime), (Counted(ruling), *moved)


def _fault(question: Question, given: Answer) -> str:
    """Say why an answer does not count; empty if it does."""
    ruling = given.ruling
    if not is_signed(given):
        return "no key enrolled for that person signed it"
    if not is_eligible(question, ruling.person):
        return f"`{ruling.person}` may not rule on this"
    if not answers_this(question, ruling):
        return "it answers another question, or another request"
    if not saw_this(question, ruling):
        return "it answers something other than what was to be shown"
    return ""


def _consume(question: Question, given: Consume) -> Stepped:
    if not can_start(question):
        return question, (Refused(f"it is {question.state}; only a grant can be consumed, once"),)
    if not same_act(question, given):
        return _move(question, S.VOID, "what would run is not what was shown")
    if not is_enough(question, people(held(question, given.holding))):
        return _move(question, S.VOID, "too few approvals hold")
    if is_forbidden(given):
        return _move(question, S.VOID, "policy forbids it now")
    if is_halted(given):
        return _move(question, S.VOID, "the kill switch is on")
    return _move(question, S.STARTED, "consumed")


def _recount(question: Question, holding: frozenset[bytes]) -> Stepped:
    """Drop the rulings that no longer hold; a grant that rested on them is void."""
    if question.state is S.STARTED:
        return question, ()
    still = held(question, holding)
    if still == question.rulings:
        return question, ()
    question = replace(question, rulings=still)
    if question.state is S.GRANTED and not is_enough(question, people(still)):
        return _move(question, S.VOID, "too few approvals hold")
    return question, ()


def _close(question: Question, after: EscalationState, why: str) -> Stepped:
    if question.state is S.STARTED:
        return question, (Refused("it is running already"),)
    return _move(question, after, why)


def _end(question: Question, after: EscalationState, why: str) -> Stepped:
    if question.state is not S.STARTED:
        return question, (Refused(f"it is {question.state}; nothing of it is running"),)
    return _move(question, after, why)


def _late(question: Question, given: Input) -> Stepped:
    ruling = given.ruling if isinstance(given, Answer) else None
    what = type(given).__name__.lower()
    return question, (Late(f"{what} came when it was {question.state}", ruling),)


def _move(
    question: Question, after: EscalationState, why: str, ruling: Ruling | None = None
) -> Stepped:
    if not has_arrow(question.state, after):
        raise AssertionError(f"no arrow from {question.state} to {after}")
    return replace(question, state=after), (Moved(question.state, after, why, ruling),)
