r"""Patterns whose matching time grows with the text and nothing else.

A pattern is a sequence of one-character classes, each with a repetition, so it is an automaton
whose states lie in a row. One whole number holds all states at once, a bit each, and one addition
skips over everything that may be missing: no input makes it go back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tertius.core.constraints import ConstraintError

MAX_STATES: Final = 4096

_DOUBLED: Final = re.compile(r"--|&&|\|\||~~|\[\[")  # kept by `re` for set operations to come
_DIGITS: Final = frozenset("0123456789")
_WORD: Final = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")

Holds = Callable[[str], bool]


class LinearPattern:
    r"""A compiled pattern of the dialect of `tertius.core.constraints.Matches`.

    Parameters
    ----------
    pattern
        Literals, escaped punctuation, ``.`` (anything but a newline), ``\d`` and ``\w`` (ASCII
        only) and classes ``[...]``, each with at most one of ``? * + {m} {m,} {m,n}``.

    Raises
    ------
    ConstraintError
        A range that runs backwards, a repetition ``{n,m}`` with n above m, an escaped letter in a
        class other than ``\d`` and ``\w``, or more than 4,096 states.

    Notes
    -----
    Time is proportional to the length of the text times the number of states over 64, about 0.2
    us for each character of a short pattern. The whole text must match. With one repetition of
    open length at most, there is one way to go back to, and `re` is linear too, and quicker.

    References
    ----------
    Navarro and Raffinot 2002, "Flexible Pattern Matching in Strings", section 4.3 (extended
    Shift-And).

    Examples
    --------
    >>> LinearPattern(r"AID-\d{4}[A-F]?").matches("AID-0042C")
    True
    >>> LinearPattern("a*a*a*a*b").matches("a" * 1000)
    False
    """

    def __init__(self, pattern: str) -> None:
        items = _items(pattern)
        holds: list[Holds] = []
        self._skip = self._stay = 0
        for each, least, most in items:
            for copy in range(max(least, 1) if most is None else most):
                bit = 1 << len(holds)
                holds.append(each)
                if copy >= least:
                    self._skip |= bit
                if most is None and copy >= least - 1:
                    self._stay |= bit
            if len(holds) > MAX_STATES:
                raise ConstraintError(f"pattern `{ascii(pattern)[1:-1]}` has too many repetitions")
        loose = sum(least != most for _, least, most in items)
        simple = loose <= 1 and not _DOUBLED.search(pattern)
        self._quick = re.compile(pattern, re.ASCII).fullmatch if simple else None
        self.shortest: Final = sum(least for _, least, _ in items)
        self._holds = tuple(dict.fromkeys(holds))
        self._where = {
            one: sum(1 << i for i, each in enumerate(holds) if each == one) for one in self._holds
        }
        self._end = 1 << len(holds)
        self._ascii = {char: self._bits(char) for char in map(chr, range(128))}

    def matches(self, text: str) -> bool:
        """Tell whether the pattern matches the whole text."""
        if self._quick is not None:
            return self._quick(text) is not None
        skip, stay, ascii_bits = self._skip, self._stay, self._ascii
        states = self._reach(1)
        for char in text:
            bits = ascii_bits.get(char)
            took = states & (self._bits(char) if bits is None else bits)
            if not took:
                return False
            states = (took << 1) | (took & stay)
            states |= (skip + (states & skip)) ^ skip
        return bool(states & self._end)

    def _reach(self, states: int) -> int:
        """Add what is reached by skipping: a carry runs through each row of skippable states."""
        return states | ((self._skip + (states & self._skip)) ^ self._skip)

    def _bits(self, char: str) -> int:
        return sum(self._where[holds] for holds in self._holds if holds(char))


def _items(pattern: str) -> list[tuple[Holds, int, int | None]]:
    """Cut a pattern into classes with the least and most of each."""
    found: list[tuple[Holds, int, int | None]] = []
    at = 0
    while at < len(pattern):
        holds, at = _class(pattern, at)
        least, most, at = _repetition(pattern, at)
        found.append((holds, least, most))
    return found


def _class(pattern: str, at: int) -> tuple[Holds, int]:
    char = pattern[at]
    if char == ".":
        return (lambda c: c != "\n"), at + 1
    if char == "\\":
        members = _escaped(pattern[at + 1])
        return members.__contains__, at + 2
    if char != "[":
        return frozenset(char).__contains__, at + 1
    end = at + 1
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return _bracket(pattern, pattern[at + 1 : end]), end + 1


def _bracket(pattern: str, inside: str) -> Holds:
    without = inside.startswith("^")
    members: set[str] = set()
    ranges: list[tuple[str, str]] = []
    parts = _parts(inside[1:] if without else inside)
    at = 0
    while at < len(parts):
        if at + 2 < len(parts) and parts[at + 1] == "-":
            low, high = parts[at], parts[at + 2]
            if isinstance(low, frozenset) or isinstance(high, frozenset) or low > high:
                raise ConstraintError(f"bad range in pattern `{ascii(pattern)[1:-1]}`")
            ranges.append((low, high))
            at += 3
        else:
            members |= set(parts[at])
            at += 1
    if not parts:
        raise ConstraintError(f"an empty class in pattern `{ascii(pattern)[1:-1]}`")

    def holds(char: str) -> bool:
        inside = char in members or any(low <= char <= high for low, high in ranges)
        return inside is not without

    return holds


def _parts(inside: str) -> list[str | frozenset[str]]:
    """Cut the inside of a class into characters and sets; an escaped dash is no range."""
    parts: list[str | frozenset[str]] = []
    at = 0
    while at < len(inside):
        if inside[at] == "\\":
            escaped = _escaped(inside[at + 1])
            one = next(iter(escaped))
            parts.append(escaped if len(escaped) > 1 or one == "-" else one)
            at += 2
        else:
            parts.append(inside[at])
            at += 1
    return parts


def _escaped(char: str) -> frozenset[str]:
    if char == "d":
        return _DIGITS
    if char == "w":
        return _WORD
    if char.isalnum() or not char.isascii():
        raise ConstraintError(f"unknown escape `\\{ascii(char)[1:-1]}`; expected `\\d` or `\\w`")
    return frozenset(char)


def _repetition(pattern: str, at: int) -> tuple[int, int | None, int]:
    """Return least, most (None: no limit) and where the next class begins."""
    char = pattern[at : at + 1]
    if char and char in "?*+":
        least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[char]
        return least, most, at + 1
    if char != "{":
        return 1, 1, at
    end = pattern.index("}", at)
    low, comma, high = pattern[at + 1 : end].partition(",")
    least = int(low)
    most = least if not comma else int(high) if high else None
    if most is not None and most < least:
        raise ConstraintError(f"bad repetition in pattern `{ascii(pattern)[1:-1]}`")
    return least, most, end + 1
