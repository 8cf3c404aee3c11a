"""Who&When: failed runs with a responsible agent and a decisive step, in two shapes.

A file is one JSON object: `history` (the messages), `question`, and the answers and labels. The
shapes are told apart by what the messages hold, never by the folder.

*Algorithm-generated* (CaptainAgent, an AutoGen group chat; run ``who-when/ag-<file>``). A message
has `name`, the speaker. `role` is only the view of whoever opened the chat and is not read.
`system_prompt` names members, also those who never speak.

*Hand-crafted* (Magentic-One; run ``who-when/hc-<file>``). `role` holds speaker and addressee:
``WebSurfer``, ``human``, ``Orchestrator (-> WebSurfer)``, ``Orchestrator (thought)``,
``Orchestrator (termination condition)``.

Item ``n`` of `history`, counted from 0 as the published steps are, is the event ``<run>/<n>``.

==========================  ======================  ============================================
in the file                 event                   known from
==========================  ======================  ============================================
message of a chat           message.sent            sender: file; recipients: rule of the
                                                    framework, a group chat's manager passes each
                                                    message on to all other members
``X (-> Y)``                message.sent            sender, addressee: file
``Y`` or ``human``          message.sent            sender: file; addressee: rule, only the
                                                    Orchestrator acts on it
``X (thought)``             model.called            file: a thought is sent to nobody
``X (termination ...)``     outcome.observed        file: what whoever ran it saw at the end
``X (anything else)``       message.sent            sender: file; addressee unknown
text of a code executor     tool.returned before    file: only where the executor itself opens
                            the message             with the line that carries the exit code
member's `system_prompt`    memory.read             file: it stands in that member's context
==========================  ======================  ============================================

Channels: both frameworks have one by construction, ``group-chat`` and ``broadcast``.

Causes are *declared*: the framework's rule says what a speaker had in its context, nobody stood
between to observe it. In a group chat every message rests on the one before it, and so on all; a
member's first one also on its prompt. In Magentic-One a message rests on its speaker's previous
event and on the latest that each other addressed to it since; a thought reaches others only
through what the Orchestrator does next.

Everything else (`ground_truth`, `is_correct` or `is_corrected`, `mistake_*`, `level`,
`question_ID`, and any key not named here) goes to the truth record, and so does `question`, the
benchmark's copy of a task that the agents saw in `history`.

What it cannot see: times (none are recorded, all 0); who wrote the first message of a group chat
in truth (the file names a member, the text comes from a manager outside the chat); who overheard
a Magentic-One message (its team listens to one topic, plans included, but the file lists no
team); which thoughts a model wrote; calls of tools (only executors' returns); whether two
spellings are one agent (kept apart).

References
----------
Zhang et al. 2025, "Which Agent Causes Task Failures and When?", arXiv 2505.00212. AutoGen 0.2
documentation, "Conversation Patterns" (group chat). `autogen_magentic_one` 0.0.1,
``agents/orchestrator.py`` and ``agents/base_worker.py`` (roles, topic, replies).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError
from tertius.core.events import (
    UNKNOWN_TIME,
    AgentJoined,
    Cause,
    Event,
    MemoryRead,
    MessageSent,
    ModelCalled,
    OutcomeObserved,
    RunEnded,
    RunStarted,
    ToolReturned,
)
from tertius.core.names import MAX_NAME, alias
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded, TruthRecord
from tertius.readers.source import document

MAX_MEMBERS = 256  # more would not fit into the recipients of one event
MAX_ROLE = 512  # characters; a longer role is taken as a name, whole
ORCHESTRATOR, HUMAN = "Orchestrator", "human"
EXECUTORS = ("Computer_terminal", "ComputerTerminal")
SHOWN = ("history", "system_prompt")  # keys that become events; all others are truth

_HEAD = re.compile(rb'\s*\{.*?"history"\s*:\s*\[\s*(\]|\{\s*"(content|name|role)"\s*:)', re.DOTALL)
_ROLE = re.compile(r"(?P<who>.+?) \((?:-> (?P<to>.+)|(?P<what>[^()]+))\)", re.DOTALL)
_EXIT = re.compile(
    r"exitcode: ([0-9]{1,9}) \(|"  # CaptainAgent
    r"The script ran, then exited with Unix exit code: ([0-9]{1,9})$|"  # Magentic-One
    r"The script ran but produced no output to console\. The Unix exit code was: ([0-9]{1,9})\.",
    re.MULTILINE,
)


class _Turn(Struct, frozen=True, kw_only=True):
    """One item of `history`: who, to whom (None: not known), and what kind of thing it is."""

    who: str
    to: tuple[str, ...] | None = None
    what: str = "message"
    text: str | None
    ok: bool | None = None


class WhoAndWhen:
    """The Who&When benchmark, both shapes.

    Notes
    -----
    Reads a file whole, at most 64 MiB; about 1 ms per 100 messages.
    """

    name = "who_and_when"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether an object starts here whose `history` holds messages."""
        return _HEAD.match(head) is not None

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield the run: its start, members and prompts, its messages, its end, its truth."""
        try:
            tree = strict_json(document(path))
        except EventError as error:
            yield _problem(path, error.problem, offset=error.offset)
        except CallerError as error:
            yield _problem(path, str(error))
        else:
            faults = list(_faults(path, tree))
            yield from faults
            if isinstance(tree, dict) and isinstance(tree.get("history"), list):
                yield from _Run(path, tree).records()


class _Run:
    """One file on its way to events; remembers what each agent did last and has heard since."""

    def __init__(self, path: Path, tree: dict[str, Any]) -> None:
        items = [item if isinstance(item, dict) else {} for item in tree["history"]]
        self.chat = any("name" in item for item in items)
        self.path, self.tree = path, tree
        self.run = f"who-when/{'ag' if self.chat else 'hc'}-{_short(path.stem)}"
        prompts = tree.get("system_prompt")
        self.prompts = _texts(prompts) if isinstance(prompts, dict) else {}
        turns = [_chat_turn(item) if self.chat else _role_turn(item) for item in items]
        named = [*self.prompts, *(name for turn in turns for name in (turn.who, *(turn.to or ())))]
        self.members = tuple(dict.fromkeys(name for name in named if name))
        self.turns = [self._addressed(turn) for turn in turns]
        self.last: dict[str, str] = {}
        self.heard: dict[str, dict[str, str]] = {}  # listener: {speaker: latest unanswered}
        self.before = ""

    def records(self) -> Iterator[ReaderRecord]:
        """Yield the run in order; the truth comes last."""
        if len(self.members) > MAX_MEMBERS:
            yield _problem(self.path, f"{len(self.members)} agents; expected at most {MAX_MEMBERS}")
            return
        yield Recorded(event=RunStarted(**self._base("start"), source=WhoAndWhen.name))
        for number, name in enumerate(self.members):
            title = "" if alias(name) == name else name[:1000]
            yield Recorded(
                event=AgentJoined(
                    **self._base(f"agent-{number}", name),
                    title=title,
                    role="human" if name == HUMAN and not self.chat else "",
                )
            )
            if name in self.prompts:
                yield self._prompt(number, name)
        for number, turn in enumerate(self.turns):
            yield from self._said(number, turn)
        ended = any(turn.what == "end" for turn in self.turns)
        yield Recorded(
            event=RunEnded(
                **self._base("end", causes=[self.before] if self.before else []),
                reason="termination condition" if ended else "the record stops here",
            )
        )
        yield TruthRecord(run=self.run, data=_truth(self.tree))

    def _addressed(self, turn: _Turn) -> _Turn:
        """Fill in the addressees that a rule of the framework gives."""
        if turn.to is not None or turn.what != "message" or not turn.who:
            return turn
        if self.chat:
            to = tuple(name for name in self.members if name != turn.who)
        elif ORCHESTRATOR in self.members and turn.who != ORCHESTRATOR:
            to = (ORCHESTRATOR,)
        else:
            return turn
        return _Turn(who=turn.who, to=to, text=turn.text, ok=turn.ok)

    def _prompt(self, number: int, name: str) -> Recorded:
        base = self._base(f"prompt-{number}", name)
        self.heard[name] = {"": base["id"]}
        event = MemoryRead(**base, store="system-prompt", key=alias(name))
        return Recorded(event=event, contents=(self.prompts[name].encode(),))

    def _said(self, number: int, turn: _Turn) -> Iterator[Recorded]:
        """Yield the event of one item, with the tool's return before it if the item shows one."""
        content = () if turn.text is None else (turn.text.encode(),)
        causes = self._causes(turn.who)
        if turn.ok is not None:
            base = self._base(f"{number}/result", turn.who, causes=causes)
            yield Recorded(event=ToolReturned(**base, tool="code", ok=turn.ok), contents=content)
            causes = [base["id"]]
        base = self._base(str(number), turn.who, causes=causes)
        event: Event
        if turn.what == "thought":
            event = ModelCalled(**base)
        elif turn.what == "end":
            event = OutcomeObserved(**base, about=self.run)
        else:
            event = MessageSent(
                **base,
                recipients=tuple(alias(name) for name in turn.to or ()),
                channel="group-chat" if self.chat else "broadcast",
                via="human" if turn.who == HUMAN and not self.chat else "message",
            )
        yield Recorded(event=event, contents=content)
        self._remember(turn, base["id"])

    def _causes(self, who: str) -> list[str]:
        """Return what `who` had in its context, up to what other causes already reach."""
        context = self.before if self.chat else self.last.get(who, "")
        heard = self.heard.pop(who, {}).values()
        return list(dict.fromkeys([*([context] if context else []), *heard]))

    def _remember(self, turn: _Turn, event: str) -> None:
        self.before = self.last[turn.who] = event
        if not self.chat:
            for name in turn.to or ():
                self.heard.setdefault(name, {})[turn.who] = event

    def _base(self, part: str, agent: str = "", causes: list[str] | None = None) -> dict[str, Any]:
        return {
            "id": f"{self.run}/{part}",
            "time": UNKNOWN_TIME,
            "run": self.run,
            "agent": alias(agent) if agent else "",
            "causes": tuple(Cause(id=cause) for cause in causes or ()),
        }


def _chat_turn(item: dict[str, Any]) -> _Turn:
    who, text = _text(item, "name") or "", _text(item, "content")
    return _Turn(who=who, text=text, ok=_exit(who, text))


def _role_turn(item: dict[str, Any]) -> _Turn:
    role, text = _text(item, "role") or "", _text(item, "content")
    found = _ROLE.fullmatch(role) if len(role) <= MAX_ROLE else None
    if found is None:
        return _Turn(who=role, text=text, ok=_exit(role, text))
    who, to, what = found["who"], found["to"], found["what"]
    if what in ("thought", "termination condition"):
        return _Turn(who=who, text=text, what="thought" if what == "thought" else "end")
    return _Turn(who=who, to=(to,) if to else (), text=text)


def _exit(who: str, text: str | None) -> bool | None:
    """Whether code succeeded, where an executor's own first line tells; nobody else is believed."""
    found = _EXIT.match(text) if text and who in EXECUTORS else None
    return None if found is None else int(next(filter(None, found.groups()))) == 0


def _truth(tree: dict[str, Any]) -> dict[str, Any]:
    """Everything that is no event, also inside messages: hidden unless known."""
    data = {key: value for key, value in tree.items() if key not in SHOWN}
    known = {"content", "name", "role"}
    for number, item in enumerate(tree["history"]):
        if isinstance(item, dict) and set(item) - known:
            extra = {key: value for key, value in item.items() if key not in known}
            data.setdefault("history", {})[str(number)] = extra
    return data


def _faults(path: Path, tree: Any) -> Iterator[ReadProblem]:
    """Name what is not as the format says; every item is still read as far as it goes."""
    if not isinstance(tree, dict) or not isinstance(tree.get("history"), list):
        yield _problem(path, "expected an object with a list `history`", field="$.history")
        return
    prompts = tree.get("system_prompt", {})
    if not isinstance(prompts, dict) or len(_texts(prompts)) != len(prompts):
        yield _problem(path, "expected an object of texts", field="$.system_prompt")
    chat = any(isinstance(item, dict) and "name" in item for item in tree["history"])
    for number, item in enumerate(tree["history"]):
        for key in ("content", "name" if chat else "role"):
            if not isinstance(item, dict) or not isinstance(item.get(key), str):
                where = f"$.history[{number}].{key}"
                yield _problem(path, f"expected text `{key}`", record=number + 1, field=where)


def _problem(
    path: Path,
    message: str,
    *,
    record: int | None = None,
    offset: int | None = None,
    field: str | None = None,
) -> ReadProblem:
    return ReadProblem(path=str(path), record=record, offset=offset, field=field, message=message)


def _text(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _texts(tree: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in tree.items() if key and isinstance(value, str)}


def _short(stem: str) -> str:
    """Turn a file's name into a part of a run's name that leaves room for event ids."""
    name = alias(stem)
    return name if len(name) <= MAX_NAME // 2 else f"{name[:40]}-{alias(name + ' ')[-8:]}"
