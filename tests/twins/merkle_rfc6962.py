"""The naive twin of `tertius.log.merkle`: RFC 6962, section 2.1, as the text has it, recursively.

Slow and plain: every function takes the whole list of entries and recomputes everything.
"""

from collections.abc import Sequence
from hashlib import sha256


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(entries: Sequence[bytes]) -> bytes:
    n = len(entries)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = split(n)
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    n = len(entries)
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    return subproof(m, entries, True)


def subproof(m: int, entries: Sequence[bytes], known: bool) -> list[bytes]:
    n = len(entries)
    if m == n:
        return [] if known else [mth(entries)]
    k = split(n)
    if m <= k:
        return [*subproof(m, entries[:k], known), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def accepts_inclusion(m: int, n: int, entry: bytes, siblings: Sequence[bytes], root: bytes) -> bool:
    """Rebuild the root by the recursion of `path`; the proof must be used up exactly."""
    left = list(siblings)

    def climb(m: int, n: int) -> bytes:
        if n == 1:
            return sha256(b"\x00" + entry).digest()
        k = split(n)
        if m < k:
            below = climb(m, k)
            return sha256(b"\x01" + below + left.pop(0)).digest()
        below = climb(m - k, n - k)
        return sha256(b"\x01" + left.pop(0) + below).digest()

    try:
        return climb(m, n) == root and not left
    except IndexError:
        return False


def accepts_consistency(
    m: int, n: int, old_root: bytes, siblings: Sequence[bytes], root: bytes
) -> bool:
    """Rebuild both roots by the recursion of `subproof`; the proof must be used up exactly."""
    left = list(siblings)

    def climb(m: int, n: int, known: bool) -> tuple[bytes, bytes]:
        if m == n:
            both = old_root if known else left.pop(0)
            return both, both
        k = split(n)
        if m <= k:
            old, new = climb(m, k, known)
            return old, sha256(b"\x01" + new + left.pop(0)).digest()
        old, new = climb(m - k, n - k, False)
        sibling = left.pop(0)
        return (
            sha256(b"\x01" + sibling + old).digest(),
            sha256(b"\x01" + sibling + new).digest(),
        )

    try:
        return climb(m, n, True) == (old_root, root) and not left
    except IndexError:
        return False
