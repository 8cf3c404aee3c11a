r"""Foreign text made inert: it looks the same everywhere and nothing acts on it.

Only printable ASCII is left as it is, without ``<``, ``>`` and ``&``, so that no terminal, browser
or markup sees anything but text. Everything else becomes a visible escape, line breaks and
direction marks included, and a backslash is doubled, so that no two texts look alike.
"""

from __future__ import annotations

import hashlib
from typing import Final

_AS_IT_IS: Final = frozenset(map(chr, range(32, 127))) - frozenset("<>&\\")


def inert(text: str) -> str:
    r"""Return text as printable ASCII that cannot end its line, colour it or turn it round.

    Notes
    -----
    Two different texts never give the same result. Letters of other scripts are escaped too: a
    card must not depend on fonts, and many of them look like others. Pure; linear time.

    Examples
    --------
    >>> print(inert("pay\u202e005\nDEADLINE none \x1b[2J <b>"))
    pay\u202e005\nDEADLINE none \x1b[2J \x3cb\x3e
    >>> print(inert("\\n"))
    \\n
    """
    return "".join(char if char in _AS_IT_IS else _escape(char) for char in text)


def _escape(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char in "<>&":
        return f"\\x{ord(char):02x}"
    return char.encode("unicode_escape").decode()


def cut(text: str, most: int = 240) -> str:
    """Return text made inert; if it is too long, its two ends, its whole length and its digest.

    Parameters
    ----------
    text
        Any text.
    most
        Characters of it that are shown, four fifths from the front.

    Examples
    --------
    >>> cut("a" * 20, 10)
    'aaaaaaaa ... aa (10 of 20 characters; sha256 42492da06234ad0ac76f5d5debdb6d1ae027cffbe746a1c\
13b89bb8bc0139137)'
    """
    if len(text) <= most:
        return inert(text)
    front = most * 4 // 5
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    told = f"({most:,} of {len(text):,} characters; sha256 {digest})"
    return f"{inert(text[:front])} ... {inert(text[front - most :])} {told}"
