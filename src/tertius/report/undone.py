"""What was announced or handed to others and not done, and what was stated without a source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from tertius.report.phrases import (
    ANNOUNCES,
    HANDS_ON,
    PROMISES,
    STATES,
    THANKS,
    sentence_with,
    statements,
)
from tertius.report.point import Point
from tertius.report.turn import Turn
from tertius.report.worded import worded
from tertius.report.words import plain

_IF = re.compile(r"\W*(?:once|if|when|after|should|unless)\b", re.IGNORECASE)
WAIT = 3  # turns in which an announced look would begin
TAIL = 260  # characters at the end of an agent's last words in which work is promised
_NEW = (
    "the first statement of something new; no source and no result of any tool is on record before "
    "it"
)


def announced(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Give work that is announced and that nobody begins, and who gives thanks for it.

    Parameters
    ----------
    told
        The turns of the run.
    task
        Number of the event that sets the task, left out; -1 for none.

    Notes
    -----
    Announced is the first look or search of each agent, and what an agent's last words end in.
    Begun is it if one of the next `WAIT` turns holds code, a call or a result, of whomever. **It
    cannot see** work that leaves no event, nor whether a call is the one announced.
    """
    known: set[str] = set()
    latest = {turn.agent: n for n, turn in enumerate(told)}
    for n, turn in enumerate(told):
        last = latest[turn.agent] == n
        if turn.back or turn.code or turn.number == task or (turn.agent in known and not last):
            continue
        following = told[n + 1 : n + 1 + WAIT]
        match = _announcement(turn, last=last)
        if match is None or any(each.back or each.code for each in following):
            continue
        known.add(turn.agent)
        says = f"announces work that is not done: {_until(following)}"
        yield worded(turn, "announced", says, sentence_with(turn.prose, match))
        yield from _accepted(turn, following[:1])


def _announcement(turn: Turn, *, last: bool) -> re.Match[str] | None:
    """Return the look that is announced, or what somebody's last words promise."""
    looks = ANNOUNCES.finditer(turn.prose)
    promises = PROMISES.finditer(turn.prose, max(0, len(turn.prose) - TAIL)) if last else ()
    return next(filter(partial(_meant, turn.prose), (*looks, *promises)), None)


def _until(following: Sequence[Turn]) -> str:
    if not following:
        return "nothing follows"
    until = f" to #{following[-1].number + 1}" if len(following) > 1 else ""
    return f"no call, code or result in #{following[0].number + 1}{until}"


def _accepted(announced: Turn, following: Sequence[Turn]) -> Iterator[Point]:
    """Give the next words if they are thanks for what was only announced."""
    for turn in following:
        match = THANKS.search(turn.prose)
        if match and turn.agent != announced.agent:
            says = f"gives thanks for what #{announced.number + 1} only announces"
            quote = sentence_with(turn.prose, match)
            yield worded(turn, "taken-over", says, quote, source=announced.number)


def _meant(text: str, match: re.Match[str]) -> bool:
    """Whether an announcement stands under no condition."""
    return not _IF.match(sentence_with(text, match))


def first_stated(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Give the first statement with a new name in it, if no result of a tool stands before it.

    Notes
    -----
    New is a name that no earlier turn holds. **It cannot see** whether the statement is true, nor
    a source that was read without leaving an event.
    """
    before = ""
    for turn in told:
        if turn.back:
            return
        if turn.number != task and not turn.code:
            text = plain(turn.prose)
            for match in statements(STATES, text):
                if match["what"].strip("'\"“”").casefold() not in before:
                    yield worded(turn, "stated", _NEW, sentence_with(text, match))
                    return
        before += turn.text.casefold() + "\n"


def handed_on(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Give the first request to others to do something to which nobody else says anything.

    Notes
    -----
    A request with code in it is one to run the code, which the record of calls tells.
    **It cannot see** whether what was asked for was the asker's own task.
    """
    spoke = [n for n, turn in enumerate(told) if turn.number != task]
    if not spoke:
        return
    last = told[spoke[-1]]
    alone = spoke[-1]  # the first turn of those at the end that are all of one agent
    while alone > 0 and not told[alone - 1].back and told[alone - 1].agent == last.agent:
        alone -= 1
    for turn in told[alone:]:
        match = HANDS_ON.search(turn.prose)
        if match and not turn.back and not turn.code and turn.number != task:
            says = "asks others to do something; nobody else says or does anything after that"
            yield worded(turn, "handed-on", says, sentence_with(turn.prose, match))
            return
