"""The journal beside a log: blocks already sealed must agree, the rest is the unanchored tail.

The tail is durable but under no signature: whoever holds the disk could rewrite it. It is checked
for everything that can be checked without one, and counted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import accumulate, pairwise

import msgspec

from tertius.log.verify_files import BadFileError, Folder, TileFile
from tertius.log.verify_frames import FrameReader, tally
from tertius.log.verify_scan import Chunk, Scan, contents_of
from tertius.log.verify_tree import HASH, TILE

MAX_BLOCK = 256 * 1024 * 1024
MAX_FILE = 2 * MAX_BLOCK
MAX_SEARCH = 1024 * 1024 * 1024
"""Bytes hashed in search of a valid block behind damage before the file is called damaged."""

_MAGIC = b"TERTIUSJ"
_HEAD = struct.Struct(">8sQIIQQ24s32s")
_FULL_HEAD = _HEAD.size + 32
_ANY = 2**64


class Block(msgspec.Struct, frozen=True):
    """A block whose digest holds."""

    first: int
    entries: list[bytes]
    payload: bytes
    frames: int
    previous: bytes
    digest: bytes
    end: int


class Tail(msgspec.Struct, tag=True):
    """What the journal gave.

    Attributes
    ----------
    chunk : Chunk
        The entries behind the checkpoint, checked; `rest` holds all their leaf hashes.
    torn : int
        Bytes of a torn last block, never acknowledged.
    torn_digest : str
        Their SHA-256 in hex.
    """

    chunk: Chunk
    torn: int = 0
    torn_digest: str = ""


def check_journal(folder: Folder, names: list[str], size: int) -> Tail:
    """Check the journal files `names` of a log with `size` entries under its checkpoint."""
    scan = Scan(size)
    reader = _Reader(folder, scan, size)
    for name in sorted(names):
        reader.take(name)
    tail = Tail(scan.finish(), reader.torn, reader.torn_digest)
    tail.chunk.rest = b"".join(reader.leaves)
    return tail


def tail_entries(folder: Folder, names: list[str], size: int) -> Iterator[tuple[int, bytes]]:
    """Give the entries behind the checkpoint once more, each with its index."""
    for name in sorted(names):
        try:
            raw = folder.read(name, MAX_FILE)
        except BadFileError:
            continue
        for block in _blocks(raw):
            numbered = enumerate(block.entries, block.first)
            yield from ((index, entry) for index, entry in numbered if index >= size)


class _Reader:
    """Follows the chain of blocks from file to file."""

    def __init__(self, folder: Folder, scan: Scan, size: int) -> None:
        self.torn = 0
        self.torn_digest = ""
        self.leaves: list[bytes] = []
        self._folder = folder
        self._scan = scan
        self._size = size
        self._next: int | None = None
        self._link: bytes | None = None
        self._leaves_of: tuple[int, bytes] = (-1, b"")

    def take(self, path: str) -> None:
        """Read one file."""
        try:
            raw = self._folder.read(path, MAX_FILE)
        except BadFileError as error:
            self._scan.problem(error.code, error.what, file=path)
            return
        if self.torn and raw:
            what = "a torn block lies before this file, which no crash can cause"
            self._scan.problem("journal_damaged", what, file=path)
            self.torn = 0
        end = 0
        for block in _blocks(raw):
            if not end and block.first != int(path[-20:]):
                what = f"begins with entry {block.first}, not the one it is named after"
                self._scan.problem("journal_order", what, file=path)
            self._take_block(block, path)
            end = block.end
        if end < len(raw):
            self._judge_rest(raw, end, path)

    def _take_block(self, block: Block, path: str) -> None:
        scan, size = self._scan, self._size
        if self._link is not None and block.previous != self._link:
            what = f"the block of entry {block.first} does not follow the block before it"
            scan.problem("journal_order", what, file=path)
        elif block.first == 0 and any(block.previous):
            scan.problem("journal_order", "the first block names one before it", file=path)
        expected = block.first if self._next is None else self._next
        if block.first != expected or (self._next is None and block.first > size):
            wanted = min(expected, size)
            what = f"entries {wanted} to {block.first - 1} are missing or out of order"
            scan.problem("journal_gap", what, file=path)
            if block.first > size:
                return
        self._link = block.digest
        self._next = block.first + len(block.entries)
        sealed = max(0, min(len(block.entries), size - block.first))
        self._compare(block, sealed, path)
        fresh = block.entries[sealed:]
        known = len(self.leaves)
        skip = max(0, size + known - (block.first + sealed))
        if fresh[skip:]:
            self._take_tail(block, fresh[skip:], block.first + sealed + skip, path)

    def _take_tail(self, block: Block, entries: list[bytes], first: int, path: str) -> None:
        scan = self._scan
        named = scan.take(first, entries)
        self.leaves += [sha256(b"\0" + entry).digest() for entry in entries]
        sealed = contents_of(block.entries[: first - block.first], block.first)
        frames = FrameReader(_reader_of(block.payload))
        below = frames.take(first)
        self._judge_sealed(zip(*below, strict=True), sealed, path)
        found = frames.rest()
        scan.match(found, named)
        last = block.first + len(block.entries)
        scan.judge(path, limit=last, upto=last)
        if frames.torn or len(below[0]) + len(found[0]) != block.frames:
            what = f"the block of entry {block.first} does not hold its {block.frames} contents"
            scan.problem("journal_damaged", what, file=path)

    def _compare(self, block: Block, sealed: int, path: str) -> None:
        """Hold entries that are sealed already against their tiles."""
        for offset in range(sealed):
            index = block.first + offset
            leaf = sha256(b"\0" + block.entries[offset]).digest()
            if leaf != self._leaf(index):
                what = "the journal tells this entry differently from its tile"
                self._scan.problem("journal_differs", what, file=path, entry=index)
        if sealed == len(block.entries):
            frames = FrameReader(_reader_of(block.payload)).rest()
            wanted = contents_of(block.entries, block.first)
            self._judge_sealed(zip(*frames, strict=True), wanted, path)

    def _judge_sealed(
        self, found: Iterable[tuple[int, str]], wanted: Iterable[tuple[int, str]], path: str
    ) -> None:
        """Contents of sealed entries may be gone from the journal, but never be other ones."""
        result = tally(found, wanted, limit=_ANY, upto=_ANY)
        for index in (*result.altered, *result.unknown, *result.twice):
            what = "the journal holds a content that this entry does not name"
            self._scan.problem("content_altered", what, file=path, entry=index)

    def _leaf(self, index: int) -> bytes:
        number, offset = divmod(index, TILE)
        if self._leaves_of[0] != number:
            width = min(TILE, self._size - number * TILE)
            try:
                row = self._folder.read(TileFile(0, number, width).path, width * HASH)
            except BadFileError:
                row = b""
            self._leaves_of = (number, row)
        return self._leaves_of[1][offset * HASH : (offset + 1) * HASH]

    def _judge_rest(self, raw: bytes, end: int, path: str) -> None:
        """Tell a torn tail, which a crash leaves, from damage, which it does not."""
        reached = self._next if self._next is not None else int(path[-20:])
        if reached < self._size:
            what = f"damaged at offset {end}, among entries that the checkpoint covers"
            self._scan.problem("journal_damaged", what, file=path, entry=reached)
        elif _valid_follows(raw, end):
            what = f"damaged at offset {end}, before a valid block, which no crash can cause"
            self._scan.problem("journal_damaged", what, file=path, entry=reached)
        else:
            self.torn = len(raw) - end
            self.torn_digest = sha256(raw[end:]).hexdigest()


def _blocks(raw: bytes) -> Iterator[Block]:
    """Give the valid blocks from the start of a file."""
    at = 0
    while (block := _block(raw, at)) is not None:
        yield block
        at = block.end


def _block(raw: bytes, at: int) -> Block | None:
    sizes = _sizes(raw, at)
    if sizes is None:
        return None
    _, first, count, frames, entry_bytes, _, _, previous = _HEAD.unpack_from(raw, at)
    start, end = at + _FULL_HEAD, at + sizes
    digest = sha256(memoryview(raw)[at : at + _HEAD.size])
    digest.update(memoryview(raw)[start:end])
    stored = raw[at + _HEAD.size : start]
    if digest.digest() != stored or first + count >= 2**63:
        return None
    lengths = struct.unpack_from(f">{count}H", raw, start)
    behind = list(accumulate(lengths, initial=start + 2 * count))
    if behind[-1] != start + 2 * count + entry_bytes or not all(lengths) or not count:
        return None
    entries = [raw[a:b] for a, b in pairwise(behind)]
    return Block(first, entries, raw[behind[-1] : end], frames, previous, stored, end)


def _sizes(raw: bytes, at: int) -> int | None:
    """Length of the block that a header at `at` announces; None if there can be none."""
    if at + _FULL_HEAD > len(raw):
        return None
    magic, _, count, _, entry_bytes, payload_bytes, zeros, _ = _HEAD.unpack_from(raw, at)
    body = int(2 * count + entry_bytes + payload_bytes)
    if magic != _MAGIC or any(zeros) or body > MAX_BLOCK or at + _FULL_HEAD + body > len(raw):
        return None
    return _FULL_HEAD + body


def _valid_follows(raw: bytes, end: int) -> bool:
    """Tell whether a valid block stands behind the damage at `end`."""
    at, searched = end, 0
    while (at := raw.find(_MAGIC, at + 1)) != -1:
        searched += _sizes(raw, at) or 0
        if searched > MAX_SEARCH or _block(raw, at) is not None:
            return True
    return False


def _reader_of(data: bytes) -> Callable[[int], bytes]:
    pieces = iter((data,))
    return lambda most: next(pieces, b"")
