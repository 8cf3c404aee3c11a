"""Messages that paste what a tool, a search or a page gave back, and are no words of the sender."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tertius.core.events import MessageSent
from tertius.report.entry import Entry

LEAST = 400  # characters; a shorter text is read as it is
MOST = 0.5  # share of a text that is markup or output

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_MARKUP = re.compile(
    r"!?\[[^\]\n]{0,200}\]\([^)\s]{1,500}(?: [^)\n]{0,100})?\)"  # a link, with its words
    r"|</?[a-zA-Z][^<>\n]{0,300}>"
    r"|https?://\S+"
    r"|^[ \t]*[\[{\"'][^\n]{0,400}[\]}\"',:][ \t]*$"  # a line of data
    r"|^[ \t]*\|[^\n]*\|[ \t]*$"
    r"|^(?:[\w./-]+:\d+:|  File \"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d)[^\n]*$",
    re.MULTILINE,
)


def pasted(entries: Sequence[Entry], returned: Mapping[int, bool]) -> list[int]:
    """Return the messages that paste a result rather than say something.

    Notes
    -----
    Those that open as a browser's or an executor's report do, without being told by the record as a
    tool's, and long ones of which at least half is markup, links or lines of data. Code between
    fences is the sender's own.
    """
    return [
        number
        for number, entry in enumerate(entries)
        if isinstance(entry.event, MessageSent)
        and (returned.get(number) is True or (number not in returned and _markup(entry)))
    ]


def _markup(entry: Entry) -> bool:
    text = _FENCED.sub("", entry.text or "")
    return len(text) >= LEAST and sum(
        len(match[0]) for match in _MARKUP.finditer(text)
    ) >= MOST * len(text)
