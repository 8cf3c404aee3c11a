"""The clerk: steps the machine and writes down, in one transaction, all that follows from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from tertius.core.errors import CallerError
from tertius.core.escalation import EscalationState
from tertius.escalation import machine
from tertius.escalation.card import SECOND
from tertius.escalation.question import (
    Cancel,
    Counted,
    Effect,
    Input,
    Late,
    Look,
    Question,
    Refused,
)
from tertius.escalation.queue import Limits
from tertius.escalation.store import Store
from tertius.escalation.telling import notice, told
from tertius.escalation.transaction import Record, Row, Transaction

S = EscalationState
LIVE: Final = (S.OPEN, S.GRANTED, S.STARTED)
HALTED: Final = "the kill switch is on"
MOST_STEPS: Final = 256  # events of one question; what comes late beyond is not recorded

Emit = Callable[[Sequence[Record], bool], None]
"""Takes events into the log and returns once they are durable there.

The flag says that the log may hold them already, after a crash: the same ids are then skipped.
"""


class NotCountedError(CallerError):
    """What came in does not count."""


class Clerk:
    """Keeps questions, the events for the log and the notices in step.

    Parameters
    ----------
    store
        Where all three lie.
    origin
        Of the log.
    emit
        Takes events into the log, or None where another process does.
    limits
        How often people are told of what nobody waits for.

    Notes
    -----
    What the log is told lies in the same transaction as what happened, and stays there until the
    log has confirmed it: after a crash it is told again, under the same ids.
    """

    def __init__(self, store: Store, origin: str, emit: Emit | None, limits: Limits) -> None:
        self._store, self._origin, self._emit, self._limits = store, origin, emit, limits
        self._again = True  # what the last clerk put down, the log may have
        self._telling = threading.Lock()

    def feed(self, tx: Transaction, row: Row, given: Input) -> tuple[Question, tuple[Effect, ...]]:
        """Step the machine; write down the question, its events and its notice together."""
        question, effects = machine.step(row.question, given, tx.now)
        for effect in effects:
            if isinstance(effect, Late) and question.steps >= MOST_STEPS:
                continue
            event = told(self._origin, question, effect, tx.now)
            if event is not None:
                question = numbered(question, effect)
                tx.record(event)
        if question != row.question:
            tx.swap(row, question)
        if question.state is not row.question.state:
            self.notify(tx, question)
        return question, effects

    def note(self, id: str, given: Input, now: int) -> tuple[Question, tuple[Effect, ...]]:
        """Feed one question in a transaction of its own."""
        with self._store.transaction(now) as tx:
            return self.feed(tx, tx.load(id), given)

    def settle(self, id: str, given: Input, now: int) -> Question:
        """Feed one question, tell the log, and say so if it did not count."""
        question, effects = self.note(id, given, now)
        self.flush()
        for effect in effects:
            if isinstance(effect, Refused):
                raise NotCountedError(f"question `{id}`: {effect.why}")
        return question

    def each(
        self, now: int, given: Callable[[Row], Input | None], *states: EscalationState
    ) -> None:
        """Feed all questions in these states, in one transaction; None leaves one as it is."""
        with self._store.transaction(now) as tx:
            for row in tx.rows(*states):
                if (what := given(row)) is not None:
                    self.feed(tx, row, what)
        self.flush()

    def look(self, tx: Transaction, row: Row, *, halted: bool) -> Question:
        """End one question if it is due; a switch that is thrown ends all that has not started."""
        question, _ = self.feed(tx, row, Look())
        if halted and question.state in (S.OPEN, S.GRANTED):
            question, _ = self.feed(tx, tx.load(question.escalation.id), Cancel(HALTED))
        return question

    def expire(self, tx: Transaction, *, halted: bool) -> None:
        """End what is due."""
        for row in tx.rows(S.OPEN, S.GRANTED):
            self.look(tx, row, halted=halted)

    def notify(self, tx: Transaction, question: Question) -> None:
        """Put a notice down: at once if a run waits, otherwise not too close to the last one."""
        asked = question.escalation
        due = tx.now
        if not asked.blocking:
            due = max(due, tx.last_due(asked.agent) + self._limits.notices * SECOND)
        tx.notify(asked.agent, notice(question, tx.now), due)

    def flush(self) -> None:
        """Hand the log what it has not confirmed, in order; only the executor's clerk does."""
        if self._emit is None or not self._store.executor:
            return
        with self._telling:
            with self._store.transaction(0) as tx:
                records = tx.unlogged()
            if not records:
                return
            again, self._again = self._again, True  # until the log has confirmed them
            self._emit(records, again)
            with self._store.transaction(0) as tx:
                tx.logged(records[-1].number)
            self._again = False


def numbered(question: Question, effect: Effect) -> Question:
    """Count the event of an effect, and remember under which number an approval was told."""
    steps = question.steps + 1
    if not isinstance(effect, Counted):
        return replace(question, steps=steps)
    counted = {**question.counted, effect.ruling.person: steps}
    return replace(question, steps=steps, counted=counted)
