"""`tertius escalations list` and `show`: what waits for a person."""

from __future__ import annotations

import time
from collections import Counter

from tertius.cli.escalations_desk import HERE, Where, as_dict, opened, print_card
from tertius.cli.screen import Flag, print_json, safe
from tertius.core.errors import EXIT_PASS
from tertius.core.escalation import EscalationState
from tertius.escalation.asked import require_consistent
from tertius.escalation.card import SECOND, arguments_in_full, moment, render, view_digest
from tertius.escalation.queue import Limits, Line, arrange
from tertius.escalation.wording import span


def list_(*, all: Flag = False, where: Where = HERE, json: Flag = False) -> int:
    """List the questions that wait for a person or for their agent, the most urgent first.

    A question that was granted and not used still counts as open, and an agent with too many open
    questions is denied. Blocking means that the agent was told to wait; whether its process still
    runs nobody knows here. Each begins with its id; those that look alike stand together, unless
    they are blocking.

    Parameters
    ----------
    all
        Also those that have ended.
    json
        Print one JSON object for each line.
    """
    with opened(where) as desk:
        now = time.time_ns()
        lines = desk.list(now=now, states=()) if all else desk.list(now=now)
    if json:
        for line in lines:
            print_json(as_dict(line))
    elif lines:
        for line in lines:
            _tell(line, now)
        for agent in _full(lines):
            print(f"{agent} has {Limits().open} open or granted; its next question is denied")
    else:
        print("nobody waits for an answer")
    return EXIT_PASS


def show(escalation: str, /, *, full: Flag = False, where: Where = HERE, json: Flag = False) -> int:
    """Show the card of one question: what is asked, by whom, why, until when, and what then.

    It is compared with what the log says was asked; where they differ, nothing is shown.

    Parameters
    ----------
    escalation
        Id of the question.
    full
        Also print all arguments, escaped, however long; those marked secret stay masked.
    json
        Print one JSON object.
    """
    with opened(where) as desk:
        row = desk.show(escalation, now=time.time_ns())
        checked = desk.require_asked(row)
    card = require_consistent(row)
    if json:
        [line] = arrange([row.question])
        shown = {"view": view_digest(card), "card": render(card).decode(), "checked": checked}
        print_json({**as_dict(line), **shown})
        return EXIT_PASS
    print_card(card, row.question, checked=checked)
    if full:
        print(f"\n{arguments_in_full(card)}")
    return EXIT_PASS


def _tell(line: Line, now: int) -> None:
    """Print a question on two lines; the first begins with its id, whole however narrow it is."""
    asked = line.question.escalation
    until = moment(line.question.expires or asked.deadline)
    approved = f"{len(line.approved)} of {asked.quorum} approve"
    print(f"{asked.id}  {_standing(line)}; {approved}; until {until}")
    asks = f"{safe(asked.asks)}: {line.gist}" if line.gist else safe(asked.asks)
    print(f"    {line.number}. {_age(now - asked.opened)} ago: {asks}")
    if line.like:
        print(f"    alike: {' '.join(line.like)}")


def _standing(line: Line) -> str:
    """Say where a question stands, as far as that is not in its name."""
    state = line.question.state
    if state is EscalationState.GRANTED:
        return "granted, unused"
    return f"{state}, blocking" if as_dict(line)["waits"] else str(state)


def _age(nanoseconds: int) -> str:
    """Return a length of time in its largest unit.

    Examples
    --------
    >>> _age(5_430 * SECOND), _age(-1)
    ('1 h', '0 s')
    """
    return " ".join(span(max(0, nanoseconds) // SECOND * SECOND).split()[:2])


def _full(lines: tuple[Line, ...]) -> list[str]:
    """Return the agents that have as many questions open as they may."""
    waiting = (EscalationState.OPEN, EscalationState.GRANTED)
    held: Counter[str] = Counter()
    for line in lines:
        if line.question.state in waiting:
            held[line.question.escalation.agent] += 1 + len(line.like)
    return sorted(agent for agent, count in held.items() if count >= Limits().open)
