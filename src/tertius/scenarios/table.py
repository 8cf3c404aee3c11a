"""The studies, one line each; a module is loaded when somebody asks for it."""

from __future__ import annotations

import importlib

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.scenarios.study import Study

TABLE: dict[str, str] = {
    "braess": "tertius.scenarios.routing:braess",
}
"""Name to ``module:function``."""


class UnknownStudyError(CallerError):
    """No such study."""


def load(name: str) -> Study:
    """Return a study.

    Raises
    ------
    UnknownStudyError
        If the table has no such name.

    Examples
    --------
    >>> load("braess").population("selfish").kind
    'failing'
    >>> load("bras")
    Traceback (most recent call last):
    ...
    tertius.scenarios.table.UnknownStudyError: unknown study `bras`; did you mean `braess`
    """
    if name not in TABLE:
        shown = ascii(name)[1:-1][:60]
        raise UnknownStudyError(f"unknown study `{shown}`{nearest(name, TABLE)}")
    module, _, function = TABLE[name].partition(":")
    study: Study = getattr(importlib.import_module(module), function)()
    return study
