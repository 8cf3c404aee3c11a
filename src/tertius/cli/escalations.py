"""`tertius escalations`: list, show, approve, deny and enrol."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from tertius.cli.screen import Flag, console, print_json, safe
from tertius.core.errors import EXIT_PASS, CallerError, IntegrityError
from tertius.core.names import check_name
from tertius.escalation.approver_key import ask_passphrase, read_key, write_key
from tertius.escalation.approvers import Choice, load_register, sign
from tertius.escalation.card import (
    Card,
    arguments_in_full,
    escalation_of,
    moment,
    render,
    view_digest,
)
from tertius.escalation.desk import Desk
from tertius.escalation.question import Question
from tertius.escalation.queue import Line, arrange
from tertius.escalation.store import Store
from tertius.log.keys import config_folder, state_folder

Who = Annotated[str, Parameter(name=("--as",))]


class NothingToShowError(CallerError):
    """The content of a question was erased."""


class NotWhatWasAskedError(IntegrityError):
    """What would be shown is not what was asked."""


def list_(
    *,
    all: Flag = False,
    store: Path | None = None,
    approvers: Path | None = None,
    json: Flag = False,
) -> int:
    """List the questions that wait for a person, the most urgent first.

    Questions that look alike share a line, unless a run waits for them.

    Parameters
    ----------
    all
        Also those that have ended.
    store
        File of the questions [default: `escalations.db` in the state folder].
    approvers
        Register of approvers [default: `approvers.json` in the configuration folder].
    json
        Print one JSON object for each line.
    """
    with _desk(store, approvers) as desk:
        now = time.time_ns()
        lines = desk.list(now=now, states=()) if all else desk.list(now=now)
    if json:
        for line in lines:
            print_json(_as_dict(line))
        return EXIT_PASS
    if not lines:
        print("nobody waits for an answer")
        return EXIT_PASS
    table = Table()
    for name in ("question", "state", "asks", "until", "approved", "alike"):
        table.add_column(name, overflow="fold")
    for line in lines:
        asked, found = line.question.escalation, _as_dict(line)
        state = f"{found['state']}{', run waits' if found['waits'] else ''}"
        approved = f"{len(line.approved)} of {asked.quorum}"
        alike = f"+{len(line.like)}" if line.like else ""
        table.add_row(asked.id, state, safe(asked.asks), moment(asked.deadline), approved, alike)
    console().print(table)
    return EXIT_PASS


def show(
    escalation: str,
    /,
    *,
    full: Flag = False,
    store: Path | None = None,
    approvers: Path | None = None,
    json: Flag = False,
) -> int:
    """Show the card of one question: what is asked, by whom, why, until when, and what then.

    Parameters
    ----------
    escalation
        Id of the question.
    full
        Also print all arguments, escaped, however long; those marked secret stay masked.
    store
        File of the questions [default: `escalations.db` in the state folder].
    approvers
        Register of approvers [default: `approvers.json` in the configuration folder].
    json
        Print one JSON object.
    """
    with _desk(store, approvers) as desk:
        row = desk.show(escalation, now=time.time_ns())
    card = _shown(row.question, row.card)
    if json:
        [line] = arrange([row.question])
        print_json({**_as_dict(line), "view": view_digest(card), "card": render(card).decode()})
        return EXIT_PASS
    _print(card, row.question)
    if full:
        print(f"\n{arguments_in_full(card)}")
    return EXIT_PASS


def approve(
    escalation: str,
    /,
    *,
    who: Who,
    key: Path | None = None,
    reason: str = "",
    store: Path | None = None,
    approvers: Path | None = None,
    json: Flag = False,
) -> int:
    """Show the card of a question and approve it with your signature.

    Your passphrase is asked for at the terminal, and nowhere else.

    Parameters
    ----------
    escalation
        Id of the question.
    who
        Your pseudonym in the register.
    key
        Your key file [default: `private/<pseudonym>.approver` in the configuration folder].
    reason
        A remark; it is not signed.
    store
        File of the questions [default: `escalations.db` in the state folder].
    approvers
        Register of approvers [default: `approvers.json` in the configuration folder].
    json
        Print one JSON object.
    """
    return _rule(escalation, "approve", who, key, reason, store, approvers, json)


def deny(
    escalation: str,
    /,
    *,
    who: Who,
    key: Path | None = None,
    reason: str = "",
    store: Path | None = None,
    approvers: Path | None = None,
    json: Flag = False,
) -> int:
    """Show the card of a question and deny it with your signature; one no is enough.

    Your passphrase is asked for at the terminal, and nowhere else.

    Parameters
    ----------
    escalation
        Id of the question.
    who
        Your pseudonym in the register.
    key
        Your key file [default: `private/<pseudonym>.approver` in the configuration folder].
    reason
        A remark; it is not signed.
    store
        File of the questions [default: `escalations.db` in the state folder].
    approvers
        Register of approvers [default: `approvers.json` in the configuration folder].
    json
        Print one JSON object.
    """
    return _rule(escalation, "deny", who, key, reason, store, approvers, json)


def enrol(person: str, /, *, out: Path | None = None, json: Flag = False) -> int:
    """Make your approver's key under a passphrase and print what goes into the register.

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
    path = out or _key_file(person)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = ask_passphrase(f"new passphrase for {person}: ")
    if ask_passphrase("once more: ") != passphrase:
        raise CallerError("the two passphrases differ; begin again")
    made = write_key(path, person, passphrase, entropy=os.urandom)
    public = made.public_key().public_bytes_raw().hex()
    if json:
        print_json({"person": person, "keys": [public], "private": str(path)})
    else:
        print_json({"person": person, "keys": [public]})
        print(f"private key: {path} (give the line above to whoever keeps the register)")
    return EXIT_PASS


def _rule(
    id: str,
    choice: Choice,
    who: str,
    key: Path | None,
    reason: str,
    store: Path | None,
    approvers: Path | None,
    json: bool,
) -> int:
    with _desk(store, approvers) as desk:
        person = desk.register.find(who).person
        row = desk.show(id, now=time.time_ns())
        card = _shown(row.question, row.card)
        if not json:
            _print(card, row.question)
        signer = read_key(
            key or _key_file(person),
            person,
            lambda: ask_passphrase(f"passphrase of {person} to {choice} {card.id}: "),
        )
        ruling = sign(
            signer,
            desk.origin,
            row.question.escalation,
            person=person,
            choice=choice,
            view=view_digest(card),
            time=time.time_ns(),
            reason=reason,
        )
        question = desk.rule(ruling, now=time.time_ns())
    [line] = arrange([question])
    if json:
        print_json(_as_dict(line))
    else:
        print(f"{id}: {question.state}; {_so_far(question)}")
    return EXIT_PASS


def _shown(question: Question, card: Card | None) -> Card:
    """Return the card if it is what was asked about."""
    if card is None:
        raise NothingToShowError(
            f"the content of `{question.escalation.id}` was erased; the log has what became of it"
        )
    if escalation_of(card) != question.escalation or card.lifetime != question.lifetime:
        raise NotWhatWasAskedError(
            f"the card of `{card.id}` is not what was asked; the store was altered, do not rule"
        )
    return card


def _print(card: Card, question: Question) -> None:
    """Print the exact bytes that are signed, then what changes from time to time."""
    print(render(card).decode("ascii"))
    print(f"now       {question.state}; {_so_far(question)}")
    print(f"view      {view_digest(card)}")


def _so_far(question: Question) -> str:
    [line] = arrange([question])
    names = f" ({', '.join(line.approved)})" if line.approved else ""
    return f"{len(line.approved)} of {question.escalation.quorum} approve{names}"


def _as_dict(line: Line) -> dict[str, Any]:
    asked = line.question.escalation
    return {
        "id": asked.id,
        "state": str(line.question.state),
        "run": asked.run,
        "agent": asked.agent,
        "asks": asked.asks,
        "deadline": asked.deadline,
        "waits": asked.blocking and str(line.question.state) == "open",
        "quorum": asked.quorum,
        "approvers": list(asked.approvers),
        "approved": list(line.approved),
        "like": list(line.like),
    }


@contextmanager
def _desk(store: Path | None, approvers: Path | None) -> Iterator[Desk]:
    """Open the questions as somebody who rules, never as the gate that runs things."""
    register = load_register(approvers or config_folder(os.environ) / "approvers.json")
    opened = Store(store or state_folder(os.environ) / "escalations.db")
    try:
        now = time.time_ns()
        with opened.transaction(now) as tx:
            origin = tx.get("origin", "")
        if not origin:
            raise CallerError("no gate has used this store yet; start one, then look again")
        yield Desk(opened, register, origin=origin, entropy=os.urandom, now=now)
    finally:
        opened.close()


def _key_file(person: str) -> Path:
    name = f"{person.replace('/', '_')}.approver"
    return config_folder(os.environ) / "private" / name
