"""Whether the last words have the form that the question asks for: a number, a date, a name."""

from __future__ import annotations

import re

from msgspec import Struct

from tertius.report.ending import Ending
from tertius.report.phrases import HANDS_ON
from tertius.report.words import counted, plain

_COUNTS = re.compile(r"\bhow many (?P<of>[a-z]+)", re.IGNORECASE)
_NUMBER_ASKED = re.compile(
    r"\bhow (?:many|much|old|far|long|tall|fast)\b|\bwhat (?:integer|number)\b"
    r"|\bwhat(?: is|\Ws| was) the (?:\w+ )?(?:number|sum|total|area|volume|percentage|ratio"
    r"|difference|average|mean|distance|height|population|cost|price|smallest n)\b"
    r"|\b(?:as an?|single) (?:integer|number)\b|\bround(?:ed)? to\b",
    re.IGNORECASE,
)
_DATE_ASKED = re.compile(
    r"\b(?:what|which|in what|in which) (?:year|date|month|day)\b|\bwhen (?:did|was|were)\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"(?:\A|[.?!,] )\W*who(?:se)?\b", re.IGNORECASE)
_NUMERAL = re.compile(r"(?<![\w.,/:-])[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w/:-])")
_WORDED = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE
)
_DATE = re.compile(
    r"\b[12]\d{3}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.IGNORECASE
)
_NAME = re.compile(r"\b[A-Z][\w.'\u2019-]+")
_ENUMERATED = re.compile(r"^[\s*#>-]*(?:step )?\d{1,2}[.):]\s", re.MULTILINE | re.IGNORECASE)
_PLAN = re.compile(
    r"\b(?:i\W?ll|i will|let\W?s|let me|let us|we(?:\W?ll| will)|i am going to|i\W?m going to"
    r"|next,? (?:i|we)|(?:findings|results?|updates?) shortly)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_TAIL = 260  # characters at the end in which announced work tells that nothing was answered
_NAMES_ONE = re.compile(  # one of several numbers, as what the others lead to
    r"\b(?:sav(?:e[sd]?|ings?)|totals?|sum|answers?|results?|altogether|overall|therefore|thus|hence"
    r"|in all|difference)\b[^\d\n.!?]{0,60}\d",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?:)?//\S+")


class Fit(Struct, frozen=True):
    """What can be said of the form, and whether tracing the values of the words tells anything."""

    says: str = ""
    traceable: bool = True


def fit(question: str, last: Ending) -> Fit:
    """Hold the last words, “they”, against what the question asks for; nothing where unsure.

    Examples
    --------
    >>> fit("How many stops are there?", Ending(event=3, quote="The line is very old.")).says
    'Asked for one number; they hold none.'
    >>> fit("How many stops are there?", Ending(event=3, quote="There are 12 stops."))
    Fit(says='', traceable=True)
    """
    text = _LINK.sub(" ", last.value or last.part or last.quote)
    if announces(last):
        given = _form(question, _without_plans(text), marked=False)
        return Fit("They announce further work.", traceable=given == Fit())
    if hands_on(last):
        return Fit("They ask somebody to do something.", traceable=False)
    return _form(question, text, marked=bool(last.value))


def _without_plans(text: str) -> str:
    return " ".join(each for each in _SENTENCE.split(text) if not _PLAN.search(each))


def _form(question: str, text: str, *, marked: bool) -> Fit:
    if _DATE_ASKED.search(question):
        return Fit() if _DATE.search(text) else Fit("Asked for a date; they hold none.")
    if _NUMBER_ASKED.search(question):
        return _number(question, text, marked)
    if _NAME_ASKED.search(question):
        known = set(_NAME.findall(question))
        names = [match for match in _NAME.findall(text) if match not in known]
        return Fit() if names else Fit("Asked for a name; they hold none.")
    return Fit()


def announces(last: Ending) -> bool:
    """Tell whether the last words end in what somebody is about to do, and mark no answer.

    Examples
    --------
    >>> announces(Ending(event=3, quote="I'll inspect the page and report the findings shortly."))
    True
    """
    return not last.value and _PLAN.search(_end(last)) is not None


def hands_on(last: Ending) -> bool:
    """Tell whether the last words end in what others are to do, and mark no answer.

    Examples
    --------
    >>> hands_on(Ending(event=3, quote="Open the page. Please report the number you see."))
    True
    >>> hands_on(Ending(event=3, quote="It is 12. Please verify it."))
    False
    """
    return not last.value and HANDS_ON.search(_end(last)) is not None


def _end(last: Ending) -> str:
    return plain(last.part or last.quote)[-_TAIL:]


def _number(question: str, text: str, marked: bool) -> Fit:
    found = list(dict.fromkeys(_NUMERAL.findall(_ENUMERATED.sub("\n", text))))
    new = [each for each in found if each not in _NUMERAL.findall(question)]
    if not found:
        if _WORDED.search(text):
            return Fit()
        return Fit("Asked for one number; they hold none.", traceable=False)
    of = _COUNTS.search(question)
    stem = of["of"].lower().rstrip("s") if of else ""
    absent = of is not None and not marked and stem not in text.lower()
    if absent and of:
        return Fit(f"Asked how many {of['of']}; they do not speak of “{of['of']}”.", False)
    if len(new) > 1 and not marked and not _NAMES_ONE.search(text):
        which = f" ({', '.join(new)})" if len(new) <= 4 else ""
        numbers = counted(len(new), "number")
        return Fit(f"Asked for one number; they hold {numbers}{which} and mark none.")
    return Fit()
