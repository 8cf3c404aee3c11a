"""One way to hash: a domain in front, so that no two kinds of thing can share a digest."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Final

DOMAIN: Final = b"tertius/v1/"
SALT_BYTES: Final = 32


def digest(kind: str, data: bytes, *, salt: bytes = b"") -> str:
    """Return SHA-256("tertius/v1/" + kind + NUL + salt + data) in 64 hex digits.

    Parameters
    ----------
    kind
        What is hashed, such as ``content`` (always salted), ``finding`` or ``request``.
    data
        The exact bytes.
    salt
        32 random bytes for anything that could be guessed; empty for what is public.

    References
    ----------
    Security contract, section 4 (canonicalisation).

    Examples
    --------
    >>> digest("content", b"{}", salt=bytes(32))[:16]
    '8da59f220b6979ec'
    >>> digest("content", b"{}", salt=bytes(32)) == digest("finding", b"{}", salt=bytes(32))
    False
    """
    return sha256(domain(kind) + salt + data).hexdigest()


@cache
def domain(kind: str) -> bytes:
    """Return what stands before everything of a kind that is hashed."""
    return DOMAIN + kind.encode("ascii") + b"\0"
