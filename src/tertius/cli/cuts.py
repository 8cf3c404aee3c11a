"""`tertius cuts`: what is cut at a gate; cut an agent, tool or edge by hand, or lift a cut."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from cyclopts import Parameter

from tertius.cli.escalations_desk import GateFolder, Where, opened
from tertius.cli.escalations_rule import Signer, in_words, rule_on
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
from tertius.log.read import LogReader, NoLogError
from tertius.policy.circuit import Circuit, Cut, Place, What
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
    """What is wanted, and why.

    Parameters
    ----------
    why
        The reason, in words for the card and the log.
    what
        What the name is of; an edge is named by its two agents, with `--to`.
    to
        The receiver, where an edge is meant: what the agent of that name does towards it.
    """

    why: Annotated[str, Parameter(validator=in_words)]
    what: What = "agent"
    to: str = ""

    def wish(self, name: str, change: Change) -> Wish:
        """Return what the gate is to ask about."""
        if self.to and self.what not in ("agent", "edge"):
            raise CallerError(
                f"`--to` is the receiver of an edge between agents; leave out `--what {self.what}` "
                f"to mean the edge, or `--to {self.to}` to mean the {self.what}"
            )
        if self.what == "edge" and not self.to:
            raise CallerError("an edge has a receiver; add `--to RECEIVER`")
        return Wish(
            id=f"w-{os.urandom(8).hex()}",
            change=change,
            what="edge" if self.to else self.what,
            subject=name,
            peer=self.to,
            why=self.why,
        )


def list_(*, gate: GateFolder = None, json: Flag = False) -> int:
    """List what is cut at a gate, since when, and why.

    Parameters
    ----------
    json
        Print one JSON object for each cut.
    """
    cuts = _cuts(Where(gate=gate))
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


def make(
    name: str,
    /,
    *,
    signer: Signer,
    wanted: Wanted,
    gate: GateFolder = None,
    json: Flag = False,
) -> int:
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
    return _change(wanted.wish(name, "quarantine"), signer, Where(gate=gate), json=json)


def lift(
    name: str,
    /,
    *,
    signer: Signer,
    wanted: Wanted,
    gate: GateFolder = None,
    json: Flag = False,
) -> int:
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
    return _change(wanted.wish(name, "resume"), signer, Where(gate=gate), json=json)


def _cuts(where: Where) -> dict[Place, Cut]:
    """Return what the gate's log says is cut."""
    folder = where.places.folder
    try:
        log = LogReader(where.places.log / "writers" / WRITER)
    except NoLogError as error:
        raise CallerError(
            f"no gate has stood in `{folder}` yet, so there is no log that tells what is cut; "
            "one stands with `tertius cuts make`, or when an agent starts"
        ) from error
    return Circuit(log.events()).cuts()


def _change(wish: Wish, signer: Signer, where: Where, *, json: bool) -> int:
    """Have the gate ask, rule on its question, and wait until it did what was approved."""
    person = where.register(time.time_ns()).find(signer.who).person
    read_public(signer.file(person), person)  # a key that cannot be used is told before all else
    with _standing(where), closing(Store(where.questions)) as store:
        leave(store, wish)
        answer = _soon(lambda: heard(store, wish))
        if answer is None:
            take_back(store)
            raise NotHeardError(
                f"no gate answers at `{where.places.folder}`, though one holds its log; nothing "
                "was changed; try again, or end that process first"
            )
        if answer.refused:
            raise NotHeardError(f"nobody was asked: {answer.refused}")
        code = rule_on(answer.question, "approve", signer, where, json=json)
        state = _carried_out(answer.question, where)
    if not json:
        _tell(answer.question, wish, state, where)
    return code


def _carried_out(question: str, where: Where) -> EscalationState | None:
    """Wait until the gate did what was approved, and return where the question stands then."""

    def settled(desk: Desk) -> EscalationState | None:
        state = desk.show(question, now=time.time_ns()).question.state
        waits = state in (EscalationState.GRANTED, EscalationState.STARTED)
        return None if waits else state

    with opened(where) as desk:
        return _soon(lambda: settled(desk))


def _tell(question: str, wish: Wish, state: EscalationState | None, where: Where) -> None:
    if state is EscalationState.SUCCEEDED:
        now = "passes again" if wish.change == "resume" else "is quarantined"
        print(f"{wish.named} {now}")
    elif state is EscalationState.OPEN:
        there = "" if where.gate is None else f" --gate {where.gate}"
        print(f"they approve with `tertius escalations approve {question} --as WHO{there}`")
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
