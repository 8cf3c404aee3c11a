"""Roots of an RFC 6962 tree, rebuilt from leaf hashes: the verifier's own arithmetic.

The tree is held as the roots of its full 256-leaf tiles, so five million entries need under two
megabytes; leaves behind the last full tile are kept as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
TILE = 256
HASH = 32
SPANS = [slice(at, at + 64) for at in range(0, TILE * HASH, 64)]


def fold_row(row: bytes) -> bytes:
    """Return the root over a row of 2**k hashes, 32 bytes each.

    Examples
    --------
    >>> fold_row(bytes(64)).hex()[:16]
    'ae0798d0ecaed2b7'
    """
    hashed = sha256
    while len(row) > HASH:
        row = b"".join([hashed(b"\x01" + row[span]).digest() for span in SPANS[: len(row) // 64]])
    return row


class Tree:
    """A tree of `size` leaves: roots of full tiles, and the leaf hashes behind them.

    Parameters
    ----------
    size : int
        Leaves.
    roots : bytes
        32 bytes for each full tile of 256 leaves.
    rest : bytes
        Leaf hashes behind the last full tile.
    leaves : callable
        Returns the leaf hashes of one full tile by its index, for roots at earlier sizes.
    """

    def __init__(
        self, size: int, roots: bytes, rest: bytes, leaves: Callable[[int], bytes]
    ) -> None:
        self.size = size
        self._rest = rest
        self._leaves = leaves
        self._levels = [roots]
        while len(self._levels[-1]) >= 2 * HASH:
            row = self._levels[-1]
            spans = [slice(at, at + 64) for at in range(0, len(row) - 63, 64)]
            self._levels.append(b"".join([sha256(b"\x01" + row[span]).digest() for span in spans]))

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, all of them by default.

        References
        ----------
        RFC 6962, section 2.1.
        """
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"a tree of {self.size} leaves has no root at {size}")
        if size == 0:
            return EMPTY_ROOT
        full, rest = divmod(size, TILE)
        peaks = []
        at = 0
        for level in range(full.bit_length() - 1, -1, -1):
            if full >> level & 1:
                peaks.append(self._node(level, at))
                at += 1 << level
        if rest:
            row = self._rest if full == self.size // TILE else self._leaves(full)
            peaks += _peaks_of(row[: rest * HASH])
        root = peaks.pop()
        while peaks:
            root = sha256(b"\x01" + peaks.pop() + root).digest()
        return root

    def row(self, level: int, index: int, width: int) -> bytes:
        """Return the hashes of a tile of level 1 or higher."""
        height = 8 * (level - 1)
        row = self._levels[height] if height < len(self._levels) else b""
        start = index * TILE * HASH
        return row[start : start + width * HASH]

    def _node(self, level: int, at: int) -> bytes:
        start = (at >> level) * HASH
        return self._levels[level][start : start + HASH]


def _peaks_of(row: bytes) -> list[bytes]:
    """Roots of the perfect subtrees of falling size over fewer than 256 leaf hashes."""
    peaks = []
    at, count = 0, len(row) // HASH
    for level in range(7, -1, -1):
        if count >> level & 1:
            end = at + (HASH << level)
            peaks.append(fold_row(row[at:end]))
            at = end
    return peaks
