"""Foreign values into the fields of an event: each fits as a whole, or is refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct, structs

from tertius.core import events
from tertius.core.errors import CallerError
from tertius.core.events import EARLIEST_TIME, LATEST_TIME, BaseEvent
from tertius.core.names import alias, nearest

FIXED = ("id", "time", "run", "causes", "label", "identity", "content")
"""Fields that no rule may set: they come from the event that the rule matched."""

MAX_NAMES = 256
MAX_TEXT = 1_000

_NUMBER = re.compile(r"[+-]?(?:\d{1,15}|\d{0,15}\.\d{1,15})(?:[eE][+-]?\d{1,2})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MisfitError(CallerError):
    """A value that a field cannot have."""


class Field(Struct, frozen=True):
    """How values become those of one field of an event."""

    fit: Callable[[Any], Any]
    required: bool
    scalar: bool  # takes any scalar, so that a number in a text is made one


@lru_cache
def fields_of(cls: type[BaseEvent]) -> dict[str, Field]:
    """Return the fields of a class of events that a rule may set."""
    found = {}
    for field in structs.fields(cls):
        if field.name not in FIXED:
            required = field.default is field.default_factory  # both are "no default"
            found[field.name] = Field(_fitter(field.type), required, field.type == _VALUE)
    return found


def required_of(cls: type[BaseEvent]) -> list[str]:
    """Return the fields that a rule must set."""
    return [name for name, field in fields_of(cls).items() if field.required]


def number_of(text: str) -> int | float | None:
    """Return the number that a text is, or None.

    Examples
    --------
    >>> number_of("4"), number_of(" 0.5 "), number_of("4 of 5")
    (4, 0.5, None)
    """
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    return int(plain) if plain.lstrip("+-").isdecimal() else float(plain)


def _name(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise MisfitError(f"expected a name, found {_told(value)}")
    text = str(value)
    if len(text) > MAX_TEXT:
        raise MisfitError(f"expected a name, found a text of {len(text)} characters")
    return alias(text)


def _names(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    if len(found) > MAX_NAMES:
        raise MisfitError(f"expected at most {MAX_NAMES} names, found {len(found)}")
    return tuple(dict.fromkeys(map(_name, found)))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise MisfitError(f"expected a text, found {_told(value)}")
    if len(str(value)) > MAX_TEXT:
        raise MisfitError(f"expected at most {MAX_TEXT} characters, found {len(str(value))}")
    return str(value)


def _number(value: Any) -> int | float:
    found = number_of(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise MisfitError(f"expected a number, found {_told(value)}")
    if not abs(found) <= 2**53:  # which NaN is not either
        raise MisfitError("expected a number up to 2^53")
    return found


def _share(value: Any) -> float:
    found = _number(value)
    if not 0 <= found <= 1:
        raise MisfitError(f"expected a number from 0 to 1, found {_told(value)}")
    return float(found)


def _count(value: Any) -> int:
    found = _number(value)
    if not isinstance(found, int) or found < 0:
        raise MisfitError(f"expected a whole number from 0, found {_told(value)}")
    return found


def _truth(value: Any) -> bool:
    words = {"true": True, "false": False}
    found = words.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise MisfitError(f"expected true or false, found {_told(value)}")
    return found


def value_of(value: Any) -> bool | int | float | str:
    """Return a value of an assertion, a claim or an outcome.

    Raises
    ------
    MisfitError
        It is null, a list, an object, or a text of more than 1,000 characters.
    """
    if isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, str) else _number(value)


def time_of(value: Any) -> int:
    """Return UTC nanoseconds from ISO 8601 text with a zone, or from nanoseconds; 0 stays 0.

    Raises
    ------
    MisfitError
        It is neither, or no moment from 2000 to 2100.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            value = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
        except (ValueError, TypeError, OverflowError) as error:
            raise MisfitError(
                f"expected ISO 8601 with a zone, or UTC nanoseconds, found {_told(value)}"
            ) from error
    if isinstance(value, bool) or not isinstance(value, int):
        raise MisfitError(f"expected ISO 8601, or UTC nanoseconds, found {_told(value)}")
    if value and not EARLIEST_TIME <= value <= LATEST_TIME:
        raise MisfitError("expected a moment from 2000 to 2100")
    return value


_VALUE = events.Value | None
_FITTERS: list[tuple[Any, Callable[[Any], Any]]] = [
    (_VALUE, value_of),
    (events.Name, _name),
    (tuple[events.Name, ...], _names),
    (events.Text, _text),
    (events.Share | None, _share),
    (events.Number, _number),
    (events.Count, _count),
    (events.Time, time_of),
    (bool | None, _truth),
]


def _fitter(type_: Any) -> Callable[[Any], Any]:
    if get_origin(type_) is Literal:
        return lambda value: _word(value, get_args(type_))
    for known, fit in _FITTERS:
        if type_ == known:
            return fit
    raise TypeError(f"no way to fill a field of type {type_}")


def _word(value: Any, words: tuple[str, ...]) -> str:
    found = value.strip().lower() if isinstance(value, str) else value
    if found not in words:
        raise MisfitError(f"{_told(value)} is none of the words here{nearest(str(value), words)}")
    return str(found)


def _told(value: Any) -> str:
    """Return a value for a message: short, and nothing a terminal would act on."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "`true`", False: "`false`"}[value]
    return f"`{ascii(str(value))[1:-1][:40]}`"
