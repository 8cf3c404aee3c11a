"""Drawings of what a scene measured, as plain SVG in the page's own colours."""

from __future__ import annotations

from html import escape

from tertius.cli.demo_scenes.scene import Bars, Lines

WIDE = 460
_ROW, _TOP = 52, 34
_LEFT, _RIGHT, _UP, _DOWN = 44, 12, 14, 44  # room around the curves
_HIGH = 250


def chart(drawn: Bars | Lines) -> str:
    """Return a figure with its heading and caption."""
    inside, told = _bars(drawn) if isinstance(drawn, Bars) else _lines(drawn)
    high = _TOP + _ROW * len(drawn.bars) if isinstance(drawn, Bars) else _HIGH
    return f"""<figure class="chart">
<figcaption><strong>{escape(drawn.title)}</strong></figcaption>
<svg viewBox="0 0 {WIDE} {high}" role="img" aria-label="{escape(f"{drawn.title}: {told}")}">
{inside}</svg>
<figcaption>{escape(drawn.caption)}</figcaption>
</figure>
"""


def _bars(drawn: Bars) -> tuple[str, str]:
    most = max(drawn.mark, *(bar.high for bar in drawn.bars))
    scale = (WIDE - 24) / most
    end = drawn.mark * scale
    lines = [
        f'<line class="level" x1="{end:.1f}" y1="22" x2="{end:.1f}" '
        f'y2="{_TOP + _ROW * len(drawn.bars) - 6}"/>\n'
        f'<text class="count end" x="{end:.1f}" y="16">{escape(drawn.mark_label)} '
        f"{drawn.mark:.2f}</text>\n"
    ]
    for number, bar in enumerate(drawn.bars):
        y = _TOP + _ROW * number
        low, high = max(0.0, bar.low) * scale, bar.high * scale
        colour = "dear" if bar.low > drawn.mark / 2 else "fair"
        lines.append(
            f'<text class="start" x="0" y="{y + 13}">{escape(bar.label)} '
            f'<tspan class="soft">{bar.value:.3f}</tspan></text>\n'
            f'<rect class="{colour}" x="0" y="{y + 20}" width="{max(1.0, bar.value * scale):.1f}" '
            f'height="18" rx="3"/>\n'
            f'<path class="whisker" d="M{low:.1f} {y + 29}H{high:.1f}M{low:.1f} {y + 24}v10'
            f'M{high:.1f} {y + 24}v10"/>\n'
        )
    told = "; ".join(
        f"{bar.label} {bar.value:.3f} ({bar.low:.3f} to {bar.high:.3f})" for bar in drawn.bars
    )
    return "".join(lines), f"{told}; {drawn.mark_label} {drawn.mark:.2f}"


def _lines(drawn: Lines) -> tuple[str, str]:
    values = [value for curve in drawn.curves for value in curve.values]
    values += [level for _, level in drawn.levels]
    low, high = min(values), max(values)
    count = len(drawn.curves[0].values)

    def x(number: float) -> float:
        return _LEFT + number * (WIDE - _LEFT - _RIGHT) / (count - 1)

    def y(value: float) -> float:
        return _HIGH - _DOWN - (value - low) / (high - low) * (_HIGH - _DOWN - _UP)

    lines = []
    for label, level in drawn.levels:
        lines.append(
            f'<line class="level" x1="{_LEFT}" y1="{y(level):.1f}" x2="{WIDE - _RIGHT}" '
            f'y2="{y(level):.1f}"/>\n<text class="count end" x="{_LEFT - 6}" '
            f'y="{y(level) + 4:.1f}">{level:.2f}</text>\n'
            f'<text class="count end" x="{WIDE - _RIGHT}" y="{y(level) - 5:.1f}">'
            f"{escape(label)}</text>\n"
        )
    for number in range(0, count, 3):
        lines.append(
            f'<text class="count" x="{x(number):.1f}" y="{_HIGH - _DOWN + 18}">'
            f"{number + drawn.first}</text>\n"
        )
    for number, curve in enumerate(drawn.curves):
        points = " ".join(f"{x(n):.1f},{y(value):.1f}" for n, value in enumerate(curve.values))
        key = _LEFT + number * 190
        lines.append(
            f'<polyline class="curve agent-{number + 1}" points="{points}"/>\n'
            + "".join(
                f'<circle class="dot agent-{number + 1}" cx="{x(n):.1f}" cy="{y(value):.1f}" '
                f'r="3"/>\n'
                for n, value in enumerate(curve.values)
            )
            + f'<line class="curve agent-{number + 1}" x1="{key}" y1="{_HIGH - 8}" '
            f'x2="{key + 22}" y2="{_HIGH - 8}"/>\n'
            f'<text class="start" x="{key + 28}" y="{_HIGH - 3}">{escape(curve.label)}</text>\n'
        )
    told = "; ".join(
        f"{curve.label}: " + ", ".join(f"{value:.2f}" for value in curve.values)
        for curve in drawn.curves
    )
    levels = "; ".join(f"{label} {level:.2f}" for label, level in drawn.levels)
    return "".join(lines), f"from period {drawn.first}; {told}; {levels}"
