"""Files as readers see them: a head to recognise, a whole document, or lines, all bounded.

A file packed with gz or xz is read as what it holds: sizes, limits and offsets are those of the
unpacked bytes.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.readers.unpack import MAGIC, BombError, DamagedError, Unpacked, packing

HEAD = 64 * 1024  # bytes that recognition may look at, unpacked
MAX_LINE = 16 * 1024 * 1024  # bytes of one line, its end not counted
MAX_DOCUMENT = 64 * 1024 * 1024  # bytes of a file that is one JSON document
CHUNK = 1024 * 1024
BOM = b"\xef\xbb\xbf"


class UnreadableError(CallerError):
    """A file that cannot be opened or read, or is no plain file."""


class TooLargeError(CallerError):
    """A document beyond the size that is read whole."""


class Line(Struct, frozen=True, kw_only=True):
    """One line of a file, without its end.

    `number` counts from 1, `offset` is that of its first byte, `length` is in bytes. `raw` is
    None where the line was longer than allowed: it was passed over, never held.
    """

    number: int
    offset: int
    length: int
    raw: bytes | None


def fingerprint(texts: Iterable[str | bytes]) -> str:
    """Return a digest of what a run says: its texts in order, however its format wraps them.

    Examples
    --------
    >>> fingerprint(["ab", "c"]) == fingerprint([b"ab", b"c"]) != fingerprint(["a", "bc"])
    True
    """
    state = sha256(b"tertius/v1/run\0")
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state.hexdigest()


def head(path: Path) -> bytes:
    """Return the first 64 KiB of a plain file, unpacked; less where a packed one is damaged.

    Raises
    ------
    UnreadableError
        If it cannot be opened, or is a pipe, a socket, a device or a folder; if it is packed and
        not even its first byte can be unpacked.
    """
    found = b""
    try:
        with _open(path) as file:
            while len(found) < HEAD and (more := file.read1(HEAD - len(found))):
                found += more
    except (DamagedError, BombError) as error:
        if not found:
            raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error
    return found


def document(path: Path, *, limit: int = MAX_DOCUMENT) -> bytes:
    """Return the whole of a plain file, without a byte order mark.

    Raises
    ------
    UnreadableError
        If it cannot be read or unpacked.
    TooLargeError
        If it is longer than `limit` bytes.
    """
    try:
        with _open(path) as file:
            raw = file.read(limit + 1)
    except (DamagedError, BombError) as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error
    if len(raw) > limit:
        raise TooLargeError(f"more than {limit} bytes; a document is read whole only up to that")
    return raw.removeprefix(BOM)


def lines(path: Path, *, limit: int = MAX_LINE) -> Iterator[Line]:
    r"""Yield the lines of a plain file, ended by ``\n`` or ``\r\n``, blank ones included.

    Raises
    ------
    UnreadableError
        If the file cannot be opened, or reading or unpacking it fails half way.

    Notes
    -----
    Holds one line of at most `limit` bytes; a longer one is passed over in pieces. A byte order
    mark at the start belongs to no line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.jsonl")
    ...     _ = path.write_bytes(b"one\r\ntwo words\n3")
    ...     [(line.number, line.offset, line.raw) for line in lines(path, limit=5)]
    [(1, 0, b'one'), (2, 5, None), (3, 15, b'3')]
    """
    try:
        with _open(path) as file:
            offset = number = 0
            if file.peek(len(BOM))[: len(BOM)] == BOM:
                offset = len(file.read(len(BOM)))
            while raw := file.readline(limit + 2):
                number += 1
                start, size = offset, len(raw)
                while not raw.endswith(b"\n") and (more := file.readline(CHUNK)):
                    size += len(more)
                    raw = raw[-1:] + more
                offset += size
                ended = raw.endswith(b"\n")
                length = size - (2 if raw.endswith(b"\r\n") else ended)
                yield Line(
                    number=number,
                    offset=start,
                    length=length,
                    raw=raw[:length] if length <= limit and len(raw) == size else None,
                )
    except (DamagedError, BombError) as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error


def _open(path: Path) -> io.BufferedReader[Any]:
    """Open a plain file, unpacked; a pipe or a device is refused without waiting for it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("no plain file; expected a file with recorded runs")
    file = io.BufferedReader(io.FileIO(descriptor), CHUNK)
    kind = packing(file.peek(MAGIC)[:MAGIC])
    return io.BufferedReader(Unpacked(file, kind), CHUNK) if kind else file


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
