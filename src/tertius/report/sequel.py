"""What came of a sign of trouble: repaired, tried again in vain, or not tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from tertius.core.events import MessageSent
from tertius.report.entry import Entry
from tertius.report.gist import IDLE
from tertius.report.returns import bare
from tertius.report.signs import Sign
from tertius.report.words import line

_CODE = re.compile(
    r"^```[ \t]*(?:python|py|sh|bash|shell|javascript|js|typescript|r|sql|cpp|c\+\+|c|java)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SUCCESS = re.compile(
    r"\b(?:success(?:ful(?:ly)?)?|confirmed|verified|completed|correctly|as expected"
    r"|(?:is|are|looks?|seems?) (?:correct|accurate|right|valid))\b",
    re.IGNORECASE,
)
NOTICED = re.compile(
    r"\b(?:errors?|fail\w*|exception|traceback|issues?|problems?|empty|nothing|unfortunately"
    r"|unable|cannot|\w+n\Wt|not|no|missing|instead|incorrect\w*|wrong|fix\w*|corrected"
    r"|correction|retry|again|adjust\w*|revis\w*)\b",
    re.IGNORECASE,
)
UNRUN = "holds code of which no result is on record"
BELIEVED = "speaks of success right after"
MOST_READ = 1500  # characters in which trouble would be named


def sequels(
    entries: Sequence[Entry], returned: Mapping[int, bool], found: Sequence[Sign]
) -> list[Sign]:
    """Return the signs with what came of each, and signs that only show from what comes next.

    Parameters
    ----------
    entries
        The events of the run.
    returned
        Which of them hold what a tool gave back, as `tertius.report.returns.returns` tells.
    found
        What `tertius.report.signs.signs` found in them.

    Notes
    -----
    A return is repaired by the next return of the same agent's same tool that is no sign itself;
    **it cannot see** whether that return was about the same matter. Two signs are added, both
    worth a look and no more: a message that speaks of success right after a failure and of no
    trouble, and a message with code, in a run in which code is run, to which no result follows
    before the next code or the end.
    """
    told = [*_mended(entries, returned, found), *_unrun(entries, returned)]
    told += _believed(entries, returned, [sign for sign in told if sign.event in returned])
    return sorted({sign.event: sign for sign in reversed(told)}.values(), key=lambda s: s.event)


def _mended(
    entries: Sequence[Entry], returned: Mapping[int, bool], found: Sequence[Sign]
) -> Iterator[Sign]:
    signs = {sign.event for sign in found}
    own: dict[tuple[str, str], list[int]] = {}
    for number, first in returned.items():
        if first:
            own.setdefault(_whose(entries[number]), []).append(number)
    for sign in found:
        if not returned.get(sign.event):
            yield sign
            continue
        tries = [n for n in own[_whose(entries[sign.event])] if n > sign.event]
        mended = next((n for n in tries if n not in signs), None)
        vain = tries if mended is None else tries[: tries.index(mended)]
        repair = line(bare(entries[mended].text or ""), 120) if mended is not None else ""
        yield replace(sign, mended=mended, vain=len(vain), repair=repair)


def _whose(entry: Entry) -> tuple[str, str]:
    return entry.event.agent, getattr(entry.event, "tool", "")


def _unrun(entries: Sequence[Entry], returned: Mapping[int, bool]) -> Iterator[Sign]:
    """Find code to which no result follows, if any code is run at all."""
    if not returned:
        return
    waiting: int | None = None
    for number, entry in enumerate(entries):
        if number in returned:
            waiting = None
        elif isinstance(entry.event, MessageSent) and entry.text and _CODE.search(entry.text):
            if waiting is not None:
                yield _not_run(waiting)
            waiting = number
    if waiting is not None:
        yield _not_run(waiting)


def _not_run(event: int) -> Sign:
    return Sign(event=event, why=UNRUN)


def _believed(
    entries: Sequence[Entry], returned: Mapping[int, bool], trouble: Sequence[Sign]
) -> Iterator[Sign]:
    """Find a message right after a failed or empty return that speaks of success only."""
    for sign in trouble:
        following = (
            number
            for number in range(sign.event + 1, len(entries))
            if returned.get(number) is not False
            and entries[number].text
            and not IDLE.match(entries[number].text or "")
        )
        number = next(following, None)
        if number is None or number in returned:
            continue
        text = entries[number].text or ""
        success = _SUCCESS.search(text)
        if success and not NOTICED.search(text[:MOST_READ]):
            why = f"{BELIEVED} #{sign.event + 1}, and of no trouble"
            yield Sign(event=number, why=why)
