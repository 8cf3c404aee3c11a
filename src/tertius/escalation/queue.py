"""The order in which people see questions, and how many an agent may ask.

Grouping folds questions that look alike into one line; a question that a run waits for always
keeps a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from tertius.core.escalation import EscalationState
from tertius.core.events import Count
from tertius.core.noun import Noun
from tertius.escalation.card import gist
from tertius.escalation.machine import people
from tertius.escalation.question import Question
from tertius.escalation.transaction import Row

S = EscalationState
SECOND = 1_000_000_000


class Limits(Noun, frozen=True, kw_only=True):
    """How much one agent may ask of people.

    Parameters
    ----------
    open
        Questions of one agent that may be open or granted at a time. One more is denied, never
        queued.
    asked
        Questions that one agent may ask within `window` seconds, whatever became of them: asking
        again and again is how people are tired out.
    notices
        Seconds between two notices about questions of one agent that nobody waits for. They are
        put off, never dropped; a blocking question is told at once.
    """

    open: Annotated[int, Meta(ge=1, le=1000)] = 3
    asked: Annotated[int, Meta(ge=1, le=100_000)] = 20
    window: Annotated[int, Meta(ge=1, le=30 * 86_400)] = 3600
    notices: Count = 60


class Line(Noun, frozen=True, kw_only=True):
    """One line of the list: a question, who approved so far, and the ids of others like it.

    `gist` is what tells it from others that ask the same, and `number` its place in the order in
    which the questions were asked.
    """

    question: Question
    approved: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    gist: str = ""
    number: Count = 0


def gists(rows: Iterable[Row]) -> dict[str, str]:
    """Return what tells each question from others that ask the same, by its id."""
    return {r.question.escalation.id: gist(r.card) for r in rows if r.card is not None}


def arrange(
    questions: Iterable[Question], gists: Mapping[str, str] | None = None
) -> tuple[Line, ...]:
    """Put questions into the order in which a person should see them.

    First what may have happened and nobody knows, then what a run waits for, then other open
    questions with those alike folded under the most urgent, then what was granted or runs, then
    what has ended. Within each, the earliest deadline comes first.

    Notes
    -----
    No question is left out: each is the question of a line or named in its `like`, and an open
    blocking one is never folded.
    """
    order = sorted(questions, key=lambda q: (_rank(q), q.escalation.deadline, q.escalation.id))
    asked = sorted((q.escalation.opened, q.escalation.id) for q in order)
    number = {id: place for place, (_, id) in enumerate(asked, 1)}
    lines: dict[tuple[str, ...], list[Question]] = {}
    for question in order:
        lines.setdefault(_group(question), []).append(question)
    return tuple(
        Line(
            question=first,
            approved=tuple(sorted(people(first.rulings))),
            like=tuple(each.escalation.id for each in others),
            gist=(gists or {}).get(first.escalation.id, ""),
            number=number[first.escalation.id],
        )
        for first, *others in lines.values()
    )


def may_fold(question: Question) -> bool:
    """Whether a question may stand under another that looks alike."""
    return question.state is S.OPEN and not question.escalation.blocking


def _group(question: Question) -> tuple[str, ...]:
    asked = question.escalation
    return ("like", asked.agent, asked.asks) if may_fold(question) else ("alone", asked.id)


def _rank(question: Question) -> int:
    match question.state:
        case S.UNKNOWN:
            return 0
        case S.OPEN:
            return 1 if question.escalation.blocking else 2
        case S.GRANTED:
            return 3
        case S.STARTED:
            return 4
        case _:
            return 5
