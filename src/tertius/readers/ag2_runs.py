"""Repeated AG2 runs: one conversation on a line, the same problems under several designs and seeds.

A line is a JSON object: `problem`, `model`, `prompt`, `topology`, `seed` (what was run),
`messages` (pairs of speaker and text), `correct` and `given` (how it ended). Run:
``ag2/<problem>/<model>-<prompt>-<topology>-<seed>``; message ``n``, from 0, is ``<run>/<n>``.

=========================  ===============  ======================================================
in the file                event            known from
=========================  ===============  ======================================================
pair in `messages`         message.sent     sender: file; recipients: rule of the framework, a chat
                                            of two, or a manager that passes on to all others
greeting of chat_manager   agent.joined     file: it lists who is in attendance, also the silent
`problem`, `seed`, design  run.started      file: task, seed and title
=========================  ===============  ======================================================

Channel ``group-chat`` where a manager speaks, else ``chat``. Causes are *declared*, see
`tertius.readers.turns`. Runs that say the same are kept apart: they are repetitions.

`correct`, `given` and any key not named here are truth. A file of questions and answers is skipped.

What it cannot see: times; calls of tools (the proxy agent runs the code, and its returns are its
messages; no field tells a return from its other words).

References
----------
Cemri et al. 2025, "Why Do Multi-Agent LLM Systems Fail?", arXiv 2503.13657. AutoGen 0.2
documentation, "Conversation Patterns".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.names import alias
from tertius.core.ports.reader import ReaderRecord, ReadProblem, Skipped, TruthRecord
from tertius.readers.glance import glance
from tertius.readers.rows import Row, rows, text
from tertius.readers.source import BOM, UnreadableError, head
from tertius.readers.turns import MAX_MEMBERS, Talk, Turn, short

KEYS = frozenset({"problem", "messages", "topology"})
SHOWN = frozenset({"problem", "model", "prompt", "topology", "seed", "messages"})
MANAGER = "chat_manager"

_ANSWERS = re.compile(rb'\s*\{\s*"[^"]{1,200}"\s*:\s*\{\s*"question"\s*:')
_ATTENDS = re.compile(r"^([A-Za-z]\w{0,63}):[ \t]*$", re.MULTILINE)


class Ag2Runs:
    """Repeated AG2 runs as JSON Lines.

    Notes
    -----
    Holds one line of at most 16 MiB, and the names of the runs so far.
    """

    name = "ag2_runs"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a run, or a question with its answer, starts here."""
        return glance(head).keys >= KEYS or _answers(head)

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield each run and its truth, line by line."""
        try:
            answers = _answers(head(path))
        except UnreadableError as error:
            yield ReadProblem(path=str(path), message=str(error))
            return
        if answers:
            yield Skipped(reason="questions and answers without a run")
            return
        names: set[str] = set()
        for row in rows(path):
            if isinstance(row, ReadProblem):
                yield row
            elif not isinstance(row.tree.get("messages"), list):
                yield _problem(path, row, "expected a list `messages`", "$.messages")
            else:
                yield from _run(path, row, names)


def _run(path: Path, row: Row, names: set[str]) -> Iterator[ReaderRecord]:
    tree, turns = row.tree, list[Turn]()
    for number, pair in enumerate(tree["messages"]):
        who, said = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if not isinstance(who, str) or not isinstance(said, str):
            field = f"$.messages[{number}]"
            yield _problem(path, row, "expected a pair of speaker and text", field)
        turns.append(
            Turn(
                who=who if isinstance(who, str) else "",
                text=said if isinstance(said, str) else None,
            )
        )
    design = [_word(tree.get(key)) for key in ("model", "prompt", "topology", "seed")]
    run = f"ag2/{short(_word(tree.get('problem')) or 'unknown')}/{short('-'.join(design))}"
    run = run if run not in names else f"{run}/row-{row.number}"
    names.add(run)
    managed = any(turn.who == MANAGER for turn in turns)
    talk = Talk(
        run,
        Ag2Runs.name,
        turns,
        chat=True,
        path=path,
        members=_attending(turns) if managed else (),
        start=_start(tree, design),
        channel="group-chat" if managed else "chat",
    )
    yield from talk.events()
    if len(talk.names) <= MAX_MEMBERS:
        data = {key: value for key, value in tree.items() if key not in SHOWN}
        yield TruthRecord(run=run, data=data)


def _start(tree: dict[str, Any], design: list[str]) -> dict[str, Any]:
    """Return what is known of a run at its start: the task, the seed, the design in words."""
    seed, problem = tree.get("seed"), text(tree, "problem")
    model, prompt, topology, _ = design
    return {
        "task": alias(problem) if problem else "",
        "title": f"{model}, prompt {prompt}, topology {topology}"[:1000],
        "seed": seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
    }


def _attending(turns: list[Turn]) -> list[str]:
    """Return the members that the manager's greeting lists."""
    greeting = next((turn.text or "" for turn in turns if turn.who == MANAGER), "")
    return _ATTENDS.findall(greeting.partition("In attendance are:")[2])


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _answers(start: bytes) -> bool:
    return _ANSWERS.match(start.removeprefix(BOM)) is not None and b'"answer"' in start


def _problem(path: Path, row: Row, message: str, field: str) -> ReadProblem:
    return ReadProblem(
        path=str(path), record=row.number, offset=row.offset, field=field, message=message
    )
