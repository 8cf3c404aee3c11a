"""Decode foreign bytes into an event, or say exactly what is wrong and where.

Nothing is half applied: either the whole event is valid or one named error comes back, with file,
record number, byte offset and field path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NoReturn

import msgspec

from tertius.core import events
from tertius.core.errors import CallerError
from tertius.core.events import EARLIEST_TIME, MAX_ENTRY, BaseEvent
from tertius.core.kinds import KINDS, Event
from tertius.core.names import NAME_BYTES, is_name, nearest

MAX_DEPTH = 32  # nesting of JSON values; an event needs four


class EventError(CallerError):
    """Bytes that are not an event.

    Attributes
    ----------
    problem : str
        What is wrong, without the place.
    file : str
        Where the bytes came from; empty when not known.
    record : int or None
        Number of the record, from 1 (the line in a JSON Lines file).
    offset : int or None
        Byte offset in the file of the record, or of the fault itself where that is known.
    field : str
        Path such as ``$.causes[0].score``; empty when the whole record is meant.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str = "",
        record: int | None = None,
        offset: int | None = None,
        field: str = "",
    ) -> None:
        place = [file] if file else []
        if record is not None:
            place.append(f"record {record}")
        if offset is not None:
            place.append(f"offset {offset}")
        if field:
            place.append(f"field `{field}`")
        super().__init__(f"{', '.join(place)}: {problem}" if place else problem)
        self.problem = problem
        self.file = file
        self.record = record
        self.offset = offset
        self.field = field


class BadJsonError(EventError):
    """Not JSON, or JSON that two readers could understand differently."""


class BadEncodingError(EventError):
    """Not UTF-8."""


class UnknownKindError(EventError):
    """No such kind of event."""


class UnknownFieldError(EventError):
    """A field that this kind does not have."""


class MissingFieldError(EventError):
    """A required field is not there."""


class WrongTypeError(EventError):
    """A value of the wrong type, or outside its range."""


class TooLongError(EventError):
    """A text, or the whole entry, is longer than allowed."""


class BadTimeError(EventError):
    """A time that no clock of ours could have shown."""


class BadNameFieldError(EventError):
    """An identifier outside the alphabet of names."""


_PATH = re.compile(r" - at `(\$[^`]*)`$")

Getter = Callable[[BaseEvent], tuple[str, ...]]


def decode_event(
    raw: bytes, *, file: str = "", record: int | None = None, offset: int | None = None
) -> Event:
    """Decode one event from JSON bytes that may come from anywhere.

    Parameters
    ----------
    raw : bytes
        One JSON object, UTF-8, at most 65,535 bytes.
    file, record, offset
        Where `raw` stands, for the error message.

    Raises
    ------
    EventError
        One of its subclasses, naming the place and the field.

    Notes
    -----
    About 5 us per event; the log's own entries are decoded without these courtesies. It cannot
    see whether the event is true.

    Examples
    --------
    >>> event = decode_event(b'{"kind":"message.sent","id":"e1","time":0,"run":"r1","agent":"a"}')
    >>> event.agent
    'a'
    >>> decode_event(b'{"kind":"message.snet","id":"e1","time":0,"run":"r1"}', record=7)
    Traceback (most recent call last):
    ...
    tertius.core.decode.UnknownKindError: record 7, field `$.kind`: unknown kind \
`message.snet`; did you mean `message.sent`
    """
    place: dict[str, Any] = {"file": file, "record": record, "offset": offset}
    if len(raw) > MAX_ENTRY:
        raise TooLongError(
            f"{len(raw)} bytes; an event has at most {MAX_ENTRY}, put long text into its content",
            **place,
        )
    tree = strict_json(raw, **place)
    if not isinstance(tree, dict):
        raise WrongTypeError("expected a JSON object", **place)
    kind = tree.get("kind")
    if kind is None:
        raise MissingFieldError("missing field `kind`", field="$.kind", **place)
    if not isinstance(kind, str) or kind not in KINDS:
        shown = ascii(kind)[1:-1][:60] if isinstance(kind, str) else ascii(kind)[:60]
        hint = nearest(kind, KINDS) if isinstance(kind, str) else "; expected text"
        raise UnknownKindError(f"unknown kind `{shown}`{hint}", field="$.kind", **place)
    try:
        event = msgspec.convert(tree, type=KINDS[kind], strict=True)
    except msgspec.ValidationError as error:
        _explain(error, kind, tree, place)
    check_names(event, **place)
    if 0 < event.time < EARLIEST_TIME:
        raise BadTimeError(
            "absurd time; expected UTC nanoseconds between 2000 and 2100, or 0 for not known",
            field="$.time",
            **place,
        )
    return event  # type: ignore[return-value]  # KINDS holds exactly the members of Event


def strict_json(
    raw: bytes, *, file: str = "", record: int | None = None, offset: int | None = None
) -> Any:
    """Parse JSON that has one meaning only.

    Raises
    ------
    BadEncodingError
        Invalid UTF-8, or a lone surrogate.
    BadJsonError
        Broken JSON, a duplicate key, NaN or an infinity, or nesting beyond 32.

    Examples
    --------
    >>> strict_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    tertius.core.decode.BadJsonError: duplicate key `a`
    """
    place: dict[str, Any] = {"file": file, "record": record, "offset": offset}

    def at(index: int) -> dict[str, Any]:
        return {**place, "offset": (offset or 0) + index}

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadEncodingError("invalid UTF-8", **at(error.start)) from error

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            seen: set[str] = set()
            twice = next(k for k, _ in items if k in seen or seen.add(k))  # type: ignore[func-returns-value]  # set.add returns None on purpose
            raise BadJsonError(f"duplicate key `{ascii(twice)[1:-1][:60]}`", **place)
        return found

    def refuse(word: str) -> NoReturn:
        raise BadJsonError(f"`{word}` is no JSON number", **place)

    try:
        tree = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
        if _depth(tree) > MAX_DEPTH:
            raise BadJsonError(f"nested deeper than {MAX_DEPTH}", **place)
    except json.JSONDecodeError as error:
        index = len(text[: error.pos].encode("utf-8", "surrogatepass"))
        raise BadJsonError(f"broken JSON, {error.msg.lower()}", **at(index)) from error
    except RecursionError as error:
        raise BadJsonError(f"nested deeper than {MAX_DEPTH}", **place) from error
    except ValueError as error:  # an integer of thousands of digits
        raise BadJsonError("a number is too long", **place) from error
    if "\\u" in text or "\\U" in text:
        _refuse_surrogates(tree, place)
    return tree


def _depth(tree: Any) -> int:
    """Nesting depth, counted level by level so that no input can exhaust the stack."""
    level, depth = [tree], 0
    while level and depth <= MAX_DEPTH:
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        level, depth = below, depth + 1
    return depth


def _refuse_surrogates(tree: Any, place: dict[str, Any]) -> None:
    try:
        json.dumps(tree, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadEncodingError("a lone surrogate is no text", **place) from error


def _explain(
    error: msgspec.ValidationError, kind: str, tree: dict[str, Any], place: dict[str, Any]
) -> NoReturn:
    message = str(error)
    found = _PATH.search(message)
    path = found.group(1) if found else "$"
    plain = _PATH.sub("", message)
    if "unknown field" in plain:
        word = plain.split("`")[1]
        known = {"kind", *KINDS[kind].__struct_fields__} if path == "$" else set[str]()
        raise UnknownFieldError(
            f"unknown field `{ascii(word)[1:-1][:60]}` in `{kind}`{nearest(word, known)}",
            field=f"{path}.{ascii(word)[1:-1][:60]}",
            **place,
        ) from error
    if "missing required field" in plain:
        word = plain.split("`")[1]
        raise MissingFieldError(
            f"missing field `{word}` of `{kind}`", field=f"{path}.{word}", **place
        ) from error
    if path == "$.time" and "int" in plain and isinstance(tree.get("time"), int):
        raise BadTimeError(
            "absurd time; expected UTC nanoseconds between 2000 and 2100, or 0 for not known",
            field=path,
            **place,
        ) from error
    cls = TooLongError if "length <=" in plain else WrongTypeError
    raise cls(plain[:1].lower() + plain[1:], field=path, **place) from error


class _NameFields(dict[type[BaseEvent], tuple[tuple[str, ...], Getter, tuple[str, ...]]]):
    """Of each kind: the fields with one name, what gets them all, the fields with several."""

    def __missing__(self, cls: type[BaseEvent]) -> tuple[tuple[str, ...], Getter, tuple[str, ...]]:
        types = {field.name: field.type for field in msgspec.structs.fields(cls)}
        single = tuple(name for name, type in types.items() if type in (events.Name, events.Id))
        many = tuple(name for name, type in types.items() if type == tuple[events.Name, ...])
        self[cls] = single, attrgetter(*single), many
        return self[cls]


_NAME_FIELDS = _NameFields()


def check_names(event: BaseEvent, **place: Any) -> None:
    """Check that every name in an event is one, which its type cannot say.

    Raises
    ------
    BadNameFieldError
        With `place` (file, record, offset) and the field.

    Notes
    -----
    Lengths are the types' part.
    """
    if not names_hold([event]):
        _refuse_names(event, place)


def names_hold(several: Iterable[BaseEvent]) -> bool:
    """Tell whether all names in all the events are names, as `check_names` does for one."""
    names: list[str] = []
    for event in several:
        _, get, many = _NAME_FIELDS[type(event)]
        names += get(event)
        for field in many:
            names += getattr(event, field)
        for cause in event.causes:
            names.append(cause.id)
    text = "".join(names)
    return text.isascii() and not text.encode().translate(None, NAME_BYTES)


def _refuse_names(event: BaseEvent, place: dict[str, Any]) -> NoReturn:
    """Name the field in which a letter stands that is none of a name's."""
    single, _, many = _NAME_FIELDS[type(event)]
    named = [(field, getattr(event, field)) for field in single]
    named += [(field, name) for field in many for name in getattr(event, field)]
    named += [("causes", cause.id) for cause in event.causes]
    field, name = next((field, name) for field, name in named if name and not is_name(name))
    raise BadNameFieldError(
        f"bad name `{ascii(name)[1:-1][:40]}`; expected up to 128 characters of "
        "A-Z a-z 0-9 . _ : / -",
        field=f"$.{field}",
        **place,
    )
