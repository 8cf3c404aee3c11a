"""Signed files: what is wrong with one names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tertius.core.errors import TertiusError
from tertius.policy.envelope import Envelope, parse_envelope
from tertius.policy.files import read_file


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put a file in front of what is said of it, unless it is named already.

    Examples
    --------
    >>> with named(Path("policy/mode.signed.json")):
    ...     raise TertiusError("no mode")
    Traceback (most recent call last):
    tertius.core.errors.TertiusError: policy/mode.signed.json: no mode
    """
    try:
        yield
    except TertiusError as error:
        if str(path) not in str(error):
            error.args = (f"{path}: {error}",)
        raise


def read_envelope(path: Path) -> Envelope:
    """Read an envelope's file; nothing in it is trusted yet.

    Raises
    ------
    UnreadableError, EnvelopeError
        It cannot be read, or is no envelope; names the file.
    """
    with named(path):
        return parse_envelope(read_file(path))
