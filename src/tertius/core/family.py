"""Families of plugins: a table of names, and a module that is loaded when somebody asks for it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from tertius.core.errors import CallerError
from tertius.core.names import nearest


def member(table: Mapping[str, str], name: str, *, noun: str, error: type[CallerError]) -> Any:
    """Return what a family's table names: a class or a function.

    Parameters
    ----------
    table
        Name to ``module:attribute``.
    name
        One of them.
    noun, error
        What the family calls a member, and the error for a name that is none.

    Raises
    ------
    CallerError
        Of the class `error`, with the nearest known name.

    Examples
    --------
    >>> member({"sqrt": "math:sqrt"}, "sqrt", noun="root", error=CallerError)(9.0)
    3.0
    >>> member({"sqrt": "math:sqrt"}, "sqr", noun="root", error=CallerError)
    Traceback (most recent call last):
    ...
    tertius.core.errors.CallerError: unknown root `sqr`; did you mean `sqrt`
    """
    if name not in table:
        raise error(f"unknown {noun} `{ascii(name)[1:-1][:60]}`{nearest(name, table)}")
    module, _, attribute = table[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
