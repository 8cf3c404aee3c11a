"""Where the answer came from: who first said what stands in it, and whether a tool returned it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from tertius.core.events import BaseEvent, MessageSent, ModelCalled, TaskCompleted
from tertius.report.entry import Entry
from tertius.report.words import line, plain

MOST_VALUES = 12  # names and numbers of an answer that are traced
MOST_VALUE = 60  # characters of one of them
SHOWN = 4  # of them that the page tells in full
AGAIN = 6  # events that repeat one

_NUMBER = re.compile(r"(?<![\w.,/])[$€£]?\d[\d.,:/]*(?:\d|%)|(?<![\w.,/])\d%?(?![\w.,/])")
_BOLD = re.compile(r"\*\*([^*\n]{2,60}?)\*\*(?!\s*:)")
_QUOTED = re.compile(r"[\"“]([^\"“”\n]{2,60}?)[\"”]|(?<!\w)'([^'\n]{3,60}?)'(?!\w)")
_NAME = re.compile(
    r"\b[A-Z][\w\u2019'&-]+"
    r"(?:[ ](?:(?:of|the|and|de|van|von|la)[ ])?[A-Z][\w\u2019'&-]+){0,4}(?![\s*_]*:|\s*\w)"
)
_LAYOUT = re.compile(r"^[ \t]*#{1,6}[ \t]+[^\d\n]*$|</?[a-zA-Z][^<>\n]{0,300}>", re.MULTILINE)
_ENUMERATED = re.compile(r"^[\s*#>-]*\d{1,2}[.)]\s", re.MULTILINE)
_BETWEEN = re.compile(r"[,;\n]\s+|\s(?:and|or|&)\s")
_EDGES = " \t*_`\"'“”.,;:!?()[]"
_OPENS = re.compile(r"(?:^|[.!?:\n#*-])[\s*#>\"“-]*\Z")
_TOLD: tuple[type[BaseEvent], ...] = (MessageSent, ModelCalled, TaskCompleted)


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name or number of the answer: where it was first said, and by whom again.

    Attributes
    ----------
    event, quote
        The first event that holds it, and the words around it there.
    tool
        The first thing a tool gave back that holds it; None if none does.
    joined
        Whether it is a list of which earlier results hold each part, though none the whole.
    again, times
        The first later events in which it was said, and how many there are.
    """

    value: str
    event: int
    quote: str
    tool: int | None = None
    joined: bool = False
    again: list[int] = []
    times: int = 0


class Origins(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of tracing an answer.

    Attributes
    ----------
    values
        The most telling names and numbers of it: what the text marks as its answer, then what no
        tool returned.
    traced, grounded
        How many were traced, and how many of them a tool gave back.
    tools
        How many returns of tools the record holds.
    unread
        Events whose text was too long to be read whole.
    """

    values: list[Origin] = []
    traced: int = 0
    grounded: int = 0
    tools: int = 0
    unread: int = 0


def origins(
    entries: Sequence[Entry],
    returned: Mapping[int, bool],
    part: str,
    *,
    stated: str = "",
    asked: str = "",
) -> Origins:
    """Trace names and numbers of an answer back to where they were first said.

    Parameters
    ----------
    entries
        The events of the run.
    returned
        Which of them hold what a tool gave back, as `tertius.report.returns.returns` tells.
    part
        The part of the last words that draws the conclusion.
    stated
        What that text itself marks as its answer.
    asked
        The question; what stands in it is not traced.

    Notes
    -----
    Compares texts, letter by letter but for case, white space, the commas of numbers and a
    currency's sign before them.
    **It cannot see** that a value was calculated from others, or said in other words; and a short
    number may come up by chance, which is why the words around it are quoted.
    """
    names = {entry.event.agent.casefold() for entry in entries if entry.event.agent}
    wanted = [value for value in values_in(part, stated) if value.casefold() not in names]
    wanted = [value for value in wanted if value == stated or not _holds(value)(asked)]
    finders = [(value, _holds(value)) for value in _least(wanted)[:MOST_VALUES]]
    found = _search(entries, returned, finders)
    told = [found[value] for value, _ in finders if value in found]
    order = sorted(told, key=lambda each: (each.value != stated, each.tool is not None))
    return Origins(
        values=order[:SHOWN],
        traced=len(told),
        grounded=sum(each.tool is not None for each in told),
        tools=sum(returned.values()),
        unread=sum(entry.unread > 0 for entry in entries),
    )


def _search(
    entries: Sequence[Entry],
    returned: Mapping[int, bool],
    finders: Sequence[tuple[str, Callable[[str], re.Match[str] | None]]],
) -> dict[str, Origin]:
    first: dict[str, tuple[int, str]] = {}
    tool: dict[str, int] = {}
    again: dict[str, list[int]] = {value: [] for value, _ in finders}
    for number, entry in enumerate(entries):
        if not entry.text or not finders or returned.get(number) is False:
            continue
        text = entry.whole
        for value, holds in finders:
            match = holds(text)
            if match is None:
                continue
            if value not in first:
                first[value] = number, _around(text, match)
            elif number not in returned and isinstance(entry.event, _TOLD):
                again[value].append(number)
            if number in returned:
                tool.setdefault(value, number)
    return {
        value: Origin(
            value=value,
            event=number,
            quote=quote,
            tool=tool.get(value),
            joined=_joined(value, entries[:number], returned),
            again=again[value][:AGAIN],
            times=len(again[value]),
        )
        for value, (number, quote) in first.items()
    }


def _joined(value: str, before: Sequence[Entry], returned: Mapping[int, bool]) -> bool:
    """Whether a value is a list of which earlier results, one or several, hold each part."""
    parts = [each for part in _BETWEEN.split(value) if (each := part.strip(_EDGES))]
    if len(parts) < 2:
        return False
    results = [entry.whole for number, entry in enumerate(before) if returned.get(number)]
    return all(any(map(_holds(part), results)) for part in parts)


def _around(text: str, match: re.Match[str]) -> str:
    """Return the words around a match, cut at the ends of words."""
    start, end = max(0, match.start() - 70), min(len(text), match.end() + 50)
    before, after = text[start : match.start()], text[match.end() : end]
    if start:
        before = "…" + before.split(" ", 1)[-1]
    if end < len(text):
        after = after.rsplit(" ", 1)[0] + "…"
    return line(plain(before + match[0] + after), 200)


def _holds(value: str) -> Callable[[str], re.Match[str] | None]:
    """Return what finds a value in a text, as a word of its own."""
    value = value.lstrip("$€£") or value
    needle = max(re.findall(r"[^\W_]+", value.casefold()), key=len, default=value.casefold())
    words = r"\s+".join(
        re.escape(word).replace(",", ",?") if word[:1].isdigit() else re.escape(word)
        for word in value.split()
    )
    pattern = re.compile(rf"(?<![\w])(?<!\d[.,]){words}(?!\w)(?![.,]\d)", re.IGNORECASE)
    if value.isdigit():  # not a part of a date, a time or an address
        words = f"{int(value):,}".replace(",", ",?") if value[0] != "0" else value
        pattern = re.compile(rf"(?<![\w/=:%-])(?<!\d[.,]){words}(?![\w/:-])(?![.,]\d)")
    plain = value.isascii() and not value.isdigit()

    def find(text: str) -> re.Match[str] | None:
        if plain and needle not in text.casefold():
            return None
        return pattern.search(text)

    return find


def values_in(part: str, stated: str = "") -> Iterator[str]:
    """Give names and numbers of a text that could be traced, the most telling first.

    Headings, markup, and what ends with a colon are no answers.
    """
    if stated and len(stated) <= MOST_VALUE:
        yield stated
    text = _LAYOUT.sub("\n", _ENUMERATED.sub("\n", stated if len(stated) > MOST_VALUE else part))
    for pattern in (_BOLD, _QUOTED, _NUMBER):
        for match in pattern.finditer(text):
            whole = next(filter(None, (*match.groups(), match[0])))
            value = _bare(whole)
            if len(value) > 1 and not value.isupper() and not whole.rstrip().endswith(":"):
                yield value
    for match in _NAME.finditer(text):
        name = match[0].strip(_EDGES)
        opens = _OPENS.search(text, 0, match.start()) or not match.start()
        if len(name) > 3 and not name.isupper() and not (opens and " " not in name):
            yield name


def _bare(words: str) -> str:
    """Return words without signs around them, but with the bracket that closes one within."""
    value = words.strip(_EDGES)
    return f"{value})" if "(" in value and ")" not in value and f"{value})" in words else value


def _least(values: Sequence[str]) -> list[str]:
    """Leave out what was given before, or is a part of what was."""
    kept: list[str] = []
    for value in values:
        if not any(value.casefold() in other.casefold() for other in kept):
            kept.append(value)
    return kept
