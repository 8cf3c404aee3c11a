"""`tertius outcomes`: import what came out later into the log of the runs it is about."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from tertius.cli.screen import Flag, console, counted, print_json, progress, safe
from tertius.core.errors import EXIT_PASS
from tertius.log.deployment import Deployment, KeyFolder, NotADeploymentError, logs_of
from tertius.log.keys import config_folder
from tertius.runtime.index import build_index
from tertius.runtime.outcome_rows import read_rows
from tertius.runtime.outcomes import append, outcomes


def import_(log: Path, file: Path, /, *, json: Flag = False) -> int:
    """Join outcomes to the runs, events or tasks of a log that they are about.

    A row names one of `event`, `run` or `task` (or `about`, which finds out), a `value`, and if
    you have them `time`, `id` and a `note`. Rows that the log holds already are counted and left
    alone; if one row is wrong nothing is written.

    Parameters
    ----------
    log
        Folder of the log; its keys must be on this machine.
    file
        CSV with a header, or JSON Lines.
    json
        Print one JSON object.
    """
    if len(logs_of(log)) == 1:
        raise NotADeploymentError(
            f"`{log}` is a single log; name the folder that `tertius analyze --log` made"
        )
    rows = read_rows(file)
    events, already = outcomes(rows, log, file=str(file))
    if events:
        keys = KeyFolder(config_folder(os.environ) / "private", outside=log)
        with Deployment(log, keys=keys) as deployment:
            append(events, deployment)
        with progress() as bar:
            task = bar.add_task("indexing", total=None)
            build_index(log, on_event=lambda done: bar.update(task, completed=done))
    runs = len({record.event.run for record in events})
    if json:
        print_json({"rows": len(rows), "added": len(events), "already": already, "runs": runs})
        return EXIT_PASS
    out = console()
    out.print(f"{counted(len(events), 'outcome')} added, about {counted(runs, 'run')}")
    if already:
        out.print(f"{counted(already, 'row')} in the log already")
    if events:
        shown = ["tertius", "log", "show", str(log), "--kind", "outcome.observed"]
        out.print(f"next: {safe(shlex.join(shown))}", soft_wrap=True)
    return EXIT_PASS
