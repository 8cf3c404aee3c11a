"""What a run was about and how it ended, in the run's own words: quoted, never summed up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tertius.report.entry import Entry
from tertius.report.words import line

MOST_TASK, MOST_ENDING, SHORT = 600, 480, 80  # characters of a quotation
LAST = 3  # events at the end in which a final answer is looked for

_ASKS = ("message.sent", "task.assigned", "handed.off")
_ENDS = ("message.sent", "outcome.observed", "task.completed")
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
_IDLE = re.compile(r"\s*There is no code from the last \d+ messages? for me to execute\.")
_ANSWER = re.compile(
    r"^.*\bfinal answer\b[^:\n]{0,20}:[* \t]*[^\s*].*$", re.IGNORECASE | re.MULTILINE
)
_STOPPED = re.compile(r"\A[^\n]{1,80}(?=\n|\Z)")


class Said(Struct, frozen=True):
    """Words of one event, by its number."""

    event: int
    quote: str


def task(entries: Sequence[Entry]) -> Said | None:
    r"""Return what was asked for: the most specific part of the first message.

    Examples
    --------
    >>> from tertius.core.events import MessageSent
    >>> asked = "You are given a task.\n\n# General Task\nHow many?\n\n# Plan\nCount."
    >>> task([Entry(MessageSent(id="1", time=0, run="r"), "kept", asked)])
    Said(event=0, quote='How many?')
    """
    number = _pick(range(len(entries)), entries, _ASKS)
    if number is None:
        return None
    text = entries[number].text or ""
    found = _HEADED.search(text) or _LABELLED.search(text)
    part = found["part"] if found else text
    more = _DESCRIBED.search(text) if len(part.strip()) < SHORT else None
    return Said(number, line(f"{part}\n{more['part']}" if more else part, MOST_TASK))


def ending(entries: Sequence[Entry]) -> Said | None:
    """Return the last words that say something: not the word that ends a conversation.

    Notes
    -----
    Quotes a line with a final answer if there is one, else a short text whole and a long one from
    its end.

    Examples
    --------
    >>> from tertius.core.events import MessageSent
    >>> texts = ("It is 7.", "TERMINATE")
    >>> sent = [MessageSent(id=str(n), time=0, run="r") for n in range(2)]
    >>> ending([Entry(event, "kept", text) for event, text in zip(sent, texts)])
    Said(event=0, quote='It is 7.')
    """
    back = range(len(entries) - 1, -1, -1)
    answered = (n for n in back[:LAST] if _ANSWER.search(_whole(entries[n])))
    number = next(answered, None) or _pick(back, entries, _ENDS)
    if number is None:
        return None
    entry, whole = entries[number], _whole(entries[number])
    answers = _ANSWER.findall(whole)
    if answers:
        answer = line(answers[-1], MOST_ENDING)
        stopped = _STOPPED.match(whole)
        observed = str(entry.event.__struct_config__.tag) == "outcome.observed"
        if observed and stopped and stopped[0] != answers[-1]:
            return Said(number, f"{line(stopped[0], 100)} … {answer}")
        return Said(number, answer)
    flat = " ".join(whole.split())
    if len(flat) <= MOST_ENDING:
        return Said(number, flat)
    return Said(number, "… " + flat[-MOST_ENDING:].split(" ", 1)[-1])


def _whole(entry: Entry) -> str:
    return _OVER.sub("", "\n".join(filter(None, (entry.text, entry.end)))).strip()


def _pick(order: Iterable[int], entries: Sequence[Entry], kinds: Sequence[str]) -> int | None:
    """Return the first event of these kinds that says something, or else of any kind."""
    other = None
    for number in order:
        entry = entries[number]
        if not entry.text or not _OVER.sub("", entry.text).strip() or _IDLE.match(entry.text):
            continue
        kind = str(entry.event.__struct_config__.tag)
        if kind in kinds:
            return number
        if other is None and not kind.startswith(("memory.", "run.")):
            other = number
    return other
