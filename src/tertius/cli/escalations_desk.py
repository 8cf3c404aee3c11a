"""Where the verbs of `tertius escalations` find the questions, and how they print one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from tertius.core.errors import CallerError
from tertius.core.escalation import EscalationState
from tertius.core.manifest import BY_HAND, WATCH
from tertius.escalation.approvers import Register
from tertius.escalation.asked import Asked, asked_in
from tertius.escalation.card import SECOND, Card, moment, render, view_digest
from tertius.escalation.desk import Desk
from tertius.escalation.question import Question
from tertius.escalation.queue import Line, arrange
from tertius.escalation.store import Store
from tertius.escalation.wording import span
from tertius.log.deployment import logs_of, origin_of
from tertius.log.keys import state_folder
from tertius.policy.kill import KillSwitch
from tertius.runtime.enrolled import register_of
from tertius.runtime.places import Places

GateFolder = Annotated[
    Path | None,
    Parameter(
        help="The gate's folder: it holds the questions, the log, and who may rule, signed "
        "[default: this folder if it is a gate's, otherwise the state folder]."
    ),
]
UNCHECKED: Final = "unchecked: no log was found to compare this with; name it with --log"


class NoGateError(CallerError):
    """A folder that is no gate's."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the questions lie.

    Parameters
    ----------
    store
        File of the questions [default: `escalations.db` in that folder].
    log
        The log that what is shown is compared with [default: `log` beside the file of the
        questions, if it is there].
    """

    gate: GateFolder = None
    store: Path | None = None
    log: Path | None = None

    @property
    def questions(self) -> Path:
        """The file of the questions."""
        if self.store is not None:
            return self.store
        return self.places.escalations

    def register(self, now: int) -> Register:
        """Read who may rule, as it was signed."""
        return register_of(self.places, time=now)

    def halted(self) -> bool:
        """Whether the gate's kill switch is thrown."""
        path = Places(self.questions.parent).kill
        if not path.is_file():
            return False
        with KillSwitch(path) as switch:
            return switch.thrown

    @property
    def places(self) -> Places:
        """What lies in the gate's folder.

        Raises
        ------
        NoGateError
            No gate can stand in the folder that is meant.
        """
        if self.gate is not None:
            return _gate_in(self.gate)
        here, state = Places(Path()), Places(state_folder(os.environ))
        if here.roots.is_dir() or state.roots.is_dir():
            return here if here.roots.is_dir() else state
        raise NoGateError(
            f"no gate's folder is named: neither this one nor `{state.folder}` has a `roots` in "
            "it; go to the gate's folder, or name it with `--gate`; `tertius init` makes one"
        )

    def asked(self, origin: str) -> Asked | None:
        """Return what looks up what was asked, None where there is no log.

        Raises
        ------
        CallerError
            The log that was named is not the one that the questions belong to.
        """
        folder = self.log or self.questions.parent / "log"
        if self.log is None and not folder.is_dir():
            return None
        for each in logs_of(folder):
            if origin_of(each) == origin:
                return asked_in(each)
        raise CallerError(f"no log `{origin}` in `{folder}`; the questions belong to that one")


def _gate_in(folder: Path) -> Places:
    """Return what lies in a folder that was named, if it is a gate's."""
    places = Places(folder)
    if places.roots.is_dir():
        return places
    if not folder.is_dir():
        raise NoGateError(f"no folder `{folder}`; name the gate's, the one that holds `roots`")
    above = (each for each in folder.resolve().parents if Places(each).roots.is_dir())
    meant = next((f"; did you mean `{each}`" for each in above), "; `tertius init` makes one")
    raise NoGateError(f"`{folder}` is no gate's folder; expected one that holds `roots`{meant}")


HERE: Final = Where()


@contextmanager
def opened(where: Where) -> Iterator[Desk]:
    """Open the questions as somebody who rules, never as the gate that runs things."""
    now = time.time_ns()
    register = where.register(now)
    store = Store(where.questions)
    try:
        with store.transaction(now) as tx:
            origin = tx.get("origin", "")
        if not origin:
            raise CallerError("no gate has used this store yet; start one, then look again")
        yield Desk(
            store,
            register,
            origin=origin,
            entropy=os.urandom,
            now=now,
            asked=where.asked(origin),
            halted=where.halted,
        )
    finally:
        store.close()


def print_card(card: Card, question: Question, *, checked: bool) -> None:
    """Print the exact bytes that are signed, then what changes from time to time."""
    print(render(card).decode("ascii"))
    print(f"now       {question.state}; {so_far(question)}{_left(question)}")
    print(f"view      {view_digest(card)}")
    print(f"log       {'holds the same' if checked else UNCHECKED}")


def so_far(question: Question) -> str:
    """Say who approved so far."""
    [line] = arrange([question])
    names = f" ({', '.join(line.approved)})" if line.approved else ""
    return f"{len(line.approved)} of {question.escalation.quorum} approve{names}"


def consequence(question: Question) -> str:
    """Say in one sentence what follows from an answer, empty where nothing new does."""
    asked = question.escalation
    own = asked.agent in (WATCH, BY_HAND)  # the gate itself carries these out
    if question.state is EscalationState.GRANTED:
        who = "the gate" if own else asked.agent
        until = moment(question.expires)
        return f"{who} may now do exactly this, one time, until {until}, if nothing forbids it then"
    if question.state is EscalationState.DENIED:
        then = "nothing changes" if own else f"{asked.agent} may not do this"
        return f"{then}, and no later yes to this question counts"
    if question.state is EscalationState.OPEN:
        [line] = arrange([question])
        others = [each for each in asked.approvers if each not in line.approved]
        more = asked.quorum - len(line.approved)
        whom = f"{more} more of {', '.join(others)}" if others[more:] else " and ".join(others)
        return f"nothing happens yet: {whom} must approve, until {moment(asked.deadline)}"
    return ""


def _left(question: Question) -> str:
    """Say how long is left to answer, or to act on the answer."""
    if question.state not in (EscalationState.OPEN, EscalationState.GRANTED):
        return ""
    end = question.expires or question.escalation.deadline
    return f"; {span(max(0, end - time.time_ns()) // SECOND * SECOND)} left"


def as_dict(line: Line) -> dict[str, Any]:
    """Return one line of the list for machines."""
    asked = line.question.escalation
    return {
        "id": asked.id,
        "state": str(line.question.state),
        "run": asked.run,
        "agent": asked.agent,
        "asks": asked.asks,
        "gist": line.gist,
        "number": line.number,
        "opened": asked.opened,
        "deadline": asked.deadline,
        "waits": asked.blocking and str(line.question.state) == "open",
        "quorum": asked.quorum,
        "approvers": list(asked.approvers),
        "approved": list(line.approved),
        "like": list(line.like),
    }
