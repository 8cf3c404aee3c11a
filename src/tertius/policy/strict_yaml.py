"""YAML with one meaning: plain values and where each of them stands.

Of YAML 1.2 this takes mappings, lists, texts, numbers, ``true``, ``false`` and ``null``. Anchors,
aliases, tags, merge keys, several documents, tabs, duplicate keys and keys that are no text are
refused, so that no reviewer reads something else than what is signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tertius.core.errors import PlacedError

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 16
MAX_VALUES: Final = 50_000

Path = tuple[str | int, ...]
Position = tuple[int, int]

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_NUMBERLIKE = re.compile(r"[-+]?(?:[0-9][0-9_]*|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+)")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]{1,40}\.[0-9]{0,40}|[0-9]{1,40}(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?"
)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}
_UNSURE: Final = frozenset(["yes", "no", "on", "off", "y", "n", "~"])


class DocumentError(PlacedError, ValueError):
    """A document that cannot be read."""


class Document(Struct, frozen=True, kw_only=True):
    """What a file says, and where each value and key of it stands.

    `values` and `keys` map a path such as ``("tools", 0, "schema")`` to line and column, from 1.
    """

    file: str
    raw: bytes
    tree: Any
    values: Mapping[Path, Position]
    keys: Mapping[Path, Position]

    def place(self, path: Path, *, key: bool = False) -> Position:
        """Return where a value, or its key, stands; if it is missing, where its parent does."""
        marks = self.keys if key else self.values
        while path and path not in marks:
            path, marks = path[:-1], self.values
        return marks.get(path, (1, 1))

    def error(self, path: Path, problem: str, *, key: bool = False) -> DocumentError:
        """Return an error that names the place of a value or key: without lines, its path."""
        line, column = self.place(path, key=key)
        above = path[:-1] if key else path
        if not line and above:
            problem = f"`{'.'.join(map(str, above))}`: {problem}"
        return DocumentError(self.file, line, column, problem)


def parse_yaml(raw: bytes, *, file: str) -> Document:
    r"""Read a document.

    Parameters
    ----------
    raw
        UTF-8, at most 1 MiB and 50,000 values, nested at most 16 deep.
    file
        Its name, for messages.

    Raises
    ------
    DocumentError
        With line and column.

    Notes
    -----
    About 100 us for each line of text.

    Examples
    --------
    >>> document = parse_yaml(b"agent: aid\nversion: 3\n", file="aid.yaml")
    >>> document.tree, document.place(("version",))
    ({'agent': 'aid', 'version': 3}, (2, 10))
    >>> parse_yaml(b"a: &x 1\nb: *x\n", file="aid.yaml")
    Traceback (most recent call last):
    ...
    tertius.policy.strict_yaml.DocumentError: aid.yaml:1:4: an anchor; write the value out ...
    """
    text = _text(raw, file)
    try:
        return _Builder(file, raw).build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        what = " ".join((error.problem or error.context or "broken").split())
        raise DocumentError(file, line, column, f"no YAML: {what[:120].lower()}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(file, 0, 0, f"no YAML: {' '.join(str(error).split())[:120]}") from error


def _text(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        raise DocumentError(file, 0, 0, f"{len(raw)} bytes; expected at most {MAX_BYTES}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise DocumentError(file, line, column, "invalid UTF-8") from error
    if text.startswith("\ufeff"):
        raise DocumentError(file, 1, 1, "save the file without a byte order mark")
    for number, line_text in enumerate(text.split("\n"), start=1):
        for column, char in enumerate(line_text, start=1):
            if char == "\t":
                raise DocumentError(file, number, column, "a tab; expected spaces")
            if not char.isprintable() and not (char == "\r" and column == len(line_text)):
                shown = char.encode("unicode_escape").decode()
                what = f"an invisible character `{shown}`; write it as an escape in quotes"
                raise DocumentError(file, number, column, what)
    return text


class _Builder:
    """Builds values from the parser's events, which no alias can multiply."""

    def __init__(self, file: str, raw: bytes) -> None:
        self._file = file
        self._raw = raw
        self._values: dict[Path, Position] = {}
        self._keys: dict[Path, Position] = {}

    def build(self, events: Iterator[Event]) -> Document:
        tree: Any = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(event, "a second document; expected one in a file")
            elif isinstance(event, NodeEvent):
                tree = self._node(event, events, ())
        if documents == 0:
            raise DocumentError(self._file, 0, 0, "an empty file")
        return Document(
            file=self._file, raw=self._raw, tree=tree, values=self._values, keys=self._keys
        )

    def _node(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self._check(event, path)
        self._values[path] = _position(event)
        if len(self._values) > MAX_VALUES:
            raise self._error(event, f"more than {MAX_VALUES} values")
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._list(events, path)
        return self._mapping(events, path)

    def _list(self, events: Iterator[Event], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            self._check(event, path)
            key = self._scalar(event) if isinstance(event, ScalarEvent) else None
            if not isinstance(key, str):
                raise self._error(event, "a key that is no text; expected a word")
            if key in found:
                line, column = self._keys[(*path, key)]
                what = f"duplicate key `{quoted(key)}`; the first is at {line}:{column}"
                raise self._error(event, what)
            self._keys[(*path, key)] = _position(event)
            found[key] = self._node(next(events), events, (*path, key))
        return found

    def _check(self, event: Event, path: Path) -> None:
        if isinstance(event, AliasEvent):
            raise self._error(event, "an alias; write the value out where it is meant")
        if getattr(event, "anchor", None) is not None:
            raise self._error(event, "an anchor; write the value out where it is meant")
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in ("", "None"):
            raise self._error(event, f"a tag `{quoted(str(tag))}`; expected a plain value")
        if not isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            raise self._error(event, "something that is no value")
        if len(path) > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH}")

    def _scalar(self, event: ScalarEvent) -> Any:
        text = str(event.value)
        if event.style:
            if any("\ud800" <= char <= "\udfff" for char in text):
                raise self._error(event, "an escape of half a character; expected Unicode")
            return text
        if text.lower() in _WORDS:
            if text not in _WORDS:
                raise self._error(event, f"`{text}`; expected `{text.lower()}`, or quotes")
            return _WORDS[text]
        if text.lower() in _UNSURE:
            raise self._error(event, f"`{text}`; expected `true`, `false`, `null`, or quotes")
        if _WHOLE.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _NOT_FINITE.fullmatch(text) or _NUMBERLIKE.fullmatch(text):
            what = f"`{quoted(text)}` is no plain number; write its digits, or put it into quotes"
            raise self._error(event, what)
        return text

    def _error(self, event: Event, problem: str) -> DocumentError:
        return DocumentError(self._file, *_position(event), problem)


def quoted(value: object, limit: int = 60) -> str:
    """Return a value for a message: escaped, on one line, cut."""
    text = value if isinstance(value, str) else repr(value)
    shown = ascii(text[: limit + 1])[1:-1]
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _position(event: Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
