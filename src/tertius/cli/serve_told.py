"""What a gate's terminal tells while it stands, a line each with its time: cuts, lifts, rulings."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from tertius.cli.escalations_desk import so_far
from tertius.cli.screen import safe
from tertius.core.escalation import EscalationState
from tertius.escalation.card import moment
from tertius.escalation.clerk import LIVE
from tertius.escalation.question import Question
from tertius.escalation.store import Store
from tertius.policy.circuit import Cut, Place
from tertius.runtime.governed import Governed

EVERY: Final = 1.0
"""Seconds between two looks."""
Questions = Mapping[str, Question]
Cuts = Mapping[Place, Cut]


def tell(what: str) -> None:
    """Print a line on standard error, with the time."""
    print(f"{moment(time.time_ns())}  {what}", file=sys.stderr, flush=True)


@contextmanager
def timed() -> Iterator[None]:
    """Print with their time the warnings that this package logs."""
    handler = logging.StreamHandler(sys.stderr)
    made = logging.Formatter("%(asctime)s UTC  %(message)s", "%Y-%m-%d %H:%M:%S")
    made.converter = time.gmtime
    handler.setFormatter(made)
    logger = logging.getLogger("tertius")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class Told:
    """Tells what came since the last look: what was asked and ruled, cut and lifted.

    Parameters
    ----------
    standing
        The gate that stands.
    questions
        File of its questions.

    Notes
    -----
    It compares how things stand: what came and went between two looks is in the log alone. A look
    is one transaction of the questions, and one more for each that ended; it reads no log.
    """

    def __init__(self, standing: Governed, questions: Path) -> None:
        self._standing, self._questions = standing, questions
        self._thrown = standing.kill.thrown
        self._cuts = standing.gate.circuit.cuts()
        self._asked: Questions = {}
        if standing.desk is not None:
            self._asked, _ = self._rows()

    def look(self) -> None:
        """Tell what is new."""
        thrown, before = self._standing.kill.thrown, self._thrown
        if thrown != before:
            tell("the kill switch is thrown" if thrown else "the kill switch is armed again")
        self._thrown = thrown
        desk = self._standing.desk
        if desk is not None:
            desk.expire(now=self._standing.clock())  # and what people ruled goes into the log
            asked, ended = self._rows()
            for line in _answers(self._asked, {**asked, **ended}):
                tell(line)
            self._asked = asked
        cuts = self._standing.gate.circuit.cuts()
        for line in _changes(self._cuts, cuts):
            tell(line)
        self._cuts = cuts

    def _rows(self) -> tuple[Questions, Questions]:
        """Return the questions that are open or acted on, and those that were and ended."""
        with closing(Store(self._questions)) as store, store.transaction(0) as tx:
            rows = tx.rows(*LIVE)
            asked = {row.question.escalation.id: row.question for row in rows}
            ended = {id: tx.load(id).question for id in self._asked if id not in asked}
        return asked, ended


def _answers(before: Questions, after: Questions) -> Iterator[str]:
    for id, question in after.items():
        known = before.get(id)
        if known is None:
            yield f"question {id} is asked: {safe(question.escalation.asks, 300)}"
        elif known.state is not question.state or known.rulings != question.rulings:
            yield f"question {id}: {question.state}; {_who(question)}"


def _who(question: Question) -> str:
    """Say who answered."""
    if question.state is EscalationState.DENIED:
        return f"{', '.join(each.person for each in question.rulings)} said no"
    return so_far(question)


def _changes(before: Cuts, after: Cuts) -> Iterator[str]:
    for place, cut in after.items():
        known = before.get(place)
        if known is None or (known.state, known.reason) != (cut.state, cut.reason):
            yield f"{_named(place)} is {cut.state}: {safe(cut.reason, 300)}"
    for place in before:
        if place not in after:
            yield f"{_named(place)} passes again"


def _named(place: Place) -> str:
    what, subject, peer = place
    return f"{what} {safe(subject)}" + (f" to {safe(peer)}" if peer else "")
