"""Rows of a file of outcomes, CSV or JSON Lines, each checked before anything is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.readers.source import document
from tertius.runtime.fields import MisfitError, number_of, time_of, value_of

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
SUBJECTS = ("event", "task", "about", "run")  # of several, the first; a run may stand beside
COLUMNS = (*SUBJECTS, "value", "time", "id", "note")
MAX_PROBLEMS = 12


class OutcomeFileError(CallerError):
    """A file of outcomes that cannot be read, or rows that are wrong; nothing was written."""


class Row(Struct, frozen=True, kw_only=True):
    """One outcome: what it is about, named by one of `SUBJECTS`, and what came out.

    `run` may stand beside `event` and `task` and then says in which run they are.
    """

    line: int
    subject: str
    name: str
    run: str
    value: bool | int | float | str | None
    time: int
    id: str
    note: str


def read_rows(path: Path) -> list[Row]:
    """Read all rows.

    Raises
    ------
    OutcomeFileError
        It names the first wrong row with its line, and how many more there are.
    """
    try:
        raw = document(path, limit=MAX_BYTES)
    except CallerError as error:
        raise OutcomeFileError(f"{path}: {error}") from error
    rows: list[Row] = []
    problems: list[str] = []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OutcomeFileError(f"{path}: invalid UTF-8 at offset {error.start}") from error
    cells = _json_lines(text) if text.lstrip().startswith("{") else _csv(text)
    try:
        for line, tree in cells:
            try:
                rows.append(_row(line, tree))
            except (OutcomeFileError, MisfitError, EventError) as error:
                problems.append(f"{path}:{line}: {getattr(error, 'problem', error)}")
            if len(rows) > MAX_ROWS:
                raise OutcomeFileError(f"{path}: more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        raise OutcomeFileError(f"{path}: no CSV: {error}") from error
    refuse(problems)
    if not rows:
        raise OutcomeFileError(f"{path}: no outcomes; expected a line for each")
    return rows


def refuse(problems: list[str]) -> None:
    """Stop if there are problems, with the first one and the number of the others.

    Raises
    ------
    OutcomeFileError
        If there is any.
    """
    if problems:
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        raise OutcomeFileError(f"{problems[0]}{more}; nothing was written")


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, strict_json(line.encode())
            except EventError as error:
                yield number, error


def _csv(text: str) -> Iterator[tuple[int, Any]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [name.strip().lower() for name in next(rows, [])]
    _known(header)
    for cells in rows:
        if len(cells) > len(header):
            what = f"{len(cells)} cells under {len(header)} columns"
            yield rows.line_num, OutcomeFileError(what)
        elif any(cell.strip() for cell in cells):
            found = {name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()}
            if "value" in found:
                found["value"] = _read(found["value"])
            yield rows.line_num, found


def _read(cell: str) -> Any:
    """Return a CSV cell as the number or truth value that it is written as, or as text."""
    truths = {"true": True, "false": False}
    number = number_of(cell)
    return truths.get(cell.strip().lower(), cell.strip() if number is None else number)


def _known(names: list[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            shown = ascii(name)[1:-1][:60]
            raise OutcomeFileError(f"unknown column `{shown}`{nearest(name, COLUMNS)}")
        if names.count(name) > 1:
            raise OutcomeFileError(f"column `{name}` stands twice")


def _row(line: int, tree: Any) -> Row:
    if isinstance(tree, CallerError):
        raise tree
    if not isinstance(tree, dict):
        raise OutcomeFileError("expected a JSON object")
    _known(list(tree))
    subject = next((name for name in SUBJECTS if tree.get(name) not in (None, "")), None)
    if subject is None:
        raise OutcomeFileError("about nothing; expected one of `event`, `task`, `run`, `about`")
    if any(tree.get(name) for name in SUBJECTS if name not in (subject, "run")):
        raise OutcomeFileError(f"about two things; expected `{subject}` alone")
    if "value" not in tree:
        raise OutcomeFileError("missing `value`, what came out")
    text = {name: _text(tree, name) for name in ("id", "note", "run", subject)}
    value = tree["value"]
    return Row(
        line=line,
        subject=subject,
        name=text[subject],
        run=text["run"],
        value=None if value is None else value_of(value),
        time=time_of(_moment(tree.get("time"))),
        id=text["id"],
        note=text["note"],
    )


def _text(tree: dict[str, Any], name: str) -> str:
    value = tree.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise OutcomeFileError(f"expected text under `{name}`")
    return str(value).strip() if name != "note" else str(value)


def _moment(value: Any) -> Any:
    """Return a time; nanoseconds may stand in a CSV cell."""
    if value in (None, ""):
        return 0
    text = value.strip() if isinstance(value, str) else value
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 20 else text
