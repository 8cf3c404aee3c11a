"""What `tertius analyze` prints: tables for people, one object for machines."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from tertius.cli.analysis import Analysis
from tertius.cli.screen import console, counted, safe, visible
from tertius.cli.whom import all_of
from tertius.core.finding import SEVERITIES, Finding
from tertius.log.verify_report import Report
from tertius.runtime.blind import sights
from tertius.runtime.propose import as_yaml, proposals
from tertius.runtime.tally import IngestSummary

SHOWN = 12  # rows of a table, and problems, that are printed before the rest is counted
NAMED = 3  # skipped files that are named before the rest is counted
PROPOSED = 3  # rules that are printed before the rest is counted
ABOUT = 3  # agents or pairs that are named before the rest is counted
OFTEN = 3  # events that a printed rule fits at least
UNSURE = 4  # reasons for not telling that are printed before the rest is counted
STATES = {"verified": "verified", "not_evaluated": "not evaluated", "broken": "BROKEN"}


def as_dict(
    done: Analysis, checked: Report, log: Path | None, report: Path | None
) -> dict[str, Any]:
    """Return everything as plain values for ``--json``."""
    summary = done.summary
    return {
        **summary.as_dict(),
        "skipped_files": dict(sorted(summary.skipped.items())),
        "problem_list": msgspec.to_builtins(summary.problems),
        "run_list": [
            {
                "run": name,
                "file": run.file,
                "format": run.format,
                "agents": sorted(run.agents),
                "events": run.events,
                "edges": [
                    {**msgspec.to_builtins(edge), "count": count}
                    for edge, count in sorted(run.edges.items())
                ],
            }
            for name, run in summary.runs.items()
        ],
        "findings": [{"id": each.id, **msgspec.to_builtins(each)} for each in done.findings],
        "could_not_tell": msgspec.to_builtins(done.unsure),
        "detectors": [
            {"name": each.detector, "seen": each.seen, "missing": each.missing}
            for each in sights(done.kinds, done.specs)
        ],
        "mapping": msgspec.to_builtins(done.tally),
        "proposals": msgspec.to_builtins(proposals(done.sketch, done.mapping)),
        "log": None if log is None else str(log),
        "report": None if report is None else str(report),
        "record": msgspec.to_builtins(checked),
    }


def show(done: Analysis, checked: Report, log: Path | None, report: Path | None) -> None:
    """Print what was read, what was found, what could not be told, and where it is kept."""
    _show_read(done.summary)
    _show_problems(done.summary)
    _show_edges(done.summary)
    _show_mapping(done)
    _show_findings(done)
    _show_blind(done)
    _show_kept(done.summary, checked, log, report)


def _show_read(summary: IngestSummary) -> None:
    out = console()
    table = Table("format")
    for name in ("runs", "agents", "events", "edges"):
        table.add_column(name, justify="right")
    for format in sorted(summary.formats):
        runs = [run for run in summary.runs.values() if run.format == format]
        table.add_row(
            format,
            f"{len(runs):,}",
            f"{sum(len(run.agents) for run in runs):,}",
            f"{sum(run.events for run in runs):,}",
            f"{sum(len(run.edges) for run in runs):,}",
        )
    out.print("Recorded runs", style="bold")
    out.print(table)
    if len(summary.runs) > 1:
        out.print("an agent, or an edge, that is in several runs is counted in each of them")
    unknown = summary.unknown
    out.print(
        f"unknown in {counted(summary.events, 'event')}: sender {unknown.senders:,}, "
        f"receiver {unknown.receivers:,}, channel {unknown.channels:,}, time {unknown.times:,}"
    )
    if summary.truths:
        alone = f", {summary.alone:,} of them about runs in no file" if summary.alone else ""
        out.print(f"answers and labels kept out of the log: {summary.truths:,}{alone}")
    if summary.merged:
        out.print(f"merged {counted(len(summary.merged), 'run')} that another file holds too")
    for reason, rows in sorted(summary.rows.items()):
        out.print(f"counted {counted(rows.total(), 'row')}: {safe(reason)}")
    for reason, files in sorted(summary.skipped.items()):
        named = ", ".join(safe(file) for file in files[:NAMED])
        more = f" and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
        out.print(f"skipped {counted(len(files), 'file')}: {safe(reason)}: {named}{more}")


def _show_problems(summary: IngestSummary) -> None:
    for problem in summary.problems[:SHOWN]:
        place = [safe(problem.path)]
        place += [f"record {problem.record}"] if problem.record is not None else []
        place += [f"offset {problem.offset}"] if problem.offset is not None else []
        place += [f"field {safe(problem.field)}"] if problem.field else []
        word = "note" if problem.warning else "problem"
        print(f"{word}: {', '.join(place)}: {safe(problem.message)}", file=sys.stderr)
    rest = summary.problem_count + summary.warning_count - SHOWN
    if rest > 0:
        print(f"and {rest:,} more; see --json", file=sys.stderr)


def _show_edges(summary: IngestSummary) -> None:
    """Print the pairs that exchanged most, over all runs."""
    pairs: Counter[tuple[str, str]] = Counter()
    for run in summary.runs.values():
        for edge, count in run.edges.items():
            pairs[edge.sender, edge.receiver] += count
    if not pairs:
        return
    table = Table("from", "to")
    table.add_column("times", justify="right")
    for (sender, receiver), count in pairs.most_common(SHOWN):
        table.add_row(safe(sender) or "(unknown)", safe(receiver) or "(unknown)", f"{count:,}")
    out = console()
    out.print("Who told whom, most often first", style="bold")
    out.print(table)
    if len(pairs) > SHOWN:
        out.print(f"and {counted(len(pairs) - SHOWN, 'more pair')}; --json lists all")


def _show_mapping(done: Analysis) -> None:
    """Print what the rules of the configuration did."""
    added = sum(rule.added for rule in done.tally.rules.values())
    if not done.tally.rules:
        return
    out = console()
    out.print(f"events added by rules under `events:`: {added:,}")
    for name, rule in done.tally.rules.items():
        if rule.misfits:
            first = rule.examples[0]
            words = f"{counted(rule.misfits, 'value')} did not fit, first in {safe(first.event)}"
            print(f"note: rule {safe(name)}: {words}: {safe(first.why)}", file=sys.stderr)
    for name in done.tally.silent:
        print(f"note: rule {safe(name)} matched nothing; is it spelt right", file=sys.stderr)


def _show_findings(done: Analysis) -> None:
    """Print findings by detector, the most severe first."""
    out = console()
    titles = {spec.name: spec.title for spec in done.specs}
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in done.findings:
        groups.setdefault((finding.severity, finding.detector), []).append(finding)
    out.print("Findings", style="bold")
    if not groups:
        out.print("none; that is no proof that nothing is wrong")
        return
    table = Table("severity", "what")
    table.add_column("findings", justify="right")
    table.add_column("runs", justify="right")
    table.add_column("about", max_width=40)
    table.add_column("where to look", overflow="fold")
    order = sorted(groups, key=lambda key: (SEVERITIES.index(key[0]), -len(groups[key])))
    for severity, detector in order:
        found = groups[severity, detector]
        table.add_row(
            severity,
            safe(titles.get(detector, detector)),
            f"{len(found):,}",
            f"{len({each.run for each in found}):,}",
            safe(all_of(found, ABOUT)),
            safe(found[0].onset or found[0].evidence[0]),
        )
    out.print(table)


def _show_blind(done: Analysis) -> None:
    """Print what was not evaluated, and rules that could mend it."""
    out = console()
    titles = {spec.name: spec.title for spec in done.specs}
    unsure = Counter((answer.asked, answer.why) for answer in done.unsure)
    out.print("Not evaluated", style="bold")
    for (name, why), count in unsure.most_common(UNSURE):
        out.print(f"{safe(titles.get(name, name))}: could not tell, {safe(why)} ({count:,})")
    if len(unsure) > UNSURE:
        out.print(f"and {counted(len(unsure) - UNSURE, 'more reason')}; the report names all")
    blind = [sight.title for sight in sights(done.kinds, done.specs) if sight.blind]
    if blind:
        out.print(
            f"{counted(len(blind), 'detector')} of {len(done.specs)} had nothing to read, such as "
            f"`{safe(blind[0])}`; the report names all"
        )
        out.print("rules under `events:` in tertius.yaml can say which of your tools mean it")
    if not unsure and not blind:
        out.print("nothing was left out")
    offers = [each for each in proposals(done.sketch, done.mapping) if each.count >= OFTEN]
    if offers:
        rest = len(offers) - PROPOSED
        more = f"; {rest} more under --json" if rest > 0 else ""
        out.print(f"If this is what they mean, put it into tertius.yaml{more}:", style="bold")
        for each in as_yaml(offers[:PROPOSED]).splitlines():
            out.print(visible(each), soft_wrap=True)


def _show_kept(
    summary: IngestSummary, checked: Report, log: Path | None, report: Path | None
) -> None:
    out = console()
    entries = sum(each.size for each in checked.logs)
    out.print(f"record: {entries:,} entries, {STATES[checked.status]}", style="bold")
    for breach in checked.problems[:SHOWN]:
        print(f"problem: {safe(breach.log)}, {safe(breach.file)}: {breach.what}", file=sys.stderr)
    if report is not None:
        out.print(f"report: {safe(str(report))}; it opens in any browser, offline")
    if log is None:
        out.print("the log was not kept; add --log DIR to keep, trace and verify it")
    else:
        first = next(iter(summary.runs))
        next_step = shlex.join(["tertius", "log", "show", str(log), "--run", first])
        out.print(f"kept in {safe(str(log))}; next: {safe(next_step)}", soft_wrap=True)
