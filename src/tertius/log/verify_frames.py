"""Payload frames, read piece by piece: which entries have their content, and does it match."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from hashlib import sha256

import msgspec

SPAN = 65_536  # entries behind one payload file
MAX_CONTENT = 64 * 1024 * 1024  # bytes
PIECE = 256 * 1024  # bytes read at a time: a piece stays in the processor's cache

_PREFIX = b"tertius/v1/content\0"
_HEAD = struct.Struct(">QI")
_LEAST = 44  # bytes of a frame without content
_ANY = 2**64


class FrameReader:
    """Reads frames in the order of their file, a few at a time.

    Parameters
    ----------
    read : callable
        Returns up to so many bytes, none at the end.

    Attributes
    ----------
    torn : int
        Bytes at the end that are no whole frame; known once everything was read.

    Notes
    -----
    Holds one piece of 256 KiB, or one frame where that is larger, never a whole file.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.torn = 0
        self._read = read
        self._data = b""
        self._at = 0

    def take(self, upto: int) -> tuple[list[int], list[str]]:
        """Read frames until one names an entry from `upto` on.

        Returns
        -------
        tuple of two lists
            The entry that each frame names, and the commitment that its bytes give.
        """
        unpack, hashed, prefix = _HEAD.unpack_from, sha256, _PREFIX
        indexes: list[int] = []
        found: list[bytes] = []
        add_index, add = indexes.append, found.append
        data, at, end = self._data, self._at, len(self._data)
        while True:
            stop = at + _LEAST
            if stop <= end:
                index, length = unpack(data, at)
                stop += length
                if stop <= end:
                    if index >= upto:
                        break
                    add_index(index)
                    add(data[at + 12 : stop])
                    at = stop
                    continue
                if length > MAX_CONTENT:
                    break
            more = self._read(max(PIECE, stop - end))
            if not more:
                break
            data = data[at:] + more
            at, end = 0, len(data)
        self._data, self._at = data, at
        return indexes, [hashed(prefix + salted).hexdigest() for salted in found]

    def rest(self) -> tuple[list[int], list[str]]:
        """Read all frames that are left, and count what is no frame behind them."""
        found = self.take(_ANY)
        self.torn = len(self._data) - self._at
        while more := self._read(PIECE):
            self.torn += len(more)
        self._data, self._at = b"", 0
        return found


class Tally(msgspec.Struct):
    """Frames held against the contents that entries name.

    Attributes
    ----------
    present : int
        Contents that are there and match.
    missing : list of (int, str)
        Entry and commitment of each content without a frame.
    altered, unknown, twice : list of int
        Entries whose frame does not match, that name no content but have a frame, and that have
        more than one.
    beyond : int
        Frames of entries at or beyond the limit, which a crash may leave.
    """

    present: int = 0
    missing: list[tuple[int, str]] = []
    altered: list[int] = []
    unknown: list[int] = []
    twice: list[int] = []
    beyond: int = 0


def tally(
    found: Iterable[tuple[int, str]], wanted: Iterable[tuple[int, str]], *, limit: int, upto: int
) -> Tally:
    """Compare frames with the contents that entries below `limit` name.

    Parameters
    ----------
    found : iterable of (int, str)
        For each frame the entry it names, and the commitment that its bytes give.
    wanted : iterable of (int, str)
        Entry and the commitment it names.
    limit : int
        Entries from here on are under no checkpoint; their frames are not judged.
    upto : int
        Index behind the last entry that this file may hold.
    """
    open_ones = dict(wanted)
    result = Tally()
    seen: set[int] = set()
    for index, digest in found:
        if index in seen:
            result.twice.append(index)
        elif limit <= index < upto:
            result.beyond += 1
        elif index not in open_ones:
            result.unknown.append(index)
        elif open_ones[index] != digest:
            result.altered.append(index)
        else:
            result.present += 1
        seen.add(index)
    result.missing = [(index, digest) for index, digest in open_ones.items() if index not in seen]
    return result
