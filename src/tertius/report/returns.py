"""What a tool gave back: which events are a return, and what it put out without its frame."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tertius.core.events import MessageSent, ToolReturned
from tertius.report.entry import Entry

EXIT = re.compile(
    r"\s*(?:the script ran(?:, then exited with| but produced no output to console\. the)?"
    r"|process|command|script)?\s*(?:exited with\s+)?(?:unix\s+)?exit\s?code(?:\s+was)?:?\s*"
    r"(?P<code>-?[0-9]{1,9})\b[ .]*(?:\([^)\n]{0,40}\))?",
    re.IGNORECASE,
)
"""How executors of code open their report; `code` is 0 if it ran to its end."""

PAGE = re.compile(
    r"\s*(?:Address: \S[^\n]*\nTitle: |I (?:typed|clicked|scrolled|went|navigated|visited|hovered"
    r"|selected|pressed)\b[^\n]*\s+Here is a screenshot of )"
)
"""How browsers of agents open what they show; the text that follows is a page's, not theirs."""

_FRAME = re.compile(r"\s*(?:code output|its output was|output|result|stdout):\s*", re.IGNORECASE)


def bare(text: str) -> str:
    r"""Return what a tool put out, without the frame of its executor.

    Examples
    --------
    >>> bare("exitcode: 0 (execution succeeded)\nCode output: 42")
    '42'
    """
    ended = EXIT.match(text)
    rest = text[ended.end() :] if ended else text
    frame = _FRAME.match(rest)
    return (rest[frame.end() :] if frame else rest).strip()


def returns(entries: Sequence[Entry]) -> dict[int, bool]:
    """Return the events that hold what a tool gave back: by number, whether first-hand.

    Notes
    -----
    First-hand is the return itself. A message is second-hand if it only passes on the text of a
    return that it rests on; one that opens as an executor's report or a browser's does, without a
    return on record, counts as first-hand.

    Examples
    --------
    >>> back = ToolReturned(id="1", time=0, run="r", agent="a", tool="shell")
    >>> said = MessageSent(id="2", time=0, run="r", agent="a")
    >>> returns([Entry(back, "kept", "42"), Entry(said, "kept", "exit code 0")])
    {0: True, 1: True}
    """
    texts: dict[str, str] = {}
    found: dict[int, bool] = {}
    for number, entry in enumerate(entries):
        if isinstance(entry.event, ToolReturned):
            found[number] = True
            texts[entry.event.id] = entry.text or ""
        elif isinstance(entry.event, MessageSent) and entry.text:
            if any(texts.get(cause.id) == entry.text for cause in entry.event.causes):
                found[number] = False
            elif EXIT.match(entry.text) or PAGE.match(entry.text):
                found[number] = True
    return found
