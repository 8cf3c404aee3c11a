"""What a thrown kill switch does to the stored questions, without the gate that asked them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from tertius.core.escalation import EscalationState
from tertius.escalation.clerk import Clerk
from tertius.escalation.queue import Limits
from tertius.escalation.store import Store

S = EscalationState


class Halted(Struct, frozen=True):
    """Ids of the questions that were made void, and of the approved acts that run already."""

    void: tuple[str, ...] = ()
    running: tuple[str, ...] = ()


def void_unstarted(path: Path, *, now: int) -> Halted:
    """Make every open question and unused grant void; it reaches the log with the next gate.

    Parameters
    ----------
    path
        The file of the questions; where there is none, nothing was asked.
    now
        UTC nanoseconds.

    Raises
    ------
    StoreError, StoreDamagedError
        It cannot be written; what was granted may still be granted.

    Notes
    -----
    The switch itself must be thrown first: it holds whether or not this can be written.
    """
    if not path.exists():
        return Halted()
    store = Store(path)
    try:
        with store.transaction(now) as tx:
            waiting = [row.question.escalation.id for row in tx.rows(S.OPEN, S.GRANTED)]
            Clerk(store, tx.get("origin", ""), None, Limits()).expire(tx, halted=True)
            void = tuple(id for id in waiting if tx.load(id).question.state is S.VOID)
            running = tuple(row.question.escalation.id for row in tx.rows(S.STARTED))
    finally:
        store.close()
    return Halted(void, running)
