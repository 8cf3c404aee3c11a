"""Early MAST traces: failed and other runs of several systems, each with one annotator's checklist.

A line is a JSON object: `instance_id`, `trajectory`, `problem_statement`, `other_data`, `note` (the
labels and a free text) and `system`. Run: ``mast/<system>-<instance>``. What the trajectory is like
tells how it is read, not the name of the system:

===========================  =====================================================================
the trajectory               read as
===========================  =====================================================================
objects with `name`          a chat (AG2 MathChat): see `tertius.readers.turns`
lines of a HyperAgent log    `tertius.readers.hyperagent`
rounds of reasoners          `tertius.readers.tree_of_thought`
an object: agent to context  `tertius.readers.peer_review`
any other text               one message whose sender is not known
nothing                      the row is counted as without events
===========================  =====================================================================

`note`, `other_data`, `problem_statement` (the benchmark's copy of the task), `system` and any key
not named here are truth.

What it cannot see: times; what no line of a text says.

References
----------
Cemri et al. 2025, "Why Do Multi-Agent LLM Systems Fail?", arXiv 2503.13657; its first release of
annotated traces.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tertius.core.ports.reader import ReaderRecord, ReadProblem, Recorded, Skipped, TruthRecord
from tertius.readers import hyperagent, peer_review, tree_of_thought
from tertius.readers.glance import glance
from tertius.readers.rows import Row, rows, text
from tertius.readers.turns import MAX_MEMBERS, Talk, Turn, short

KEYS = frozenset({"instance_id", "trajectory"})
SHOWN = frozenset({"instance_id", "trajectory"})
NO_WORDS = "rows without events"


class MastTraces:
    """Early MAST traces as JSON Lines.

    Notes
    -----
    Holds one line of at most 16 MiB.
    """

    name = "mast_traces"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a trace with its annotator's note starts here."""
        seen = glance(head).keys
        return seen >= KEYS and bool(seen & {"problem_statement", "note"})

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield each run and its truth, line by line; at the end, how many rows had no events."""
        names: set[str] = set()
        empty = 0
        for row in rows(path):
            if isinstance(row, ReadProblem):
                yield row
            elif not isinstance(row.tree.get("trajectory"), list | dict):
                message = "expected a list or an object `trajectory`"
                yield _problem(path, row, message, "$.trajectory")
            elif not row.tree["trajectory"]:
                empty += 1
            else:
                yield from _run(path, row, names)
        if empty:
            yield Skipped(reason=NO_WORDS, rows=empty)


def _run(path: Path, row: Row, names: set[str]) -> Iterator[ReaderRecord]:
    tree, items = row.tree, row.tree["trajectory"]
    system = text(tree, "system") or "unknown"
    run = f"mast/{short(system)}-{short(text(tree, 'instance_id') or 'unknown')}"
    run = run if len(run) <= 96 and run not in names else f"mast/row-{row.number}"
    names.add(run)
    data = {key: value for key, value in tree.items() if key not in SHOWN}
    told = False
    for record in _told(path, row, run, items):
        told = told or isinstance(record, Recorded)
        yield record
    if isinstance(items, list) and (hidden := _hidden(items)):
        data["trajectory"] = hidden
    if told:
        yield TruthRecord(run=run, data=data)


def _told(path: Path, row: Row, run: str, items: Any) -> Iterator[Recorded | ReadProblem]:
    """Yield what is wrong with the trajectory, and the events by the way of its system."""
    if isinstance(items, dict):
        if len(items) > MAX_MEMBERS:
            message = f"{len(items)} agents; expected at most {MAX_MEMBERS}"
            yield _problem(path, row, message, "$.trajectory")
        elif not peer_review.items(items):
            yield _problem(path, row, "expected lists of messages", "$.trajectory")
        else:
            yield from peer_review.events(run, MastTraces.name, items)
    elif any(isinstance(item, dict) for item in items):
        yield from _faults(path, row, items)
        yield from _chat(path, run, items).events()
    else:
        words = [item for item in items if isinstance(item, str)]
        if len(words) < len(items):
            yield _problem(path, row, "expected lines of text", "$.trajectory")
        system = hyperagent if hyperagent.recognises(words) else tree_of_thought
        yield from system.events(run, MastTraces.name, words)


def _chat(path: Path, run: str, items: list[Any]) -> Talk:
    turns = [
        Turn(who=text(item, "name") or "", text=_said(item))
        if isinstance(item, dict)
        else Turn(who="", text=None)
        for item in items
    ]
    return Talk(run, MastTraces.name, turns, chat=True, path=path, channel="chat")


def _said(item: dict[str, Any]) -> str | None:
    """Return the text of a message, which stands there whole or as a list of its lines."""
    content = item.get("content")
    if isinstance(content, list) and all(isinstance(line, str) for line in content):
        return "\n".join(content)
    return content if isinstance(content, str) else None


def _faults(path: Path, row: Row, items: list[Any]) -> Iterator[ReadProblem]:
    for number, item in enumerate(items):
        if not isinstance(item, dict) or _said(item) is None or text(item, "name") is None:
            field = f"$.trajectory[{number}]"
            yield _problem(path, row, "expected an object with `name` and `content`", field)


def _hidden(items: list[Any]) -> dict[str, Any]:
    known = {"content", "name", "role"}
    return {
        str(number): {key: value for key, value in item.items() if key not in known}
        for number, item in enumerate(items)
        if isinstance(item, dict) and set(item) - known
    }


def _problem(path: Path, row: Row, message: str, field: str) -> ReadProblem:
    return ReadProblem(
        path=str(path), record=row.number, offset=row.offset, field=field, message=message
    )
