"""`tertius log`: runs, show, export and rebuild-index."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import OverflowMethod
from rich.table import Table

from tertius.cli.log_found import finding_of, names
from tertius.cli.log_found import told as told_of
from tertius.cli.log_index import indexed, rebuild
from tertius.cli.screen import Flag, console, counted, print_json, safe, visible
from tertius.core import oversight_events as nouns
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.events import BaseEvent
from tertius.core.kinds import KINDS
from tertius.core.log_events import Erased
from tertius.core.names import alias, nearest
from tertius.log.deployment import logs_of
from tertius.log.read import LogReader
from tertius.readers.jsonl import OWN_RECORD
from tertius.runtime.index import EventIndex, Found


class NoSuchEventsError(CallerError):
    """No event matches."""


def runs(log: Path, /, *, json: Flag = False) -> int:
    """List the runs of a log, with the numbers of their events and agents.

    Parameters
    ----------
    log
        Folder of the log.
    json
        Print one JSON object for each run.
    """
    with indexed(log) as index:
        rows = index.runs()
    if json:
        for row in rows:
            print_json(msgspec.to_builtins(row))
        return EXIT_PASS
    table = Table("run")
    for name in ("events", "agents"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(safe(row.run), f"{row.events:,}", f"{row.agents:,}")
    console().print(table)
    return EXIT_PASS


def show(
    log: Path,
    event: str | None = None,
    /,
    *,
    run: str | None = None,
    agent: str | None = None,
    kind: str | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 40,
    last: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    json: Flag = False,
) -> int:
    """List the events of a log in order, with the beginning of their content; or show one in full.

    Nothing is verified here; `tertius verify` does that.

    Parameters
    ----------
    log
        Folder of the log.
    event
        Id of one event, which is shown with all its fields and its whole content.
    run
        Only events of this run.
    agent
        Only events of this agent; with `--kind found`, findings about it.
    kind
        Only events of this kind, such as message.sent.
    limit
        At most this many, from the beginning.
    last
        The last so many instead.
    json
        Print one JSON object for each event.
    """
    if event is not None:
        return _show_one(log, event, json)
    agent = agent and alias(agent)
    readers = {path.name: LogReader(path, tail=False) for path in logs_of(log)}
    about = agent if kind == "found" else None  # nobody does a finding; it is about somebody
    doer = "" if about else agent or ""
    with indexed(log) as index:
        total = index.count(run=run or "", agent=doer, kind=kind or "")
        most = limit if last is None and not about else total
        found = index.find(run=run or "", agent=doer, kind=kind or "", limit=most)
        if about:
            found = [each for each in found if names(finding_of(load(each, readers)[1]), about)]
            total = len(found)
        if not total:
            raise NoSuchEventsError(_nothing(index, run, agent, kind))
    limit, found = (limit, found[:limit]) if last is None else (last, found[-last:])
    out = console()
    for each in found:
        noun, content = load(each, readers)
        if json:
            print_json(_as_dict(each, noun, content))
        else:
            overflow: OverflowMethod = "ellipsis" if out.is_terminal else "ignore"
            told = line(each, noun, content, held=True, whole=not out.is_terminal)
            out.print(told, no_wrap=True, overflow=overflow, crop=False)
    if not json and total > limit:
        which, latest = ("the last", "") if last else ("the first", f"--last {limit} the latest, ")
        told = f"{which} {limit:,} of {counted(total, 'event')}"
        out.print(f"{told}; {latest}--limit {total} shows all")
    return EXIT_PASS


def _show_one(log: Path, name: str, json: bool) -> int:
    with indexed(log) as index:
        found = index.get(name)
    if found is None:
        raise NoSuchEventsError(
            f"no event `{safe(name)}` in this log; `tertius log show` without it lists them"
        )
    noun, content = load(found, {path.name: LogReader(path, tail=False) for path in logs_of(log)})
    fields = _as_dict(found, noun, content)
    if json:
        print_json(fields)
        return EXIT_PASS
    text = fields.pop("text")
    out = console()
    for field, value in fields.items():
        shown = moment(value) if field == "time" else value
        plain = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
        out.print(f"{field:>10}  {safe(plain, 2000) or '(unknown)'}", soft_wrap=True)
    if text is None and committed(noun):
        text = "(erased)"
    if text is not None:
        out.print()
        out.print("\n".join(map(visible, text.split("\n"))), soft_wrap=True)
    return EXIT_PASS


def _as_dict(found: Found, event: BaseEvent, content: str | None) -> dict[str, Any]:
    place = {"log": found.log, "entry": found.position}
    return {**msgspec.to_builtins(event), "text": content, **place}


def line(
    found: Found,
    event: BaseEvent,
    content: str | None,
    limit: int = 200,
    *,
    held: bool = False,
    whole: bool = False,
) -> str:
    """Put an event into one line that is safe to print.

    `held`: with what its kind holds. `whole`: reasons are not cut, as for a file or a pipe.
    """
    to = ", ".join(receivers(event))
    text = f"{safe(found.id)}  "
    text += f"{moment(event.time)}  " if event.time else ""
    finding = finding_of(content) if isinstance(event, nouns.Found) else None
    if finding is not None:
        return f"{text}{found.kind}  {told_of(finding)}"
    text += f"{found.kind}  {safe(_actor(found, event))}"
    text += f" -> {safe(to, 60)}" if to else ""
    text += f" {safe(told, 4000 if whole else 160)}" if (told := answer(event)) else ""
    text += (
        f" {safe(told, 4000 if whole else 120)}"
        if held and not told and (told := facts(event))
        else ""
    )
    if content is None and committed(event):
        content = "(erased)"
    text += f": {safe(content, limit)}" if content else ""
    return text


def _actor(found: Found, event: BaseEvent) -> str:
    """Return who did it; a change of policy is nobody's act, and is told by what it changed."""
    return found.agent or ("(policy)" if isinstance(event, nouns.PolicyChanged) else "(unknown)")


def answer(event: BaseEvent) -> str:
    """Return what a gate or a person answered, and why; empty for every other event."""
    if isinstance(event, nouns.Ruled):
        return f"{event.ruling} by {event.approver}" if event.approver else event.ruling
    if not isinstance(event, nouns.Decided):
        return ""
    target = f"on {event.resource}" if event.resource else f"to {event.peer}"
    spoke = [each for each in event.rules if each.split(" ")[1:2] == [event.outcome]]
    if event.outcome == "permit":  # told only where it took an emergency
        spoke = [each for each in spoke if each.split(" ")[2:3] == ["break-glass:"]]
    why = next(iter((*event.errors, *spoke)), "")
    asked = f" {event.action} {target}" if event.action else ""
    shadow = " (shadow: only the constitution is enforced)" if event.shadow else ""
    return f"{event.outcome}{asked}{shadow}{f'; {why}' if why else ''}"


def facts(event: BaseEvent) -> str:
    """Return what a kind holds beside who, to whom and content, such as a score and its scale."""
    names = [field for field in event.__struct_fields__ if field not in _TOLD]
    given = ((name, getattr(event, name)) for name in names)
    defaults = {field.name: field.default for field in msgspec.structs.fields(event)}
    return " ".join(
        f"{name}={_worded(name, value)}" for name, value in given if value != defaults[name]
    )


def _worded(name: str, value: Any) -> str:
    """Return a value for people; a moment as one."""
    if name in _MOMENTS and isinstance(value, int):
        return f"{moment(value)} UTC"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_MOMENTS = frozenset({"deadline", "since", "expires", "not_before", "not_after"})


_TOLD = frozenset(BaseEvent.__struct_fields__) | {
    "recipients", "to", "content", "channel", "via", "finding", "evidence"
}  # fmt: skip


def load(found: Found, readers: dict[str, LogReader]) -> tuple[BaseEvent, str | None]:
    """Return an event and its content as text."""
    reader = readers[found.log]
    content = reader.content(found.position)
    text = None if content is None else content.decode("utf-8", "replace")
    return reader.event(found.position), text


def export(log: Path, /, *, out: Path | None = None) -> int:
    """Write every event as one JSON line, with its content as text.

    `tertius analyze` reads it back. What a log says about itself stays behind, and so do findings,
    which come up again; what a crash left behind the last checkpoint comes along. Nothing is
    verified; `tertius verify` does that.

    Parameters
    ----------
    log
        Folder of the log.
    out
        New file [default: standard output].
    """
    logs = [path for path in logs_of(log) if path.name != "anchor"]
    with ExitStack() as stack:
        stream = sys.stdout.buffer if out is None else stack.enter_context(out.open("xb"))
        for path in logs:
            reader = LogReader(path)
            for position, event in enumerate(reader.events()):
                if event.__struct_config__.tag in OWN_RECORD or isinstance(event, nouns.Found):
                    continue
                line: dict[str, Any] = msgspec.to_builtins(event)
                line.pop("content", None)
                content = reader.content(position)
                if content is not None:
                    line["text"] = content.decode("utf-8", "replace")
                stream.write(msgspec.json.encode(line) + b"\n")
        stream.flush()
    return EXIT_PASS


def rebuild_index(log: Path, /, *, json: Flag = False) -> int:
    """Build the indexes beside a log anew, from the log alone.

    Parameters
    ----------
    log
        Folder of the log.
    json
        Print one JSON object.
    """
    count = rebuild(log)
    if json:
        print_json({"events": count})
    else:
        print(f"{counted(count, 'event')} indexed")
    return EXIT_PASS


def committed(event: BaseEvent) -> str:
    """Return the commitment to an event's own content, empty if it has none."""
    return "" if isinstance(event, Erased) else str(getattr(event, "content", ""))


def moment(time: int) -> str:
    """Return a time for people, UTC to the millisecond; empty when not known."""
    if not time:
        return ""
    stamp = datetime.fromtimestamp(time / 1e9, UTC)
    return stamp.strftime("%Y-%m-%d %H:%M:%S.") + f"{time // 1_000_000 % 1000:03d}"


def receivers(event: BaseEvent) -> tuple[str, ...]:
    """Return whom an event is addressed to, as far as its kind tells."""
    found = getattr(event, "recipients", None) or getattr(event, "to", None) or ()
    return (found,) if isinstance(found, str) else tuple(found)


def _nothing(index: EventIndex, run: str | None, agent: str | None, kind: str | None) -> str:
    """Say which of the wanted names is unknown, or that they never come together."""
    if kind is not None and kind not in KINDS:
        return f"unknown kind `{safe(kind)}`{nearest(kind, KINDS)}"
    if run is not None and run not in (known := index.names("run")):
        return f"no run `{safe(run)}` in this log{nearest(run, known)}"
    if agent is not None and agent not in (known := index.names("agent")):
        return f"no agent `{safe(agent)}` in this log{nearest(agent, known)}"
    if (run, agent, kind) == (None, None, None):
        return "no event is under a checkpoint yet; open the log once more, which makes one"
    return "no event matches; drop one of --run, --agent, --kind, or look at all of them"
