"""An event as the page reads it: with the beginning of its text, and the end of a long one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tertius.core.kinds import Event
from tertius.report.words import shown

MOST_TEXT = 4000
"""Characters of the beginning of a text, in which most is looked for."""

MOST_END = 1000
"""Characters of the end of a longer text that are read, since errors and answers stand there."""

MOST_REST = 100_000
"""Characters between beginning and end that are read, to find where an answer came from."""


class Entry(Struct, frozen=True):
    """An event with its text, None unless `state` is ``kept``, and the length of the whole.

    `text` is the beginning, safe to show; `end` the end of what `text` leaves out; `rest` what
    stands between, not safe to show, but for the last `unread` characters of it.
    """

    event: Event
    state: Literal["kept", "none", "erased", "missing"]
    text: str | None = None
    length: int = 0
    end: str = ""
    rest: str = ""
    unread: int = 0

    @property
    def readable(self) -> str:
        """The text from its beginning as far as it was read, safe to show."""
        if not self.end:
            return self.text or ""
        return f"{self.text}{shown(self.rest)}{'' if self.unread else self.end}"

    @property
    def whole(self) -> str:
        """The text as far as it was read."""
        return f"{self.text or ''}{self.rest}\n{self.end}" if self.end else self.text or ""


def kept(event: Event, data: bytes, *, rest: int = MOST_REST) -> Entry:
    """Return an event with its content, `rest` characters at most between beginning and end.

    Examples
    --------
    >>> from tertius.core.events import RunEnded
    >>> kept(RunEnded(id="1", time=0, run="r"), b"done").text
    'done'
    """
    text = data.decode("utf-8", "replace")
    if len(text) <= MOST_TEXT:
        return Entry(event, "kept", shown(text), len(text))
    start = max(MOST_TEXT, len(text) - MOST_END)
    between = text[MOST_TEXT : min(start, MOST_TEXT + rest)]
    return Entry(
        event,
        "kept",
        shown(text[:MOST_TEXT]),
        len(text),
        end=shown(text[start:]),
        rest=between,
        unread=start - MOST_TEXT - len(between),
    )
