"""What the page says before any script runs: the result in plain words, as escaped HTML."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape

from tertius.core.finding import SEVERITIES, Finding
from tertius.core.ports.detector import DetectorSpec
from tertius.report.data import Gathered, RunCount, ranked
from tertius.report.words import counted, line

MOST_ROWS = 1000  # runs in the list; more are counted
MOST_WORST = 6  # findings told at the top, two of one kind at most
_AID = (
    "Places to look, above, are read from the order and the words of the record to help a reader; "
    "they are no findings. Detectors, here, are programs of which each states what its findings "
    "guarantee."
)
_SEVERAL = "a run", "the answers are"
MOST_NAMED = 8  # events that are named in a sentence; more are counted


def lead(found: Gathered, drawn: Collection[str]) -> str:
    """Say what was read and what came of it, in a few sentences."""
    events = sum(run.events for run in found.runs)
    agents = sum(len(run.agents) for run in found.runs)
    share = f" of {len(found.runs) + found.elsewhere:,} in the log" if found.elsewhere else ""
    read = f"{counted(len(found.runs), 'run')}{share}, with {counted(agents, 'agent')} and "
    parts = [f"This page covers {read}{counted(events, 'event')}."]
    if len(found.runs) > 1 or not found.pictures:
        parts.append(_trouble(found))
    hidden = len(found.runs) - len(drawn)
    if hidden:
        parts.append(
            f"{counted(len(drawn), 'run')} can be opened here, the most severe ones. "
            f"The other {hidden:,} did not fit; the list says how to get a page of their own."
        )
    return f"<p>{escape(' '.join(parts))}</p>"


def detectors(found: Gathered) -> str:
    """Say of a single run what failed on record, and what became of asking detectors."""
    if not found.pictures:
        return ""
    picture = found.pictures[0]
    failed = [sign.event for sign in picture.signs if sign.failed]
    looks = [sign.event for sign in picture.signs if not sign.failed]
    record = _told(
        _listed(picture.name, failed, "failure") if failed else "",
        _listed(picture.name, looks, "event") if looks else "",
        found,
    )
    told = f"<p>{_AID}</p>\n<p>{escape(_found(found).strip())}</p>\n<p>{record}</p>"
    if found.specs:
        told += (
            f"\n<details><summary>{_silent(found)}</summary>\n"
            f"<p>{escape(picture.answered)}</p></details>"
        )
    return told


def _silent(found: Gathered) -> str:
    """Count the detectors of a single run that could not tell, for the line that hides them."""
    run, kinds = found.runs[0], set(found.pictures[0].kinds)
    blind = {spec.name for spec in found.specs if not kinds & set(spec.kinds)}
    untold = {answer.asked for answer in run.unsure} | blind
    untold -= {finding.detector for finding in run.findings}
    asked = counted(len(found.specs), "detector")
    return f"{len(untold)} of {asked} could not tell, and why; how many looked"


def _listed(run: str, events: Sequence[int], noun: str) -> str:
    """Count events and name them, each as a link."""
    links = [
        f'<a href="{escape(f"#run={run}&event={event + 1}")}">#{event + 1}</a>'
        for event in events[:MOST_NAMED]
    ]
    more = len(events) - MOST_NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{counted(len(events), noun)} ({', '.join(links)}{rest})"


def _told(failed: str, looks: str, found: Gathered) -> str:
    """Say what the record tells of trouble; that it tells of none only where none is on the page.

    A text that holds an error without being called failed, such as a trace in the middle of it, is
    worth a look: beside it, "no failure" would read as a contradiction.
    """
    if failed:
        return f"The record itself tells of {failed}{f'; {looks} worth a look' if looks else ''}."
    if looks:
        return f"The record itself holds {looks} worth a look."
    whole = sum(picture.left_out == 0 for picture in found.pictures) == len(found.runs)
    where = "" if whole else ", as far as it was read for this page,"
    noun, whether = ("this run", "the answer is") if len(found.runs) == 1 else _SEVERAL
    return (
        f"Nothing in the record{where} says by itself that {noun} failed{_unmarked(found)}; "
        f"whether {whether} right is not known here."
    )


def _unmarked(found: Gathered) -> str:
    """Say where nobody names an answer, so that silence is not read as success."""
    bare = sum(not (each.last and each.last.value) for each in found.pictures)
    where = f"in {counted(bare, 'run')} " if len(found.pictures) > 1 else ""
    return f", and {where}no message says “this is the answer”" if bare else ""


def _trouble(found: Gathered) -> str:
    """Count failures on record, events worth a look, and findings, each in how many runs."""
    failed = [sum(sign.failed for sign in run.signs) for run in found.pictures]
    looks = [len(run.signs) - count for run, count in zip(found.pictures, failed, strict=True)]
    told = _told(
        _times(failed, "failure") if any(failed) else "",
        _times(looks, "event") if any(looks) else "",
        found,
    )
    return f"{told} {_found(found)}"


def _found(found: Gathered) -> str:
    """Say how many findings there are, and how many detectors could tell."""
    if not found.specs:
        return "No detector was asked, so nothing was evaluated."
    findings = [len(run.findings) for run in found.runs]
    severe = sum(run.severe("high") for run in found.runs)
    one = len(found.runs) == 1 and bool(found.pictures)
    if any(findings):
        told = f"{_times(findings, 'finding').capitalize()}, {severe or 'none'} of high severity. "
    else:
        told = "No detector has a finding, which does not show that all is well: see "
        told += "“What was not evaluated”. "
    return told if one else told + _asked(found)


def _asked(found: Gathered) -> str:
    """Say how many detectors answered in which share of several runs."""
    blind = {spec.name for spec in found.specs if not any(found.kinds[k] for k in spec.kinds)}
    untold: Counter[str] = Counter()
    for run in found.runs:
        told = {finding.detector for finding in run.findings}
        untold.update({answer.asked for answer in run.unsure} - told)
    never = {name for name, times in untold.items() if times == len(found.runs)} | blind
    partly = set(untold) - never
    whole = len(found.specs) - len(never) - len(partly)
    return (
        f"Of {counted(len(found.specs), 'detector')}, each of which looks for one kind of trouble "
        f"between agents, {whole} could tell in every run, {len(partly)} in some runs only, and "
        f"{len(never)} in none; why, is under “What was not evaluated”."
    )


def _times(counts: Sequence[int], noun: str) -> str:
    """Say how many, and in how many runs if there are several."""
    total = counted(sum(counts), noun) if any(counts) else f"no {noun}"
    runs = (
        f" in {counted(sum(map(bool, counts)), 'run')}" if any(counts) and len(counts) > 1 else ""
    )
    return total + runs


def worst(found: Gathered, drawn: Collection[str]) -> str:
    """Tell the most severe findings, and how often each kind of finding came up."""
    findings = found.findings
    if not findings:
        return "<p>No detector has a finding, which does not show that all is well.</p>"
    titles = {spec.name: spec for spec in found.specs}
    items = "".join(_worst(finding, found, titles, drawn) for finding in _picked(findings))
    rows = "".join(_kind(name, findings, titles) for name in _by_detector(findings))
    return (
        f'<ol class="worst">\n{items}</ol>\n'
        '<details><summary>All kinds of findings, counted</summary>\n<div class="scroll" '
        'tabindex="0" role="region" aria-label="Kinds of findings"><table><thead><tr>'
        '<th scope="col">finding</th><th scope="col">how often</th>'
        '<th scope="col" class="number">runs</th>'
        f'<th scope="col">what it means</th></tr></thead>\n<tbody>{rows}</tbody></table></div>'
        "</details>"
    )


def _picked(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give the most severe findings, so that one loud detector does not hide the others."""
    told: Counter[str] = Counter()
    for finding in findings:
        if told[finding.detector] < 2 and told.total() < MOST_WORST:
            told[finding.detector] += 1
            yield finding


def _by_detector(findings: Iterable[Finding]) -> list[str]:
    return [name for name, _ in Counter(finding.detector for finding in findings).most_common()]


def _worst(
    finding: Finding, found: Gathered, specs: dict[str, DetectorSpec], drawn: Collection[str]
) -> str:
    title = specs[finding.detector].title if finding.detector in specs else finding.detector
    quote = next((found.quotes[id] for id in finding.evidence if id in found.quotes), "")
    said = f'<q class="said">{escape(line(quote, 180))}</q>' if quote else ""
    where = f"in run {finding.run}"
    if finding.run in drawn:
        link = f"#run={finding.run}&finding={finding.id[:16]}"
        where = f'<a href="{escape(link)}">{escape(where)}</a>'
    names = escape(", ".join(finding.agents[:4]))
    return (
        f"<li>{_chip(finding.severity)} <strong>{escape(title)}</strong> {where}: "
        f"<bdi>{names}</bdi> {said}</li>\n"
    )


def _kind(name: str, findings: Iterable[Finding], specs: dict[str, DetectorSpec]) -> str:
    own = [finding for finding in findings if finding.detector == name]
    spec = specs.get(name)
    return (
        f"<tr><td>{escape(spec.title if spec else name)}</td>"
        f"<td>{_chips(Counter(f.severity for f in own))}</td>"
        f'<td class="number">{len({finding.run for finding in own}):,}</td>'
        f"<td>{escape(spec.plain if spec else '')}</td></tr>\n"
    )


def _chip(severity: str, text: str = "") -> str:
    return f'<span class="chip {severity}">{escape(text or severity)}</span>'


def _chips(counts: Counter[str]) -> str:
    shown = [_chip(each, f"{counts[each]:,} {each}") for each in SEVERITIES if counts[each]]
    return " ".join(shown) or '<span class="soft">none</span>'


def runs(found: Gathered, drawn: Collection[str]) -> str:
    """List all runs, those with severe findings first."""
    ordered = ranked(found.runs)
    failures = {each.name: sum(sign.failed for sign in each.signs) for each in found.pictures}
    rows = "".join(_run(run, drawn, failures.get(run.name)) for run in ordered[:MOST_ROWS])
    rest = len(ordered) - MOST_ROWS
    log = shlex.quote(str(found.folder))
    more = hidden = ""
    if rest > 0:
        more = (
            f"<p>And {counted(rest, 'run')} more, without worse findings; "
            f"<code>tertius log runs {escape(log)}</code> lists them.</p>\n"
        )
    if len(drawn) < len(found.runs):
        hidden = (
            '<p class="soft">A run without a link did not fit. For a page of its own:</p>\n'
            f"<pre>tertius report {escape(log)} --run NAME --output run.html</pre>\n"
        )
    return (
        '<div class="scroll tall" tabindex="0" role="region" aria-label="List of runs"><table>'
        '<thead><tr><th scope="col">run</th><th scope="col">findings</th>'
        '<th scope="col" class="number">agents</th><th scope="col" class="number">events</th>'
        f'<th scope="col" class="number">failures</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>\n"
        f"{more}{hidden}"
    )


def _run(run: RunCount, drawn: Collection[str], failures: int | None) -> str:
    name = f"<bdi>{escape(run.name)}</bdi>"
    if run.name in drawn:
        name = f'<a href="#run={escape(run.name)}">{name}</a>'
    if run.title:
        name += f'<br><bdi class="soft">{escape(line(run.title, 100))}</bdi>'
    return (
        f'<tr data-run="{escape(run.name)}" data-found="{len(run.findings)}"><td>{name}</td>'
        f"<td>{_chips(Counter(finding.severity for finding in run.findings))}</td>"
        f'<td class="number">{len(run.agents):,}</td><td class="number">{run.events:,}</td>'
        f'<td class="number">{"not read" if failures is None else format(failures, ",")}</td>'
        "</tr>\n"
    )
