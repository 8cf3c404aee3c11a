"""One turning point of a run."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal[
    "failed",
    "repeated",
    "made-up",
    "claimed",
    "announced",
    "stated",
    "handed-on",
    "unevidenced",
    "sign",
    "unrun",
    "finding",
    "answer",
    "approved",
    "self-approved",
    "last",
    "end",
]


class Point(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened in one event, in a plain phrase, with the words that show it.

    Attributes
    ----------
    event
        Whose doing it is: of a tool's failure, the event in which the call was written.
    known
        By what: the ``record`` itself, a fixed list of ``words``, comparing ``texts``, or a
        ``detector``.
    result, output
        What the tool gave back, if it is about a call.
    mended, tries
        The later result in which the same thing succeeded, and tries that failed before that.
    used
        The later words that go on with what a failed call put out besides its error.
    role
        ``start`` for the earliest trouble that was not repaired, ``after`` for later trouble.
    """

    event: int
    kind: Kind
    says: str
    quote: str = ""
    known: Literal["record", "words", "texts", "detector"]
    result: int | None = None
    output: str = ""
    mended: int | None = None
    tries: int = 0
    used: int | None = None
    role: Literal["", "start", "after"] = ""
