"""Events become entries: canonical bytes that read back as exactly what was handed in."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tertius.core.decode import (
    EventError,
    TooLongError,
    WrongTypeError,
    check_names,
    decode_event,
    names_hold,
)
from tertius.core.events import MAX_ENTRY
from tertius.core.kinds import Event, decode, decode_lines, encode, encode_lines
from tertius.log.content import ContentError, Sealed

_COMPLAINTS = (msgspec.MsgspecError, ValueError, TypeError, OverflowError)

MANY = 8
"""From this many events on, encoding them together is quicker."""

Pair = tuple[Event, Sealed | None]
"""An event and the content it names, if any."""


def entries_of(pairs: Sequence[Pair], *, checked: bool) -> list[bytes]:
    """Return the entries of several events, or raise for the first that cannot be one.

    Parameters
    ----------
    pairs : sequence of Pair
        Events with their contents.
    checked : bool
        Decode every entry once, so that whatever gets into a log can be read out of it.
    """
    entries = _all_at_once(pairs, checked=checked) if len(pairs) >= MANY else None
    return entries or [entry_of(event, content, checked=checked) for event, content in pairs]


def _all_at_once(pairs: Sequence[Pair], *, checked: bool) -> list[bytes] | None:
    """Return what `entries_of` returns; None where anything is wrong with any of them."""
    events = [event for event, _ in pairs]
    try:
        lines = encode_lines(events)
        if checked:
            read = decode_lines(lines)
            if read != events or not names_hold(read):
                return None
            lines = encode_lines(read)
    except _COMPLAINTS:
        return None
    entries = lines.split(b"\n")
    entries.pop()
    named = [getattr(event, "content", None) or None for event in events]
    given = [content and content.digest for _, content in pairs]
    return entries if named == given and max(map(len, entries)) <= MAX_ENTRY else None


def entry_of(event: Event, content: Sealed | None, *, checked: bool) -> bytes:
    """Return the entry of one event.

    Raises
    ------
    ContentError
        The event names another content than the one handed in.
    EventError
        As `canonical`.
    """
    named = getattr(event, "content", None) or None
    if named != (content and content.digest):
        raise ContentError(
            f"event `{event.id}` names content `{(named or '')[:16]}` but "
            + ("none was handed in" if content is None else "another was handed in")
            + "; put `seal(...).digest` into the event and append both"
        )
    return canonical(event, checked=checked)


def canonical(event: Event, *, checked: bool = True) -> bytes:
    """Return the bytes of an event, whatever content it names.

    Raises
    ------
    EventError
        It could not be read back, or not as what it is.
    """
    try:
        entry = encode(event)
        if checked:
            read = decode(entry)
            if read != event:
                raise _altered(event, read)
            check_names(read)
            entry = encode(read)
    except _COMPLAINTS as error:
        raise _explain(event, error) from error
    if len(entry) > MAX_ENTRY:
        raise TooLongError(
            f"event `{event.id}` has {len(entry)} bytes; at most {MAX_ENTRY}, "
            "put long text into its content"
        )
    return entry


def _explain(event: Event, error: Exception) -> EventError:
    """Turn a codec's complaint into the named error that a foreign event would get."""
    try:
        decode_event(msgspec.json.encode(event))
    except EventError as named:
        return type(named)(f"event `{event.id}`: {named.problem}", field=named.field)
    except _COMPLAINTS:
        pass
    return EventError(f"event `{event.id}` cannot be written: {error}")


def _altered(event: Event, read: Event) -> EventError:
    """Name the field that would not be read back as it is: NaN, an infinity, a list."""
    fields = [f for f in event.__struct_fields__ if getattr(event, f) != getattr(read, f, None)]
    field = fields[0] if fields else "kind"
    value, back = getattr(event, field, event), getattr(read, field, read)
    return WrongTypeError(
        f"event `{event.id}`: {ascii(value)[:60]} would be read back as {ascii(back)[:60]}",
        field=f"$.{field}",
    )
