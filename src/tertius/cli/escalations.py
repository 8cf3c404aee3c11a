"""`tertius escalations list` and `show`: what waits for a person."""

from __future__ import annotations

import time

from rich.table import Table

from tertius.cli.escalations_desk import HERE, Where, as_dict, opened, print_card
from tertius.cli.screen import Flag, console, print_json, safe
from tertius.core.errors import EXIT_PASS
from tertius.escalation.asked import require_consistent
from tertius.escalation.card import arguments_in_full, moment, render, view_digest
from tertius.escalation.queue import Line, arrange


def list_(*, all: Flag = False, where: Where = HERE, json: Flag = False) -> int:
    """List the questions that wait for a person, the most urgent first.

    Questions that look alike share a line, unless a run waits for them.

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
        console().print(_table(lines))
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


def _table(lines: tuple[Line, ...]) -> Table:
    table = Table()
    for name in ("question", "state", "asks", "until", "approved", "alike"):
        table.add_column(name, overflow="fold")
    for line in lines:
        asked, found = line.question.escalation, as_dict(line)
        state = f"{found['state']}{', run waits' if found['waits'] else ''}"
        approved = f"{len(line.approved)} of {asked.quorum}"
        alike = f"+{len(line.like)}" if line.like else ""
        table.add_row(asked.id, state, safe(asked.asks), moment(asked.deadline), approved, alike)
    return table
