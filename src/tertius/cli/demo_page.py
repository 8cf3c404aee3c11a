"""The demo's page: one HTML file that needs no script and asks nothing of any other host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from tertius.cli.demo_chart import chart
from tertius.cli.demo_scenes.scene import LATER, TONES, Case, Check, Scene
from tertius.cli.demo_web import HEAD, web
from tertius.cli.log import moment, receivers
from tertius.core.ports.reader import Recorded

LANES = 3  # colours of agents; a further agent begins anew


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
{HEAD}<header>
<h1>Tertius: the demo</h1>
<p class="soft">The third party on every connection between AI agents. This page was made on your
machine, just now; every number on it was measured in the making. It holds no script and asks
nothing of any other host. No language model took part. All chance comes from fixed seeds, which are
stated, so that every machine gets the same numbers and digests.</p>
{_contents(scenes)}</header>
<main>
{body}</main>
</body>
</html>
"""


def _contents(scenes: Sequence[Scene]) -> str:
    """List the scenes in their order, and those to come in their places."""
    items = {
        scene.number: f'<a href="#scene-{scene.number}">{escape(scene.title)}</a>'
        for scene in scenes
    }
    items |= {number: f"{title} (comes with a later version)" for number, title in LATER.items()}
    listed = "".join(f'<li value="{number}">{items[number]}</li>\n' for number in sorted(items))
    return f'<nav aria-label="Scenes">\n<ol>\n{listed}</ol>\n</nav>\n'


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
        f'<p>{escape(scene.lead)}</p>\n<p class="soft">Players: {escape(scene.players)}.</p>\n'
        f"{verdict}\n{_drawing(scene, lanes)}"
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
    if check.promise:
        more += f"""<details class="more"><summary>What is guaranteed</summary>
<p>{escape(check.promise)}</p></details>
"""
    lesson = f'<p class="lesson">{escape(check.lesson)}</p>' if check.lesson else ""
    return f"""<li>
<p><span class="chip {TONES[answer]}">{answer}</span>
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
    told = "; ".join(f"{a} to {b} {count} times" for (a, b), count in pairs.items())
    arrows = {(a, b): (str(count), 1 + count / 3) for (a, b), count in pairs.items() if a != b}
    drawn = web(lanes, arrows, told=f"Who told whom: {told}")
    return f"<figure>\n{drawn}<figcaption>{escape(scene.caption)}</figcaption>\n</figure>\n"
