"""Where somebody goes on without evidence: assumes, claims to have looked, or makes values up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tertius.report.phrases import CLAIMS, GIVEN, MADE_UP, assumed, sentence_with, stated
from tertius.report.point import Point
from tertius.report.signs import Sign
from tertius.report.turn import Turn
from tertius.report.worded import worded


def made_up(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Find code with a placeholder or invented values where real ones belong."""
    known: set[tuple[str, str]] = set()
    briefing = next((turn.text for turn in told if turn.number == task), "")
    for turn in told:
        if turn.back or turn.number == task or not turn.code:
            continue
        match = MADE_UP.search(turn.code)
        if match is None or (turn.agent, match[0]) in known:
            continue
        known.add((turn.agent, match[0]))
        before = "; the briefing's code held the same" if match[0] in briefing else ""
        yield Point(
            event=turn.number,
            kind="made-up",
            says=f"writes code with a placeholder or made-up value in it, “{match[0]}”{before}",
            quote=sentence_with(turn.code, match),
            known="words",
        )


def unevidenced(told: Sequence[Turn], trouble: Mapping[int, Sign], task: int) -> Iterator[Point]:
    """Find words that assume something, or claim a look, while no good result is at hand."""
    before, good = -1, False  # the latest that a tool gave back, and whether it was of use
    known: set[tuple[str, str]] = set()
    for n, turn in enumerate(told):
        if turn.back:
            before, good = turn.number, turn.number not in trouble
            known = set()
        elif turn.number != task:
            taken = GIVEN.search(turn.prose)
            if taken and n and not told[n - 1].back and told[n - 1].number != task:
                says = "takes something for done; no result of any tool stands directly before it"
                yield worded(turn, "unevidenced", says, sentence_with(turn.prose, taken))
            for point in () if good else _without(turn, _since(before, trouble)):
                if (point.kind, turn.agent) not in known:
                    known.add((point.kind, turn.agent))
                    yield point


def _since(before: int, trouble: Mapping[int, Sign]) -> str:
    """Say what a tool gave back last."""
    if before < 0:
        return "no result of any tool is on record before it"
    if trouble[before].failed:
        return f"the last result on record is the failed one in #{before + 1}"
    return f"the last result on record, in #{before + 1}, gave nothing to go on"


def _without(turn: Turn, since: str) -> Iterator[Point]:
    claim = None if turn.code else stated(CLAIMS, turn.prose)
    guess = assumed(turn.prose)
    if claim:
        says = f"reports something as looked up or done, but {since}"
        yield worded(turn, "claimed", says, sentence_with(turn.prose, claim))
    if guess and not turn.code:
        says = f"goes on without evidence: {since}"
        quote = sentence_with(turn.prose, guess)
        if not claim or quote != sentence_with(turn.prose, claim):
            yield worded(turn, "unevidenced", says, quote)
