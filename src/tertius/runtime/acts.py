"""Requests made of plain values: what is asked for again is not checked again."""

from __future__ import annotations

from typing import Any, Final

from tertius.core.request import Request, again
from tertius.log.content import Sealed

MAX_KINDS: Final = 4096
FIELDS: Final = (
    "agent", "action", "run", "chain", "resource", "peer", "key", "channel", "via", "task", "label",
    "identity",
)  # fmt: skip
"""What makes two acts of one kind: everything in a request but id, time and arguments."""


class Acts:
    """The kinds of act that were asked for, with one request of each.

    Notes
    -----
    Bounded by `MAX_KINDS`; when they are full, all are let go. Only requests that passed every
    check are kept, under exactly what was checked.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[Any, ...], Request] = {}

    def request(self, kind: tuple[Any, ...], id: str, time: int, sealed: Sealed) -> Request:
        """Make a request.

        Parameters
        ----------
        kind
            The values of `FIELDS`, in their order.
        sealed
            The canonical arguments, with the digest that was just made from them.

        Raises
        ------
        RequestError, TypeError
            It is none that an adapter may make.
        """
        salt, digest, raw = sealed.salt, sealed.digest, sealed.data
        first = self._first.get(kind)
        if first is not None:
            return again(first, id=id, time=time, arguments=raw, salt=salt, digest=digest)
        given = dict(zip(FIELDS, kind, strict=True))
        made = Request(id=id, time=time, arguments=raw, salt=salt, digest=digest, **given)
        if len(self._first) >= MAX_KINDS:
            self._first.clear()
        self._first[kind] = made
        return made
