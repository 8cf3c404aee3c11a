"""Requests made of plain values: what is asked for again is not checked again."""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter
from typing import Any, Final

import msgspec

from tertius.core.noun import require_names
from tertius.core.request import Request, RequestError, again
from tertius.log.content import Sealed

MAX_KINDS: Final = 4096
FIELDS: Final = (
    "agent", "action", "run", "chain", "resource", "peer", "key", "channel", "via", "task", "label",
    "identity",
)  # fmt: skip
"""What makes two acts of one kind: everything in a request but id, time and arguments."""

Kind = tuple[Any, ...]
"""The values of `FIELDS`, in their order."""


class Acts:
    """The kinds of act that were asked for, with one request of each.

    Notes
    -----
    Bounded by `MAX_KINDS`; when they are full, all are let go. Only requests that passed every
    check are kept, under exactly what was checked.
    """

    def __init__(self) -> None:
        self._first: dict[Kind, Request] = {}

    def check(self, request: Request) -> Kind:
        """Refuse a request that somebody else made, if a value in it is of another type.

        Returns
        -------
        tuple
            The values of `FIELDS`.

        Raises
        ------
        RequestError, TypeError
            It is none that an adapter may make; with the field.
        """
        kind = _kind_of(request)
        if kind not in self._first:
            require_typed(request)
            self._keep(kind, request)
        return kind

    def request(
        self, kind: Kind, id: str, time: int, sealed: Sealed, *, named: bool = False
    ) -> Request:
        """Make a request.

        Parameters
        ----------
        kind
            The values of `FIELDS`, in their order.
        sealed
            The canonical arguments, with the digest that was just made from them.
        named
            Whether the id is known to be a name.

        Raises
        ------
        RequestError, TypeError
            It is none that an adapter may make.
        """
        salt, digest, raw = sealed.salt, sealed.digest, sealed.data
        try:
            first = self._first.get(kind)
        except TypeError as error:
            raise RequestError(f"no request: {_odd(kind)} can be no key; {error}") from error
        if first is not None:
            if not named:
                require_names(RequestError, id=id)
            return again(first, id=id, time=time, arguments=raw, salt=salt, digest=digest)
        given = dict(zip(FIELDS, kind, strict=True))
        made = Request(id=id, time=time, arguments=raw, salt=salt, digest=digest, **given)
        require_typed(made)
        self._keep(kind, made)
        return made

    def _keep(self, kind: Kind, made: Request) -> None:
        if len(self._first) >= MAX_KINDS:
            self._first.clear()
        self._first[kind] = made


def _odd(kind: Kind) -> str:
    """Name the field that holds a list, or something else that changes."""
    named = zip(FIELDS, kind, strict=True)
    return next((f"field `{n}`" for n, v in named if not isinstance(v, Hashable)), "a field")


def require_typed(request: Request) -> None:
    """Refuse a request whose fields are not all of their types; Python itself does not ask.

    Raises
    ------
    RequestError
        With the field: a kind of act that is none, a label or a chain that is a text, a key
        that is too long or no Unicode.

    Notes
    -----
    Some 15 us: the request is written and read again.
    """
    try:
        same = _read(_write(request))
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        text = ascii(text[:1].lower() + text[1:])[1:-1]
        raise RequestError(f"no request: {text}") from error
    if same != request:
        raise RequestError("no request: it reads back as another")


_kind_of = attrgetter(*FIELDS)
_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Request).decode
