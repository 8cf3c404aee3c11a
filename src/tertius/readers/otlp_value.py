"""Values of OTLP/JSON attributes: text, numbers, lists and maps, each tagged with its kind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

MAX_DEPTH = 32  # values inside values


class Value(Struct, rename="camel", gc=False):
    """A value; exactly one of the fields is set, or none for null."""

    string_value: str | None = None
    int_value: int | str | None = None
    bool_value: bool | None = None
    double_value: float | str | None = None
    bytes_value: str | None = None
    array_value: Array | None = None
    kvlist_value: Map | None = None


class Pair(Struct, gc=False):
    """A key and its value."""

    key: str
    value: Value | None = None


class Array(Struct, gc=False):
    """A list of values."""

    values: list[Value] | None = None


class Map(Struct, gc=False):
    """A map, written as a list of pairs."""

    values: list[Pair] | None = None


def fields(pairs: Iterable[Pair] | None) -> dict[str, Any]:
    """Return attributes as a dictionary; of two with one key the later counts.

    Examples
    --------
    >>> fields([Pair(key="n", value=Value(int_value="7")), Pair(key="s", value=Value())])
    {'n': 7, 's': None}
    """
    return {pair.key: _plain(pair.value, 0) for pair in pairs or ()}


def plain_value(value: Value | None) -> Any:
    """Return a value as Python's own kind.

    Raises
    ------
    ValueError
        If values are nested beyond 32, or an integer is none.
    """
    return _plain(value, 0)


def _plain(value: Value | None, depth: int) -> Any:
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _integer(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return value.double_value
    if depth == MAX_DEPTH:
        raise ValueError(f"values nested deeper than {MAX_DEPTH}")
    if value.array_value is not None:
        return [_plain(item, depth + 1) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {pair.key: _plain(pair.value, depth + 1) for pair in value.kvlist_value.values or ()}
    return None if value.bytes_value is None else _text(value.bytes_value)


def _integer(value: int | str) -> int:
    if isinstance(value, int):
        return value
    digits = value.removeprefix("-")
    if not digits.isdecimal() or len(digits) > 19:
        raise ValueError(f"`{ascii(value)[1:-1][:40]}` is no 64-bit integer")
    return int(value)


def _text(value: str) -> str:
    """Return bytes as text where they are text; some tracers write messages so."""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return value
