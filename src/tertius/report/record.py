"""What the verifier said about the record, and how to check it without trusting this page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tertius.log.verify_report import LogReport, Problem, Report
from tertius.report.words import counted, told

_STATES = {
    "verified": ("good", "The record is verified", "nothing in it was changed since "
                 "{since}."),
    "not_evaluated": ("open", "The record is not shown to be authentic", "it contradicts itself "
                      "nowhere, but no key from outside the log vouches for it."),
    "broken": ("bad", "The record is broken", "it was changed after it was written, or damaged. "
               "Do not rely on anything below."),
}  # fmt: skip
_UNASKED = ("open", "The record was not verified", "nobody asked the verifier.")
_WITNESSES = {
    "met": "Enough independent witnesses countersigned its state.",
    "stale": "Witnesses countersigned its state, but longer ago than allowed.",
    "not_met": "Too few witnesses countersigned its state.",
    "no_policy": "No independent witness was asked to countersign its state.",
    "through_anchor": "Its state is kept in the anchor log.",
}
_ANCHOR = "the anchor log, which keeps the states of the other logs"


def status(report: Report | None, *, imported: bool) -> str:
    """Say what the record is worth, and what that does not say."""
    tone, head, why = _STATES[report.status] if report else _UNASKED
    broken = report is not None and report.status == "broken"
    since = "it was imported" if imported else "it was written"
    limits = "" if broken else " This says nothing about whether the answer is right."
    return (
        f'<p class="status {tone}"><strong>{head}</strong>: {why.format(since=since)}{limits} '
        '<a href="#record">What was checked, and how to check it yourself</a></p>'
    )


def _limits(formats: Sequence[str], folder: str) -> str:
    if not formats:
        return (
            "<p>That nothing was changed since it was written says nothing about whether what "
            "agents wrote is true.</p>"
        )
    named = escape(told(formats))
    return (
        f"<p>It was made by importing recorded runs (format: {named}) into the log "
        f"<bdi>{escape(folder)}</bdi>, and what is verified is about that import only: whether the "
        "texts are true, when things happened and who the agents were, it cannot say.</p>"
    )


def record(
    report: Report | None, folder: Path, runs: Sequence[str], *, formats: Sequence[str], called: str
) -> str:
    """Say what was checked, log by log, and how to check it again.

    Parameters
    ----------
    report : Report or None
        What the verifier said.
    folder : Path
        The log, as it was named.
    runs : sequence of str
        Names of the runs on the page if it leaves others out, else empty.
    formats : sequence of str
        Formats of recorded runs from which it was imported.
    called : str
        The log's name, for people.
    """
    parts = [_plain(report), _limits(formats, called)]
    if report is not None:
        logs = "".join(map(_log, report.logs))
        parts += [_remarks("Problems", report.problems), _remarks("Worth knowing", report.remarks)]
        parts.append(
            "<details><summary>What was checked, with fingerprints</summary>\n"
            "<p>Every entry, file and signature was checked, against a key from outside the log if "
            "one was given, by Tertius' verifier, which shares no code with what writes logs, on "
            f"the machine where this page was made.</p>\n<ul>\n{logs}</ul></details>"
        )
    parts.append(_oneself(report, folder, runs))
    return "\n".join(part for part in parts if part)


def _plain(report: Report | None) -> str:
    """Say in one line what came of checking the record."""
    if report is None:
        return "<p>Nobody checked the record.</p>"
    entries = sum(log.size + log.tail for log in report.logs)
    what = {
        "verified": "are as they were written",
        "not_evaluated": "agree with each other; no key from outside the log vouches for them",
        "broken": "were checked, and something was changed or damaged",
    }[report.status]
    return f"<p>All {counted(entries, 'entry').replace('entrys', 'entries')} of the log {what}.</p>"


def _log(log: LogReport) -> str:
    """Describe one log in sentences."""
    name = _ANCHOR if log.name == "anchor" else escape(log.name or log.origin)
    entries = "1 entry" if log.size == 1 else f"{log.size:,} entries"
    tail = f", and {log.tail:,} more under no signature yet" if log.tail else ""
    signed = f"signed by <code>{escape(log.signed_by)}</code>" if log.signed_by else "no known key"
    return (
        f"<li><strong>{name}</strong>: {entries}{tail}; {signed}. {_contents(log)} "
        f'{_WITNESSES[log.witnesses]}<br><span class="soft">Fingerprint of all its entries: '
        f"<code>{escape(log.root)}</code></span></li>\n"
    )


def _contents(log: LogReport) -> str:
    """Say how many entries have a text, and whether it is the one that the entry vouches for."""
    total = log.contents + log.erased + log.missing
    if not total:
        return "Its entries have no texts."
    gone = [f"{log.erased:,} erased by a logged act"] if log.erased else []
    gone += [f"{log.missing:,} missing"] if log.missing else []
    whole = "all of which match" if not gone else f"{log.contents:,} match, {', '.join(gone)}"
    rest = log.size + log.tail - total
    bare = f"; {rest:,} are events without a text" if rest > 0 else ""
    return f"Its entries vouch for {counted(total, 'text')}, {whole}{bare}."


def _remarks(title: str, told: Sequence[Problem]) -> str:
    if not told:
        return ""
    items = "".join(
        f"<li><code>{escape(each.code)}</code> {escape(each.what)}"
        f"{_place(each.log, each.file, each.entry)}</li>\n"
        for each in told[:50]
    )
    return f"<h3>{title}</h3>\n<ul>{items}</ul>"


def _place(log: str, file: str, entry: int | None) -> str:
    at = "/".join(part for part in (log, file) if part)
    told = ", ".join(filter(None, (at, "" if entry is None else f"entry {entry:,}")))
    return f' <span class="soft">[{escape(told)}]</span>' if told else ""


def _oneself(report: Report | None, folder: Path, runs: Sequence[str]) -> str:
    """Give the exact commands; the key has to come from elsewhere."""
    log = escape(shlex.quote(str(folder)))
    owner = report.logs[0].origin if report and report.logs else ""
    name = f" It belongs to <code>{escape(owner)}</code>." if owner else ""
    chosen = escape("".join(f" --run {shlex.quote(run)}" for run in runs))
    return (
        "<details><summary>Check it yourself: the commands</summary>\n<p>This page is a "
        "file like any other: whoever hands it to you can have changed it. Take the log's folder "
        "and ask its operator for the verifier key by another way than this page or that folder: "
        "in a contract, on a site you know, read out "
        f"over the telephone.{name} Put that one line into a file <code>operator.key</code>; then, "
        f"with Tertius installed and <code>{log}</code> being the log's folder, run</p>\n"
        f"<pre>tertius verify {log} --key operator.key</pre>\n"
        "<p>Exit code 0 means that everything holds; 3 that authenticity could not be shown; 4 "
        "that the record is broken. The same page is made again, from the log alone, by</p>\n"
        f"<pre>tertius report {log} --key operator.key{chosen} --output again.html</pre></details>"
    )
