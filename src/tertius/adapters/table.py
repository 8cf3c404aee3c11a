"""The adapters, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

from tertius.core.errors import CallerError
from tertius.core.family import member
from tertius.core.ports.adapter import Adapter

TABLE: dict[str, str] = {
    "by_hand": "tertius.adapters.by_hand:ByHand",
}
"""Name to ``module:Class``."""


class UnknownAdapterError(CallerError):
    """No such adapter."""


def load(name: str, **parameters: object) -> Adapter:
    """Return a fresh adapter.

    Parameters
    ----------
    name
        One of `TABLE`.
    **parameters
        Keyword arguments of its class.

    Raises
    ------
    UnknownAdapterError
        If the table has no such name.

    Examples
    --------
    >>> load("by_hand").name
    'by_hand'
    >>> load("by_hnad")
    Traceback (most recent call last):
    ...
    tertius.adapters.table.UnknownAdapterError: unknown adapter `by_hnad`; did you mean `by_hand`
    """
    adapter: Adapter = member(TABLE, name, noun="adapter", error=UnknownAdapterError)(**parameters)
    return adapter
