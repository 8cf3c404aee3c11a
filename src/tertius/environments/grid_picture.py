"""A gridworld as an SVG picture: plain text, no library, the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

SIZE = 16
COLOURS: Mapping[str, str] = {
    "#": "#4a4a4a", ".": "#f3ecdc", "=": "#b9dcea", "~": "#7fbfdc", "%": "#7fbfdc",
    ",": "#cfe5b4", "@": "#cfe5b4",
}  # fmt: skip
FLOOR = "#f3ecdc"
MARKS: Mapping[str, tuple[str, float]] = {"%": ("#5b4636", 0.32), "@": ("#b3261e", 0.36)}
"""What lies on a cell: a disc of this colour and size, as a share of the cell."""
PLAYER = "#1f3a5f"
NAMES: Mapping[str, str] = {
    "#": "wall", ".": "ground", "=": "water", "~": "clean river", "%": "dirt in the river",
    ",": "place where an apple can grow", "@": "apple",
}  # fmt: skip


class Board(Protocol):
    """A world that can say what lies where."""

    def board(self, copy: int = 0) -> list[str]:
        """Return a line for each row, a symbol for each cell; letters are players."""
        ...


def picture(world: Board, path: Path, *, title: str) -> None:
    """Write the world as it stands now to an SVG file."""
    path.write_text(svg(world.board(), title=title), encoding="utf-8")


def svg(rows: Sequence[str], *, title: str) -> str:
    """Return rows of symbols as an SVG picture with a key below.

    Parameters
    ----------
    rows
        As long as each other; see `NAMES` for symbols, letters are players.
    title
        Said to those who do not see it.

    Examples
    --------
    >>> svg(["#A#", "#@#"], title="two cells").count("<circle")
    4
    """
    width, height = len(rows[0]) * SIZE, len(rows) * SIZE
    known = [symbol for symbol in NAMES if any(symbol in row for row in rows)]
    key = [(symbol, NAMES[symbol]) for symbol in known]
    if any(symbol.isalpha() for row in rows for symbol in row):
        key.append(("A", "player"))
    wide = max(width, 200)
    tall = height + SIZE // 2 + len(key) * (SIZE + 4)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" role="img" '
        'font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{tall}" fill="#ffffff"/>',
    ]
    for number, row in enumerate(rows):
        lines += _row(row, number * SIZE)
    for number, (symbol, name) in enumerate(key):
        down = height + SIZE // 2 + number * (SIZE + 4)
        lines += _row(symbol, down)
        lines.append(
            f'<text x="{SIZE + 8}" y="{down + SIZE - 4}" fill="#222222">{escape(name)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _row(row: str, down: int) -> list[str]:
    lines, at, grounds = [], 0, [FLOOR]
    for symbol in row:  # a player stands on what its left neighbour stands on
        grounds.append(COLOURS.get(symbol, grounds[-1]))
    for colour, cells in groupby(grounds[1:]):
        count = len(list(cells))
        lines.append(
            f'<rect x="{at * SIZE}" y="{down}" width="{count * SIZE}" height="{SIZE}" '
            f'fill="{colour}" shape-rendering="crispEdges"/>'
        )
        at += count
    for column, symbol in enumerate(row):
        x, y = column * SIZE + SIZE // 2, down + SIZE // 2
        if symbol in MARKS:
            colour, share = MARKS[symbol]
            lines.append(f'<circle cx="{x}" cy="{y}" r="{share * SIZE:g}" fill="{colour}"/>')
        elif symbol.isalpha():
            lines.append(f'<circle cx="{x}" cy="{y}" r="{SIZE / 2 - 1:g}" fill="{PLAYER}"/>')
            lines.append(
                f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="#ffffff">'
                f"{escape(symbol)}</text>"
            )
    return lines
