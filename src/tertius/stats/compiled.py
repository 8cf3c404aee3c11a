"""Compile a kernel where numba is installed; run it as it stands where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_compile: Callable[..., Any] | None
try:
    from numba import config as _config
    from numba import njit as _compile

    INTERPRETED = bool(getattr(_config, "DISABLE_JIT", False))
except ImportError:  # the extra `worlds` brings it; without it every kernel is slow and the same
    _compile, INTERPRETED = None, True


def compiled(function: F) -> F:
    """Compile a function to machine code that gives the same bits.

    Notes
    -----
    No fast-math: sums keep their order, so the compiled kernel, the interpreted one and the
    readable twin in the tests agree bit for bit. The compiled code is cached beside the source
    and runs without the interpreter's lock. Division by zero gives infinity, as in NumPy.

    Examples
    --------
    >>> from tertius.stats.draws import unit
    >>> 0 <= unit(7, 3) < 1
    True
    """
    if _compile is None:
        return function
    made: F = _compile(cache=True, nogil=True, error_model="numpy")(function)
    return made
