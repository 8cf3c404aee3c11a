"""What the verifier said about the record, and how to check it without trusting this page."""

from __future__ import annotations

import shlex
from html import escape
from pathlib import Path

from tertius.log.verify_report import LogReport, Report

_STATES = {
    "verified": ("good", "The record is verified", "every entry, file, commitment and signature "
                 "holds, under a key known from outside the log."),
    "not_evaluated": ("open", "The record is not shown to be authentic", "it contradicts itself "
                      "nowhere, but no key from outside the log vouches for it."),
    "broken": ("bad", "The record is broken", "it was changed after it was written, or damaged. "
               "Do not rely on anything below."),
}  # fmt: skip
_UNASKED = ("open", "The record was not verified", "nobody asked the verifier.")
_WITNESSES = {
    "met": "a quorum of witnesses",
    "stale": "witnesses, longer ago than allowed",
    "not_met": "too few witnesses",
    "no_policy": "no witness asked for",
    "through_anchor": "through the anchor log",
}


def status(report: Report | None) -> str:
    """Say in one line what the record is worth."""
    tone, head, why = _STATES[report.status] if report else _UNASKED
    return (
        f'<p class="status {tone}"><strong>{head}</strong>: {why} '
        '<a href="#record">What was checked, and how to check it yourself</a></p>'
    )


def record(report: Report | None, folder: Path) -> str:
    """Say what was checked, log by log, and how to check it again."""
    parts = []
    if report is not None:
        parts.append(
            "<p>Checked by Tertius' verifier, which shares no code with what writes logs, on the "
            "machine where this page was made.</p>\n"
            '<div class="scroll" tabindex="0" role="region" aria-label="Logs of the record">'
            '<table><thead><tr><th scope="col">log</th><th scope="col">entries</th>'
            '<th scope="col">contents</th><th scope="col">signed by</th>'
            '<th scope="col">witnessed by</th></tr></thead>\n<tbody>'
            f"{''.join(map(_log, report.logs))}</tbody></table></div>"
        )
        for title, told in (("Problems", report.problems), ("Worth knowing", report.remarks)):
            if told:
                items = "".join(
                    f"<li><code>{escape(each.code)}</code> {escape(each.what)}"
                    f"{_place(each.log, each.file, each.entry)}</li>\n"
                    for each in told[:50]
                )
                parts.append(f"<h3>{title}</h3>\n<ul>{items}</ul>")
    parts.append(_oneself(report, folder))
    return "\n".join(parts)


def _log(log: LogReport) -> str:
    contents = [f"{log.contents:,} match"]
    contents += [f"{log.erased:,} erased"] if log.erased else []
    contents += [f"{log.missing:,} missing"] if log.missing else []
    tail = f", {log.tail:,} more under no signature yet" if log.tail else ""
    signed = escape(log.signed_by) if log.signed_by else "no known key"
    return (
        f"<tr><td>{escape(log.name or log.origin)}<br>"
        f'<code class="soft">root {escape(log.root)}</code></td>'
        f"<td>{log.size:,}{tail}</td><td>{', '.join(contents)}</td>"
        f"<td><code>{signed}</code></td><td>{_WITNESSES[log.witnesses]}</td></tr>\n"
    )


def _place(log: str, file: str, entry: int | None) -> str:
    at = "/".join(part for part in (log, file) if part)
    told = ", ".join(filter(None, (at, "" if entry is None else f"entry {entry:,}")))
    return f' <span class="soft">[{escape(told)}]</span>' if told else ""


def _oneself(report: Report | None, folder: Path) -> str:
    """Give the exact commands; the key has to come from elsewhere."""
    log = escape(shlex.quote(str(folder)))
    anchor = report.logs[0].origin if report and report.logs else ""
    name = f" It belongs to <code>{escape(anchor)}</code>." if anchor else ""
    return (
        "<h3>Check it yourself</h3>\n<p>This page is a file like any other: whoever hands it to "
        "you can have changed it. Take the log's folder and ask its operator for the verifier key "
        "by another way than this page or that folder: in a contract, on a site you know, read out "
        f"over the telephone.{name} Put it into a file, and run</p>\n"
        f"<pre>tertius verify {log} --key operator.key</pre>\n"
        "<p>Exit code 0 means that everything holds; 3 that authenticity could not be shown; 4 "
        "that the record is broken. The same page is made again, from the log alone, by</p>\n"
        f"<pre>tertius report {log} --output again.html</pre>"
    )
