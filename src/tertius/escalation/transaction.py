"""What can be done with the stored questions within one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import IntEnum

from msgspec import DecodeError, Struct, ValidationError, json

from tertius.core.errors import CallerError, IntegrityError, TertiusError
from tertius.core.escalation import EscalationState
from tertius.core.kinds import Event, decode, encode
from tertius.escalation.card import Card
from tertius.escalation.question import Question


class StoreError(TertiusError):
    """The store cannot be opened, read or written; nothing is permitted meanwhile."""


class StoreBusyError(StoreError):
    """Another process holds the store."""


class StoreDamagedError(IntegrityError):
    """The file is no store of questions, or a row contradicts itself."""


class ChangedMeanwhileError(StoreError):
    """A question was changed between looking and writing."""


class NoSuchQuestionError(CallerError):
    """No question of that id."""


class Row(Struct, frozen=True):
    """A question as stored; `card` is None once its content was erased."""

    question: Question
    card: Card | None
    version: int


class Record(Struct, frozen=True):
    """An event that the log is to take, with the content it commits to."""

    number: int
    event: Event
    content: bytes | None


class NoticeEnd(IntEnum):
    """What became of a notice, as the store writes it; 0 while it waits."""

    ARRIVED = 1
    GIVEN_UP = 2


class Notice(Struct, frozen=True):
    """A notice that is to be sent, with the number of attempts so far."""

    number: int
    body: bytes
    attempts: int


class Transaction:
    """What can be done within one transaction; `now` is its time in UTC nanoseconds."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self._db = db
        seen = int(self.get("clock", "0"))
        self.now = max(now, seen)
        if self.now > seen:
            self.put("clock", str(self.now))

    def get(self, name: str, default: str) -> str:
        """Return a remembered value."""
        found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if found is None else str(found[0])

    def put(self, name: str, value: str) -> None:
        """Remember a value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # -- questions ---------------------------------------------------------------------------------

    def add(self, question: Question, card: Card) -> None:
        """Add a new question.

        Raises
        ------
        ChangedMeanwhileError
            There is one of that id.
        """
        asked = question.escalation
        values = (asked.id, question.state, asked.agent, asked.opened)
        blobs = (json.encode(question), json.encode(card))
        try:
            self._db.execute("INSERT INTO question VALUES (?, ?, ?, ?, 0, ?, ?)", (*values, *blobs))
        except sqlite3.IntegrityError as error:
            raise ChangedMeanwhileError(f"question `{asked.id}` exists; ids are new") from error

    def load(self, id: str) -> Row:
        """Return a question.

        Raises
        ------
        NoSuchQuestionError
            There is none of that id.
        """
        found = self._db.execute(f"{_SELECT} WHERE id = ?", (id,)).fetchone()
        if found is None:
            shown = ascii(id[:60])[1:-1]
            raise NoSuchQuestionError(
                f"no question `{shown}`; `tertius escalations list --all` shows them"
            )
        return _row(found)

    def rows(self, *states: EscalationState) -> list[Row]:
        """Return the questions in these states, of any state if none is named; oldest first."""
        marks = ", ".join("?" * len(states))
        where = f" WHERE state IN ({marks})" if states else ""
        found = self._db.execute(f"{_SELECT}{where} ORDER BY opened, id", states)
        return [_row(each) for each in found]

    def count(self, agent: str, *states: EscalationState, since: int = 0) -> int:
        """Count an agent's questions in these states, opened at `since` or later."""
        marks = ", ".join("?" * len(states))
        where = f" AND state IN ({marks})" if states else ""
        query = f"SELECT count(*) FROM question WHERE agent = ? AND opened >= ?{where}"
        return int(self._db.execute(query, (agent, since, *states)).fetchone()[0])

    def swap(self, row: Row, question: Question) -> None:
        """Write a question down if it still is what it was when it was loaded.

        Raises
        ------
        ChangedMeanwhileError
            It is not.
        """
        done = self._db.execute(
            "UPDATE question SET state = ?, question = ?, version = version + 1"
            " WHERE id = ? AND version = ? AND state = ?",
            (
                question.state,
                json.encode(question),
                question.escalation.id,
                row.version,
                row.question.state,
            ),
        )
        if done.rowcount != 1:
            raise ChangedMeanwhileError(f"question `{question.escalation.id}` has changed; look")

    def erase(self, id: str) -> None:
        """Destroy the content of a question: request, arguments and salt."""
        self._db.execute("UPDATE question SET card = NULL WHERE id = ?", (id,))

    # -- what is to be told ------------------------------------------------------------------------

    def record(self, event: Event, content: bytes | None = None) -> None:
        """Put an event down for the log, in the same transaction as what it tells."""
        self._db.execute(
            "INSERT INTO record (event, content) VALUES (?, ?)", (encode(event), content)
        )

    def unlogged(self) -> list[Record]:
        """Return the events that the log has not confirmed, in order."""
        found = self._db.execute(
            "SELECT number, event, content FROM record WHERE logged = 0 ORDER BY number"
        )
        return [Record(number, decode(event), content) for number, event, content in found]

    def logged(self, number: int) -> None:
        """Note that the log has everything up to a number; content is kept there from now on."""
        self._db.execute(
            "UPDATE record SET logged = 1, content = NULL WHERE number <= ?", (number,)
        )

    def notify(self, agent: str, body: bytes, due: int) -> None:
        """Put a notice down, to be sent at `due` or later."""
        self._db.execute(
            "INSERT INTO notice (agent, body, due) VALUES (?, ?, ?)", (agent, body, due)
        )

    def last_due(self, agent: str) -> int:
        """Return when the latest notice about an agent is or was due; 0 if there is none."""
        query = "SELECT coalesce(max(due), 0) FROM notice WHERE agent = ?"
        return int(self._db.execute(query, (agent,)).fetchone()[0])

    def take_notice(self, pause: Callable[[int], int]) -> Notice | None:
        """Return the notice that is longest due, and put it off as if the attempt had failed.

        So a crash in the middle of an attempt counts as one, and two who deliver at the same time
        do not both take it. `pause` gives nanoseconds by the number of attempts before.
        """
        found = self._db.execute(
            "SELECT number, body, attempts FROM notice WHERE done = 0 AND due <= ?"
            " ORDER BY due, number LIMIT 1",
            (self.now,),
        ).fetchone()
        if found is None:
            return None
        notice = Notice(*found)
        self._db.execute(
            "UPDATE notice SET attempts = attempts + 1, due = ? WHERE number = ?",
            (self.now + pause(notice.attempts), notice.number),
        )
        return notice

    def noticed(self, number: int, end: NoticeEnd) -> None:
        """Note that a notice arrived, or that nobody tries any more."""
        self._db.execute("UPDATE notice SET done = ? WHERE number = ?", (end, number))

    def next_due(self) -> int | None:
        """Return when the next notice is due, None if none waits."""
        found = self._db.execute("SELECT min(due) FROM notice WHERE done = 0").fetchone()[0]
        return None if found is None else int(found)

    def given_up(self) -> int:
        """Count the notices that nobody tries any more."""
        query = "SELECT count(*) FROM notice WHERE done = ?"
        return int(self._db.execute(query, (NoticeEnd.GIVEN_UP,)).fetchone()[0])

    def try_again(self) -> None:
        """Let what was given up be tried again, as if it were new."""
        self._db.execute(
            "UPDATE notice SET done = 0, attempts = 0, due = ? WHERE done = ?",
            (self.now, NoticeEnd.GIVEN_UP),
        )


_SELECT = "SELECT id, state, version, question, card FROM question"


def _row(found: tuple[str, str, int, bytes, bytes | None]) -> Row:
    id, state, version, question, card = found
    try:
        noun = json.decode(question, type=Question)
        shown = None if card is None else json.decode(card, type=Card)
    except (DecodeError, ValidationError, TertiusError) as error:
        raise StoreDamagedError(f"question `{ascii(id)[1:-1]}` is damaged: {error}") from error
    if noun.escalation.id != id or noun.state != state:
        raise StoreDamagedError(f"question `{ascii(id)[1:-1]}` contradicts its own row")
    return Row(noun, shown, version)
