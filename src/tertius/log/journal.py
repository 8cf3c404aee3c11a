"""The write-ahead journal: blocks of entries, each durable before it is acknowledged.

A journal file ``journal/<20 digits>`` is named by the index of its first entry and holds blocks,
one after the other. A block is a header of 128 bytes and a body::

    magic "TERTIUSJ" | first u64 | entries u32 | payloads u32 | entry bytes u64 | payload bytes u64
    | reserved 24 zero bytes | previous digest 32 | digest 32                        (big endian)
    body: u16 length of each entry | the entries | payload frames

``digest`` is the SHA-256 of the header up to it and of the body; ``previous`` chains the blocks,
also from one file to the next, and begins with 32 zero bytes in a new log. A block that does not
match its digest was never acknowledged if nothing valid follows it: it is a torn tail.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec

MAGIC = b"TERTIUSJ"
HEAD = struct.Struct(">8sQIIQQ24x32s")
HEADER_BYTES = HEAD.size + 32
FIRST_LINK = bytes(32)
MAX_BLOCK = 256 * 1024 * 1024  # bytes; larger is taken for damage


class Block(msgspec.Struct, frozen=True, gc=False):
    """One durable block.

    Attributes
    ----------
    first : int
        Index of its first entry.
    entries : list of bytes
        The entries, in order.
    payload : bytes
        Payload frames of these entries.
    digest : bytes
        32 bytes; the next block's `previous`.
    """

    first: int
    entries: list[bytes]
    payload: bytes
    digest: bytes


class Tail(msgspec.Struct, frozen=True):
    """Where the readable part of a journal file ends, and why.

    Attributes
    ----------
    offset : int
        Bytes of valid blocks.
    length : int
        Bytes behind them, 0 in a clean file.
    valid_follows : bool
        Whether a valid block stands behind the damage, which no crash can cause.
    """

    offset: int
    length: int
    valid_follows: bool


def file_name(first: int) -> str:
    """Name of the journal file whose first entry has index `first`."""
    return f"{first:020d}"


def pack(first: int, entries: Sequence[bytes], payload: bytes, count: int, link: bytes) -> bytes:
    """Bytes of one block; `count` payload frames, `link` the digest of the block before.

    Examples
    --------
    >>> raw = pack(0, [b"one", b"two"], b"", 0, FIRST_LINK)
    >>> block, size = unpack(raw, 0, FIRST_LINK)
    >>> block.entries, size == len(raw)
    ([b'one', b'two'], True)
    """
    lengths = array("H", map(len, entries))
    size = sum(lengths)
    if sys.byteorder == "little":
        lengths.byteswap()
    table = lengths.tobytes()
    head = HEAD.pack(MAGIC, first, len(entries), count, size, len(payload), link)
    body = b"".join((table, *entries))
    digest = sha256(head)
    digest.update(body)
    digest.update(payload)  # long, and copied once only
    return b"".join((head, digest.digest(), body, payload))


def digest_of(raw: bytes) -> bytes:
    """Digest of a packed block, which the next block names as its link."""
    return raw[HEAD.size : HEADER_BYTES]


def unpack(raw: bytes, at: int, link: bytes | None) -> tuple[Block, int] | None:
    """Read the block at offset `at`; None when no whole, unharmed block stands there.

    `link` is the digest that the block must name as its predecessor; None accepts any.
    Returns the block and the offset behind it.
    """
    if at + HEADER_BYTES > len(raw):
        return None
    head = raw[at : at + HEAD.size]
    magic, first, count, _, entry_bytes, payload_bytes, previous = HEAD.unpack(head)
    if magic != MAGIC or any(head[HEAD.size - 56 : HEAD.size - 32]):
        return None
    start = at + HEADER_BYTES
    body = 2 * count + entry_bytes + payload_bytes
    if body > MAX_BLOCK or start + body > len(raw) or (link is not None and previous != link):
        return None
    stored = raw[at + HEAD.size : start]
    digest = sha256(head)
    digest.update(memoryview(raw)[start : start + body])
    if digest.digest() != stored:
        return None
    lengths = array("H", raw[start : start + 2 * count])
    if sys.byteorder == "little":
        lengths.byteswap()
    ends = list(accumulate(lengths, initial=start + 2 * count))
    if ends[-1] != start + 2 * count + entry_bytes:
        return None
    entries = [raw[a:b] for a, b in pairwise(ends)]
    return Block(first, entries, raw[ends[-1] : start + body], stored), start + body


def blocks(raw: bytes, link: bytes | None = None) -> Iterator[tuple[Block, int]]:
    """Give the valid blocks of one journal file in order, each with the offset behind it."""
    at = 0
    while (found := unpack(raw, at, link)) is not None:
        block, at = found
        link = block.digest
        yield block, at


def tail(raw: bytes, offset: int, link: bytes | None) -> Tail:
    """Tell what stands behind the last valid block, which ends at `offset` and has digest `link`.

    Anybody may send content that looks like a block. As far as the torn block's header reaches, a
    block follows only if it names the torn one as its predecessor, which no content of it can.
    """
    head = raw[offset : offset + HEAD.size]
    inside, end = None, offset
    if len(head) == HEAD.size:
        magic, _, count, _, entry_bytes, payload_bytes, previous = HEAD.unpack(head)
        if magic == MAGIC and link in (None, previous):
            inside = raw[offset + HEAD.size : offset + HEADER_BYTES]
            end = offset + HEADER_BYTES + 2 * count + entry_bytes + payload_bytes
    at, follows = offset - 1, False
    while not follows and (at := raw.find(MAGIC, at + 1)) != -1:
        follows = unpack(raw, at, inside if at < end else None) is not None
    return Tail(offset, len(raw) - offset, follows)


def files(folder: Path) -> list[Path]:
    """Journal files in the order of their first entry; none if there is no such folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(p for p in found if p.name.isdigit() and len(p.name) == 20)
