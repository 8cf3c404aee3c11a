"""What a run was about, in its own words: quoted, never summed up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from tertius.report.entry import Entry
from tertius.report.words import line

MOST_TASK, SHORT = 600, 80  # characters of a quotation

IDLE = re.compile(r"\s*There is no code from the last \d+ messages? for me to execute\.")
"""What an executor says when it has nothing to do."""

_ASKS = ("message.sent", "task.assigned", "handed.off")
_HEADED = re.compile(
    r"^#{1,6}[ \t]*(?:general task|the task|task|question|problem|user (?:request|query))"
    r"[ \t]*:?[ \t]*\n(?P<part>.+?)(?=^#|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_DESCRIBED = re.compile(
    r"^#{1,6}[ \t]*task description[ \t]*:?[ \t]*\n(?P<part>.+?)(?=^#|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_LABELLED = re.compile(
    r"^(?:\W{0,2})(?:general task|task|question|problem|user (?:request|query))\W{0,2}:[ \t]*"
    r"(?P<part>\S.+?)(?=\n[ \t]*\n|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_OVER = re.compile(r"[\s*`\"']*\bTERMINATE\b[\s*`\"'.]*\Z")


class Said(Struct, frozen=True):
    """Words of one event, by its number."""

    event: int
    quote: str


class Task(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for; `member` if whom the record names as asking takes part in the work.

    Then the words are a briefing that was put into a member's mouth, and whoever set the task may
    be in no event.
    """

    event: int
    quote: str
    member: bool = False


def task(entries: Sequence[Entry]) -> Task | None:
    r"""Return what was asked for: the most specific part of the first message.

    Examples
    --------
    >>> from tertius.core.events import MessageSent
    >>> asked = "You are given a task.\n\n# General Task\nHow many?\n\n# Plan\nCount."
    >>> task([Entry(MessageSent(id="1", time=0, run="r"), "kept", asked)])
    Task(event=0, quote='How many?', member=False)
    """
    number = _first(entries)
    if number is None:
        return None
    text = entries[number].text or ""
    found = _HEADED.search(text) or _LABELLED.search(text)
    part = found["part"] if found else text
    more = _DESCRIBED.search(text) if len(part.strip()) < SHORT else None
    asker = entries[number].event.agent
    member = found is not None and any(
        entry.event.agent == asker and entry.text for entry in entries[number + 1 :]
    )
    quote = line(f"{part}\n{more['part']}" if more else part, MOST_TASK)
    return Task(event=number, quote=quote, member=bool(asker) and member)


def _first(entries: Sequence[Entry]) -> int | None:
    """Return the first event that asks and says something, or else of any kind."""
    other = None
    for number, entry in enumerate(entries):
        if not entry.text or not _OVER.sub("", entry.text).strip() or IDLE.match(entry.text):
            continue
        kind = str(entry.event.__struct_config__.tag)
        if kind in _ASKS:
            return number
        if other is None and not kind.startswith(("memory.", "run.")):
            other = number
    return other
