"""The demo's page: one HTML file that needs no script and asks nothing of any other host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from math import cos, hypot, pi, sin

from tertius.cli.demo_chart import chart
from tertius.cli.demo_scenes.scene import Case, Check, Scene
from tertius.cli.log import moment, receivers
from tertius.core.ports.reader import Recorded

ASIDE = 7  # pixels by which an arrow and the one back stand apart
LANES = 3  # colours of agents; a further agent begins anew
_CHIPS = {
    "verified": "good",
    "caught": "good",
    "stopped": "good",
    "competitive": "good",
    "not punished": "good",
    "not evaluated": "open",
    "not noticed": "bad",
    "works": "bad",
    "above competition": "bad",
    "punished": "bad",
}


def page(scenes: Sequence[Scene]) -> str:
    """Return the whole page.

    Parameters
    ----------
    scenes : sequence of Scene
        As played. Every text in them is escaped.
    """
    style = (files("tertius.cli") / "demo_page.css").read_text()
    body = "".join(map(_scene, scenes))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<title>Tertius: the demo</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<header>
<h1>Tertius: the demo</h1>
<p class="soft">The third party on every connection between AI agents. This page was made on your
machine; it holds no script and asks nothing of any other host.</p>
</header>
<main>
{body}</main>
<footer>
<p>The firms of the market learned; all other agents here were scripted: runs written by hand, with
fixed seeds for keys, salts and clock, so that every digest is the same on every machine.</p>
</footer>
</body>
</html>
"""


def _scene(scene: Scene) -> str:
    count = sum(len(case.checks) for case in scene.cases)
    verdict = (
        f'<p class="verdict held">All {count} checks gave the answer they had to.</p>'
        if scene.held
        else '<p class="verdict failed">A check did not give the answer it had to.</p>'
    )
    lanes = _lanes(scene.run)
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(value)}</code></dd>\n"
        for name, value in scene.facts
    )
    return (
        f'<section aria-labelledby="scene-{scene.number}">\n'
        f'<h2 id="scene-{scene.number}">Scene {scene.number}: {escape(scene.title)}</h2>\n'
        f"<p>{escape(scene.lead)}</p>\n{verdict}\n{_drawing(scene, lanes)}"
        + _charts(scene)
        + f"<h3>{escape(scene.heading)}</h3>\n"
        + "".join(_case(case, scene.judge) for case in scene.cases)
        + f'<h3>The same on every machine</h3>\n<dl class="facts">\n{facts}</dl>\n'
        + _next(scene)
        + (f"<h3>The run, event by event</h3>\n{_timeline(scene, lanes)}" if scene.run else "")
        + "</section>\n"
    )


def _charts(scene: Scene) -> str:
    drawn = "".join(chart(each) for each in scene.charts)
    return f'<div class="charts">\n{drawn}</div>\n' if drawn else ""


def _next(scene: Scene) -> str:
    commands = "".join(f"<pre>{escape(command)}</pre>\n" for command in scene.next)
    return f"<p>Go on with:</p>\n{commands}" if commands else ""


def _case(case: Case, judge: str) -> str:
    checks = "".join(_check(check, case.answer(check), judge) for check in case.checks)
    return (
        f'<article class="case"><h4>{escape(case.title)}</h4>\n<p>{escape(case.did)}</p>\n'
        f'<ul class="checks">\n{checks}</ul></article>\n'
    )


def _check(check: Check, answer: str, judge: str) -> str:
    proof = "".join(f"<pre>{escape(text)}</pre>\n" for text in check.proof)
    if proof:
        proof = f"<p>Two signed notes that cannot both be true:</p>\n{proof}"
    label = "Repeat it, and the proof" if proof else "Repeat it"
    state = "as expected" if check.held else f"expected {check.expected} {check.wanted}".strip()
    code = "" if check.word else f"exit {check.got}, "
    more = ""
    if check.command:
        more = f"""<details class="more"><summary>{label}</summary>
<pre>{escape(check.command)}</pre>
{proof}</details>
"""
    lesson = f'<p class="lesson">{escape(check.lesson)}</p>' if check.lesson else ""
    return f"""<li>
<p><span class="chip {_CHIPS[answer]}">{answer}</span>
<span class="exit">{code}{escape(state)}</span></p>
<p><span class="label">checked with</span>{escape(check.given)}</p>
<div><p><span class="label">the {escape(judge)} says</span>{escape(check.said)}</p>
{lesson}</div>
{more}</li>
"""


# -- the run ---------------------------------------------------------------------------------------


def _lanes(run: Iterable[Recorded]) -> dict[str, str]:
    """Give every agent a colour, in the order in which they first act."""
    names = dict.fromkeys(each.event.agent for each in run if each.event.agent)
    return {name: f"agent-{number % LANES + 1}" for number, name in enumerate(names)}


def _timeline(scene: Scene, lanes: dict[str, str]) -> str:
    items = "".join(_event(each, lanes, f"event-{scene.number}-") for each in scene.run)
    return f'<ol class="lanes">\n{items}</ol>\n'


def _event(each: Recorded, lanes: dict[str, str], prefix: str) -> str:
    event = each.event
    kind = str(event.__struct_config__.tag).replace(".", " ")
    to = ", ".join(receivers(event))
    who = f'<span class="who">{escape(event.agent)}</span> ' if event.agent else ""
    arrow = f" to <strong>{escape(to)}</strong>" if to else ""
    text = each.contents[0].decode("utf-8", "replace") if each.contents else _detail(each)
    told = f"<p>{escape(text)}</p>\n" if text else ""
    links = ", ".join(
        f'<a href="#{prefix}{escape(cause.id)}">{escape(cause.id)}</a>' for cause in event.causes
    )
    rests = f'<p class="rests">rests on {links}</p>\n' if links else ""
    return (
        f'<li id="{prefix}{escape(event.id)}" class="{lanes.get(event.agent, "nobody")}">\n'
        f'<span class="soft">{moment(event.time)[11:19]}</span> {who}{escape(kind)}{arrow} '
        f"<code>{escape(event.id)}</code>\n{told}{rests}</li>\n"
    )


def _detail(each: Recorded) -> str:
    """Return what an event without content says in its own fields."""
    event = each.event
    told = [getattr(event, name, "") for name in ("title", "role", "resource", "amount", "unit")]
    return " ".join(str(part) for part in told if part)


# -- who told whom, as a drawing -------------------------------------------------------------------


def _drawing(scene: Scene, lanes: dict[str, str]) -> str:
    """Draw the agents on a circle, with an arrow for each pair that spoke and how often."""
    if not lanes:
        return ""
    pairs = Counter(
        (each.event.agent, to) for each in scene.run for to in receivers(each.event) if to in lanes
    )
    places = {
        name: (230 + 170 * sin(2 * pi * n / len(lanes)), 160 - 126 * cos(2 * pi * n / len(lanes)))
        for n, name in enumerate(lanes)
    }
    left = min(0.0, *(x - 70 for x, _ in places.values()))
    height = max(y for _, y in places.values()) + 47
    told = "; ".join(f"{a} to {b} {count} times" for (a, b), count in pairs.items())
    head = f"head-{scene.number}"
    arrows = "".join(
        _arrow(places[a], places[b], count, head) for (a, b), count in pairs.items() if a != b
    )
    nodes = "".join(
        f'<rect class="node {lanes[name]}" x="{x - 62:.0f}" y="{y - 22:.0f}" width="124" '
        f'height="44" rx="22"/><text x="{x:.0f}" y="{y + 5:.0f}">{escape(name)}</text>\n'
        for name, (x, y) in places.items()
    )
    return f"""<figure>
<svg viewBox="{left:.0f} 0 {460 - 2 * left:.0f} {height:.0f}" role="img"
 aria-label="Who told whom: {escape(told)}">
<defs><marker id="{head}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
 orient="auto" markerUnits="userSpaceOnUse"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>
{arrows}{nodes}</svg>
<figcaption>{escape(scene.caption)}</figcaption>
</figure>
"""


def _arrow(start: tuple[float, float], end: tuple[float, float], count: int, head: str) -> str:
    """Draw one arrow, bent to its right so that the way back has room."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    # The node is an ellipse of about 70 by 30: leave it, and meet the other, at its rim.
    rim = 1 / hypot(dx / 74, dy / 34)
    x1, y1, x2, y2 = x1 + dx * rim, y1 + dy * rim, x2 - dx * rim, y2 - dy * rim
    x1, y1, x2, y2 = x1 - dy * ASIDE, y1 + dx * ASIDE, x2 - dy * ASIDE, y2 + dx * ASIDE
    bend = 22
    cx, cy = (x1 + x2) / 2 - dy * bend, (y1 + y2) / 2 + dx * bend
    lx, ly = (x1 + x2) / 2 - dy * (bend + 2), (y1 + y2) / 2 + dx * (bend + 2)
    width = 1 + count / 3
    return (
        f'<path class="edge" d="M{x1:.0f} {y1:.0f}Q{cx:.0f} {cy:.0f} {x2:.0f} {y2:.0f}" '
        f'stroke-width="{width:.1f}" marker-end="url(#{head})"/>'
        f'<text class="count" x="{lx:.0f}" y="{ly + 4:.0f}">{count}</text>\n'
    )
