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

Causes are *declared*, by the rules of `tertius.readers.turns`: in a group chat every message rests
on the one before it, in Magentic-One on its speaker's previous event and on what was addressed to
it since.

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

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReaderRecord, ReadProblem, TruthRecord
from tertius.readers.magentic_one import turn
from tertius.readers.source import document
from tertius.readers.turns import MAX_MEMBERS, Talk, Turn, executed, short

SHOWN = ("history", "system_prompt")  # keys that become events; all others are truth

_HEAD = re.compile(rb'\s*\{.*?"history"\s*:\s*\[\s*(\]|\{\s*"(content|name|role)"\s*:)', re.DOTALL)


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
                yield from _run(path, tree)


def _run(path: Path, tree: dict[str, Any]) -> Iterator[ReaderRecord]:
    """Yield the run in order; the truth comes last."""
    items = [item if isinstance(item, dict) else {} for item in tree["history"]]
    chat = any("name" in item for item in items)
    run = f"who-when/{'ag' if chat else 'hc'}-{short(path.stem)}"
    turns = [_chat_turn(item) if chat else turn(item) for item in items]
    prompts = tree.get("system_prompt")
    known = _texts(prompts) if isinstance(prompts, dict) else {}
    talk = Talk(run, WhoAndWhen.name, turns, chat=chat, path=path, prompts=known)
    yield from talk.records()
    if len(talk.names) <= MAX_MEMBERS:
        yield TruthRecord(run=run, data=_truth(tree))


def _chat_turn(item: dict[str, Any]) -> Turn:
    name, text = item.get("name"), item.get("content")
    who = name if isinstance(name, str) else ""
    said = text if isinstance(text, str) else None
    return Turn(who=who, text=said, ok=executed(who, said))


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


def _texts(tree: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in tree.items() if key and isinstance(value, str)}
