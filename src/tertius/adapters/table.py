"""The adapters, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

import importlib

from tertius.core.errors import CallerError
from tertius.core.names import nearest
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
    if name not in TABLE:
        raise UnknownAdapterError(
            f"unknown adapter `{ascii(name)[1:-1][:60]}`{nearest(name, TABLE)}"
        )
    module, _, cls = TABLE[name].partition(":")
    adapter: Adapter = getattr(importlib.import_module(module), cls)(**parameters)
    return adapter
