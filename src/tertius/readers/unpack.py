"""gz and xz as plain bytes: known by their first bytes, unpacked piece by piece, never by much."""

from __future__ import annotations

import io
import lzma
import zlib
from typing import Any, BinaryIO

from tertius.core.errors import CallerError

PIECE = 256 * 1024  # bytes unpacked, or read, at a time
FREE = 64 * 1024 * 1024  # bytes that any packed file may unpack to
MAX_RATIO = 200  # beyond `FREE`, bytes out for each byte in
MAX_WINDOW = 128 * 1024 * 1024  # bytes of memory that an xz file may ask for; `xz -9` needs 65 MiB
GZ, XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
MAGIC = max(len(GZ), len(XZ))


class DamagedError(CallerError):
    """A packed file that is cut off, altered, or followed by something else."""


class BombError(CallerError):
    """A packed file that unpacks to far more than recorded runs do, or asks for too much memory."""


def packing(start: bytes) -> str:
    """Return ``gz`` or ``xz`` by the first bytes of a file, or nothing.

    Examples
    --------
    >>> import gzip
    >>> packing(gzip.compress(b"run")), packing(b"run.gz")
    ('gz', '')
    """
    return "gz" if start.startswith(GZ) else "xz" if start.startswith(XZ) else ""


class Unpacked(io.RawIOBase):
    """The plain bytes of a packed file, as a raw stream that `io.BufferedReader` can wrap.

    Parameters
    ----------
    file : binary file
        At its start; it is closed with this stream.
    kind : str
        What `packing` says.

    Raises
    ------
    DamagedError, BombError
        By `readinto`, where the fault stands; what came before it has been given out.

    Notes
    -----
    Members one after the other are read as one, as gzip and xz do. Memory: two pieces, and up to
    128 MiB of window for xz. A file may unpack to 64 MiB, or to 200 times its size.

    References
    ----------
    RFC 1952 (gzip), section 2.2; "The .xz File Format" 1.2, sections 2 (padding) and 2.1.1.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self.file, self.kind = file, kind
        self.read_in = self.given_out = 0
        self.waiting = b""  # packed bytes not taken yet
        self.stream: Any = None  # None between members
        self.begun = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as one piece goes; 0 at the end."""
        while True:
            if self.stream is None and not self._member():
                return 0
            plain = self._piece(min(len(buffer), PIECE))
            if plain:
                buffer[: len(plain)] = plain
                return len(plain)

    def close(self) -> None:
        """Close the packed file too."""
        self.file.close()
        super().close()

    def _member(self) -> bool:
        """Open the next member, past padding; False where the file ends."""
        while not self.waiting:
            if not self._more():
                return False
            if self.begun:
                self.waiting = self.waiting.lstrip(b"\0")
        while len(self.waiting) < MAGIC and self._more():
            pass
        if packing(self.waiting) != self.kind:
            raise DamagedError(f"not {self.kind} after {self.given_out} unpacked bytes")
        self.begun = True
        if self.kind == "gz":
            self.stream = zlib.decompressobj(wbits=31)
        else:
            self.stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW)
        return True

    def _piece(self, size: int) -> bytes:
        """Return up to `size` plain bytes of the member at hand, perhaps none yet."""
        if not self.waiting and (self.kind == "gz" or self.stream.needs_input) and not self._more():
            raise DamagedError(f"cut off after {self.given_out} unpacked bytes")
        try:
            plain: bytes = self.stream.decompress(self.waiting, size)
        except (zlib.error, lzma.LZMAError) as error:
            if "emory usage limit" in str(error):
                raise BombError(f"asks for more than {MAX_WINDOW} bytes of memory") from error
            raise DamagedError(f"damaged after {self.given_out} unpacked bytes") from error
        self.waiting = self.stream.unconsumed_tail if self.kind == "gz" else b""
        self.given_out += len(plain)
        if self.given_out > max(FREE, MAX_RATIO * self.read_in):
            raise BombError(f"unpacks to more than {MAX_RATIO} times its size; unpack it yourself")
        if self.stream.eof:
            self.waiting, self.stream = self.stream.unused_data.lstrip(b"\0"), None
        return plain

    def _more(self) -> bool:
        raw = self.file.read(PIECE)
        self.read_in += len(raw)
        self.waiting += raw
        return bool(raw)
