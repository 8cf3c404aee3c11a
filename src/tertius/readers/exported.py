"""Rows of an export, however it was saved: one on each line, a list, or pages with ``data``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReadProblem
from tertius.readers.rows import Row, rows, tree
from tertius.readers.source import lines

PAGES = ("runs", "data", "observations", "traces")  # keys under which exports hold their rows
INNER_STEPS = ("agent", "model", "tools", "call_model", "llm")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def exported(path: Path) -> Iterator[Row | ReadProblem]:
    """Yield each row of a file, and a problem for what is none.

    Notes
    -----
    A file whose first line is a whole object is read line by line, any other as one document of at
    most 64 MiB. In a document rows are numbered from 1 and share the offset 0.
    """
    try:
        by_line = _by_line(path)
    except CallerError as error:
        yield ReadProblem(path=str(path), message=str(error))
        return
    if by_line:
        yield from rows(path)
        return
    found = tree(path)
    if isinstance(found, ReadProblem):
        yield found
        return
    for number, item in enumerate(found if isinstance(found, list) else [found], 1):
        if isinstance(item, dict):
            yield Row(number=number, offset=0, tree=item)
        else:
            message = "expected a JSON object"
            yield ReadProblem(path=str(path), record=number, field=f"$[{number - 1}]",
                              message=message)  # fmt: skip


def inside(item: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    """Return the objects in the lists that `item` holds under `keys`."""
    found = [item.get(key) for key in keys]
    return [
        each for held in found if isinstance(held, list) for each in held if isinstance(each, dict)
    ]


def nanoseconds(value: Any) -> int:
    """Return an ISO 8601 time as UTC nanoseconds, 0 where there is none; no zone means UTC.

    Examples
    --------
    >>> nanoseconds("2026-03-01T09:00:00.5Z") == nanoseconds("2026-03-01T09:00:00.500000")
    True
    >>> nanoseconds("soon"), nanoseconds(None)
    (0, 0)
    """
    if not isinstance(value, str):
        return 0
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0, (moment - _EPOCH) // timedelta(microseconds=1) * 1000)
    except (ValueError, OverflowError):
        return 0


def word(item: Any, *keys: str) -> str:
    """Return the first text in `item` under one of `keys`, or nothing."""
    if isinstance(item, dict):
        for key in keys:
            value = item.get(key)
            if isinstance(value, str) and value:
                return value
    return ""


def count(item: Any, *keys: str) -> int | None:
    """Return the first count in `item` under one of `keys`, or None."""
    if isinstance(item, dict):
        for key in keys:
            value = item.get(key)
            if type(value) is int and 0 <= value < 2**53:
                return value
    return None


def graph_step(metadata: Any) -> str:
    """Return the step of LangGraph's graph that a run belongs to: its agent, where it has agents.

    The nodes inside a ready-made agent are named alike (``agent``, ``model``, ``tools``); there the
    node of the graph around it is the one that tells agents apart.

    Examples
    --------
    >>> graph_step({"langgraph_node": "model", "langgraph_checkpoint_ns": "scout:1f|model:2a"})
    'scout'
    """
    around = word(metadata, "langgraph_checkpoint_ns", "checkpoint_ns").split("|")
    names = [part.partition(":")[0] for part in around]
    own = word(metadata, "langgraph_node") or names[-1]
    if own in INNER_STEPS and len(names) > 1:
        return names[-2] or own
    return own


def _by_line(path: Path) -> bool:
    for line in lines(path):
        if line.raw is None:
            return False
        text = line.raw.strip()
        if text:
            return text.startswith(b"{") and text.endswith(b"}")
    return True
