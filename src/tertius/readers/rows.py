"""Foreign JSON, decoded quickly: a whole document, or the objects of a JSON Lines file one by one.

Where a key stands twice the last one counts, and any nesting that fits the decoder is taken: these
are other people's records of the past, not entries of a log. Our own format is read strictly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.core.ports.reader import ReadProblem
from tertius.readers.source import MAX_LINE, UnreadableError, document, lines

_decode = msgspec.json.Decoder().decode


class Row(Struct, frozen=True, kw_only=True):
    """One JSON object of a file: its line from 1, the byte at which it begins, and its values."""

    number: int
    offset: int
    tree: dict[str, Any]


def rows(path: Path) -> Iterator[Row | ReadProblem]:
    """Yield the object of each line that holds one, and a problem for every other.

    Notes
    -----
    Holds one line of at most 16 MiB. Blank lines are passed over.
    """
    where = str(path)
    try:
        for line in lines(path):
            number, offset = line.number, line.offset
            if line.raw is None:
                message = f"{line.length} bytes; a line has at most {MAX_LINE}"
                yield ReadProblem(path=where, record=number, offset=offset, message=message)
            elif line.raw and not line.raw.isspace():
                tree = _decoded(line.raw)
                if isinstance(tree, dict):
                    yield Row(number=number, offset=offset, tree=tree)
                else:
                    message = tree if isinstance(tree, str) else "expected a JSON object"
                    yield ReadProblem(path=where, record=number, offset=offset, message=message)
    except UnreadableError as error:
        yield ReadProblem(path=where, message=str(error))


def tree(path: Path) -> Any:
    """Return a file's one JSON value, or the problem that stands in its place."""
    try:
        found = _decoded(document(path))
    except CallerError as error:
        return ReadProblem(path=str(path), message=str(error))
    if isinstance(found, str):
        return ReadProblem(path=str(path), message=found)
    return found


def text(tree: dict[str, Any], key: str) -> str | None:
    """Return the text under `key`, None where there is none."""
    value = tree.get(key)
    return value if isinstance(value, str) else None


def _decoded(raw: bytes) -> Any:
    """Return the value, or a sentence on why there is none; a JSON text is none that is wanted."""
    try:
        found = _decode(raw)
    except RecursionError:
        return "nested too deeply"
    except (msgspec.DecodeError, ValueError) as error:
        why = str(error).removeprefix("JSON is malformed: ")[:200]
        return f"broken JSON, {why[:1].lower()}{why[1:]}".splitlines()[0]
    return "expected a JSON object or list" if isinstance(found, str) else found
