"""``tertius verify``: is this log what it was, and who says so."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tertius.cli.screen import Flag
from tertius.log.verify import DAY, read_keys, read_outside
from tertius.log.verify import verify as verify_folder
from tertius.log.verify_report import Report, render

PINNED = "keys"
"""File in the configuration folder; `tertius keygen` adds to it."""


def verify(
    log: Path,
    /,
    *,
    policy: Path | None = None,
    key: Path | None = None,
    checkpoint: Path | None = None,
    no_memory: Flag = False,
    max_age: int = DAY,
    processes: int | None = None,
    json: Flag = False,
) -> int:
    """Verify a log or a deployment; reads only, trusts no key found inside.

    Exit code 0: everything holds and is authentic; 2: your mistake; 3: consistent in itself, but
    authenticity or witnesses could not be shown; 4: integrity is broken.

    Parameters
    ----------
    log
        Folder of a log, or of a deployment with `anchor` and `writers`.
    policy
        Witness policy file (C2SP tlog-policy).
    key
        File of verifier keys, one per line; the log must be signed by one of them. Otherwise the
        keys pinned in the configuration folder are used.
    checkpoint
        A signed checkpoint that you were handed: the log must be consistent with it.
    no_memory
        Neither use nor update what was remembered from earlier runs.
    max_age
        Seconds that a witness's cosignature counts.
    processes
        Worker processes for large logs; by default one for each core.
    json
        Print the report as one JSON object.
    """
    report = judge(
        log,
        policy=policy,
        key=key,
        checkpoint=checkpoint,
        no_memory=no_memory,
        max_age=max_age,
        processes=processes,
    )
    print(msgspec.json.encode(report).decode() if json else render(report))
    sys.stdout.flush()
    return report.exit_code


def judge(
    log: Path,
    *,
    policy: Path | None = None,
    key: Path | None = None,
    checkpoint: Path | None = None,
    no_memory: bool = False,
    max_age: int = DAY,
    processes: int | None = None,
) -> Report:
    """Verify with what this user has pinned and remembers; parameters as in `verify`."""
    pins = _folder(os.environ, "XDG_CONFIG_HOME", ".config") / PINNED
    memory = _folder(os.environ, "XDG_STATE_HOME", ".local/state") / "memory.json"
    return verify_folder(
        log,
        now=int(time.time()),
        keys=read_keys(key, log=log) if key else (),
        pinned=read_keys(pins, log=log) if pins.exists() else (),
        policy=read_outside(policy, log=log) if policy else None,
        checkpoint=read_outside(checkpoint, log=log) if checkpoint else None,
        memory=None if no_memory else memory,
        max_age=max_age,
        processes=processes or os.cpu_count() or 1,
    )


def _folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """Return this user's folder for Tertius, as the XDG base directory specification places it."""
    base = Path(environ.get(variable, ""))
    if not base.is_absolute():
        base = Path(environ["HOME"] if "HOME" in environ else Path.home(), default)
    return base / "tertius"
