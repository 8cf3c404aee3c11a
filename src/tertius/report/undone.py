"""What was announced or handed to others and not done, and what was stated without a source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from tertius.report.phrases import ANNOUNCES, HANDS_ON, STATES, sentence_with, statements
from tertius.report.point import Point
from tertius.report.turn import Turn
from tertius.report.words import plain

_IF = re.compile(r"\W*(?:once|if|when|after|should|unless)\b", re.IGNORECASE)
WAIT = 3  # turns in which an announced look would begin


def announced(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Give the first look or search that each agent announces and that nobody then begins.

    Parameters
    ----------
    told
        The turns of the run.
    task
        Number of the event that sets the task, left out; -1 for none.

    Notes
    -----
    Begun is a look if one of the next `WAIT` turns holds code, a call or a result, of whomever.
    **It cannot see** a look that leaves no event, nor whether a call is the one announced.
    """
    known: set[str] = set()
    for n, turn in enumerate(told):
        if turn.back or turn.code or turn.number == task or turn.agent in known:
            continue
        match = next(filter(partial(_meant, turn.prose), ANNOUNCES.finditer(turn.prose)), None)
        following = told[n + 1 : n + 1 + WAIT]
        if match is None or not following or any(each.back or each.code for each in following):
            continue
        known.add(turn.agent)
        until = f" to #{following[-1].number + 1}" if len(following) > 1 else ""
        yield Point(
            event=turn.number,
            kind="announced",
            says="announces a search or a look that is not done: no call, code or result in "
            f"#{following[0].number + 1}{until}",
            quote=sentence_with(turn.prose, match),
            known="words",
        )


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
                    yield Point(
                        event=turn.number,
                        kind="stated",
                        says="the first statement of something new; no source and no result of "
                        "any tool is on record before it",
                        quote=sentence_with(text, match),
                        known="words",
                    )
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
            yield Point(
                event=turn.number,
                kind="handed-on",
                says="asks others to do something; nobody else says or does anything after that",
                quote=sentence_with(turn.prose, match),
                known="words",
            )
            return
