"""The question of the watch in plain words: whom it narrowed, how, why, and what a yes does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from tertius.core.manifest import BY_HAND, WATCH
from tertius.core.request import Request
from tertius.escalation.wording import span

MOST: Final = 3  # agents or edges that are named in one sentence
SHORT: Final = 80  # characters of a finding's title

_CUT: Final[Mapping[str, str]] = {
    "verify": "must show evidence for what it approves, rates or states",
    "throttle": "is slowed down to one start every {pause}",
    "break": "is cut off for {pause}, then tried again",
    "quarantine": "is quarantined, nothing it asks for is permitted",
}


class Proposed(Struct, frozen=True):
    """What a card says of a proposal of the watch: the question, whom it meets, how sure it is."""

    asks: str
    affected: tuple[str, ...]
    sure: str


class _Change(Struct):
    subject: str
    peer: str = ""


class _ByHand(Struct):
    changes: list[_Change]
    does: str


class _Proposal(Struct):
    changes: list[_Change]
    detector: str
    does: str
    guarantee: str
    about: list[str]
    found: str
    measure: str
    asked_first: str = ""
    pause: int | None = None


def proposed(request: Request) -> Proposed | None:
    """Return the words for a proposal of the watch; None for anybody else's request.

    Notes
    -----
    It reads the arguments of the exact request that a ruling signs. Only the gate's own process
    makes requests under the watch's name.
    """
    if request.agent == BY_HAND:
        return _by_hand(request)
    if request.agent != WATCH:
        return None
    try:
        given = msgspec.convert(request.decoded(), _Proposal)
    except msgspec.ValidationError:
        return None
    because = f"the watch found: {given.found[:SHORT]} ({given.detector[:SHORT]})"
    affected = tuple(dict.fromkeys(name for c in given.changes for name in (c.subject, c.peer)))
    whom = _listed([_place(each) for each in given.changes] or given.about)
    pause = "a while" if given.pause is None else span(given.pause)
    done = _CUT.get(given.measure, given.measure).format(pause=pause)
    if not given.changes:
        asks = f"take note: {because}, about {whom}; nothing was narrowed, no answer changes that"
    elif given.asked_first:
        asks = f"shall this be done: {whom} {done}? {because}; YES does it, NO leaves all as it is"
    else:
        asks = f"{whom} {done}, because {because}; YES lifts that, NO keeps it"
    first = f"; not done yet: {given.asked_first}" if given.asked_first else ""
    return Proposed(asks, tuple(filter(None, affected)) or tuple(given.about),
                    f"{given.guarantee}{first}")  # fmt: skip


def _by_hand(request: Request) -> Proposed:
    """Return the words for what a person at the gate's own terminal asks for."""
    given = msgspec.convert(request.decoded(), _ByHand)
    affected = tuple(name for c in given.changes for name in (c.subject, c.peer) if name)
    wants = f"somebody at the gate's terminal wants to {given.does}"
    asks = f"{wants}; YES does it, NO leaves all as it is"
    return Proposed(asks, affected, "a person asks; nothing was estimated")


def _place(change: _Change) -> str:
    return f"{change.subject} to {change.peer}" if change.peer else change.subject


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if names[MOST:] else ""
    return ("each of " if names[1:] else "") + ", ".join(names[:MOST]) + more
