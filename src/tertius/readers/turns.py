"""A conversation told turn by turn, as events: who spoke, to whom, and what each turn rests on.

Formats that are lists of messages differ in how a message names its speaker and addressees; once
that is read, the rest is the same, and is here. Two rules of frameworks give what a list leaves
out, `chat` chooses between them:

*Group chat* (AutoGen): a manager passes each message on to all other members, so everyone else is
its recipient, and it rests on the message before it, and so on all.

*Around an orchestrator* (Magentic-One): only the orchestrator acts on what the others and the
human say, and a message rests on its speaker's previous event and on the latest that each other
addressed to it since. A thought reaches others only through what its thinker does next.

Causes are *declared*: the rule says what a speaker had in its context, nobody stood between to
observe it. A member's first message also rests on its prompt, where the file has one.

References
----------
AutoGen 0.2 documentation, "Conversation Patterns" (group chat, two-agent chat).
`autogen_magentic_one` 0.0.1, ``agents/orchestrator.py`` and ``agents/base_worker.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct

from tertius.core.events import (
    UNKNOWN_TIME,
    AgentJoined,
    Cause,
    MemoryRead,
    MessageSent,
    ModelCalled,
    OutcomeObserved,
    RunEnded,
    RunStarted,
    ToolReturned,
)
from tertius.core.kinds import Event
from tertius.core.names import MAX_NAME, alias
from tertius.core.ports.reader import Fingerprint, ReadProblem, Recorded
from tertius.readers.source import fingerprint

MAX_MEMBERS = 256  # more would not fit into the recipients of one event
ORCHESTRATOR, HUMAN = "Orchestrator", "human"
EXECUTORS = ("Computer_terminal", "ComputerTerminal")

_EXIT = re.compile(
    r"exitcode: ([0-9]{1,9}) \(|"  # CaptainAgent
    r"The script ran, then exited with Unix exit code: ([0-9]{1,9})$|"  # Magentic-One
    r"The script ran but produced no output to console\. The Unix exit code was: ([0-9]{1,9})\.",
    re.MULTILINE,
)


class Turn(Struct, frozen=True, kw_only=True, gc=False):
    """One item of a conversation.

    `to` holds the addressees, None where only a rule of the framework can tell them. `what` is
    ``message``, ``thought`` (sent to nobody) or ``end`` (what whoever ran it saw). `ok` tells
    whether code succeeded, where an executor shows it.
    """

    who: str
    to: tuple[str, ...] | None = None
    what: str = "message"
    text: str | None
    ok: bool | None = None


def executed(who: str, text: str | None) -> bool | None:
    """Whether code succeeded, where an executor's own first line tells; nobody else is believed.

    Examples
    --------
    >>> executed("Computer_terminal", "exitcode: 1 (execution failed)")
    False
    >>> executed("Critic", "exitcode: 0 (execution succeeded)") is None
    True
    """
    found = _EXIT.match(text) if text and who in EXECUTORS else None
    return None if found is None else int(next(filter(None, found.groups()))) == 0


def short(name: str) -> str:
    """Turn a file's name into a part of a run's name that leaves room for event ids.

    Examples
    --------
    >>> short("trip 7"), len(short("n" * 200))
    ('trip-7-043cbb10', 49)
    """
    legal = alias(name)
    return legal if len(legal) <= MAX_NAME // 2 else f"{legal[:40]}-{alias(name + ' ')[-8:]}"


def base(run: str, part: str, agent: str = "", causes: Sequence[str] = ()) -> dict[str, Any]:
    """Return the fields that all events share, for an event of a record that tells no time.

    Examples
    --------
    >>> base("trip", "2", "coder", ["trip/1"])["causes"]
    (Cause(id='trip/1', basis='declared', score=None, log=None),)
    """
    return {
        "id": f"{run}/{part}",
        "time": UNKNOWN_TIME,
        "run": run,
        "agent": agent,
        "causes": tuple([Cause(id=cause) for cause in causes]),
    }


class Talk:
    """One conversation on its way to events.

    Parameters
    ----------
    run : str
        Name of the run; item ``n`` of `turns` becomes the event ``<run>/<n>``.
    source : str
        Name of the format.
    turns : sequence of Turn
        The conversation.
    chat : bool
        Whether the rule of a group chat holds, else that of an orchestrator.
    prompts : mapping
        Member to the prompt that stands in its context.
    members : iterable of str
        Members that the file names besides those who speak or are addressed.
    path : Path
        Where it was read, for problems.
    start : mapping
        Further fields of `run.started`, such as its seed.
    channel : str
        Name of the channel; without one ``group-chat`` or ``broadcast``.

    Notes
    -----
    Holds the turns. Cannot see times (all 0), nor members that the file names nowhere.
    """

    def __init__(
        self,
        run: str,
        source: str,
        turns: Sequence[Turn],
        *,
        chat: bool,
        path: Path,
        prompts: Mapping[str, str] | None = None,
        members: Iterable[str] = (),
        start: Mapping[str, Any] | None = None,
        channel: str = "",
    ) -> None:
        self.run, self.turns, self.chat, self.path = run, turns, chat, path
        self.start = {"source": source, **(start or {})}
        self.channel = channel or ("group-chat" if chat else "broadcast")
        self.prompts = prompts or {}
        spoken = (name for turn in turns for name in (turn.who, *(turn.to or ())))
        named = dict.fromkeys(name for name in (*self.prompts, *members, *spoken) if name)
        self.names = {name: alias(name) for name in named}
        self.others: dict[str, tuple[str, ...]] = {}
        self.last: dict[str, str] = {}
        self.heard: dict[str, dict[str, str]] = {}  # listener: {speaker: latest unanswered}
        self.before = ""

    def records(self) -> Iterator[Recorded | Fingerprint | ReadProblem]:
        """Yield the fingerprint, then start, members and prompts, turns, end."""
        if self.turns and len(self.names) <= MAX_MEMBERS:
            prompts = (word for pair in self.prompts.items() for word in pair)
            said = (word for turn in self.turns for word in (turn.who, turn.text or ""))
            yield Fingerprint(run=self.run, digest=fingerprint(chain(prompts, said)))
        yield from self.events()

    def events(self) -> Iterator[Recorded | ReadProblem]:
        """Yield the same without a fingerprint, where runs that say the same are runs apart."""
        if len(self.names) > MAX_MEMBERS:
            message = f"{len(self.names)} agents; expected at most {MAX_MEMBERS}"
            yield ReadProblem(path=str(self.path), message=message)
            return
        yield Recorded(event=RunStarted(**self._base("start"), **self.start))
        for number, (name, legal) in enumerate(self.names.items()):
            title = "" if legal == name else name[:1000]
            role = "human" if name == HUMAN and not self.chat else ""
            base = self._base(f"agent-{number}", name)
            yield Recorded(event=AgentJoined(**base, title=title, role=role))
            if name in self.prompts:
                yield self._prompt(number, name)
        for number, turn in enumerate(self.turns):
            yield from self._said(number, turn)
        ended = any(turn.what == "end" for turn in self.turns)
        base = self._base("end", causes=[self.before] if self.before else [])
        reason = "termination condition" if ended else "the record stops here"
        yield Recorded(event=RunEnded(**base, reason=reason))

    def _prompt(self, number: int, name: str) -> Recorded:
        base = self._base(f"prompt-{number}", name)
        self.heard[name] = {"": base["id"]}
        event = MemoryRead(**base, store="system-prompt", key=self.names[name])
        return Recorded(event=event, contents=(self.prompts[name].encode(),))

    def _said(self, number: int, turn: Turn) -> Iterator[Recorded]:
        """Yield the event of one item, with the tool's return before it if the item shows one."""
        content = () if turn.text is None else (turn.text.encode(),)
        causes = self._causes(turn.who)
        if turn.ok is not None:
            base = self._base(f"{number}/result", turn.who, causes=causes)
            yield Recorded(event=ToolReturned(**base, tool="code", ok=turn.ok), contents=content)
            causes = [base["id"]]
        base = self._base(str(number), turn.who, causes=causes)
        to = self._addressees(turn)
        event: Event
        if turn.what == "thought":
            event = ModelCalled(**base)
        elif turn.what == "end":
            event = OutcomeObserved(**base, about=self.run)
        else:
            event = MessageSent(
                **base,
                recipients=to if self.chat else tuple(self.names[name] for name in to),
                channel=self.channel,
                via="human" if turn.who == HUMAN and not self.chat else "message",
            )
        yield Recorded(event=event, contents=content)
        self.before = self.last[turn.who] = base["id"]
        if not self.chat:
            for name in to:
                self.heard.setdefault(name, {})[turn.who] = base["id"]

    def _addressees(self, turn: Turn) -> tuple[str, ...]:
        """Return whom a turn is for: legal names in a chat, the file's own ones elsewhere."""
        if self.chat:
            if turn.who not in self.others:
                others = (legal for name, legal in self.names.items() if name != turn.who)
                self.others[turn.who] = tuple(others) if turn.who else ()
            return self.others[turn.who]
        if turn.to is not None or turn.what != "message":
            return turn.to or ()
        known = turn.who and ORCHESTRATOR in self.names and turn.who != ORCHESTRATOR
        return (ORCHESTRATOR,) if known else ()

    def _causes(self, who: str) -> list[str]:
        """Return what `who` had in its context, up to what other causes already reach."""
        context = self.before if self.chat else self.last.get(who, "")
        heard = self.heard.pop(who, {}).values()
        return list(dict.fromkeys([*([context] if context else []), *heard]))

    def _base(self, part: str, agent: str = "", causes: Sequence[str] = ()) -> dict[str, Any]:
        return base(self.run, part, self.names[agent] if agent else "", causes)
