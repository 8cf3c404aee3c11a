"""`tertius analyze`: recorded runs in, a verified log and a summary out."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table

from tertius.cli.screen import Flag, console, counted, print_json, progress, safe
from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.disk import LogWriteError
from tertius.log.keys import config_folder, pin, read_pins
from tertius.log.verify import verify
from tertius.log.verify_report import Report
from tertius.runtime.index import build_index
from tertius.runtime.ingest import Ingest
from tertius.runtime.record import record
from tertius.runtime.tally import IngestSummary

SHOWN = 12  # rows of a table, and problems, that are printed before the rest is counted


OPTIONS = ("--log", "--format", "--truth", "--json", "--debug", "--help")


class LogExistsError(CallerError):
    """The folder for the new log is not empty."""


class NothingNamedError(CallerError):
    """No path, or an option that does not exist."""


def analyze(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    log: Path | None = None,
    format: str | None = None,
    truth: Path | None = None,
    json: Flag = False,
) -> int:
    """Read recorded runs of multi-agent systems, keep them in a log, verify it, sum it up.

    Parameters
    ----------
    paths
        Files, folders, glob patterns, or - for standard input.
    log
        New folder for the log; without it the log is made, verified and thrown away.
    format
        Name of the recorded format [default: recognised by content].
    truth
        New file for answers and labels found in the runs, as JSON Lines. They never enter the log.
    json
        Print one JSON object.
    """
    _check_words(paths)
    with ExitStack() as stack:
        if log is None:
            room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tertius-")))
            target, config = room / "log", room / "config"
        else:
            target, config = log, config_folder(os.environ)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise LogExistsError(f"`{target}` exists already; name a new folder with --log")
        try:
            summary = _record(paths, format, target, config, truth)
        except (KeyboardInterrupt, LogWriteError) as error:
            if log is not None and (target / "writers").is_dir():
                verb = "export" if isinstance(error, LogWriteError) else "rebuild-index"
                kept = safe(shlex.join(["tertius", "log", verb, str(log)]))
                print(f"what was read so far is in the log; next: {kept}", file=sys.stderr)
            raise
        report = _check(target, config)
        if json:
            print_json(_as_dict(summary, report, log))
        else:
            _show(summary, report, log)
    return max(summary.exit_code, report.exit_code)


def _check_words(paths: Sequence[str]) -> None:
    """Refuse what only looks like a path; a file that begins with `-` is written `./-name`."""
    if not paths:
        raise NothingNamedError("nothing to read; name files, folders, patterns, or `-`")
    for word in paths:
        if word.startswith("-") and word != "-":
            option = word.split("=")[0]
            raise NothingNamedError(f"unknown option `{option}`{nearest(option, OPTIONS)}")


def _record(
    paths: Sequence[str], format: str | None, target: Path, config: Path, truth: Path | None
) -> IngestSummary:
    with ExitStack() as stack:
        bar = stack.enter_context(progress())
        task = bar.add_task("reading", total=None)
        ingest = Ingest(
            paths,
            format=format,
            stdin=sys.stdin.buffer,
            on_file=lambda done, total: bar.update(task, completed=done, total=total or None),
        )
        records = iter(ingest)
        first = next(records)  # where nothing can be read, nothing is made
        answers = stack.enter_context(truth.open("xb")) if truth is not None else None

        def keep(answer: TruthRecord) -> None:
            if answers is not None:
                answers.write(msgspec.json.encode(answer) + b"\n")

        def tell(count: int) -> None:
            bar.update(task, description=f"reading, {counted(count, 'record')}")

        keys = KeyFolder(config / "private", outside=target)
        deployment = stack.enter_context(Deployment(target, keys=keys))
        pin(config / "keys", deployment.key, outside=target)
        record(_told(chain([first], records), tell), deployment.writer("analyze"), on_truth=keep)
        deployment.close()
        indexed = bar.add_task("indexing", total=ingest.summary.events)
        build_index(target, on_event=lambda count: bar.update(indexed, completed=count))
    return ingest.summary


def _told(
    records: Iterable[Recorded | TruthRecord], tell: Callable[[int], None]
) -> Iterator[Recorded | TruthRecord]:
    """Give the records on, telling their number now and then: a large file takes a while."""
    for number, each in enumerate(records):
        if number % 1000 == 0:
            tell(number)
        yield each


def _check(target: Path, config: Path) -> Report:
    """Verify what was just written, with the key that was pinned for it."""
    pinned = [key.vkey for key in read_pins(config / "keys", outside=target).values()]
    return verify(target, now=int(time.time()), pinned=pinned, processes=2)


def _as_dict(summary: IngestSummary, report: Report, log: Path | None) -> dict[str, Any]:
    problems = [msgspec.to_builtins(problem) for problem in summary.problems]
    return {
        **summary.as_dict(),
        "problem_list": problems,
        "log": None if log is None else str(log),
        "record": msgspec.to_builtins(report),
    }


def _show(summary: IngestSummary, report: Report, log: Path | None) -> None:
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
    unknown = summary.unknown
    out.print(
        f"unknown in {counted(summary.events, 'event')}: sender {unknown.senders:,}, "
        f"receiver {unknown.receivers:,}, channel {unknown.channels:,}, time {unknown.times:,}"
    )
    if summary.truths:
        out.print(f"answers and labels kept out of the log: {summary.truths:,}")
    for reason, files in sorted(summary.skipped.items()):
        out.print(f"skipped {counted(len(files), 'file')}: {safe(reason)}")
    _show_problems(summary)
    _show_edges(summary)
    state = {"verified": "verified", "not_evaluated": "not evaluated", "broken": "BROKEN"}
    entries = sum(each.size for each in report.logs)
    out.print(f"record: {entries:,} entries, {state[report.status]}", style="bold")
    for breach in report.problems[:SHOWN]:
        print(f"problem: {safe(breach.log)}, {safe(breach.file)}: {breach.what}", file=sys.stderr)
    if log is None:
        out.print("the log was not kept; add --log DIR to keep, trace and verify it")
    else:
        first = next(iter(summary.runs))
        next_step = shlex.join(["tertius", "log", "show", str(log), "--run", first])
        out.print(f"kept in {safe(str(log))}; next: {safe(next_step)}", soft_wrap=True)


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
        out.print(f"and {counted(len(pairs) - SHOWN, 'more pair')}")
