"""Plain words: what each kind of event is called, and text made safe to look at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from tertius.core.finding import Effect
from tertius.core.taxonomy import UnknownTaxonomyIdError, failure_mode, mast_mode, risk_factor

SAID: dict[str, str] = {
    "run.started": "the run started",
    "run.ended": "the record of the run ends",
    "run.summarised": "summed up a part of the run",
    "agent.joined": "joined",
    "agent.left": "left",
    "model.called": "used its model",
    "message.sent": "sent a message",
    "message.delivered": "received a message",
    "message.consumed": "took a message into its context",
    "tool.called": "called a tool",
    "tool.returned": "got a tool's result",
    "memory.written": "wrote to memory",
    "memory.read": "read from memory",
    "resource.claimed": "claimed a resource",
    "resource.released": "gave back a resource",
    "handed.off": "handed over control",
    "delegated": "delegated authority",
    "task.assigned": "assigned a task",
    "task.completed": "completed a task",
    "offered": "made an offer",
    "accepted": "accepted",
    "promised": "made a promise",
    "claimed": "stated something as fact",
    "rated": "rated a peer",
    "asserted": "gave an assessment",
    "verified": "checked something",
    "flagged": "raised a concern",
    "outcome.observed": "outcome seen",
    "acted": "made a move",
    "paid": "was rewarded",
    "decided": "the gate decided",
    "found": "a detector found something",
    "escalated": "a question went to a person",
    "ruled": "a question was settled",
    "declassified": "a value was declassified",
    "policy.changed": "policy changed",
    "gap": "something was not recorded",
    "erased": "content was erased",
    "log.opened": "the log was opened",
    "log.closed": "the log was closed",
    "log.recovered": "the log was recovered",
    "writer.enrolled": "a writer was enrolled",
    "writer.retired": "a writer was retired",
    "checkpoint.anchored": "a checkpoint was anchored",
}
"""What a reader is told that an agent did, by kind of event."""

_HEAD = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LAYOUT = str.maketrans("", "", "\n\t")


def shown(text: str) -> str:
    r"""Return text in which nothing hides: control and direction marks become visible escapes.

    Line breaks and tabs stay, all kinds of line end become one.

    Examples
    --------
    >>> shown("pay\u202e001\r\nnow")
    'pay\\u202e001\nnow'
    """
    text = text.replace("\r\n", "\n")
    if text.translate(_LAYOUT).isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode()
        if char not in "\n\t" and unicodedata.category(char) in _UNSEEN
        else char
        for char in text
    )


def line(text: str, most: int = 160) -> str:
    r"""Return text as one safe line of at most `most` characters.

    Examples
    --------
    >>> line("first  line\nsecond line", 14)
    'first line se…'
    """
    flat = " ".join(shown(text[: most * 4]).split())
    return flat if len(flat) <= most and len(text) <= most * 4 else flat[: most - 1] + "…"


def plain(text: str) -> str:
    r"""Return text without marks of layout: heads of headings, and asterisks around bold words.

    Examples
    --------
    >>> plain("### Result\n- **42** of `n`")
    'Result\n- 42 of `n`'
    """
    return _BOLD.sub(r"\1", _HEAD.sub("", text))


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "run"), counted(1200, "event")
    ('1 run', '1,200 events')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def told(names: Sequence[str], most: int = 4) -> str:
    """Return names as a list in words.

    Examples
    --------
    >>> told(["a", "b"]), told(["a", "b", "c"], most=2)
    ('a and b', 'a, b and 1 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def day(seconds: int) -> str:
    """Return a moment, in seconds since 1970, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def size(effect: Effect) -> str:
    """Say how large an effect is.

    Examples
    --------
    >>> size(Effect(value=4, unit="repeats", low=4, high=4, level=1))
    '4 repeats'
    >>> size(Effect(value=0.5, unit="share", low=0.25, high=0.75, level=0.95))
    '0.5 share (95% interval 0.25 to 0.75)'
    """
    told = f"{effect.value:g} {effect.unit}"
    if effect.low == effect.high:
        return told
    return f"{told} ({effect.level:.0%} interval {effect.low:g} to {effect.high:g})"


def taxon(id: str) -> str:
    """Return the name that the taxonomy gives a failure mode, MAST mode or risk factor.

    Examples
    --------
    >>> taxon("FM-1.3"), taxon("caif.collusion")
    ('Step repetition', 'Collusion')
    """
    for look_up in (mast_mode, failure_mode, risk_factor):
        try:
            return look_up(id).name
        except UnknownTaxonomyIdError:
            continue
    return id
