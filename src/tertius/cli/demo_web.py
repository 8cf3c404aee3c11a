"""Agents on a circle, with arrows between them, as plain SVG in the page's own colours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import cos, hypot, pi, sin

ASIDE = 7  # pixels by which an arrow and the one back stand apart
BEND = 22  # pixels, of a long one

HEAD = """<svg class="unseen" aria-hidden="true" focusable="false"><defs>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
 orient="auto" markerUnits="userSpaceOnUse"><path class="head" d="M0 0 8 4 0 8z"/></marker>
</defs></svg>
"""
"""The head of every arrow; a page with a `web` holds it once."""

Place = tuple[float, float]


def web(
    agents: Mapping[str, str],
    arrows: Mapping[tuple[str, str], tuple[str, float]],
    *,
    told: str,
    centre: str = "",
) -> str:
    """Draw agents and arrows.

    Parameters
    ----------
    agents
        By name, the class that colours its box.
    arrows
        By who and whom, a label and the width in pixels.
    told
        The same in words, for who does not see it.
    centre
        Who stands in the middle of the others, if anybody.
    """
    around = [name for name in agents if name != centre]
    count = len(around)
    places = {
        name: (230 + 170 * sin(2 * pi * n / count), 160 - 126 * cos(2 * pi * n / count))
        for n, name in enumerate(around)
    }
    if centre:
        places[centre] = (230.0, 160.0)
    left = min(0.0, *(x - 70 for x, _ in places.values()))
    height = max(y for _, y in places.values()) + 47
    lines = "".join(
        _arrow(places[one], places[other], label, width)
        for (one, other), (label, width) in arrows.items()
    )
    nodes = "".join(
        f'<rect class="node {agents[name]}" x="{x - 62:.0f}" y="{y - 22:.0f}" width="124" '
        f'height="44" rx="22"/><text x="{x:.0f}" y="{y + 5:.0f}">{escape(name)}</text>\n'
        for name, (x, y) in places.items()
    )
    return (
        f'<svg viewBox="{left:.0f} 0 {460 - 2 * left:.0f} {height:.0f}" role="img"\n'
        f' aria-label="{escape(told)}">\n{lines}{nodes}</svg>\n'
    )


def _arrow(start: Place, end: Place, label: str, width: float) -> str:
    """Draw one arrow, bent to its right so that the way back has room."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    # The node is an ellipse of about 70 by 30: leave it, and meet the other, at its rim.
    rim = 1 / hypot(dx / 74, dy / 34)
    x1, y1, x2, y2 = x1 + dx * rim, y1 + dy * rim, x2 - dx * rim, y2 - dy * rim
    x1, y1, x2, y2 = x1 - dy * ASIDE, y1 + dx * ASIDE, x2 - dy * ASIDE, y2 + dx * ASIDE
    bend = min(BEND, hypot(x2 - x1, y2 - y1) / 4)
    cx, cy = (x1 + x2) / 2 - dy * bend, (y1 + y2) / 2 + dx * bend
    away = bend / 2 + 14  # the curve itself goes half as far aside as its control point
    lx, ly = (x1 + x2) / 2 - dy * away, (y1 + y2) / 2 + dx * away
    return (
        f'<path class="edge" d="M{x1:.0f} {y1:.0f}Q{cx:.0f} {cy:.0f} {x2:.0f} {y2:.0f}" '
        f'stroke-width="{width:.1f}" marker-end="url(#head)"/>'
        f'<text class="count" x="{lx:.0f}" y="{ly + 4:.0f}">{escape(label)}</text>\n'
    )
