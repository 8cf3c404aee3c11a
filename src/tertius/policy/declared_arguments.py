"""Which arguments rules look at: the one type that an author of rules declares."""

from __future__ import annotations

import re
from typing import Final

from tertius.core.errors import CallerError
from tertius.core.names import nearest

Type = str | dict[str, "Type"]
"""A Cedar type: its name, or the fields of a record; a field that ends in ``?`` may be missing."""

SCALARS: Final = ("Long", "String", "Bool", "Set<String>", "Set<Long>")
MAX_DEPTH: Final = 8

_TOKEN = re.compile(r"\s+|//[^\n]*|[A-Za-z_][A-Za-z0-9_]*(?:<[A-Za-z]+>)?|[{}:;,?=]|\"[^\"\\]*\"")


class ShapeError(CallerError):
    """A schema that adds more than the type of the arguments, or adds it wrongly."""


def declared_arguments(text: str) -> dict[str, Type]:
    """Read ``type Arguments = { name?: Type, ... };``; empty text declares nothing.

    Raises
    ------
    ShapeError
        The text declares anything else, a field that is not optional, or an unknown type.

    Examples
    --------
    >>> declared_arguments("type Arguments = { amount?: Long };")
    {'amount?': 'Long'}
    >>> declared_arguments("entity Agent;")
    Traceback (most recent call last):
    ...
    tertius.policy.declared_arguments.ShapeError: 1:1: expected `type`, found `entity`
    """
    return _Declared(text).arguments()


class _Declared:
    """Reads ``type Arguments = { name?: Type, ... };`` and nothing else."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[int, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._error(at, f"unexpected `{ascii(text[at])[1:-1]}`")
            if not (match[0].isspace() or match[0].startswith("//")):
                self._tokens.append((at, match[0]))
            at = match.end()
        self._next = 0

    def arguments(self) -> dict[str, Type]:
        if not self._tokens:
            return {}
        for word in ("type", "Arguments", "="):
            self._expect(word)
        fields = self._record(1)
        self._expect(";")
        if self._next < len(self._tokens):
            at, token = self._tokens[self._next]
            raise self._error(at, f"expected the end, found `{token}`; only `Arguments` is yours")
        return fields

    def _record(self, depth: int) -> dict[str, Type]:
        self._expect("{")
        fields: dict[str, Type] = {}
        while self._peek() != "}":
            at, word = self._take()
            name = word.strip('"')
            if depth > MAX_DEPTH or not name or word in "{}:;,?=" or name.endswith("?"):
                raise self._error(at, f"expected the name of a field, found `{word}`")
            if f"{name}?" in fields:
                raise self._error(at, f"field `{name}` is declared twice")
            if self._peek() != "?":
                raise self._error(at, f"field `{name}` must be optional; write `{name}?`")
            self._take()
            self._expect(":")
            fields[f"{name}?"] = self._type(depth)
            if self._peek() != "}":
                self._expect(",")
        self._take()
        return fields

    def _type(self, depth: int) -> Type:
        if self._peek() == "{":
            return self._record(depth + 1)
        at, word = self._take()
        if word not in SCALARS:
            raise self._error(at, f"unknown type `{word}`{nearest(word, SCALARS)}")
        return word

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[int, str]:
        if self._next == len(self._tokens):
            raise self._error(len(self._text), "unexpected end")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, word: str) -> None:
        at, found = self._take()
        if found != word:
            raise self._error(at, f"expected `{word}`, found `{found}`")

    def _error(self, at: int, problem: str) -> ShapeError:
        shown = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode()
            for char in problem[:300]
        )
        return ShapeError(f"{place(self._text, at)}: {shown}")


def place(text: str, at: int) -> str:
    r"""Return line and column, from 1, of a position in a text.

    Examples
    --------
    >>> place("ab\ncd", 4)
    '2:2'
    """
    return f"{text.count(chr(10), 0, at) + 1}:{at - (text.rfind(chr(10), 0, at) + 1) + 1}"
