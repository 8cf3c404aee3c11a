"""Calls that failed or came back empty: who wrote them, and what the next like them did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tertius.report.phrases import FAILS, sentence_with
from tertius.report.point import Kind, Point
from tertius.report.returns import bare
from tertius.report.sequel import MOST_READ, NOTICED
from tertius.report.signs import TRACED, Sign
from tertius.report.turn import Turn, alike, author, called
from tertius.report.words import line

_TRACE = re.compile(
    r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?:\S.*(?:\n|\Z))?", re.MULTILINE
)
_WORD = re.compile(r"\w{2,}")
_TERM = re.compile(r"[a-z]\w{4,}")


class _Run(Struct):
    """Code that was run, and what came of it."""

    by: Turn | None
    back: Turn
    sign: Sign | None


def _runs(told: Sequence[Turn], trouble: Mapping[int, Sign]) -> list[_Run]:
    return [
        _Run(author(told, n), turn, trouble.get(turn.number))
        for n, turn in enumerate(told)
        if turn.back
    ]


def failures(told: Sequence[Turn], trouble: Mapping[int, Sign], task: int) -> Iterator[Point]:
    """Give calls that failed or came back empty, under whoever wrote the call.

    Notes
    -----
    A later call is of the same kind if it is of the same tool, and its code uses at least half of
    the words of the failed code, where both are on record. **It cannot see** whether it did the
    work of the failed one: code that makes the data up runs as well. Admitted is a failure if the
    next words hold a word of trouble or much of the same code.
    """
    runs = _runs(told, trouble)
    briefing = next((turn for turn in told if turn.number == task), None)
    for n, run in enumerate(runs):
        sign = run.sign
        if sign is None:
            continue
        later = _ran(run, runs[n + 1 :])
        by = run.by if run.by and (run.by.code or run.by.number != task) else None
        tries = sum(
            each.sign is not None and _same(each.by, by)
            for each in runs[n + 1 : n + 1 + (sign.vain or 0)]
        )
        used = of_use(run, told) if sign.failed else None
        quote = called(by, run.back, sign.says) if by else ""
        what = _what(by, task)
        if by and len(by.commands) > 1 and not quote:
            what = f"one of {len(by.commands)} pieces of {what}"
        also = f", and put out all the same what #{used + 1} goes on with" if used else ""
        yield Point(
            event=by.number if by else run.back.number,
            kind=_kind(sign),
            says=f"{what} {_happened(sign)}{also}",
            quote=quote,
            known="record",
            result=run.back.number,
            output=sign.says or line(run.back.text, 200),
            mended=later.back.number if later else None,
            written=_written(later, run.back.number),
            tries=tries,
            used=used,
            admitted=_admitted(run, told),
            warned=task if by and briefing and _warned(by, sign, briefing) else None,
        )


def _kind(sign: Sign) -> Kind:
    """Return what to call it; a result with the trace of an error in it may hold more than that."""
    if sign.failed:
        return "failed"
    return "sign" if sign.why == TRACED else "empty"


def _admitted(run: _Run, told: Sequence[Turn]) -> int | None:
    """Return what comes next if it speaks of the failure, or tries the same again."""
    following = next((turn for turn in told if turn.number > run.back.number), None)
    if following is None or following.back:
        return None
    again = bool(run.by and run.by.code and following.code and alike(run.by.code, following.code))
    noticed = NOTICED.search(following.prose[:MOST_READ])
    return following.number if again or noticed else None


def _warned(by: Turn, sign: Sign, briefing: Turn) -> bool:
    """Whether the briefing told that something fails which the error and the code both name."""
    if by.number == briefing.number:
        return False
    named = {term for term in _TERM.findall(sign.says.casefold()) if term in by.code.casefold()}
    for match in FAILS.finditer(briefing.prose):
        if named & set(_TERM.findall(sentence_with(briefing.prose, match).casefold())):
            return True
    return False


def of_use(run: _Run, told: Sequence[Turn]) -> int | None:
    """Return the next words if they hold three words in a row that a failed call put out.

    Words of the call itself, and of the trace of its error, do not count.
    """
    following = next((turn for turn in told if turn.number > run.back.number), None)
    if following is None or following.back:
        return None
    rest = _TRACE.sub("\n", bare(run.back.text))
    if rest == bare(run.back.text):
        return None
    known = _threes(run.by.text) if run.by else set()
    return following.number if (_threes(rest) - known) & _threes(following.prose) else None


def _threes(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return set(zip(words, words[1:], words[2:], strict=False))


def _same(a: Turn | None, b: Turn | None) -> bool:
    """Whether two calls look like tries at the same thing."""
    return not (a and b and a.code and b.code) or alike(b.code, a.code)


def _ran(run: _Run, later: Sequence[_Run]) -> _Run | None:
    """Return the first later call of the same tool that looks like the same and is no trouble."""
    if run.sign is None or run.sign.mended is None:
        return None
    whose = run.back.tool
    tries = (each for each in later if each.sign is None and each.back.tool == whose)
    return next((each for each in tries if _same(each.by, run.by)), None)


def _written(later: _Run | None, after: int) -> int | None:
    """Return where a later call was written, if after the failure: there something else is tried.

    What ran in its place can be a sensible step or no more than a way around.
    """
    return later.by.number if later and later.by and later.by.number > after else None


def _what(by: Turn | None, task: int) -> str:
    if by is None:
        return "a call"
    if not by.code:
        return "what was asked for here"
    return "the briefing's code" if by.number == task else "the code written here"


def _happened(sign: Sign) -> str:
    return {
        "returned nothing": "came back empty",
        "found nothing": "found nothing",
        "failed, says the record": "failed",
        "reports success, and opens with an error": "printed an error",
        "returned a label without a value": "came back without a value",
        "opens with an error": "failed with an error",
        TRACED: "came back with the trace of an error in it",
    }.get(sign.why, sign.why.replace("ended with", "failed with"))


def repeats(told: Sequence[Turn], trouble: Mapping[int, Sign]) -> Iterator[Point]:
    """Find code that is run again as it was after it had failed."""
    failed: dict[str, int] = {}
    latest: Turn | None = None
    for turn in told:
        if turn.back:
            if latest is not None and turn.number in trouble:
                failed.setdefault(latest.code, turn.number)
            latest = None
        elif turn.code:
            if turn.code in failed:
                yield Point(
                    event=turn.number,
                    kind="repeated",
                    says=f"runs the same code again, which had failed in #{failed[turn.code] + 1}",
                    quote=called(turn, None),
                    known="record",
                )
            latest = turn
