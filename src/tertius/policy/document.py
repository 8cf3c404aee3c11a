"""From a YAML document to a noun; every mistake with line, column, value and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from tertius.core.events import EARLIEST_TIME, LATEST_TIME
from tertius.core.names import NAME_PATTERN, nearest
from tertius.core.noun import Noun
from tertius.policy.envelope import EnvelopeError
from tertius.policy.strict_yaml import MAX_BYTES, Document, DocumentError, Path, parse_yaml, quoted

TIMES: Final = frozenset({"not_before", "not_after", "opened"})
"""Fields that hold UTC nanoseconds; in a file they are written as dates and times."""

_PLACE = re.compile(r" - at `(\$[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_WORDS: Final = {
    NAME_PATTERN: "1 to 128 characters of A-Z a-z 0-9 . _ : / -",
    "^[0-9a-f]{64}$": "64 lower-case hex digits",
    "array": "a list",
    "object": "keys with values",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
}

N = TypeVar("N", bound=Noun)


def read_document(path: FilePath) -> Document:
    """Read a YAML file.

    Raises
    ------
    DocumentError
        It cannot be read, or `parse_yaml` refuses it.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise DocumentError(str(path), 0, 0, f"cannot be read, {reason}") from error
    return parse_yaml(raw, file=str(path))


def as_noun(document: Document, cls: type[N]) -> N:
    r"""Return what a document says, as a noun of one class.

    Raises
    ------
    DocumentError
        The first mistake, with line and column, the value, what was expected, and the nearest
        known name.

    Notes
    -----
    Times are written ``2026-09-01`` (midnight) or ``2026-09-01T08:00:00Z``, always UTC.

    Examples
    --------
    >>> from tertius.core.grants import StoreGrant
    >>> as_noun(parse_yaml(b"store: sis\nreed: true\n", file="f"), StoreGrant)
    Traceback (most recent call last):
    ...
    tertius.policy.strict_yaml.DocumentError: f:2:1: unknown key `reed`; did you mean `read`
    """
    tree = _with_times(document, document.tree, ())
    try:
        return msgspec.convert(tree, cls, strict=True)
    except msgspec.ValidationError as error:
        raise _explained(document, cls, str(error)) from error


def stated(predicate: Mapping[str, Any], cls: type[N], kind: str) -> N:
    """Return what a signed statement says, as a noun of one class.

    Raises
    ------
    EnvelopeError
        It says something else; with the path, the value, and the nearest known key.

    Examples
    --------
    >>> from tertius.core.grants import StoreGrant
    >>> stated({"store": "sis", "reed": True}, StoreGrant, "store")
    Traceback (most recent call last):
    ...
    tertius.policy.envelope.EnvelopeError: no store: unknown key `reed`; did you mean `read`
    """
    nowhere = Document(file=kind, raw=b"", tree=predicate, values={(): (0, 0)}, keys={})
    try:
        return as_noun(nowhere, cls)
    except DocumentError as error:
        at = _PLACE.search(str(error.__cause__))
        where = f", at `{quoted(at.group(1), 200)}`" if at else ""
        raise EnvelopeError(f"no {kind}: {error.problem}{where}") from error


def parse_time(text: str) -> int | None:
    """Return UTC nanoseconds of a date or a time in UTC to the second; None if it is none.

    Examples
    --------
    >>> parse_time("2026-09-01"), parse_time("2026-09-01T00:00:01Z"), parse_time("soon")
    (1788220800000000000, 1788220801000000000, None)
    """
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        nanoseconds = int(found.timestamp()) * 1_000_000_000
        return nanoseconds if EARLIEST_TIME <= nanoseconds <= LATEST_TIME else None
    return None


def said_day(time: int) -> str:
    """Return UTC nanoseconds as `parse_time` takes them: a date where it is midnight.

    Examples
    --------
    >>> said_day(1788220800000000000), said_day(1788220801000000000)
    ('2026-09-01', '2026-09-01T00:00:01Z')
    """
    text = datetime.fromtimestamp(time // 1_000_000_000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return text.removesuffix("T00:00:00Z")


def _with_times(document: Document, node: Any, path: Path) -> Any:
    if isinstance(node, list):
        return [_with_times(document, item, (*path, i)) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key in TIMES and not isinstance(value, dict | list):
            time = value if type(value) is int else parse_time(str(value))
            if time is None:
                what = f"bad time `{quoted(value)}`; expected `2026-09-01T08:00:00Z` or a date"
                raise document.error((*path, key), what)
            found[key] = time
        else:
            found[key] = _with_times(document, value, (*path, key))
    return found


def _explained(document: Document, cls: type[Noun], message: str) -> DocumentError:
    """Say in our words, and with its place, what the decoder found."""
    at = _PLACE.search(message)
    path = _steps(at.group(1)) if at else ()
    plain = _PLACE.sub("", message)
    value = _value(document.tree, path)
    if "unknown field" in plain:
        key = plain.split("`")[1]
        known = _fields(cls, document.tree, path)
        return document.error(
            (*path, key), f"unknown key `{quoted(key)}`{nearest(key, known)}", key=True
        )
    if "missing required field" in plain:
        return document.error(path, f"missing key `{plain.split('`')[1]}`")
    if plain.startswith(("Invalid enum value", "Invalid value")):
        words = sorted(_choices(cls, document.tree, path))
        hint = nearest(str(value), words) or "; expected another"
        return document.error(path, f"unknown value `{quoted(value)}`{hint}")
    if plain.startswith("Expected"):
        return document.error(path, f"{_expected(plain)}, found {_found(value)}")
    return document.error(path, plain)  # a noun's own words


def _steps(text: str) -> Path:
    return tuple(int(i) if i else name for name, i in _STEP.findall(text))


def _value(tree: Any, path: Path) -> Any:
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _found(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "keys with values"
    if value is None or isinstance(value, bool):
        return f"`{ {None: 'null', True: 'true', False: 'false'}[value] }`"
    kind = "text " if isinstance(value, str) else ""
    return f"{kind}`{quoted(value)}`"


def _expected(message: str) -> str:
    """Turn "Expected `int` >= 1, got `str`" into plain words."""
    text = message.split(", got")[0]
    pattern = text.partition("matching regex ")[2].strip("'")
    if pattern:
        return f"expected {_WORDS.get(pattern, f'a text that matches {pattern}')}"
    kinds, _, limit = text.removeprefix("Expected ").partition("` ")
    words = [_WORDS.get(kind, kind) for kind in kinds.strip("`").split(" | ")]
    return f"expected {' or '.join(words)}{' ' + limit if limit else ''}"


def _types(type: inspect.Type, tree: Any, path: Path) -> Iterator[inspect.Type]:
    """Return what may stand at a path, by the noun's own types."""
    if isinstance(type, inspect.UnionType):
        for each in type.types:
            yield from _types(each, tree, path)
    elif not path:
        yield type
    elif isinstance(type, inspect.StructType):
        tag = tree.get(type.tag_field) if isinstance(tree, dict) and type.tag_field else None
        if tag is None or tag == type.tag:
            for field in type.fields:
                if field.encode_name == path[0]:
                    yield from _types(field.type, _value(tree, path[:1]), path[1:])
            if path[0] == type.tag_field:
                yield inspect.LiteralType(values=(str(type.tag),))
        elif path[0] == type.tag_field:
            yield inspect.LiteralType(values=(str(type.tag),))
    elif isinstance(type, inspect.VarTupleType | inspect.ListType):
        yield from _types(type.item_type, _value(tree, path[:1]), path[1:])


def _fields(cls: type[Noun], tree: Any, path: Path) -> set[str]:
    node = _value(tree, path)
    known: set[str] = set()
    for type in _types(inspect.type_info(cls), tree, path):
        if isinstance(type, inspect.StructType):
            tag = node.get(type.tag_field) if isinstance(node, dict) and type.tag_field else None
            if tag is None or tag == type.tag:
                known |= {field.encode_name for field in type.fields}
                known |= {type.tag_field} if type.tag_field else set()
    return known


def _choices(cls: type[Noun], tree: Any, path: Path) -> set[str]:
    found: set[str] = set()
    for type in _types(inspect.type_info(cls), tree, path):
        if isinstance(type, inspect.LiteralType):
            found |= {str(value) for value in type.values}
        elif isinstance(type, inspect.EnumType):
            found |= {str(member.value) for member in type.cls}
    return found
