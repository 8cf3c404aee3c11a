"""The text log of HyperAgent, split into who said what.

An entry begins with ``HyperAgent_<instance> - INFO - `` and goes on until the next one. Entry
``n``, from 0, is the event ``<run>/<n>``.

===========================  ===================  ================================================
entry                        event                known from
===========================  ===================  ================================================
``X->Y: ...``                message.sent         sender, addressee: log
``Planner's Response: ...``  message.sent         sender: log; addressees: the lines of its own
with ``Intern Name: ...``                         text that name an intern, as the system asks for
other ``X's Response: ...``  model.called         log: what a model wrote; to nobody that is known
``Initialized HyperAgent``   run.started again    log: the system begins anew, after agents acted
anything else                message.sent         sender not known
===========================  ===================  ================================================

Other lines in which the system speaks of itself (``Initialized tools``) are no events.

Causes are *declared*: one agent works at a time and its words go on to the next, so an entry rests
on the one before it; what begins anew rests on its start alone.

What it cannot see: times; calls of tools (the text shows what a model asked for, not what came
back); the task, which the log does not repeat.

References
----------
Phan et al. 2024, "HyperAgent", arXiv 2409.16299.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from tertius.core.events import AgentJoined, MessageSent, ModelCalled, RunEnded, RunStarted
from tertius.core.kinds import Event
from tertius.core.names import alias
from tertius.core.ports.reader import Recorded
from tertius.readers.turns import MAX_MEMBERS, base

MARK = "HyperAgent_"
ANEW = "Initialized HyperAgent"
CHANNEL = "hand-over"
INTERNS = {"Codebase Navigator": "Navigator", "Codebase Editor": "Editor"}

_ENTRY = re.compile(r"HyperAgent_\S{1,200} - [A-Z]{1,10} - ")
_SENT = re.compile(r"([A-Za-z][A-Za-z-]{0,63}?)->([A-Za-z][A-Za-z-]{0,63}): ")
_WROTE = re.compile(r"([A-Za-z][A-Za-z-]{0,63})'s Response: ")
_INTERN = re.compile(r"^\W{0,4}Intern Name:\W{0,4}([A-Za-z][A-Za-z ]{0,40}[A-Za-z])\W*$", re.M)


class _Entry(Struct, frozen=True, kw_only=True):
    """One entry: who, to whom, what it is, and its text without what stood before it."""

    what: str
    who: str = ""
    to: tuple[str, ...] = ()
    text: str


def recognises(lines: Sequence[str]) -> bool:
    """Whether these lines are such a log: the first one that is not blank says so."""
    return next((line.startswith(MARK) for line in lines if line.strip()), False)


def events(run: str, source: str, lines: Sequence[str]) -> Iterator[Recorded]:
    """Yield start, agents, entries and end."""
    entries = [_entry(text) for text in _split(lines)]
    names = dict.fromkeys(name for each in entries for name in (each.who, *each.to) if name)
    yield Recorded(event=RunStarted(**base(run, "start"), source=source))
    for number, name in enumerate(names):
        title = "" if alias(name) == name else name[:1000]
        joined = AgentJoined(**base(run, f"agent-{number}", alias(name)), title=title)
        yield Recorded(event=joined)
    before, acted = "", False
    for number, entry in enumerate(entries):
        if entry.what == "begun":
            if acted and entry.text.startswith(ANEW):
                shared = base(run, f"start-{number}")
                before, acted = shared["id"], False
                yield Recorded(event=RunStarted(**shared, source=source))
            continue
        causes = [before] if before else []
        shared = base(run, str(number), alias(entry.who) if entry.who else "", causes)
        before, acted = shared["id"], acted or bool(entry.who)
        event: Event
        if entry.what == "wrote":
            event = ModelCalled(**shared)
        else:
            to = tuple(alias(name) for name in entry.to)
            event = MessageSent(**shared, recipients=to, channel=CHANNEL if to else "")
        yield Recorded(event=event, contents=(entry.text.encode(),))
    yield Recorded(
        event=RunEnded(
            **base(run, "end", causes=[before] if before else []), reason="the record stops here"
        )
    )


def _split(lines: Sequence[str]) -> Iterator[str]:
    """Yield each entry whole; lines before the first are one of their own."""
    held: list[str] = []
    for line in lines:
        if line.startswith(MARK) and (found := _ENTRY.match(line)):
            if any(held):
                yield "\n".join(held)
            held = ["\0" + line[found.end() :]]
        else:
            held.append(line)
    if any(held):
        yield "\n".join(held)


def _entry(text: str) -> _Entry:
    if not text.startswith("\0"):
        return _Entry(what="unknown", text=text)
    text = text[1:]
    if text.startswith("Initialized "):
        return _Entry(what="begun", text=text)
    if found := _SENT.match(text):
        return _Entry(what="sent", who=found[1], to=(found[2],), text=text[found.end() :])
    if found := _WROTE.match(text):
        said = text[found.end() :]
        interns = dict.fromkeys(INTERNS.get(name, name) for name in _INTERN.findall(said))
        if found[1] == "Planner" and 0 < len(interns) <= MAX_MEMBERS:
            return _Entry(what="sent", who=found[1], to=tuple(interns), text=said)
        return _Entry(what="wrote", who=found[1], text=said)
    return _Entry(what="unknown", text=text)
