"""Render docs/reference/events.md from the event types and their docstrings."""

import inspect
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, get_args

import msgspec

from tables import table
from tertius.core import events, log_events, oversight_events
from tertius.core.label import Confidentiality, Integrity, Label

HEAD = """\
# Events

Made from `src/tertius/core/events.py`, `oversight_events.py` and `log_events.py` by
`python docs/render`; do not edit.

An event says what happened. The log keeps it as one line of JSON in
[canonical form](../adr/0002-one-canonical-encoding-for-entries.md): first `kind`, which tells what
fields there are, then the kind's own fields, then those that all events share, each in the order
shown here. Fields that hold their default are left out; where no default is shown, that is *not
known*. An unknown kind or field is an error. An empty name, a time of 0 and a missing value all
mean *not known* too, and nothing is ever guessed. The same as JSON Schema:
`src/tertius/core/schemas/event.json`.

A field of type `Digest` called `content` commits to text or bytes that lie beside the log and can
be erased: see [the log on disk](log-layout.md).
"""
TYPES = {
    "Time": "UTC nanoseconds since 1970, 0 for not known, at most those of {latest}",
    "Id": "text of 1 to 128 characters",
    "Name": "text of at most 128 characters, empty for not known",
    "Text": "text of at most 1,000 characters",
    "Digest": "64 lower-case hex digits, empty for none",
    "Count": "a whole number from 0 to 2^53 - 1",
    "Number": "a whole or a floating point number",
    "Share": "a number from 0 to 1",
    "Value": "true or false, a number, or text of at most 1,000 characters",
}
CHOICES = {
    "Basis": get_args(events.Basis),
    "Identity": get_args(events.Identity),
    "ChannelKind": get_args(events.ChannelKind),
    "Confidentiality": tuple(Confidentiality),
    "Integrity": tuple(Integrity),
}
GROUP = re.compile(r"^# -- (.+?) -+$", re.MULTILINE)
CLASS = re.compile(r"^class (\w+)\(BaseEvent\b", re.MULTILINE)


def page() -> str:
    """Return the page: shared fields, then one section for each kind, in groups."""
    latest = datetime.fromtimestamp(events.LATEST_TIME / 1e9, UTC).date()
    types = [[f"`{name}`", text.format(latest=latest)] for name, text in TYPES.items()]
    types += [[f"`{name}`", choices(each)] for name, each in CHOICES.items()]
    parts = [
        HEAD,
        "## What all events share\n\n" + described(events.BaseEvent),
        "### Cause\n\n" + prose(events.Cause) + "\n" + fields(events.Cause),
        "### LogPosition\n\n" + prose(events.LogPosition) + "\n" + fields(events.LogPosition),
        "### Label\n\n" + prose(Label) + "\n" + fields(Label),
        "### Types\n\n" + table(["type", "means"], types),
    ]
    _, *groups = GROUP.split(inspect.getsource(events))
    for title, body in zip(groups[::2], groups[1::2], strict=True):
        parts += group(f"{title[0].upper()}{title[1:]}", body, events)
    for module in (oversight_events, log_events):
        parts += group((module.__doc__ or "").rstrip("."), inspect.getsource(module), module)
    return "\n".join(parts)


def group(title: str, source: str, module: ModuleType) -> list[str]:
    """Render the kinds that a piece of a module's source declares, under one heading."""
    return [f"## {title}\n"] + [section(getattr(module, name)) for name in CLASS.findall(source)]


def section(kind: type[events.BaseEvent]) -> str:
    """Render one kind: name, sentence, and the fields it adds."""
    added = fields(kind)
    return f"### {kind.__struct_config__.tag}\n\n{prose(kind)}" + (f"\n{added}" if added else "")


def prose(kind: type[msgspec.Struct]) -> str:
    """Return a docstring without its sections of parameters and notes."""
    text = inspect.getdoc(kind) or ""
    return re.split(r"\n\n(?:Parameters|Attributes|Notes|Examples)\n-+\n", text)[0] + "\n"


def described(kind: type[msgspec.Struct]) -> str:
    """Render the fields of a type whose docstring describes each."""
    text = inspect.getdoc(kind) or ""
    told = dict(re.findall(r"^(\w+(?:, \w+)*) : [^\n]*\n    ([^\n]+)", text, re.MULTILINE))
    meaning = dict(
        pair for names, words in told.items() for pair in shared(names.split(", "), words)
    )
    rows = [[*row, meaning.get(row[0].strip("`"), "")] for row in facts(kind)]
    return table(["field", "type", "default", "means"], rows)


def fields(kind: type[msgspec.Struct]) -> str:
    """Render the fields that a type adds to what all events share; empty if there are none."""
    rows = facts(kind)
    width = 3 if any(row[2] for row in rows) else 2
    head = ["field", "type", "default"][:width]
    return table(head, [row[:width] for row in rows]) if rows else ""


def facts(kind: type[msgspec.Struct]) -> list[list[str]]:
    """Name, type as written in the source, and default of every field that `kind` declares."""
    defaults = {each.name: each for each in msgspec.structs.fields(kind)}
    return [
        [f"`{name}`", f"`{written}`", default(defaults[name])]
        for name, written in inspect.get_annotations(kind).items()
    ]


def shared(names: list[str], words: str) -> Iterable[tuple[str, str]]:
    """Give each of several names documented together its own part of the words."""
    parts = words.split("; ") if len(names) > 1 else [words]
    return zip(names, (f"{part[0].upper()}{part[1:].rstrip('.')}." for part in parts), strict=True)


def choices(values: Iterable[str]) -> str:
    """Say which words a field may hold."""
    return "one of " + ", ".join(f"`{value}`" for value in values)


def default(field: Any) -> str:
    """Say what a missing field means."""
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "" if value in ("", None, ()) else f"`{value}`"
