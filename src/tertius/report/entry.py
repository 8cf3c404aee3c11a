"""An event as the page reads it: with the beginning of its text, and the end of a long one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tertius.core.events import Event
from tertius.report.words import shown

MOST_TEXT = 4000
"""Characters of one text that a page may hold."""

MOST_END = 1000
"""Characters of the end of a longer text that are read, since errors and answers stand there."""


class Entry(Struct, frozen=True):
    """An event with its text, None unless `state` is ``kept``, and the length of the whole.

    `text` is the beginning, safe to show; `end` the end of what `text` leaves out.
    """

    event: Event
    state: Literal["kept", "none", "erased", "missing"]
    text: str | None = None
    length: int = 0
    end: str = ""


def kept(event: Event, data: bytes) -> Entry:
    """Return an event with its content.

    Examples
    --------
    >>> from tertius.core.events import RunEnded
    >>> kept(RunEnded(id="1", time=0, run="r"), b"done").text
    'done'
    """
    text = data.decode("utf-8", "replace")
    end = shown(text[max(MOST_TEXT, len(text) - MOST_END) :]) if len(text) > MOST_TEXT else ""
    return Entry(event, "kept", shown(text[:MOST_TEXT]), len(text), end)
