"""What the record itself tells of trouble: failures, and returns that are worth a look.

A failure is what the record calls one, or a text that opens as errors do. What is worth a look has
not failed: a tool that returned nothing, one that reports success and prints an error, a concern
that an agent raised. Neither is a finding: nobody compared it with anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from tertius.core.events import (
    Flagged,
    MessageSent,
    ModelCalled,
    OutcomeObserved,
    RunEnded,
    TaskCompleted,
    ToolReturned,
    Verified,
)
from tertius.core.kinds import Event
from tertius.report.entry import Entry
from tertius.report.returns import EXIT, bare
from tertius.report.words import line

MOST_QUOTED = 300
"""Signs of one run whose words are kept; of the others only the place."""

_SPOKEN = frozenset({"message.sent", "tool.returned", "task.completed", "outcome.observed"})
_ERROR = re.compile(
    r"\W{0,3}(?:traceback \(most recent call last\)|(?:[\w.]+ )?[\w.]*(?:error|exception):"
    r"|\[?errno -?\d|fatal(?: error)?:|panic:|error \d{3}\b|http(?: error| status)? [45]\d\d\b"
    r"|(?:an? )?(?:unexpected |internal )?(?:error|exception) (?:occurred|while|has)\b"
    r"|failed to \w|timed? ?out\s*$"
    r"|\{\s*\"(?:error|exception)\"\s*:(?!\s*(?:null|false|\"\"|\{\}|\[\])))",
    re.IGNORECASE,
)
_EARLY = re.compile(
    r"(?:.*\n){0,5}?(?:traceback \(most recent call last\)|(?:title: |#+ )?error \d{3}\b)",
    re.IGNORECASE,
)
_TRACE = re.compile(r"^Traceback \(most recent call last\):", re.MULTILINE)
_LIMIT = re.compile(
    r"max(?:imum)?\b[^\n]{0,40}\breached\b"
    r"|[^\n]{0,40}\b(?:counter|limit|budget|quota)\b[^\n]{0,20}\b(?:exceeded|reached)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(?:title:|#+)\s*", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:[^\n:]{1,80}:)+[ \t]*"
    r"(?:none|null|nan|undefined|unknown|not found|n/a|\[\]|\{\}|\"\"|'')?\s*",
    re.IGNORECASE,
)
MOST_LABELS = 20
TRACED = "holds the trace of an error"
_NAMED = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Fault)\b.*")
_WORDED = re.compile(
    r".*\b(?:error|exception|fatal|failed|timeout|timed out|denied|not found)\b.*", re.IGNORECASE
)
_NOTHING = re.compile(r"(?:\[\]|\{\}|\(\)|none|null|nan|undefined|\"\"|'')?\s*", re.IGNORECASE)
_NONE_FOUND = re.compile(
    r"(?:no\b.{0,60}\b(?:found|available|results?|match(?:es)?|entries|data)\b.{0,60}"
    r"|.{0,60}\bnot found\b.{0,60})\s*",
    re.IGNORECASE,
)


class Sign(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event that tells of trouble; `failed` or only worth a look, why, and in its own words.

    Of a tool's return, `mended` is the later event in which the same tool succeeded, if it did, and
    `vain` how often it was tried before that, or to the end; of anything else both are None.
    `repair` is what the tool then put out.
    """

    event: int
    failed: bool = False
    why: str
    says: str = ""
    mended: int | None = None
    vain: int | None = None
    repair: str = ""


def signs(entries: Sequence[Entry]) -> list[Sign]:
    r"""Return what tells of trouble in a run, in the order of the record.

    Notes
    -----
    An event that only passes on the text of a cause that is a sign already (an executor's message
    with its tool's return) is not told again. **It cannot see** a failure that is told in the
    middle of a text without a trace, or in words that no error message uses.

    Examples
    --------
    >>> back = ToolReturned(id="1", time=0, run="r", agent="a", tool="shell", ok=False)
    >>> text = "Traceback (most recent call last):\n  x\nKeyError: 1"
    >>> (sign,) = signs([Entry(back, "kept", text)])
    >>> sign.failed, sign.says
    (True, 'KeyError: 1')
    """
    return list(_told(entries))


def _told(entries: Sequence[Entry]) -> Iterator[Sign]:
    before: dict[str, str | None] = {}  # text of each event that is a sign, by its id
    quoted: set[str] = set()  # errors that were told; who repeats one adds nothing
    spoken = False  # the first message may quote an error that is the task
    for number, entry in enumerate(entries):
        event = entry.event
        found = judged(event, entry.text)
        if found is None and spoken and entry.text and _EARLY.match(entry.text):
            found = True, "opens with an error"
        if found is None and spoken and entry.text and _TRACE.search(entry.whole):
            found = None if names_error(entry) in quoted else (False, TRACED)
        spoken = spoken or isinstance(event, MessageSent)
        if found is None:
            continue
        failed, why = found
        repeats = [each.id for each in event.causes if each.id in before]
        if entry.text and any(before[id] == entry.text for id in repeats):
            before[event.id] = entry.text
            continue
        says = names_error(entry) if len(before) < MOST_QUOTED else ""
        before[event.id] = entry.text
        quoted.add(says)
        yield Sign(event=number, failed=failed, why=why, says=says)


def judged(event: Event, text: str | None) -> tuple[bool, str] | None:
    r"""Return whether an event is a failure (else worth a look) and why; None if it is neither.

    Examples
    --------
    >>> back = ToolReturned(id="1", time=0, run="r", agent="a", tool="shell")
    >>> judged(back, "exit code 2")
    (True, 'ended with exit code 2')
    >>> judged(back, "exitcode: 0 (execution succeeded)\nCode output: []")
    (False, 'returned nothing')
    """
    if isinstance(event, ToolReturned | TaskCompleted) and event.ok is False:
        return True, "failed, says the record"
    if isinstance(event, RunEnded) and event.outcome in ("failed", "aborted"):
        return True, f"the run ended as {event.outcome}"
    if isinstance(event, OutcomeObserved) and _negative(event.value):
        return True, "failed, says the record"
    if isinstance(event, Flagged):
        return False, "an agent raised a concern"
    if isinstance(event, Verified) and event.result == "contradicted":
        return False, "a check contradicted it"
    if isinstance(event, OutcomeObserved | ModelCalled) and text and _LIMIT.match(text):
        return False, "stopped by a limit"
    if text is None or str(event.__struct_config__.tag) not in _SPOKEN:
        return None
    ok = getattr(event, "ok", None)
    return _text_judged(text, bare(text), returned=isinstance(event, ToolReturned), ok=ok)


def _text_judged(
    text: str, output: str, *, returned: bool, ok: bool | None
) -> tuple[bool, str] | None:
    ended = EXIT.match(text)
    if ended and int(ended["code"]):
        return True, f"ended with exit code {ended['code']}"
    opens = _ERROR.match(output)
    if opens and (ok or (ended and not int(ended["code"]))):
        return False, "reports success, and opens with an error"
    if opens:
        return True, "opens with an error"
    if not (returned or ended):
        return None
    if _NOTHING.fullmatch(output):
        return False, "returned nothing"
    if _only_labels(output):
        return False, "returned a label without a value"
    return (False, "found nothing") if _NONE_FOUND.fullmatch(output) else None


def _only_labels(output: str) -> bool:
    """Whether each line is a label, or several, and none is followed by a value."""
    lines = [each for each in output.splitlines() if each.strip()]
    return output.count(":") <= MOST_LABELS and all(map(_LABEL.fullmatch, lines))


def _negative(value: object) -> bool:
    return value is False or (
        isinstance(value, str) and value.lower() in ("failed", "failure", "error", "aborted")
    )


def names_error(entry: Entry) -> str:
    """Return the line that names what went wrong: not the frames of a traceback."""
    if isinstance(entry.event, RunEnded | Flagged):
        return line(entry.event.reason, 240)
    if isinstance(entry.event, OutcomeObserved):
        return line((entry.text or "").strip().split("\n", 1)[0], 240)
    text = bare(entry.text or "")
    lines = [each.strip() for part in (text, entry.end) for each in part.splitlines()]
    lines = [each for each in lines if each]
    named = [each for each in lines if _NAMED.fullmatch(each)]
    worded = [each for each in lines if _WORDED.fullmatch(each)]
    if named or not worded:
        return line((named or lines or [(entry.text or "").strip()])[-1], 240)
    ended = getattr(entry.event, "ok", None) is False or EXIT.match(entry.text or "")
    if ended:
        return line(worded[-1], 240)
    return line(" … ".join(_different(worded)[:2]), 240)


def _different(lines: Sequence[str]) -> list[str]:
    """Leave out a heading that says again what a title has said."""
    return list({_HEADING.sub("", each).lower(): each for each in reversed(lines)}.values())[::-1]
