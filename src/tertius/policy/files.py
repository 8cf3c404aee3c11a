"""Reads files that somebody else may have put there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.policy.envelope import MAX_ENVELOPE


class UnreadableError(CallerError):
    """A file that is missing, no plain file, a link, or too large."""


def read_file(path: Path, *, limit: int = MAX_ENVELOPE) -> bytes:
    """Return a plain file's bytes; links and devices are not followed.

    Raises
    ------
    UnreadableError
        It is no plain file, cannot be read, or has more than `limit` bytes.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError(f"`{path}` is no plain file")
            raw = file.read(limit + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UnreadableError(f"cannot read `{path}`: {reason}") from error
    if len(raw) > limit:
        raise UnreadableError(f"`{path}` has more than {limit} bytes")
    return raw
