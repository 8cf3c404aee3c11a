"""Values that rules cannot tell apart, each stood for by one of them.

A rule that only asks whether a count is above 60 says the same of 3 and of 4, and one that only
asks whether a name is `mallory` says the same of all others. Asking with one stand-in for all of
them gives the same answer, which is then known already.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, Final

from cedarpy import pst

from tertius.policy.cedar_terms import children, path_of

Path = tuple[str, ...]
Classes = dict[Path, tuple[int, ...] | frozenset[str]]
"""For fields of the context, the numbers, in order, or the texts that they are compared with."""

_FAR: Final = 2**62  # numbers beyond have no neighbours that are safe to name
_COMPARE: Final = frozenset({"less", "less_eq", "greater", "greater_eq", "eq", "not_eq"})


def value_classes(rules: Iterable[pst.Template]) -> Classes:
    """Return the fields that rules only ever compare with written numbers, or written texts.

    A field that is read in any other way, by any of the rules, is left out.
    """
    compared: dict[Path, set[int | str]] = {}
    otherwise: set[Path] = set()
    for rule in rules:
        for clause in rule.clauses:
            _visit(clause.expr, compared, otherwise)
    found: Classes = {}
    for path, values in compared.items():
        numbers = [value for value in values if isinstance(value, int)]
        texts = [value for value in values if isinstance(value, str)]
        if any(path[:n] in otherwise for n in range(len(path) + 1)) or (numbers and texts):
            continue
        found[path] = tuple(sorted(numbers)) if numbers else frozenset(texts)
    return found


def stand_in(value: int, numbers: tuple[int, ...]) -> int:
    """Return the number that stands for a value: on the same side of every compared number.

    Examples
    --------
    >>> [stand_in(value, (10, 20)) for value in (3, 10, 11, 15, 20, 99)]
    [9, 10, 11, 11, 20, 21]
    """
    place = bisect_left(numbers, value)
    if place < len(numbers) and numbers[place] == value:
        return value
    return numbers[place - 1] + 1 if place else numbers[0] - 1


def other_text(value: str, texts: frozenset[str]) -> str:
    """Return the text that stands for a value: itself where it is compared with, else another.

    Examples
    --------
    >>> [other_text(value, frozenset({"a", "~"})) for value in ("a", "b", "~")]
    ['a', '~~', '~']
    """
    if value in texts:
        return value
    other = "~"
    while other in texts:
        other += "~"
    return other


def classed(context: dict[str, Any], classes: Classes) -> dict[str, Any]:
    """Put the values of a context into their classes, in place; returns the context."""
    for path, known in classes.items():
        here: Any = context
        for step in path[:-1]:
            here = here.get(step) if isinstance(here, dict) else None
        value = here.get(path[-1]) if isinstance(here, dict) else None
        if isinstance(known, tuple):
            if type(value) is int:
                here[path[-1]] = stand_in(value, known)
        elif type(value) is str:
            here[path[-1]] = other_text(value, known)
    return context


def _visit(expr: pst.Expr, compared: dict[Path, set[int | str]], otherwise: set[Path]) -> None:
    if isinstance(expr, pst.BinaryOp):
        for side, other in ((expr.left, expr.right), (expr.right, expr.left)):
            path, values = path_of(side), _written(other, expr.op)
            if path is not None and path[0] == "context" and values:
                compared.setdefault(path[1:], set()).update(values)
                return
    path = path_of(expr)
    if path is not None:
        if path[0] == "context":
            otherwise.add(path[1:])
    elif isinstance(expr, pst.HasAttr) and path_of(expr.base) is not None:
        pass  # whether a field is there, not what it holds
    else:
        for each in children(expr):
            _visit(each, compared, otherwise)


def _written(expr: pst.Expr, op: str) -> list[int | str]:
    """Return the value that a field is compared with; nothing where it is no plain comparison."""
    match expr:
        case pst.LongLit(value=number) if op in _COMPARE and abs(number) < _FAR:
            return [number]
        case pst.UnaryOp(op="neg", arg=pst.LongLit(value=number)) if (
            op in _COMPARE and abs(number) < _FAR
        ):
            return [-number]
        case pst.StringLit(value=text) if op in ("eq", "not_eq"):
            return [text]
        case _:
            return []
