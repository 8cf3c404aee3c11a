"""What the verifier found, as one frozen report, and the report in plain words."""

from __future__ import annotations

from typing import Literal

import msgspec

from tertius.core.errors import EXIT_INTEGRITY, EXIT_NOT_EVALUATED, EXIT_PASS

Authenticity = Literal["verified", "not_evaluated"]
Witnesses = Literal["met", "stale", "not_met", "no_policy", "through_anchor"]
Status = Literal["verified", "not_evaluated", "broken"]

MOST_PER_CODE = 20
"""Problems of one kind that a log's report lists one by one; the rest are counted."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something about a log: a breach when under `problems`, harmless when under `remarks`.

    Attributes
    ----------
    code : str
        Kind of problem, one word with underscores; stable.
    what : str
        One line for a person. Text out of the log is escaped, here and in `log` and `file`.
    log : str
        Name of the log in its deployment, empty for a single log.
    file : str
        Path below the log's folder, empty if it is about no single file.
    entry : int or None
        Index of the entry it is about.
    """

    code: str
    what: str
    log: str = ""
    file: str = ""
    entry: int | None = None


class Fork(msgspec.Struct, frozen=True):
    """Two signed notes that cannot both be true: portable proof that a log was forked.

    Attributes
    ----------
    origin : str
        The log that signed both.
    ours, theirs : str
        Full text of the note in the log and of the one that was remembered or handed over.
    source : str
        Where the other one came from.
    proven : bool
        Whether the log's own key was known and both signatures verified under it.
    """

    origin: str
    ours: str
    theirs: str
    source: str
    proven: bool


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """One log folder.

    Attributes
    ----------
    name : str
        ``anchor``, ``writers/<name>``, or empty for a single log.
    origin, root : str
        From its checkpoint; the root in hex.
    size : int
        Entries under the checkpoint.
    tail : int
        Entries behind it: durable, but under no signature.
    anchored : int or None
        Size of the newest checkpoint of it in the anchor log; None without an anchor.
    contents, erased, missing : int
        Contents present and matching, erased by a logged act, and missing without one.
    cited : int
        Causes in other logs that could not be looked up here.
    files : int
        Files accounted for.
    authenticity : str
        Whether the checkpoint's signature verified under a key known from outside the log.
    signed_by : str
        The verifier key's name and id when it did.
    witnesses : str
        What the witness policy says about the checkpoint.
    """

    name: str
    origin: str
    size: int
    root: str
    tail: int = 0
    anchored: int | None = None
    contents: int = 0
    erased: int = 0
    missing: int = 0
    cited: int = 0
    files: int = 0
    authenticity: Authenticity = "not_evaluated"
    signed_by: str = ""
    witnesses: Witnesses = "no_policy"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one verification.

    Attributes
    ----------
    path : str
        What was verified.
    status : str
        `verified`; `not_evaluated`: consistent in itself, but authenticity or witnesses could not
        be shown; `broken`.
    exit_code : int
        0, 3 or 4.
    logs : tuple of LogReport
        Anchor first.
    problems, remarks : tuple of Problem
        Breaches; and what is harmless but worth knowing.
    forks : tuple of Fork
        Proof to keep and show to others.
    """

    path: str
    status: Status
    exit_code: int
    logs: tuple[LogReport, ...]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    forks: tuple[Fork, ...] = ()


def conclude(
    path: str,
    logs: tuple[LogReport, ...],
    problems: tuple[Problem, ...],
    remarks: tuple[Problem, ...],
    forks: tuple[Fork, ...],
) -> Report:
    """Draw the conclusion: any problem breaks it, anything not shown leaves it not evaluated."""
    shown = bool(logs) and all(
        log.authenticity == "verified" and log.witnesses not in ("stale", "not_met") for log in logs
    )
    status: Status = "broken" if problems else "verified" if shown else "not_evaluated"
    codes = {"verified": EXIT_PASS, "not_evaluated": EXIT_NOT_EVALUATED, "broken": EXIT_INTEGRITY}
    return Report(
        path=path,
        status=status,
        exit_code=codes[status],
        logs=logs,
        problems=problems,
        remarks=remarks,
        forks=forks,
    )


def shown(text: str, most: int = 160) -> str:
    r"""Make text from a log safe to print: ASCII, no control characters, bounded.

    Examples
    --------
    >>> shown("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    safe = ascii(text[: most + 1])[1:-1]
    return safe if len(text) <= most else safe[:most] + "..."


_CONCLUSIONS = {
    "verified": "VERIFIED: every entry, file, root, commitment and signature holds",
    "not_evaluated": "NOT EVALUATED: consistent in itself, but not shown to be authentic",
    "broken": "BROKEN",
}
_WITNESSES = {
    "met": "; cosigned by a quorum of witnesses",
    "stale": "; cosignatures are older than allowed",
    "not_met": "; the witness quorum is not met",
    "no_policy": "",
    "through_anchor": "",
}


def render(report: Report) -> str:
    """Write the report in plain words, ready for a terminal.

    Examples
    --------
    >>> log = LogReport(name="", origin="tertius/x", size=41206, root="00", tail=12, erased=3)
    >>> print(render(conclude("out", (log,), (), (), ())))
    tertius/x: 41,206 entries intact; no key to check the signature with
      tail of 12 not yet under a checkpoint; 3 contents erased
    NOT EVALUATED: consistent in itself, but not shown to be authentic
      pin the log's verifier key outside the log, or hand it over with --key
    """
    broken = {problem.log for problem in report.problems}
    lines: list[str] = []
    for log in report.logs:
        lines += _log_lines(log, log.name in broken)
    for problem in report.problems:
        lines.append(f"  problem {problem.code}: {problem.what}{_where(problem)}")
    for remark in report.remarks:
        lines.append(f"  note {remark.code}: {remark.what}{_where(remark)}")
    for fork in report.forks:
        lines.append(f"two signed notes of {shown(fork.origin)} contradict each other; keep both:")
        for note in (fork.ours, fork.theirs):
            lines += ["  | " + shown(line, 400) for line in note.splitlines()]
    count = len(report.problems)
    tell = f": {count} problem{'s' * (count != 1)}" if count else ""
    lines.append(_CONCLUSIONS[report.status] + tell)
    if report.status == "not_evaluated":
        lines.append(_advice(report))
    return "\n".join(lines)


def _log_lines(log: LogReport, broken: bool) -> list[str]:
    name = f"{log.name} ({shown(log.origin)})" if log.name else shown(log.origin)
    state = "read, with problems" if broken else "intact"
    signed = f"signed by {shown(log.signed_by)}" if log.signed_by else _unsigned(log)
    first = f"{name}: {log.size:,} entries {state}; {signed}{_WITNESSES[log.witnesses]}"
    rest = [
        f"tail of {log.tail:,} not yet under a checkpoint" if log.tail else "",
        f"anchored up to {log.anchored:,}" if log.anchored is not None else "",
        f"{log.contents:,} contents match" if log.contents else "",
        f"{log.erased:,} contents erased" if log.erased else "",
        f"{log.missing:,} contents missing" if log.missing else "",
        f"{log.cited:,} causes in other logs not checked" if log.cited else "",
    ]
    told = "; ".join(part for part in rest if part)
    return [first, f"  {told}"] if told else [first]


def _unsigned(log: LogReport) -> str:
    return "no checkpoint yet" if not log.root else "no key to check the signature with"


def _where(problem: Problem) -> str:
    parts = [problem.log, problem.file]
    at = "/".join(part for part in parts if part)
    entry = "" if problem.entry is None else f"entry {problem.entry:,}"
    told = ", ".join(part for part in (at, entry) if part)
    return f" [{told}]" if told else ""


def _advice(report: Report) -> str:
    if any(log.witnesses in ("stale", "not_met") for log in report.logs):
        return "  ask the witnesses for fresh cosignatures, or check the policy"
    if any(not log.root for log in report.logs):
        return "  no checkpoint yet, as after a crash soon after the start: open the log once more"
    return "  pin the log's verifier key outside the log, or hand it over with --key"
