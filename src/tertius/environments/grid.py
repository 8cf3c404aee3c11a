"""The kernel that gridworlds share: maps, walking, beams, and what a player sees from its place.

A map is drawn in text, one symbol a cell, walled in all round. It lies in a margin as wide as the
longest sight, so that no view and no beam needs a check of bounds. Kernels take it flat: a place
is one number, and `ways` tells how far apart the neighbours of a place are, clockwise from north.
`forward` and `right` are told from a player's facing.

References
----------
Views that are turned with the player, and beams of several lanes: Beattie et al., "DeepMind
Lab2D" (2020), on which Melting Pot's worlds run. A beam's lane ends at the first cell that stops
it, that cell included; the outer lanes begin beside the player, one cell shorter for each cell of
offset.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tertius.environments.settings import SettingsError
from tertius.stats.compiled import compiled
from tertius.stats.draws import below

FACINGS = ("north", "east", "south", "west")
Cells = NDArray[np.uint8]
Ways = NDArray[np.int64]
MOST_CELLS = 10_000


class MapError(SettingsError):
    """A map that nobody could play on."""


def drawn(text: str, codes: Mapping[str, int], *, margin: int) -> Cells:
    r"""Return the cells of a map drawn in text, (rows + 2 margin, columns + 2 margin).

    Parameters
    ----------
    text
        One line for each row; blank lines before and behind are left out.
    codes
        Number of each symbol; ``#`` is a wall.
    margin
        Width of the margin, filled with 0.

    Raises
    ------
    MapError
        No cells or too many, rows of different length, an unknown symbol, or a gap in the outer
        wall.

    Examples
    --------
    >>> drawn("###\n#.#\n###", {"#": 1, ".": 2}, margin=0)[1].tolist()
    [1, 2, 1]
    """
    rows = text.strip("\n").split("\n")
    width = len(rows[0])
    if len(rows) < 3 or width < 3 or len(rows) * width > MOST_CELLS:
        raise MapError(f"a map of {len(rows)} x {width} cells; expected 3 x 3 to {MOST_CELLS:,}")
    cells = np.zeros((len(rows) + 2 * margin, width + 2 * margin), np.uint8)
    for number, line in enumerate(rows, 1):
        if len(line) != width:
            raise MapError(f"row {number} of the map has {len(line)} cells; the first has {width}")
        for column, symbol in enumerate(line, 1):
            if symbol not in codes:
                shown = ascii(symbol)[1:-1]
                raise MapError(f"row {number}, column {column}: unknown symbol `{shown}`; "
                               f"expected one of `{''.join(codes)}`")  # fmt: skip
            edge = number in (1, len(rows)) or column in (1, width)
            if edge and symbol != "#":
                raise MapError(f"row {number}, column {column}: a gap in the outer wall; put `#`")
            cells[margin + number - 1, margin + column - 1] = codes[symbol]
    return cells


def ways_of(width: int) -> NDArray[np.int64]:
    """Return how far the neighbours of a place lie in a flat map, clockwise from north."""
    return np.array([-width, 1, width, -1])


@compiled
def shuffle(key: np.uint64, step: int, order: NDArray[np.int64]) -> None:
    """Fill `order` with 0 to its length - 1 in a random order, keyed by the step."""
    count = len(order)
    for place in range(count):
        order[place] = place
    for place in range(count - 1, 0, -1):
        other = below(key, step * count + place, place + 1)
        held = order[place]
        order[place] = order[other]
        order[other] = held


@compiled
def there(place: int, facing: int, forward: int, right: int, ways: Ways) -> int:
    """Return the place so far forward and to the right of a player's."""
    ahead: int = place + ways[facing] * forward + ways[(facing + 1) & 3] * right
    return ahead


@compiled
def beam(
    cells: Cells,
    stops: NDArray[np.bool_],
    place: int,
    facing: int,
    length: int,
    half: int,
    ways: Ways,
    hits: NDArray[np.int64],
) -> int:
    """Shoot from a player's place; return how many lanes were stopped.

    Fills `hits`, 2 half + 1 long, with the places that stopped them: outer lanes to the left, to
    the right, then the middle one. `stops` tells by a cell's number whether it stops the beam. An
    outer lane that is stopped at its first cell keeps those beyond it from beginning.
    """
    count = 0
    for way in (-1, 1):
        for offset in range(1, half + 1):
            shut = False
            for forward in range(length - offset + 1):
                at = there(place, facing, forward, way * offset, ways)
                if stops[cells[at]]:
                    hits[count] = at
                    count += 1
                    shut = forward == 0
                    break
            if shut:
                break
    for forward in range(1, length + 1):
        at = there(place, facing, forward, 0, ways)
        if stops[cells[at]]:
            hits[count] = at
            count += 1
            break
    return count


@compiled
def look(
    cells: Cells, place: int, facing: int, ahead: int, width: int, ways: Ways, view: Cells
) -> None:
    """Fill a flat view turned forward, its first row the one `ahead`, `width` cells a row."""
    back, right = -ways[facing], ways[(facing + 1) & 3]
    row = there(place, facing, ahead, -(width // 2), ways)
    for start in range(0, len(view), width):
        at = row
        for column in range(width):
            view[start + column] = cells[at]
            at += right
        row += back


@compiled
def seen_at(place: int, facing: int, other: int, ways: Ways) -> tuple[int, int]:
    """Return how far forward and to the right another place lies."""
    width = ways[2]
    down, across = other // width - place // width, other % width - place % width
    if facing == 0:
        return -down, across
    if facing == 1:
        return across, down
    if facing == 2:
        return down, -across
    return -across, -down
