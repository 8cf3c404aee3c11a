"""`tertius escalations approve`, `deny` and `enrol`: rulings, signed at a terminal."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tertius.cli.escalations_desk import (
    HERE,
    Where,
    as_dict,
    consequence,
    opened,
    print_card,
    so_far,
)
from tertius.cli.screen import Flag, print_json
from tertius.core.errors import EXIT_PASS
from tertius.core.escalation import EscalationState
from tertius.core.names import check_name
from tertius.escalation.approver_key import (
    ask_new_passphrase,
    ask_passphrase,
    read_key,
    require_new,
    write_key,
)
from tertius.escalation.approvers import Choice, sign
from tertius.escalation.asked import require_consistent
from tertius.escalation.card import view_digest
from tertius.escalation.clerk import NotCountedError
from tertius.escalation.question import Question
from tertius.escalation.queue import arrange
from tertius.escalation.wording import too_late
from tertius.log.keys import config_folder


def in_words(kind: Any, text: str | None) -> None:
    """Refuse a reason that was given and says nothing."""
    if text is not None and not text.strip():
        raise ValueError("expected the reason, in words")


Remark = Annotated[
    str | None,
    Parameter(
        name=("--why", "--reason"),
        validator=in_words,
        help="A remark on your answer, kept beside it; it is not signed.",
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs.

    Parameters
    ----------
    who
        Your pseudonym in the register.
    key
        Your key file [default: `private/<pseudonym>.approver` in the configuration folder].
    """

    who: Annotated[str, Parameter(name=("--as",))]
    key: Path | None = None

    def file(self, person: str) -> Path:
        """Return where the person's key lies."""
        name = f"{person.replace('/', '_')}.approver"
        return self.key or config_folder(os.environ) / "private" / name


def approve(
    escalation: str,
    /,
    *,
    signer: Signer,
    why: Remark = None,
    where: Where = HERE,
    json: Flag = False,
) -> int:
    """Show the card of a question and approve it with your signature.

    Your passphrase is asked for at the terminal, and nowhere else.

    Parameters
    ----------
    escalation
        Id of the question.
    json
        Print one JSON object.
    """
    return rule_on(escalation, "approve", signer, where, why=why, json=json)


def deny(
    escalation: str,
    /,
    *,
    signer: Signer,
    why: Remark = None,
    where: Where = HERE,
    json: Flag = False,
) -> int:
    """Show the card of a question and deny it with your signature; one no is enough.

    Your passphrase is asked for at the terminal, and nowhere else.

    Parameters
    ----------
    escalation
        Id of the question.
    json
        Print one JSON object.
    """
    return rule_on(escalation, "deny", signer, where, why=why, json=json)


def enrol(person: str, /, *, out: Path | None = None, json: Flag = False) -> int:
    """Make your approver's key under a passphrase and print your line of `policy/approvers.yaml`.

    Parameters
    ----------
    person
        Your pseudonym.
    out
        New file for the key [default: `private/<pseudonym>.approver` in the configuration folder].
    json
        Print one JSON object.
    """
    check_name(person, "pseudonym")
    path = out or Signer(who=person).file(person)
    require_new(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = write_key(path, person, ask_new_passphrase(person), entropy=os.urandom)
    public = made.public_key().public_bytes_raw().hex()
    if json:
        print_json({"person": person, "keys": [public], "private": str(path)})
    else:
        print_json({"person": person, "keys": [public]})
        print(f"private key: {path}")
        print("add the line above to `people` in `policy/approvers.yaml`, and sign a new version")
    return EXIT_PASS


def rule_on(
    id: str, choice: Choice, signer: Signer, where: Where, *, why: str | None = None, json: bool
) -> int:
    """Show the card of a question and answer it, with a signature made at the terminal."""
    with opened(where) as desk:
        person = desk.register.find(signer.who).person
        row = desk.show(id, now=time.time_ns())
        checked, card = desk.require_asked(row), require_consistent(row)
        if not json:
            print_card(card, row.question, checked=checked)
        _require_open(row.question, choice, halted=desk.killed)
        key = read_key(
            signer.file(person),
            person,
            lambda: ask_passphrase(f"passphrase of {person} to {choice} {card.id}: "),
        )
        ruling = sign(
            key,
            desk.origin,
            row.question.escalation,
            person=person,
            choice=choice,
            view=view_digest(card),
            time=time.time_ns(),
            reason=why or "",
        )
        question = desk.rule(ruling, now=time.time_ns())
    [line] = arrange([question])
    if json:
        print_json(as_dict(line))
    else:
        print(f"{id}: {question.state}; {so_far(question)}")
        print(consequence(question))
    return EXIT_PASS


def _require_open(question: Question, choice: Choice, *, halted: bool) -> None:
    """Refuse an answer that comes too late, before a passphrase is asked for."""
    state = question.state
    if state is not EscalationState.OPEN:
        left = too_late(state, choice, halted=halted)
        raise NotCountedError(f"not counted: the question is {state}{left}")
