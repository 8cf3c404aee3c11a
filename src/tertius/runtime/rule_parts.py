"""The parts of an event rule: names, regular expressions, places, values and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Struct
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tertius.runtime.pattern import MAX_PATTERN, Pattern, PatternError
from tertius.runtime.pick import Pick, PickError, is_pick, parse
from tertius.runtime.section import fault, shown

Scalar = str | int | float | bool


class Value(Struct, frozen=True, kw_only=True):
    """Where a field's value comes from: a place, with a table of replacements, or itself."""

    pick: Pick | None = None
    constant: Scalar | tuple[Scalar, ...] | None = None
    table: dict[str, Scalar] | None = None


class Condition(Struct, frozen=True, kw_only=True):
    """What must stand at a place: one of `values`, or a text that `pattern` finds."""

    pick: Pick
    values: tuple[Scalar, ...] = ()
    pattern: Pattern | None = None


def _words(value: object) -> object:
    """Take one word for a list of one."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(w, str) for w in found):
        raise fault("expected a name, or a list of names; `*` stands for anything")
    return tuple(found)


def _pattern(value: object) -> object:
    if not isinstance(value, str):
        raise fault("expected a regular expression")
    try:
        return Pattern(value)
    except PatternError as error:
        raise fault(str(error)) from error


def _value(value: object) -> object:
    """Read the right side of a line under `with`."""
    if isinstance(value, Mapping):
        keys = set(value)
        if keys == {"is"}:
            return Value(constant=_constant(value["is"]))
        if keys == {"from", "map"} and isinstance(value["map"], Mapping):
            table = {key_of(key): item for key, item in value["map"].items()}
            return Value(pick=_place(value["from"]), table=table)
        raise fault("expected a place, a plain value, `{is: VALUE}` or `{from: PLACE, map: {...}}`")
    if is_pick(value):
        return Value(pick=_place(value))
    return Value(constant=_constant(value))


def _constant(value: object) -> Any:
    if isinstance(value, list) and all(isinstance(item, Scalar) for item in value):
        return tuple(value)
    if not isinstance(value, Scalar):
        raise fault("expected a text, a number, true or false, or a list of them")
    return value


def _place(value: object, *, plain: bool = False) -> Pick:
    if not isinstance(value, str):
        raise fault("expected a place such as `$.a.b[0]`")
    try:
        return parse(value, plain=plain)
    except PickError as error:
        raise fault(str(error)) from error


def _conditions(value: object) -> object:
    """Read what stands under `where`."""
    if not isinstance(value, Mapping):
        raise fault("expected places with values, such as `$.type: review`")
    found = []
    for key, wanted in value.items():
        try:
            found.append(_condition(str(key), wanted))
        except PydanticCustomError as error:
            context = error.context or {}
            at = context.get("at", ())
            raise fault(str(context.get("message")), key, *at, key=not at) from error
    return tuple(found)


def _condition(key: str, wanted: object) -> Condition:
    pick = _place(key, plain=True)
    if isinstance(wanted, Mapping):
        if set(wanted) != {"matches"}:
            raise fault("expected a value, a list of values, or `{matches: PATTERN}`")
        pattern = _pattern(wanted["matches"])
        assert isinstance(pattern, Pattern)
        return Condition(pick=pick, pattern=pattern)
    values = wanted if isinstance(wanted, list) else [wanted]
    scalars = tuple(item for item in values if isinstance(item, Scalar))
    if not values or len(scalars) < len(values):
        raise fault("expected a value, a list of values, or `{matches: PATTERN}`")
    return Condition(pick=pick, values=scalars)


def key_of(value: object) -> str:
    """Return a JSON scalar as the key it has in a table: true and 1 stay apart."""
    return shown(value) if value is None or isinstance(value, bool) else str(value)


_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_SCALARS: list[dict[str, Any]] = [_SCALAR, {"type": "array", "items": _SCALAR}]
_TEXT: dict[str, Any] = {"type": "string"}
_NAMES: dict[str, Any] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_REGEX: dict[str, Any] = {"type": "string", "maxLength": MAX_PATTERN}
_TABLE: dict[str, Any] = {"type": "object", "additionalProperties": _SCALAR}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with exactly these keys; `from_` stands for `from`."""
    found = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(found),
        "properties": found,
    }


_VALUE = {"anyOf": [*_SCALARS, _object(is_={"anyOf": _SCALARS}), _object(from_=_TEXT, map=_TABLE)]}
_WHERE = {
    "type": "object",
    "additionalProperties": {"anyOf": [*_SCALARS, _object(matches=_REGEX)]},
}

Names = Annotated[tuple[str, ...], BeforeValidator(_words), WithJsonSchema(_NAMES)]
Regex = Annotated[Pattern, BeforeValidator(_pattern), WithJsonSchema(_REGEX)]
Place = Annotated[Pick, BeforeValidator(_place), WithJsonSchema(_TEXT)]
Taken = Annotated[Value, BeforeValidator(_value), WithJsonSchema(_VALUE)]
Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_conditions), WithJsonSchema(_WHERE)]
