"""A small language that says where in an event a value stands, such as ``$.votes[0].score``.

=================  ================================================================
written            means
=================  ================================================================
``$.a.b[0]``       from the content, read as JSON; under `each`, from the item
``$$.a``           from the whole content, also under `each`
``$["odd key"]``   a key that is no plain word
``@agent``         from a field of the event itself, such as ``@recipients[0]``
``@content``       the content itself, as text
``<who>``          what the named group of a regular expression took
``...?``           with a question mark behind it: left out where there is none
=================  ================================================================

It only looks things up: it computes nothing and calls nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

from msgspec import Struct

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError
from tertius.core.events import BaseEvent
from tertius.core.names import nearest

MAX_STEPS = 16
MAX_JSON = 262_144  # bytes of content that are read as JSON

Root = Literal["item", "whole", "event", "group"]


class PickError(CallerError):
    """Text that names no place in an event."""


class Missing:
    """What is returned where there is nothing; a type of its own, since null is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

_HEAD = re.compile(r"\$\$|\$|@(?P<field>[a-z_]+)|<(?P<group>[A-Za-z_]\w*)>")
_STEP = re.compile(r"\.(?P<key>[\w-]+)|\[(?P<at>-?\d{1,6})\]|\[\"(?P<odd>(?:[^\"\\]|\\.)*)\"\]")
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)


class Pick(Struct, frozen=True, kw_only=True):
    """A place in an event, as `parse` read it."""

    source: str
    root: Root
    name: str = ""
    steps: tuple[str | int, ...] = ()
    optional: bool = False


class Scope(Struct, kw_only=True):
    """What places are looked up in: an event, its content as JSON, an item of it, groups."""

    event: BaseEvent
    text: str | None = None
    whole: Any = MISSING
    item: Any = MISSING
    groups: dict[str, str] = {}


def parse(source: str, *, plain: bool = False) -> Pick:
    """Read the text of a place.

    Parameters
    ----------
    source
        Such as ``$.a.b[0]``.
    plain
        Whether keys may stand without ``$.`` before them, as in ``a.b[0]``.

    Raises
    ------
    PickError
        It says what is expected.

    Examples
    --------
    >>> parse("$.votes[0].score?").steps
    ('votes', 0, 'score')
    >>> parse("$.votes[x]")
    Traceback (most recent call last):
    ...
    tertius.runtime.pick.PickError: `$.votes[x]` is no place; expected such as `$.a.b[0]`, \
`@agent` or `<group>`, stopped at `[x]`
    """
    text = source
    if plain and source[:1] not in "$@<":
        text = f"$.{source}"
    optional = text.endswith("?")
    text = text.removesuffix("?")
    head = _HEAD.match(text)
    at = head.end() if head else 0
    steps: list[str | int] = []
    while head and at < len(text) and (step := _STEP.match(text, at)):
        at = step.end()
        if step["at"] is not None:
            steps.append(int(step["at"]))
        else:
            steps.append(step["key"] if step["key"] is not None else _unquoted(step["odd"]))
    if head is None or at < len(text) or len(steps) > MAX_STEPS:
        shown = ascii(source)[1:-1][:60]
        rest = f", stopped at `{ascii(text[at:])[1:-1][:20]}`" if at < len(text) else ""
        raise PickError(
            f"`{shown}` is no place; expected such as `$.a.b[0]`, `@agent` or `<group>`{rest}"
        )
    name = head["field"] or head["group"] or ""
    if head["group"] and steps:
        raise PickError(f"`{source}` goes into a group, which is plain text; expected `<{name}>`")
    roots: dict[str, Root] = {"$": "item", "$$": "whole", "@": "event", "<": "group"}
    root = roots[head[0]] if head[0] in roots else roots[head[0][0]]
    return Pick(source=source, root=root, name=name, steps=tuple(steps), optional=optional)


def is_pick(value: object) -> bool:
    """Whether a value in configuration is written as a place, not as itself."""
    return isinstance(value, str) and value.startswith(("$", "@", "<"))


def check(pick: Pick, event: type[BaseEvent], groups: tuple[str, ...]) -> None:
    """Refuse a field that the kind of event does not have, or a group that no pattern has.

    Raises
    ------
    PickError
        It names the nearest field or group.
    """
    if pick.root == "event" and pick.name not in event.__struct_fields__:
        hint = nearest(pick.name, event.__struct_fields__)
        raise PickError(f"`{event.__struct_config__.tag}` has no field `{pick.name}`{hint}")
    if pick.root == "group" and pick.name not in groups:
        hint = nearest(pick.name, groups) or "; name one in a pattern, as in `(?P<who>.+)`"
        raise PickError(f"no pattern of this rule has a group `{pick.name}`{hint}")


def take(pick: Pick, scope: Scope) -> Any:
    """Return the value at a place, or `MISSING`.

    A text on the way that holds JSON itself is looked into, since arguments often come so.
    """
    value: Any
    if pick.root == "group":
        return scope.groups.get(pick.name, MISSING)
    if pick.root == "event" and pick.name == "content":
        value = MISSING if scope.text is None else scope.text
    elif pick.root == "event":
        value = getattr(scope.event, pick.name, MISSING)
    else:
        value = scope.whole if pick.root == "whole" else scope.item
    for step in pick.steps:
        if isinstance(value, str):
            value = read_json(value)
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step, MISSING)
        elif isinstance(value, list | tuple) and isinstance(step, int):
            value = value[step] if -len(value) <= step < len(value) else MISSING
        elif isinstance(value, Struct) and step in value.__struct_fields__:
            value = getattr(value, str(step))
        else:
            return MISSING
    return value


def read_json(text: str | bytes) -> Any:
    r"""Return text as JSON, or the JSON of the one fenced block in it, or `MISSING`.

    Examples
    --------
    >>> read_json('{"a": 1}'), read_json("My vote: ```json\n[2]\n```"), read_json("no")
    ({'a': 1}, [2], MISSING)
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_JSON:
        return MISSING
    start = raw.lstrip()[:1]
    try:
        if start in (b"{", b"["):
            return strict_json(raw)
        blocks = _FENCE.findall(raw.decode()) if b"```" in raw else []
        return strict_json(blocks[0].encode()) if len(blocks) == 1 else MISSING
    except (EventError, UnicodeDecodeError):
        return MISSING


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except json.JSONDecodeError as error:
        raise PickError(f'`["{text}"]` is no quoted key; expected JSON text') from error
