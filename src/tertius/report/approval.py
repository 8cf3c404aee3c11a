"""Who agreed with whom, and whether anything but the words agreed with was there to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tertius.report.phrases import APPROVES, ASKS_OTHERS, sentence_with, stated
from tertius.report.point import Kind, Point
from tertius.report.turn import Turn
from tertius.report.worded import worded


def approvals(told: Sequence[Turn], task: int) -> Iterator[Point]:
    """Give the first agreement of each agent to which no result came between, and own approvals.

    Parameters
    ----------
    told
        The turns of the run.
    task
        Number of the event that sets the task, left out; -1 for none.

    Notes
    -----
    Approved is what the turn before says. A result between the two counts as a look, whatever it
    holds. **It cannot see** what an agent looked at without leaving an event.
    """
    agreed: set[tuple[str, bool]] = set()
    before: Turn | None = None  # the latest that somebody said
    looked = False  # whether a result came since
    for turn in told:
        if turn.back:
            looked = True
            continue
        match = stated(APPROVES, turn.prose) if before and not turn.code else None
        if before and match and turn.number != task and not looked:
            own = before.agent == turn.agent and bool(ASKS_OTHERS.search(before.prose))
            if (turn.agent, own) not in agreed and (own or before.agent != turn.agent):
                agreed.add((turn.agent, own))
                yield _point(turn, before, own, sentence_with(turn.prose, match))
        before, looked = (turn if turn.number != task else None), False


def _point(turn: Turn, before: Turn, own: bool, quote: str) -> Point:
    says = f"agrees with #{before.number + 1} ({before.agent or 'sender not known'}); "
    says += "nothing was looked up or run in between"
    if own:
        says = f"asked the others to agree in #{before.number + 1}, and answers itself"
    kind: Kind = "self-approved" if own else "approved"
    return worded(turn, kind, says, quote, source=before.number)
