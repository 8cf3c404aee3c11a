"""Requests made of plain values: what is asked for again is not checked again."""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter
from typing import Any, Final

import msgspec

from tertius.core.decision import Decision
from tertius.core.noun import require_names
from tertius.core.request import Digester, Request, RequestError, again
from tertius.log.content import Sealed
from tertius.policy.places import Place
from tertius.runtime.permits import Permit

MAX_KINDS: Final = 4096
FIELDS: Final = (
    "agent", "action", "run", "chain", "resource", "peer", "key", "channel", "via", "task", "label",
    "identity",
)  # fmt: skip
"""What makes two acts of one kind: everything in a request but id, time and arguments."""

Kind = tuple[Any, ...]
"""The values of `FIELDS`, in their order."""


class Known:
    """One kind of act, and what was found out about all acts of it.

    Attributes
    ----------
    first
        A request of this kind that passed every check.
    digest
        Makes the digests of such requests.
    permit
        The last permit that was given, None where there was none.
    place
        What it counts for, None where that was not asked.
    answer
        What a gate elsewhere said last, None where none was asked.
    """

    __slots__ = ("answer", "digest", "first", "permit", "place")

    def __init__(self, first: Request) -> None:
        self.first: Final = first
        self.digest: Final = Digester(first).of
        self.answer: Decision | None = None
        self.permit: Permit | None = None
        self.place: Place | None = None


class Acts:
    """The kinds of act that were asked for.

    Notes
    -----
    Bounded by `MAX_KINDS`; when they are full, all are let go. Only requests that passed every
    check are kept, under exactly what was checked.
    """

    def __init__(self) -> None:
        self._known: dict[Kind, Known] = {}

    def check(self, request: Request) -> Known:
        """Refuse a request that somebody else made, if a value in it is of another type.

        Returns
        -------
        Known
            What is known of its kind.

        Raises
        ------
        RequestError, TypeError
            It is none that an adapter may make; with the field.
        """
        kind = _kind_of(request)
        known = self._known.get(kind)
        if known is None:
            require_typed(request)
            known = self._keep(kind, request)
        return known

    def request(
        self, kind: Kind, id: str, time: int, sealed: Sealed, *, named: bool = False
    ) -> tuple[Request, Known]:
        """Make a request; return also what is known of its kind.

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
            known = self._known.get(kind)
        except TypeError as error:
            raise RequestError(f"no request: {_odd(kind)} can be no key; {error}") from error
        if known is not None:
            if not named:
                require_names(RequestError, id=id)
            return again(known.first, id, time, raw, salt, digest), known
        given = dict(zip(FIELDS, kind, strict=True))
        made = Request(id=id, time=time, arguments=raw, salt=salt, digest=digest, **given)
        require_typed(made)
        return made, self._keep(kind, made)

    def _keep(self, kind: Kind, made: Request) -> Known:
        if len(self._known) >= MAX_KINDS:
            self._known.clear()
        known = self._known[kind] = Known(made)
        return known


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
