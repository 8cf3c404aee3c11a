"""Verify a log or a whole deployment, sharing no code with what wrote it.

Reads only, is safe on hostile folders, and trusts no key found inside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.log.verify_files import Folder
from tertius.log.verify_log import check_log
from tertius.log.verify_memory import Memory, recall, remember
from tertius.log.verify_note import BadNoteError, Checkpoint, parse_checkpoint, parse_key
from tertius.log.verify_policy import parse_policy
from tertius.log.verify_pool import Pool
from tertius.log.verify_report import Problem, Report, shown
from tertius.log.verify_run import Run
from tertius.log.verify_trust import Trust

DAY = 86_400
MAX_BROUGHT = 1024 * 1024  # bytes of a file of keys, a policy or a checkpoint


def verify(
    path: Path,
    *,
    now: int,
    keys: Iterable[str] = (),
    pinned: Iterable[str] = (),
    policy: bytes | None = None,
    checkpoint: bytes | None = None,
    memory: Path | None = None,
    max_age: int = DAY,
    processes: int = 2,
) -> Report:
    """Verify a log folder, or a deployment of an anchor log and its writers.

    Parameters
    ----------
    path : Path
        The folder.
    now : int
        Seconds since 1970, for the age of cosignatures.
    keys : iterable of str
        Verifier keys handed over for this run; the log must be signed by one of them.
    pinned : iterable of str
        Verifier keys pinned on this machine, for any number of logs.
    policy : bytes or None
        Witness policy in tlog-policy form.
    checkpoint : bytes or None
        A signed checkpoint handed over; the log must be consistent with it and not shorter.
    memory : Path or None
        File outside the log that remembers the newest verified checkpoint of each origin. It is
        read first and written only after a clean result.
    max_age : int
        Seconds that a cosignature counts.
    processes : int
        Worker processes for a log of more than 65,536 entries; with 1 none is started.

    Returns
    -------
    Report
        What was found; its `exit_code` is 0, 3 or 4.

    Raises
    ------
    CallerError
        No such folder, no log in it, a file that may not be read, or a bad key, policy, checkpoint
        or memory.

    Notes
    -----
    About 4 us for each entry on one core, and about 20 bytes of memory. It finds every edit,
    deletion, reordering and rollback below a checkpoint that is signed by a known key, remembered
    or handed over. **It cannot see** whether what was recorded is true, what never was recorded,
    or a fork of which it is shown one side only; the tail behind the checkpoint is under no
    signature and whoever holds the disk may have rewritten it.

    References
    ----------
    Reference ``security.md`` section 5; RFC 6962; C2SP tlog-tiles, tlog-checkpoint, signed-note,
    tlog-cosignature, tlog-policy.
    """
    trust = Trust(
        handed=tuple(map(parse_key, keys)),
        pinned=tuple(map(parse_key, pinned)),
        policy=parse_policy(policy) if policy is not None else None,
        now=now,
        max_age=max_age,
    )
    handed = _handed(checkpoint)
    if memory is not None:
        require_outside(memory, path)
    remembered = recall(memory) if memory is not None else Memory()
    with ExitStack() as stack:
        root = stack.enter_context(Folder(path))
        names, loose = _logs_in(root, path)
        pool = stack.enter_context(Pool(root, processes=processes))
        run = Run(trust, remembered, handed, loose)
        for name in names:
            folder = stack.enter_context(root.below(name)) if name else root
            run.add(check_log(folder, name, pool), folder)
        report, newer = run.conclude(path, sha256(policy).hexdigest() if policy else "")
    if memory is not None and report.exit_code == 0:
        remember(memory, newer)
    return report


def require_outside(path: Path, log: Path) -> None:
    """Refuse a file of keys, policy, checkpoint or memory that lies inside the log.

    Raises
    ------
    CallerError
        Whoever can write the log could write that file too.
    """
    if path.resolve().is_relative_to(log.resolve()):
        raise CallerError(
            f"`{shown(str(path))}` lies inside the log; what vouches for a log comes from elsewhere"
        )


def read_keys(path: Path, *, log: Path) -> tuple[str, ...]:
    """Read verifier keys from a file outside the log: one on each line, ``#`` begins a comment.

    Raises
    ------
    CallerError
        If it lies inside the log, cannot be read, or a line is no verifier key.
    """
    raw = read_outside(path, log=log)
    if path.stat().st_mode & 0o022:
        raise CallerError(f"others may write `{shown(str(path))}`; look through it, then chmod 644")
    try:
        lines = [line.strip() for line in raw.decode().split("\n")]
    except UnicodeDecodeError as error:
        raise CallerError(f"`{shown(str(path))}` is not UTF-8 at offset {error.start}") from error
    keys = []
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            try:
                keys.append(parse_key(line).text)
            except CallerError as error:
                raise CallerError(f"`{shown(str(path))}` line {number}: {error}") from error
    return tuple(keys)


def read_outside(path: Path, *, log: Path) -> bytes:
    """Read a small file that the caller brings, such as a policy or a checkpoint.

    Raises
    ------
    CallerError
        If it lies inside the log, is too large, or cannot be read.
    """
    require_outside(path, log)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BROUGHT + 1)
    except OSError as error:
        raise CallerError(f"cannot read `{shown(str(path))}`: {error.strerror}") from error
    if len(raw) > MAX_BROUGHT:
        raise CallerError(f"`{shown(str(path))}` is over {MAX_BROUGHT} bytes; expected a few lines")
    return raw


def _logs_in(root: Folder, path: Path) -> tuple[list[str], list[Problem]]:
    """Name the logs below a folder, anchor first, and report what else lies there."""
    found = {each.path: each for each in root.names()}
    if "anchor" not in found and "writers" not in found:
        if not {"checkpoint", "journal", "tile"} & set(found):
            raise CallerError(
                f"no log in `{shown(str(path))}`; expected `checkpoint`, `journal` or `anchor`"
            )
        return [""], []
    loose = []
    names = []
    if "anchor" in found and found["anchor"].is_folder:
        names.append("anchor")
    else:
        loose.append(Problem(code="anchor_missing", what="the deployment has no anchor log"))
    for name, each in found.items():
        if name not in ("anchor", "writers", "index") or not each.is_folder:
            what = "no part of a deployment"
            loose.append(Problem(code="stray_file", what=what, file=shown(name)))
    if "writers" in found and found["writers"].is_folder:
        with root.below("writers") as writers:
            for each in writers.names():
                if each.is_folder:
                    names.append(f"writers/{each.path}")
                else:
                    what = "no folder of a writer"
                    file = shown(f"writers/{each.path}")
                    loose.append(Problem(code="stray_file", what=what, file=file))
    if not names:
        raise CallerError(f"no log in `{shown(str(path))}`; its `anchor` and `writers` are empty")
    return names, loose


def _handed(raw: bytes | None) -> Checkpoint | None:
    try:
        return None if raw is None else parse_checkpoint(raw)
    except BadNoteError as error:
        raise CallerError(f"the checkpoint handed over cannot be read: {error}") from error
