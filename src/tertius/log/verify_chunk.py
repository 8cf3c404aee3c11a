"""Check 65,536 entries and their files at a time: the part of verification that grows with the log.

A chunk is what one payload file covers. Each chunk is checked on its own, in any process; what it
hands back is small, and `verify_ids` and `verify_log` put the chunks together.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from hashlib import sha256

from tertius.log.verify_files import BadFileError, Folder, TileFile, UnreadableError
from tertius.log.verify_frames import SPAN, FrameReader
from tertius.log.verify_scan import Chunk, Scan
from tertius.log.verify_tree import HASH, TILE

MAX_ENTRY = 65_535


def check_chunk(folder: Folder, number: int, size: int, *, growing: bool) -> Chunk:
    """Check chunk `number` of a log of `size` checkpointed entries, files and all.

    Parameters
    ----------
    folder : Folder
        The log.
    number, size : int
        Which chunk; entries under the checkpoint.
    growing : bool
        Whether a journal lies beside: then frames beyond the checkpoint are a crash's leftovers.
    """
    first = number * SPAN
    last = size <= first + SPAN
    scan = Scan(first)
    path = f"payload/{number:08d}"
    hashed = sha256
    with _payload(folder, path, scan) as frames:
        for index in range(first // TILE, -(-min(size, first + SPAN) // TILE)):
            width = min(TILE, size - index * TILE)
            entries = _read_bundle(folder, TileFile(-1, index, width), scan)
            row = b"".join([hashed(b"\0" + entry).digest() for entry in entries])
            place = TileFile(0, index, width)
            tile = _read_tile(folder, place, scan)
            if tile is not None and row != tile:
                _explain_row(row, tile, place, scan)
                if not entries:
                    row = tile  # the bundle is broken, and told so; go on with what the tile says
            scan.add_row(row, width)
            named = scan.take(index * TILE, entries)
            scan.match(frames.take(index * TILE + width), named)
        scan.match(frames.rest(), ([], []))
    leftover = growing and last
    scan.judge(path, limit=size if leftover else first + SPAN, upto=first + SPAN)
    if frames.torn:
        told = scan.remark if leftover else scan.problem
        told("payload_torn", f"{frames.torn} bytes at the end are no whole frame", file=path)
    return scan.finish()


@contextlib.contextmanager
def _payload(folder: Folder, path: str, scan: Scan) -> Iterator[FrameReader]:
    """Open a payload file; one that is missing has no frames, and entries will tell."""
    try:
        fd = folder.open(path)
    except BadFileError as error:
        if error.code != "file_missing":
            scan.problem(error.code, error.what, file=path)
        yield FrameReader(lambda most: b"")
        return
    try:
        yield FrameReader(lambda most: os.read(fd, most))
    except OSError as error:
        raise UnreadableError(f"cannot read `{path}`: {error.strerror}") from error
    finally:
        os.close(fd)


def chunk_entries(folder: Folder, number: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Give the readable entries of a chunk with their index."""
    first = number * SPAN
    for index in range(first // TILE, -(-min(size, first + SPAN) // TILE)):
        tile = TileFile(-1, index, min(TILE, size - index * TILE))
        try:
            data = folder.read(tile.path, tile.width * (MAX_ENTRY + 2))
        except BadFileError:
            continue
        yield from enumerate(split_bundle(data, tile.width) or (), index * TILE)


def entry_at(folder: Folder, index: int, size: int) -> bytes | None:
    """Return one sealed entry; None if it is not there."""
    number, offset = divmod(index, TILE)
    tile = TileFile(-1, number, min(TILE, size - number * TILE))
    try:
        data = folder.read(tile.path, tile.width * (MAX_ENTRY + 2)) if index < size else b""
    except BadFileError:
        return None
    entries = split_bundle(data, tile.width) if data else None
    return entries[offset] if entries else None


def leaves_of(folder: Folder, index: int) -> bytes:
    """Return the leaf hashes of a full tile, made from its entries.

    Zeros where the bundle does not hold 256 entries: that was told, and no root will match.
    """
    try:
        data = folder.read(TileFile(-1, index).path, TILE * (MAX_ENTRY + 2))
    except BadFileError:
        return bytes(TILE * HASH)
    entries = split_bundle(data, TILE)
    if entries is None:
        return bytes(TILE * HASH)
    return b"".join([sha256(b"\0" + entry).digest() for entry in entries])


def _read_bundle(folder: Folder, tile: TileFile, scan: Scan) -> list[bytes]:
    try:
        data = folder.read(tile.path, tile.width * (MAX_ENTRY + 2))
    except BadFileError as error:
        scan.problem(error.code, error.what, file=tile.path)
        return []
    entries = split_bundle(data, tile.width)
    if entries is None:
        what = f"{len(data)} bytes that are not {tile.width} entries behind their lengths"
        scan.problem("bundle_damaged", what, file=tile.path)
    return entries or []


def _read_tile(folder: Folder, tile: TileFile, scan: Scan) -> bytes | None:
    try:
        data = folder.read(tile.path, tile.width * HASH)
    except BadFileError as error:
        scan.problem(error.code, error.what, file=tile.path)
        return None
    if len(data) != tile.width * HASH:
        scan.problem("tile_damaged", f"{len(data)} bytes, not {tile.width} hashes", file=tile.path)
        return None
    return data


def _explain_row(row: bytes, tile: bytes, place: TileFile, scan: Scan) -> None:
    """Name the entries whose hash is not the one in their tile."""
    for at in range(0, len(row), HASH):
        if row[at : at + HASH] != tile[at : at + HASH]:
            index = place.index * TILE + at // HASH
            scan.problem("entry_altered", "does not hash to its leaf", file=place.path, entry=index)


def split_bundle(data: bytes, width: int) -> list[bytes] | None:
    """Cut a bundle into its `width` entries; None if they do not fill it exactly."""
    entries = []
    at, end = 0, len(data)
    for _ in range(width):
        start = at + 2
        if start >= end:
            return None
        at = start + (data[at] << 8 | data[at + 1])
        entries.append(data[start:at])
    return entries if at == end and all(entries) else None
