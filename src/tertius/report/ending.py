"""What was answered: the last words of a run that say something, and not a tool's output."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from tertius.core.events import MessageSent
from tertius.report.entry import Entry
from tertius.report.fences import FENCED, TEXT, is_block
from tertius.report.gist import IDLE, Said
from tertius.report.returns import bare
from tertius.report.words import line, plain

MOST_ENDING = 900  # characters of a quotation
MOST_QUOTE = 2 * MOST_ENDING  # with the code in it
MOST_PART = 1500  # characters of the part of a text that draws the conclusion
MOST_BEGIN = 440  # characters of the beginning, and of the end, of a text without a conclusion
MOST_PROGRAMS = 6400  # in one text
LAST = 3  # events at the end in which a marked answer is looked for

_ENDS = ("message.sent", "outcome.observed", "task.completed")
_OVER = re.compile(r"[\s*`\"'#]*\bTERMINATE\b[\s*`\"'.]*\Z")
_POLITE = re.compile(
    r"\W*(?:ok(?:ay)?|thanks?(?: you| everyone| all)*|great(?: job| work)?|agreed|i agree|done|sure"
    r"|understood|perfect|well done|sounds good|you\W?re welcome)\b[^\n\d]{0,60}",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"^.*\bfinal answer\b[^:\n]{0,20}:[* \t]*(?P<value>[^\s*].*)$", re.IGNORECASE | re.MULTILINE
)
_IS = re.compile(
    r"^.*\b(?:the|our) (?:final |correct )?answer\b[^.:\n]{0,40}?\b(?:is|:)[: \t*]+"
    r"(?P<value>[^\s*:].*)$"
    r"|\\boxed\{(?P<boxed>[^{}\n]+)\}",
    re.IGNORECASE | re.MULTILINE,
)
_CONCLUDES = re.compile(
    r"^[\s#*>-]*(?:in conclusion"
    r"|(?:the |our |final )*(?:conclusion|results?|answers?|output|summary)\b"
    r"|to (?:conclude|summari[sz]e)|therefore|thus|hence|so,|based on (?:the|this|these|our))",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST = 0xE000  # of the characters that stand for code; a text from a record holds none of them
_HIDDEN = re.compile("[\ue000-\uf8ff]")
_SAYS = re.compile(r"\w|[\ue000-\uf8ff]")
_STARTS = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'*-])")
_STOPPED = re.compile(r"\A[^\n]{1,80}(?=\n|\Z)")


class Ending(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last words that say something.

    Attributes
    ----------
    event, quote
        Where they stand, and the words.
    value
        What the text itself marks as its answer; empty if it marks nothing.
    part
        The part of the text that draws the conclusion.
    after
        The last that a tool gave back behind these words, if anything.
    closed
        The last message behind these words that only ends the conversation, if one does.
    """

    event: int
    quote: str
    value: str = ""
    part: str = ""
    after: Said | None = None
    closed: int | None = None


def ending(entries: Sequence[Entry], returned: Collection[int] = ()) -> Ending | None:
    """Return the last words that say something; `returned` are the numbers of tools' returns.

    Notes
    -----
    Passes over the word that ends a conversation, mere politeness, and what tools gave back, as
    long as anything else was said. Quotes a line with a marked answer if there is one, else a
    short text whole, and of a long one its conclusion, or its beginning and its last sentences.

    Examples
    --------
    >>> from tertius.core.events import MessageSent
    >>> texts = ("The answer is 7.", "TERMINATE")
    >>> sent = [MessageSent(id=str(n), time=0, run="r") for n in range(2)]
    >>> found = ending([Entry(event, "kept", text) for event, text in zip(sent, texts)])
    >>> found.event, found.quote, found.value
    (0, 'The answer is 7.', '7')
    """
    back = range(len(entries) - 1, -1, -1)
    marked = (n for n in back[:LAST] if _MARKED.search(_whole(entries[n])))
    number = next(marked, None)
    if number is None:
        number = _pick((n for n in back if n not in returned), entries)
    if number is None:
        number = _pick(back, entries)
    if number is None:
        return None
    whole, programs = _read(entries[number])
    quote, part = _quoted(entries[number], whole)
    after = next((n for n in back if n > number and n in returned), None)
    last = bare(entries[after].text or "") if after is not None else ""
    return Ending(
        event=number,
        quote=line(_filled(quote, programs), MOST_QUOTE),
        value=line(_filled(_value(part) or _value(whole), programs), MOST_ENDING),
        part=_HIDDEN.sub("[code]", part),
        after=Said(after, line(last, 240)) if after is not None else None,
        closed=next((n for n in back if n > number and _closes(entries[n])), None),
    )


def _read(entry: Entry) -> tuple[str, list[str]]:
    """Return a text as far as it is at hand, one character for each piece of code, and the code.

    Leaves out the word that ends a conversation, and fences around what is no code.
    """
    programs: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        text, language = match["text"].strip(), (match["language"] or "").lower()
        if not is_block(match) or language in TEXT or not (language or "\n" in text):
            return match["text"]
        programs.append(text)
        return chr(_FIRST + min(len(programs), MOST_PROGRAMS) - 1)

    whole = "\n".join(filter(None, (entry.text, entry.end)))
    return _OVER.sub("", FENCED.sub(hidden, whole)).strip(), programs


def _whole(entry: Entry) -> str:
    return _read(entry)[0]


def _filled(text: str, programs: Sequence[str]) -> str:
    """Put the code back in its places: it is quoted, but nothing in it marks an answer."""
    return _HIDDEN.sub(lambda each: programs[ord(each[0]) - _FIRST], text)


def _closes(entry: Entry) -> bool:
    """Whether a text holds nothing but the word that ends a conversation."""
    return bool(entry.text) and isinstance(entry.event, MessageSent) and not _whole(entry)


def _quoted(entry: Entry, whole: str) -> tuple[str, str]:
    """Return what to quote of a text, and the part of it that draws the conclusion."""
    answers = [match[0] for match in _MARKED.finditer(whole)]
    if answers:
        answer = line(plain(answers[-1]), MOST_ENDING)
        stopped = _STOPPED.match(whole)
        observed = str(entry.event.__struct_config__.tag) == "outcome.observed"
        if observed and stopped and stopped[0] != answers[-1]:
            answer = f"{line(stopped[0], 100)} … {answer}"
        return answer, answers[-1]
    flat = " ".join(plain(whole).split())
    concludes = [
        each.start() for each in _CONCLUDES.finditer(whole) if len(whole) - each.end() > 40
    ]
    part = whole[concludes[-1] :] if concludes else whole[-MOST_PART:]
    if len(flat) <= MOST_ENDING:
        return flat, whole
    if concludes:
        return f"… {line(plain(part), MOST_ENDING)}", part[:MOST_PART]
    return _both_ends(flat), part


def _both_ends(flat: str) -> str:
    """Return the beginning of a long text, and its last sentences: an answer can stand in both."""
    begin = flat[:MOST_BEGIN].rsplit(" ", 1)[0]
    end = flat[-MOST_BEGIN:]
    whole = _STARTS.search(end)
    return f"{begin} […] {end[whole.end() :] if whole else end.split(' ', 1)[-1]}"


def _value(text: str) -> str:
    """Return what a text marks as its answer, without marks of layout."""
    found = [*_MARKED.finditer(text)] or [*_IS.finditer(text)]
    if not found:
        return ""
    groups = found[-1].groupdict()
    value = groups["value"] or groups.get("boxed") or ""
    value = re.sub(r"[\s*_`\"'“”.]+\Z|\A[\s*_`\"'“”]+", "", value.strip())
    return value if _SAYS.search(value) else ""  # not only signs of layout


def _pick(order: Iterable[int], entries: Sequence[Entry]) -> int | None:
    """Return the first event that ends things and says something, or else of any kind."""
    other = None
    for number in order:
        text = _whole(entries[number])
        if not text or IDLE.match(text) or _POLITE.fullmatch(text):
            continue
        kind = str(entries[number].event.__struct_config__.tag)
        if kind in _ENDS:
            return number
        if other is None and not kind.startswith(("memory.", "run.")):
            other = number
    return other
