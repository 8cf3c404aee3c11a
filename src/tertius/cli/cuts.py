"""`tertius cuts`: what is cut at a gate; cut an agent, tool or edge by hand, or lift a cut."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from cyclopts import Parameter

from tertius.cli.escalations_desk import Where, opened
from tertius.cli.escalations_rule import Signer, rule_on
from tertius.cli.screen import Flag, print_json, safe
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.escalation import EscalationState
from tertius.core.outcome import EnforcementLevel
from tertius.escalation.approver_key import read_public
from tertius.escalation.card import moment
from tertius.escalation.desk import Desk
from tertius.escalation.store import Store
from tertius.escalation.transaction import StoreBusyError
from tertius.log.lock import LogInUseError
from tertius.log.read import LogReader
from tertius.policy.circuit import Circuit
from tertius.runtime.config import load_config
from tertius.runtime.configured import CONFIG, from_folder
from tertius.runtime.governed import WRITER
from tertius.runtime.wishes import Change, Wish, heard, leave, take_back

T = TypeVar("T")

PATIENCE: Final = 10.0  # seconds that a gate has to answer
BETWEEN: Final = 0.05  # seconds between two looks


class NotHeardError(CallerError):
    """The gate did not answer, or asks nobody."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Who wants what, and why.

    Parameters
    ----------
    who
        Your pseudonym in the register.
    key
        Your key file [default: `private/<pseudonym>.approver` in the configuration folder].
    why
        The reason, in words for the card and the log.
    what
        What the name is of.
    to
        The receiver, where an edge is meant: what the agent of that name does towards it.
    gate
        The gate's folder [default: this folder if it is a gate's, otherwise the state folder].
    """

    who: Annotated[str, Parameter(name=("--as",))]
    key: Path | None = None
    why: str
    what: Literal["agent", "tool", "channel"] = "agent"
    to: str = ""
    gate: Path | None = None

    def wish(self, name: str, change: Change) -> Wish:
        """Return what the gate is to ask about."""
        if self.to and self.what != "agent":
            raise CallerError(f"`--to` is a second agent; leave out `--what {self.what}`")
        return Wish(
            id=f"w-{os.urandom(8).hex()}",
            change=change,
            what="edge" if self.to else self.what,
            subject=name,
            peer=self.to,
            why=self.why,
        )


def list_(*, gate: Path | None = None, json: Flag = False) -> int:
    """List what is cut at a gate, since when, and why.

    Parameters
    ----------
    gate
        The gate's folder [default: this folder if it is a gate's, otherwise the state folder].
    json
        Print one JSON object for each cut.
    """
    log = Where(gate=gate).places.log / "writers" / WRITER
    cuts = Circuit(LogReader(log).events()).cuts()
    for (what, subject, peer), cut in cuts.items():
        if json:
            told = {"what": what, "subject": subject, "peer": peer, "state": cut.state}
            print_json({**told, "since": cut.since, "reason": cut.reason})
        else:
            named = f"{what} {safe(subject)}" + (f" to {safe(peer)}" if peer else "")
            since = f" since {moment(cut.since)}" if cut.since else ""
            print(f"{named}: {cut.state}{since}; {safe(cut.reason, 400)}")
    if not cuts and not json:
        print("nothing is cut")
    return EXIT_PASS


def make(name: str, /, *, wanted: Wanted, json: Flag = False) -> int:
    """Quarantine an agent, tool, channel or edge: nothing passes there until somebody lifts it.

    The gate asks about it, you see the card and approve it with your signature. Your passphrase is
    asked for at the terminal, and nowhere else. It works beside a gate that stands, and stands one
    itself for that long where none does.

    Parameters
    ----------
    name
        Of the agent, tool or channel.
    json
        Print one JSON object.
    """
    return _change(wanted.wish(name, "quarantine"), wanted, json=json)


def lift(name: str, /, *, wanted: Wanted, json: Flag = False) -> int:
    """Lift a cut, whether a person or the watch made it.

    The gate asks about it, you see the card and approve it with your signature. Your passphrase is
    asked for at the terminal, and nowhere else. What a rule of the watch cut is lifted on that
    rule's terms: by those it asks, and as many.

    Parameters
    ----------
    name
        Of the agent, tool or channel.
    json
        Print one JSON object.
    """
    return _change(wanted.wish(name, "resume"), wanted, json=json)


def _change(wish: Wish, wanted: Wanted, *, json: bool) -> int:
    """Have the gate ask, rule on its question, and wait until it did what was approved."""
    where, signer = Where(gate=wanted.gate), Signer(who=wanted.who, key=wanted.key)
    with opened(where) as desk:
        person = desk.register.find(signer.who).person
    read_public(signer.file(person), person)  # a key that cannot be used is told before all else
    with _standing(where), closing(Store(where.questions)) as store:
        leave(store, wish)
        answer = _soon(lambda: heard(store, wish))
        if answer is None:
            take_back(store)
            raise NotHeardError(f"no gate answers at `{where.places.folder}`; nothing was changed")
        if answer.refused:
            raise NotHeardError(f"nobody was asked: {answer.refused}")
        code = rule_on(answer.question, "approve", signer, where, json=json)
        state = _carried_out(answer.question, where)
    if not json:
        _tell(answer.question, wish, state)
    return code


def _carried_out(question: str, where: Where) -> EscalationState | None:
    """Wait until the gate did what was approved, and return where the question stands then."""

    def settled(desk: Desk) -> EscalationState | None:
        state = desk.show(question, now=time.time_ns()).question.state
        waits = state in (EscalationState.GRANTED, EscalationState.STARTED)
        return None if waits else state

    with opened(where) as desk:
        return _soon(lambda: settled(desk))


def _tell(question: str, wish: Wish, state: EscalationState | None) -> None:
    if state is EscalationState.SUCCEEDED:
        now = "passes again" if wish.change == "resume" else "is quarantined"
        print(f"{wish.named} {now}")
    elif state is EscalationState.OPEN:
        print(f"more people must approve: `tertius escalations approve {question} --as WHO`")
    else:
        print(f"not done yet; `tertius escalations show {question}` says where it stands")


@contextmanager
def _standing(where: Where) -> Iterator[None]:
    """Make sure that a gate stands: the one that does, or one for this moment."""
    folder = where.places.folder
    file = folder / CONFIG
    level = load_config(file).gate.level if file.is_file() else None
    try:
        governed = from_folder(folder, level=level or EnforcementLevel.IN_PROCESS)
    except (LogInUseError, StoreBusyError):
        yield
    else:
        with governed:
            yield


def _soon(look: Callable[[], T | None]) -> T | None:
    """Return what a look finds, None if it finds nothing for too long."""
    until = time.monotonic() + PATIENCE
    while (found := look()) is None and time.monotonic() < until:
        time.sleep(BETWEEN)
    return found
