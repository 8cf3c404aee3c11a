"""`tertius report`: a log as one page that opens offline."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tertius.cli.screen import Flag, print_json, safe
from tertius.cli.verify import judge
from tertius.core.errors import CallerError
from tertius.report.page import write_report
from tertius.runtime.detect import battery, detect_log

OURS = b"<!doctype html>"
STATES = {"verified": "verified", "not_evaluated": "not evaluated", "broken": "BROKEN"}


class NotAReportError(CallerError):
    """What stands where the report should go is no report."""


def report(
    log: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("report.html"),
    run: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    key: Path | None = None,
    json: Flag = False,
) -> int:
    """Write what happened in a log, and what detectors found, as one page that opens offline.

    The log is verified, with the keys pinned on this machine, and shown to every detector. Exit
    codes as for `verify`: 0 verified, 3 not shown to be authentic, 4 broken; the page says so too.

    Parameters
    ----------
    log
        Folder of the log.
    output
        The page; an older report is replaced, any other file is left alone.
    run
        Only this run; give it again for more.
    key
        File of verifier keys, as for `verify`.
    json
        Print one JSON object.
    """
    require_replaceable(output)
    verdict = judge(log, key=key)
    detectors = battery()
    answers = list(detect_log(log, detectors))
    specs = [detector.spec for detector in detectors]
    size = write_report(log, answers, specs, verdict, output, runs=run, now=int(time.time()))
    if json:
        print_json({"output": str(output), "bytes": size, "record": verdict.status})
    else:
        print(f"record: {STATES[verdict.status]}")
        print(f"report in {safe(str(output))}; open it in a browser, it needs no network")
    return verdict.exit_code


def require_replaceable(path: Path) -> None:
    """Refuse to overwrite what is no page of ours.

    Raises
    ------
    NotAReportError
        The file exists and does not begin as a page does.
    """
    if not path.exists():
        return
    if path.is_dir():
        raise NotAReportError(f"`{path}` is a folder; name a file such as `{path}/report.html`")
    with path.open("rb") as file:
        if file.read(len(OURS)) not in (OURS, b""):
            raise NotAReportError(f"`{path}` is no report and is left alone; name another --output")
