"""One event made of another by a rule: whole, or not at all."""

from __future__ import annotations

from typing import Any

import msgspec

from tertius.core.errors import CallerError
from tertius.core.events import MAX_ENTRY, Cause, Rated
from tertius.core.kinds import KINDS, encode
from tertius.core.names import derived
from tertius.core.ports.reader import Recorded
from tertius.runtime.fields import MisfitError, fields_of, number_of
from tertius.runtime.pick import MISSING, Pick, Scope, take
from tertius.runtime.rule_parts import Value, key_of
from tertius.runtime.rules import EventRule

MAX_TEXT = 65_536  # characters of an added event's own content


class UnfitError(CallerError):
    """A value that does not fit the field `field`; empty where the whole event does not."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def made(rule: EventRule, scope: Scope, number: int) -> Recorded:
    """Return the event at `number`, from 1, that a rule makes of `scope`.

    Its agent's name is as sure as the source's where it is the same, else on somebody's word.

    Raises
    ------
    UnfitError
        A value does not fit, or is not there.
    """
    source = scope.event
    cls = KINDS[rule.means]
    fields = fields_of(cls)
    values: dict[str, Any] = {"agent": source.agent, "task": source.task, "party": source.party}
    for name, value in rule.values.items():
        found = _valued(name, value, scope, scalar=fields[name].scalar)
        if found is MISSING:
            continue
        try:
            values[name] = fields[name].fit(found)
        except MisfitError as error:
            raise UnfitError(name, str(error)) from error
    event = cls(
        id=derived(source.id, number),
        time=source.time,
        run=source.run,
        causes=(Cause(id=source.id),),
        label=source.label,
        identity=source.identity if values["agent"] == source.agent else "asserted",
        **values,
    )
    if isinstance(event, Rated) and not event.low <= event.score <= event.high:
        why = f"{event.score} lies outside {event.low} to {event.high}; set `low` and `high`"
        raise UnfitError("score", why)
    if len(encode(event)) > MAX_ENTRY:
        raise UnfitError("", "the event is too long")
    return Recorded(event=event, contents=_content(rule.text, scope))  # type: ignore[arg-type]  # KINDS holds exactly the members of Event


def _valued(name: str, value: Value, scope: Scope, *, scalar: bool) -> Any:
    """Return the value for a field, `MISSING` where it may be left out."""
    if value.pick is None:
        return value.constant
    found = take(value.pick, scope)
    if found is MISSING:
        if value.pick.optional:
            return MISSING
        raise UnfitError(name, f"nothing at `{value.pick.source}`")
    if value.table is not None:
        scalars = found is None or isinstance(found, str | int | float)
        key = key_of(found) if scalars else ""
        if not scalars or key not in value.table:
            shown = ascii(key)[1:-1][:40] if scalars else "a list or an object"
            raise UnfitError(name, f"`{shown}` is not in the table under `map`")
        return value.table[key]
    if scalar and value.pick.root == "group":
        number = number_of(found)
        return found if number is None else number
    return found


def _content(place: Pick | None, scope: Scope) -> tuple[bytes, ...]:
    if place is None:
        return ()
    found = take(place, scope)
    if found is MISSING:
        if place.optional:
            return ()
        raise UnfitError("text", f"nothing at `{place.source}`")
    text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
    if len(text) > MAX_TEXT:
        raise UnfitError("text", f"{len(text)} characters; expected at most {MAX_TEXT}")
    return (text.encode("utf-8", "replace"),)
