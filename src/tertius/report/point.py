"""One turning point of a run."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal[
    "failed",
    "empty",
    "repeated",
    "made-up",
    "claimed",
    "announced",
    "stated",
    "handed-on",
    "unevidenced",
    "taken-over",
    "sign",
    "believed",
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
    mended, written, tries
        The later result of a call of the same kind that is no trouble, where that call was written,
        and tries that failed before that. Whether it did the same work is not known.
    used
        The later words that go on with what a failed call put out besides its error.
    admitted
        The next words after a failure, if they speak of it or try the same again.
    warned
        The earlier event that already told that this would fail.
    values
        Names and numbers that nobody had said before.
    source
        The earlier event from which it is taken over, or that it approves.
    built
        Later events that take up what it brought in.
    """

    event: int
    kind: Kind
    says: str
    quote: str = ""
    known: Literal["record", "words", "texts", "detector"]
    result: int | None = None
    output: str = ""
    mended: int | None = None
    written: int | None = None
    tries: int = 0
    used: int | None = None
    admitted: int | None = None
    warned: int | None = None
    values: tuple[str, ...] = ()
    source: int | None = None
    built: tuple[int, ...] = ()
