"""`tertius analyze`: recorded runs in, a verified log, findings and a summary out."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from cyclopts import Parameter

from tertius.cli.analysis import Analysis
from tertius.cli.analysis_shown import as_dict, show
from tertius.cli.screen import Flag, counted, print_json, progress, safe
from tertius.core.errors import EXIT_FINDING, EXIT_PASS, CallerError
from tertius.core.finding import SEVERITIES, Finding
from tertius.core.names import nearest
from tertius.core.ports.reader import TruthRecord
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.disk import LogWriteError
from tertius.log.keys import config_folder, pin, read_pins
from tertius.log.verify import verify
from tertius.log.verify_report import Report
from tertius.report.page import write_report
from tertius.runtime.ahead import read_ahead
from tertius.runtime.config import Config, load_config
from tertius.runtime.detect import Watching
from tertius.runtime.index import build_index
from tertius.runtime.ingest import Ingest
from tertius.runtime.mapping import Mapping, MappingTally, mapped
from tertius.runtime.record import record
from tertius.runtime.sketch import Sketch, sketched

CONFIG = Path("tertius.yaml")
OPTIONS = (
    "--log", "--format", "--truth", "--report", "--config", "--fail-on", "--json", "--debug",
    "--help",
)  # fmt: skip
Item = TypeVar("Item")


class LogExistsError(CallerError):
    """The folder for the new log is not empty."""


class NoFolderError(CallerError):
    """The folder for the report does not exist."""


class NothingNamedError(CallerError):
    """No path, or an option that does not exist."""


def analyze(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    log: Path | None = None,
    report: Path | None = None,
    format: str | None = None,
    config: Path | None = None,
    truth: Path | None = None,
    fail_on: Literal["low", "medium", "high"] | None = None,
    json: Flag = False,
) -> int:
    """Read recorded runs of multi-agent systems, say what is wrong in them, keep a verified log.

    Parameters
    ----------
    paths
        Files, folders, glob patterns, or - for standard input.
    log
        New folder for the log; without it the log is made, verified and thrown away.
    report
        New or existing file for a page that opens offline; the log is kept beside it.
    format
        Name of the recorded format [default: recognised by content].
    config
        What tools and messages mean, and which detectors run [default: tertius.yaml, if there is
        one here].
    truth
        New file for answers and labels found in the runs, as JSON Lines. They never enter the log.
    fail_on
        Leave with exit code 1 if there is a finding of this severity or above.
    json
        Print one JSON object.
    """
    _check_words(paths)
    if log is None and report is not None:
        log = report.with_name(f"{report.stem}-log")
    if report is not None and not report.parent.is_dir():
        raise NoFolderError(f"no folder `{report.parent}` for the report; make it first")
    settings = load_config(config or CONFIG) if config or CONFIG.is_file() else Config()
    with ExitStack() as stack:
        if log is None:
            room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tertius-")))
            target, keys = room / "log", room / "config"
        else:
            target, keys = log, config_folder(os.environ)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise LogExistsError(f"`{target}` exists already; name a new folder with --log")
        try:
            done = _record(paths, format, target, keys, truth, settings)
        except (KeyboardInterrupt, LogWriteError) as error:
            if log is not None and (target / "writers").is_dir():
                verb = "export" if isinstance(error, LogWriteError) else "rebuild-index"
                kept = safe(shlex.join(["tertius", "log", verb, str(log)]))
                print(f"what was read so far is in the log; next: {kept}", file=sys.stderr)
            raise
        checked = _check(target, keys)
        if report is not None:
            write_report(target, done.answers, done.specs, checked, report, now=int(time.time()))
        if json:
            print_json(as_dict(done, checked, log, report))
        else:
            show(done, checked, log, report)
    code = max(done.summary.exit_code, checked.exit_code)
    return code if code != EXIT_PASS else _judge(done.findings, fail_on)


def _judge(findings: Iterable[Finding], fail_on: str | None) -> int:
    """Return 1 if a finding is as severe as `fail_on`, or more."""
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on is not None else ()
    return EXIT_FINDING if any(each.severity in failing for each in findings) else EXIT_PASS


def _check_words(paths: Sequence[str]) -> None:
    """Refuse what only looks like a path; a file that begins with `-` is written `./-name`."""
    if not paths:
        raise NothingNamedError("nothing to read; name files, folders, patterns, or `-`")
    for word in paths:
        if word.startswith("-") and word != "-":
            option = word.split("=")[0]
            raise NothingNamedError(f"unknown option `{option}`{nearest(option, OPTIONS)}")


def _record(
    paths: Sequence[str],
    format: str | None,
    target: Path,
    config: Path,
    truth: Path | None,
    settings: Config,
) -> Analysis:
    with ExitStack() as stack:
        bar = stack.enter_context(progress())
        task = bar.add_task("reading", total=None)
        ingest = Ingest(
            paths,
            format=format,
            stdin=sys.stdin.buffer,
            on_file=lambda done, total: bar.update(task, completed=done, total=total or None),
        )
        records = read_ahead(ingest, truth=truth is not None)
        first = next(records)  # where nothing can be read, nothing is made
        answers = stack.enter_context(truth.open("xb")) if truth is not None else None

        def keep(answer: TruthRecord) -> None:
            if answers is not None:
                answers.write(msgspec.json.encode(answer) + b"\n")

        def tell(count: int) -> None:
            bar.update(task, description=f"reading, {counted(count, 'record')}")

        detectors = settings.detectors.load()
        done = Analysis(
            summary=ingest.summary,
            sketch=Sketch(),
            mapping=Mapping(settings.events),
            tally=MappingTally(),
            specs=[detector.spec for detector in detectors],
        )
        stream = mapped(_told(chain([first], records), tell), done.mapping, done.tally)
        keys = KeyFolder(config / "private", outside=target)
        deployment = stack.enter_context(Deployment(target, keys=keys))
        pin(config / "keys", deployment.key, outside=target)
        record(
            sketched(stream, done.sketch),
            deployment.writer("analyze", sealer="process"),
            watching=Watching(detectors),
            on_truth=keep,
            on_answer=done.answers.append,
        )
        deployment.close()
        indexed = bar.add_task("indexing", total=ingest.summary.events)
        build_index(target, on_event=lambda count: bar.update(indexed, completed=count))
    return done


def _told(records: Iterable[Item], tell: Callable[[int], None]) -> Iterator[Item]:
    """Give the records on, telling their number now and then: a large file takes a while."""
    for number, each in enumerate(records):
        if number % 1000 == 0:
            tell(number)
        yield each


def _check(target: Path, config: Path) -> Report:
    """Verify what was just written, with the key that was pinned for it."""
    pinned = [key.vkey for key in read_pins(config / "keys", outside=target).values()]
    return verify(target, now=int(time.time()), pinned=pinned, processes=2)
