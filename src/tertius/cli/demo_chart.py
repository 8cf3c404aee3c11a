"""Drawings of what a scene measured, as plain SVG and tables in the page's own colours."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from math import ceil, log10

from tertius.cli.demo_scenes.scene import Bars, Chart, Curve, Lines, Rows, Web
from tertius.cli.demo_web import web

WIDE = 460
TICKS = 6  # figures along an axis, about
FEW = 30  # values of a curve that each get a dot
_ROW, _TOP = 52, 34
_LEFT, _RIGHT, _UP, _DOWN = 48, 12, 22, 40  # room around the curves
_HIGH = 260


def chart(drawn: Chart) -> str:
    """Return a figure with its heading and caption."""
    if isinstance(drawn, Rows):
        return _figure(drawn.title, drawn.caption, _table(drawn), wide=True)
    if isinstance(drawn, Web):
        return _figure(drawn.title, drawn.caption, _web(drawn))
    inside, told = _bars(drawn) if isinstance(drawn, Bars) else _lines(drawn)
    high = _TOP + _ROW * len(drawn.bars) if isinstance(drawn, Bars) else _HIGH
    key = "" if isinstance(drawn, Bars) else _key(drawn)
    label = escape(f"{drawn.title}: {told}")
    picture = f'<svg viewBox="0 0 {WIDE} {high}" role="img" aria-label="{label}">\n{inside}</svg>\n'
    return _figure(drawn.title, drawn.caption, picture + key)


def _figure(title: str, caption: str, inside: str, *, wide: bool = False) -> str:
    return f"""<figure class="chart{" wide" if wide else ""}">
<figcaption><strong>{escape(title)}</strong></figcaption>
{inside}<figcaption>{escape(caption)}</figcaption>
</figure>
"""


def _web(drawn: Web) -> str:
    told = "; ".join(f"{one} to {other}: {label}" for one, other, label in drawn.arrows)
    arrows = {(one, other): (label, 2.0) for one, other, label in drawn.arrows}
    touched = {name for pair in arrows for name in pair}
    classes = {name: "marked" if name in touched else "plain" for name in drawn.members}
    takers = {other for _, other in arrows}
    centre = next(iter(takers)) if len(takers) == 1 and len(arrows) > 1 else ""
    return web(classes, arrows, told=f"{drawn.title}: {told}", centre=centre)


def _table(drawn: Rows) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in drawn.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(each)}</td>" for each in rest)
        + "</tr>\n"
        for first, *rest in drawn.rows
    )
    return (
        f'<table>\n<caption class="unseen">{escape(drawn.title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
    )


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


# -- curves ----------------------------------------------------------------------------------------


def _lines(drawn: Lines) -> tuple[str, str]:
    count = len(drawn.curves[0].values)
    y = _heights(drawn)

    def x(period: float) -> float:
        return _LEFT + (period - drawn.first) * (WIDE - _LEFT - _RIGHT) / (count - 1)

    lines = [*_axis(drawn, y), *_levels(drawn, y), *_marks(drawn, x)]
    step = ceil(count / TICKS)
    for period in range(drawn.first, drawn.first + count, step):
        lines.append(
            f'<text class="count" x="{x(period):.1f}" y="{_HIGH - _DOWN + 18}">{period}</text>\n'
        )
    middle = (_LEFT + WIDE - _RIGHT) / 2
    lines.append(
        f'<text class="count" x="{middle}" y="{_HIGH - _DOWN + 35}">{escape(drawn.period)}</text>\n'
    )
    for number, curve in enumerate(drawn.curves, 1):
        lines.append(_curve(curve, number, drawn.first, x, y))
    told = "; ".join(
        f"{curve.label}: " + ", ".join(_figures(drawn, value) for value in curve.values)
        for curve in drawn.curves
    )
    beside = [f"{label} {_figures(drawn, level)}" for label, level in drawn.levels]
    beside += [f"{label} at {drawn.period} {at:g}" for label, at in drawn.marks]
    return "".join(lines), "; ".join((f"from {drawn.period} {drawn.first}", told, *beside))


def _heights(drawn: Lines) -> Callable[[float], float]:
    """Return what takes a value to its place between the bottom and the top."""
    values = [value for curve in drawn.curves for value in curve.values]
    values += [level for _, level in drawn.levels]
    if drawn.scale == "share":
        values = [0.0, 1.0]
    elif drawn.scale == "log":
        values = [log10(value) for value in values]
        values += [0.0, max(1.0, ceil(max(values)))]
    low, high = min(values), max(values)

    def y(value: float) -> float:
        shown = log10(value) if drawn.scale == "log" else value
        return _HIGH - _DOWN - (shown - low) / (high - low) * (_HIGH - _DOWN - _UP)

    return y


def _axis(drawn: Lines, y: Callable[[float], float]) -> list[str]:
    """Draw the scale, where it does not follow from the levels."""
    if drawn.scale == "plain":
        return []
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    if drawn.scale == "log":
        most = max(1, ceil(log10(max(max(curve.values) for curve in drawn.curves))))
        ticks = [10.0**power for power in range(0, most + 1, max(1, ceil(most / TICKS)))]
    return [
        f'<line class="grid" x1="{_LEFT}" y1="{y(tick):.1f}" x2="{WIDE - _RIGHT}" '
        f'y2="{y(tick):.1f}"/>\n<text class="count end" x="{_LEFT - 6}" y="{y(tick) + 4:.1f}">'
        f"{_short(drawn, tick)}</text>\n"
        for tick in ticks
    ]


def _levels(drawn: Lines, y: Callable[[float], float]) -> list[str]:
    lines = []
    for label, level in drawn.levels:
        lines.append(
            f'<line class="level" x1="{_LEFT}" y1="{y(level):.1f}" x2="{WIDE - _RIGHT}" '
            f'y2="{y(level):.1f}"/>\n'
            f'<text class="count end" x="{WIDE - _RIGHT}" y="{y(level) - 5:.1f}">'
            f"{escape(label)}</text>\n"
        )
        if drawn.scale == "plain":
            lines.append(
                f'<text class="count end" x="{_LEFT - 6}" y="{y(level) + 4:.1f}">'
                f"{level:.2f}</text>\n"
            )
    return lines


def _marks(drawn: Lines, x: Callable[[float], float]) -> list[str]:
    """Draw each mark, its label to the side where there is more room."""
    lines = []
    for number, (label, at) in enumerate(drawn.marks, 1):
        left = x(at) < WIDE / 2
        lines.append(
            f'<line class="mark mark-{number}" x1="{x(at):.1f}" y1="{_UP - 10}" x2="{x(at):.1f}" '
            f'y2="{_HIGH - _DOWN}"/>\n<text class="told {"start" if left else "end"}" '
            f'x="{x(at) + (5 if left else -5):.1f}" y="{_UP - 8}">{escape(label)}</text>\n'
        )
    return lines


def _curve(
    curve: Curve, number: int, first: int, x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    """Draw a curve, with a dot for each value where there are few."""
    places = [(x(first + n), y(value)) for n, value in enumerate(curve.values)]
    points = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    dots = "".join(
        f'<circle class="dot agent-{number}" cx="{across:.1f}" cy="{up:.1f}" r="3"/>\n'
        for across, up in (places if len(places) <= FEW else ())
    )
    return f'<polyline class="curve agent-{number}" points="{points}"/>\n{dots}'


def _key(drawn: Lines) -> str:
    """Return which curve is which."""
    items = "".join(
        f'<li><svg viewBox="0 0 26 8" aria-hidden="true"><line class="curve agent-{number}" '
        f'x1="0" y1="4" x2="26" y2="4"/></svg>{escape(curve.label)}</li>\n'
        for number, curve in enumerate(drawn.curves, 1)
    )
    return f'<ul class="key">\n{items}</ul>\n'


def _figures(drawn: Lines, value: float) -> str:
    return {"plain": f"{value:.2f}", "share": f"{value:.0%}", "log": f"{value:.3g}"}[drawn.scale]


def _short(drawn: Lines, tick: float) -> str:
    if drawn.scale == "share":
        return f"{tick:.0%}"
    power = round(log10(tick))
    return f"{tick:,.0f}" if power < 4 else f'10<tspan class="power" dy="-6">{power}</tspan>'
