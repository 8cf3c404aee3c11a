"""What the verbs share when they talk to a person: tables, progress, text made safe to show."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""An option that takes no value and is off unless given."""


def whole(kind: Any, tokens: Sequence[Token]) -> int:
    """Return the whole number that an option was given; one with a fraction is not rounded."""
    return int(tokens[0].value)


def console() -> Console:
    """Return a console on standard output that takes no text for markup."""
    return Console(
        highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 140
    )


def progress() -> Progress:
    """Return a progress bar on standard error, silent unless somebody watches."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def print_json(value: Any) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=True, separators=(", ", ": ")))


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "file"), counted(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def safe(text: str, limit: int = 200) -> str:
    r"""Return text that no terminal will act on: one line, nothing invisible, cut at `limit`.

    Control, format and bidirectional characters become visible escapes.

    Examples
    --------
    >>> safe("two\nlines \x1b[31mred")
    'two lines \\x1b[31mred'
    """
    shown = visible(" ".join(text[: limit * 4].split()))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def visible(line: str) -> str:
    r"""Return a line in which control, format and bidirectional characters are visible escapes.

    Examples
    --------
    >>> visible("  kept \x1b[31mred")
    '  kept \\x1b[31mred'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in line
    )
