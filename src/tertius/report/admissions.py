"""What a run says of itself: doubts and admissions, found by a fixed list of phrases and quoted.

A quotation is no verdict: who says that a value is assumed may be right to assume it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from tertius.core.events import BaseEvent, MessageSent, ModelCalled, TaskCompleted, ToolCalled
from tertius.report.entry import Entry
from tertius.report.gist import IDLE, Said
from tertius.report.words import line, plain

MOST_ADMISSIONS = 40  # of one run
EACH = 2  # of one event
LONG, ENDS = 3000, 700  # of a text longer than LONG only so much of both ends is read

PHRASES = (
    r"unable to",
    r"(?:can|could) ?(?:no|n\W)t (?:directly |be )?(?:access|retrieve|verify|find|locate|open|view"
    r"|confirm|determine|extract|process|execute|verified|retrieved|found|accessed)",
    r"(?:do|does|did)(?: not|n\Wt) (?:have|provide) (?:direct |any |the )?"
    r"(?:access|data|information)",
    r"(?:best|rough) (?:estimate|guess)",
    r"(?:educated|my) guess",
    r"guesswork",
    r"(?:let(?:\Ws| us| me)|we(?: can| will|\Wll)?|i(?: will|\Wll)?) (?:re-?)?assume",
    r"assum(?:ing|ptions?)",
    r"hypothetical(?:ly)?",
    r"simulat(?:e|ed|ing|ion)",
    r"placeholders?",
    r"example\.com",
    r"for (?:demonstration|illustration|illustrative|the sake of)",
    r"(?:mock|dummy|sample|fictional|made-up|fabricated|synthetic)"
    r" (?:data|dataset|values?|results?|list|response)",
    r"manual(?:ly)? (?:gather|collect|check|verif|review|search|inspect|look|count|extract|find"
    r"|identif|research)\w*",
    r"from memory",
    r"if i recall",
    r"(?:based on|from) (?:my|our|general|common|typical|prior|existing)"
    r" (?:knowledge|understanding|training)",
    r"in the absence of",
    r"without (?:direct access|access|verif\w+)",
    r"not (?:been )?(?:verified|confirmed)",
    r"(?<!not )(?<!not yet )(?<!not currently )(?:stuck|going in circles)",
    r"(?:no|not making|without|lack of|little) (?:any |real |further |new |significant )?progress",
    r"(?:may|might) not be (?:accurate|correct|complete|up.to.date)",
)
"""What is looked for; each stands for the words of an admission, whatever is admitted."""

_PHRASES = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b", re.IGNORECASE)
_FIELD = re.compile(
    r"\A\s*[\"'][\w -]{1,40}[\"']\s*:\s*[\"']?(?P<value>.*?)[\"']?\s*,?\s*\Z", re.DOTALL
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_KINDS: tuple[type[BaseEvent], ...] = (MessageSent, ModelCalled, TaskCompleted, ToolCalled)


def admissions(
    entries: Sequence[Entry], returned: Collection[int], *, asking: int | None = None
) -> list[Said]:
    """Return sentences in which agents admit that something is assumed, unknown or made up.

    Parameters
    ----------
    entries
        The events of the run.
    returned
        Numbers of those that hold what a tool gave back; they admit nothing.
    asking
        Number of the event that sets the task, left out likewise.

    Notes
    -----
    A fixed list of English phrases, at most two sentences of one event; of a long text only both
    ends are read, since its middle is often a page that was looked at. A sentence said again is
    not told again. **It cannot see** whether the admission matters, nor one in other words.

    Examples
    --------
    >>> said = MessageSent(id="1", time=0, run="r", agent="a")
    >>> admissions([Entry(said, "kept", "No page opens. Let's assume it is 10. Fine?")], ())
    [Said(event=0, quote="Let's assume it is 10.")]
    """
    return list(_told(entries, returned, asking))[:MOST_ADMISSIONS]


def _told(
    entries: Sequence[Entry], returned: Collection[int], asking: int | None
) -> Iterator[Said]:
    known: set[str] = set()
    for number, entry in enumerate(entries):
        text = entry.text
        if not text or number in returned or number == asking or IDLE.match(text):
            continue
        if not isinstance(entry.event, _KINDS):
            continue
        if entry.length > LONG:
            text = f"{text[:ENDS]}\n{(entry.end or text)[-ENDS:]}"
        quotes = []
        for sentence in _SENTENCE.split(text) if _PHRASES.search(text) else ():
            field = _FIELD.match(sentence)
            quote = line(plain(field["value"] if field else sentence).strip(), 240)
            if _PHRASES.search(sentence) and quote.casefold() not in known:
                known.add(quote.casefold())
                quotes.append(quote)
        for quote in quotes[:EACH]:
            yield Said(number, quote)
