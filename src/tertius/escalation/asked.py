"""Whether a question is still the one that was asked: the store compared with the log.

Whoever can write the store can change a card and its terms alike, so that they agree with each
other. The log holds what was asked at first.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from tertius.core.errors import CallerError, IntegrityError
from tertius.core.kinds import decode
from tertius.core.oversight_events import Escalated
from tertius.escalation.card import Card, escalation_of, render
from tertius.escalation.transaction import Row
from tertius.log.read import LogReader


class NothingToShowError(CallerError):
    """The content of a question was erased."""


class NotWhatWasAskedError(IntegrityError):
    """What would be shown is not what was asked."""


class Logged(Struct, frozen=True):
    """What the log holds of a question.

    Parameters
    ----------
    request, deadline
        As asked.
    shown
        SHA-256 of the bytes that people were to see; empty once they were erased.
    times
        How often the log opens a question of this id; once, unless somebody forged one.
    """

    request: str
    deadline: int
    shown: str
    times: int = 1


Asked = Callable[[str], Logged | None]
"""Returns what the log holds of a question, None where it holds nothing."""


def logged(event: Escalated, content: bytes | None, before: Logged | None = None) -> Logged:
    """Return what an opening says; `before` is an earlier one of the same question."""
    shown = "" if content is None else sha256(content).hexdigest()
    times = 1 if before is None else before.times + 1
    return Logged(event.request, event.deadline, shown, times)


def asked_in(folder: Path) -> Asked:
    """Return what looks a question up in a log, which may be in the middle of being written.

    Notes
    -----
    Each look reads the whole log, about a second for a million entries, and raises what
    `LogReader` does. It believes the files: whether somebody rewrote the log too, `tertius verify`
    tells.
    """

    def look(id: str) -> Logged | None:
        reader = LogReader(folder)
        found: Logged | None = None
        needle = id.encode()
        for index, entry in enumerate(reader.entries()):
            if needle not in entry:
                continue
            event = decode(entry)
            if isinstance(event, Escalated) and event.escalation == id:
                found = logged(event, reader.content(index), found)
        return found

    return look


def require_consistent(row: Row) -> Card:
    """Return the card of a question if card and terms agree.

    Raises
    ------
    NothingToShowError
        It was erased.
    NotWhatWasAskedError
        They do not.
    """
    card, question = row.card, row.question
    id = question.escalation.id
    if card is None:
        raise NothingToShowError(f"the content of `{id}` was erased; the log has what became of it")
    if escalation_of(card) != question.escalation or card.lifetime != question.lifetime:
        raise NotWhatWasAskedError(
            f"the card of `{id}` is not what was asked; the store was altered, do not rule"
        )
    return card


def require_asked(row: Row, asked: Asked) -> None:
    """Refuse a question that is not, byte for byte, what the log says was asked.

    Raises
    ------
    NothingToShowError, NotWhatWasAskedError
        As `require_consistent`; or the log has no such question, or another one.
    """
    card = require_consistent(row)
    found = asked(card.id)
    if found is None:
        raise NotWhatWasAskedError(
            f"the log has no question `{card.id}`; it was not asked by the gate, do not rule"
        )
    if not found.shown:
        raise NothingToShowError(
            f"the log's content of `{card.id}` was erased; nobody can tell whether this was asked"
        )
    terms = row.question.escalation
    now = Logged(terms.request, terms.deadline, sha256(render(card)).hexdigest())
    if found != now:
        raise NotWhatWasAskedError(
            f"the log says that `{card.id}` asked something else; the store was altered, "
            "do not rule"
        )
