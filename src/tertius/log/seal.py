"""Turn durable journal blocks into entry bundles, hash tiles and payload files.

Everything here is derived from the journal and can be derived again after a crash. Only `seal`
makes it durable, and only then may a checkpoint name it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tertius.core.errors import IntegrityError
from tertius.log import journal
from tertius.log.content import PAYLOAD_SPAN, PayloadError, frame, frames, next_frame
from tertius.log.disk import Disk, make_folders, write_new
from tertius.log.merkle import fold, leaf_hashes, perfect_root
from tertius.log.tiles import (
    TILE_WIDTH,
    Tile,
    bundles_of,
    decode_bundle,
    encode_bundle,
    split_tile,
    tile_at,
    tiles_of,
)

SETTLE_BYTES = 4 * 1024 * 1024
"""Tiles are pushed to the disk in steps of this size, so that no step holds up the journal."""


class DamagedLogError(IntegrityError):
    """Files of a log contradict each other; `tertius verify` tells where."""


def payload_path(folder: Path, index: int) -> Path:
    """Payload file that holds the content of entry `index`."""
    return folder / "payload" / f"{index // PAYLOAD_SPAN:08d}"


class Sealer:
    """Builds the tiled form of one log.

    Parameters
    ----------
    folder : Path
        The log.
    size : int
        Entries that are sealed already; their partial tiles are read back.
    disk : Disk
        File operations.

    Notes
    -----
    About 3 us per entry, most of it SHA-256, and two new files for 256 entries. Holds at most 255
    entries and 255 hashes per tile level.
    """

    def __init__(self, folder: Path, *, size: int, disk: Disk) -> None:
        self.size = size
        self._folder = folder
        self._disk = disk
        self._known_folders: set[Path] = set()
        self._touched: set[Path] = set()
        self._bundle: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]
        self._partials: list[Path] = []
        self._stale: list[Path] = []
        self._payload_file: Path | None = None
        self._payload_fd = -1
        self._payload_end = 0
        self._unsettled = 0
        self._settling: Future[None] | None = None
        self._settler = ThreadPoolExecutor(1, thread_name_prefix="tertius-settle")
        self._load()

    # -- adding ------------------------------------------------------------------------------------

    def add(self, name: str, offset: int, length: int) -> None:
        """Seal the blocks from `offset` on in journal file `name`, but no entry twice.

        Raises
        ------
        DamagedLogError
            They are not there, or leave a gap.
        """
        with (self._folder / "journal" / name).open("rb") as file:
            file.seek(offset)
            raw = file.read(length)
        sealed = 0
        for block, end in journal.blocks(raw):
            self.add_block(block)
            sealed = end
        if sealed != length:
            raise DamagedLogError(f"journal file `{name}` changed at offset {offset + sealed}")

    def add_block(self, block: journal.Block) -> None:
        """Seal a block that is held in memory."""
        if block.first > self.size:
            raise DamagedLogError(f"entries {self.size} to {block.first - 1} are missing")
        skip = self.size - block.first
        end = block.first + len(block.entries)
        if skip >= len(block.entries):
            return
        if block.payload:
            self._add_payload(block.payload, self.size, end, whole=skip == 0)
        self._add_entries(block.entries[skip:] if skip else block.entries)

    def _add_entries(self, entries: Sequence[bytes]) -> None:
        at = 0
        while at < len(entries):
            take = entries[at : at + TILE_WIDTH - len(self._bundle)]
            at += len(take)
            self._bundle.extend(take)
            if len(self._bundle) == TILE_WIDTH:
                number = self.size // TILE_WIDTH
                self._write(Tile(None, number), encode_bundle(self._bundle))
                self._levels[0] = leaf_hashes(self._bundle)
                self._bundle = []
                self._carry(0, number)
            self.size += len(take)

    def _carry(self, level: int, number: int) -> None:
        """Write the full tile of `level` and hand its root one level up."""
        hashes = self._levels[level]
        self._write(Tile(level, number), b"".join(hashes))
        if level + 1 == len(self._levels):
            self._levels.append([])
        self._levels[level + 1].append(perfect_root(hashes))
        self._levels[level] = []
        if len(self._levels[level + 1]) == TILE_WIDTH:
            self._carry(level + 1, number // TILE_WIDTH)

    def _add_payload(self, raw: bytes, start: int, end: int, *, whole: bool) -> None:
        if whole and start // PAYLOAD_SPAN == (end - 1) // PAYLOAD_SPAN:
            self._append_payload(payload_path(self._folder, start), raw)
            return
        for index, piece in _by_file(raw, start):
            self._append_payload(payload_path(self._folder, index), piece)

    def _append_payload(self, path: Path, raw: bytes) -> None:
        if path != self._payload_file:
            self._close_payload()
            self._make(path.parent)
            if path.exists():
                self._payload_fd = self._disk.open(path)
                self._payload_end = path.stat().st_size
            else:
                self._payload_fd = self._disk.create(path)
                self._payload_end = 0
                self._touched.add(path.parent)
            self._payload_file = path
        self._disk.write(self._payload_fd, self._payload_end, raw)
        self._payload_end += len(raw)

    def _close_payload(self) -> None:
        """Sync and close: it may have been open for long, the barrier of `settle` is younger."""
        if self._payload_file is not None:
            self._payload_file = None
            try:
                self._disk.sync(self._payload_fd)
            finally:
                self._disk.close(self._payload_fd)

    def erase(self, index: int, digest: str) -> None:
        """Destroy salt and bytes of a sealed entry's content, if they are still there.

        Only content under the commitment `digest` goes, so that a foreign event cannot erase.
        """
        self._close_payload()
        path = payload_path(self._folder, index)
        if not path.exists():
            return
        found = list(frames(path.read_bytes()))
        kept = [frame(i, each) for i, each in found if i != index or each.digest != digest]
        if len(kept) < len(found):
            write_new(self._disk, path, b"".join(kept))

    # -- sealing -----------------------------------------------------------------------------------

    def seal(self) -> tuple[int, bytes]:
        """Make everything added so far durable; return the tree's size and its root of 32 bytes."""
        pending = [leaf_hashes(self._bundle), *self._levels[1:]]
        partials: list[Path] = []
        if self._bundle:
            tile = Tile(None, self.size // TILE_WIDTH, len(self._bundle))
            partials.append(self._write(tile, encode_bundle(self._bundle)))
        for level, hashes in enumerate(pending):
            if hashes:
                tile = Tile(level, self.size // TILE_WIDTH ** (level + 1), len(hashes))
                partials.append(self._write(tile, b"".join(hashes)))
        self._close_payload()
        self._wait_settled()
        self._disk.settle()
        for folder in sorted(self._touched):
            self._disk.sync_folder(folder)
        self._touched.clear()
        self._stale = [path for path in self._partials if path not in partials]
        self._partials = partials
        return self.size, self.root()

    def root(self) -> bytes:
        """Return the root, 32 bytes, over everything added so far."""
        return fold(_peaks([leaf_hashes(self._bundle), *self._levels[1:]]))

    def prune(self) -> None:
        """Remove partial tiles that the published checkpoint no longer needs."""
        for path in self._stale:
            with contextlib.suppress(FileNotFoundError):
                self._disk.unlink(path)
            with contextlib.suppress(OSError):  # a newer partial tile still lies there
                path.parent.rmdir()
        self._stale = []

    def close(self) -> None:
        """Let go of files; what was not sealed stays in the journal and is not synced here."""
        if self._payload_file is not None:
            self._payload_file = None
            self._disk.close(self._payload_fd)
        self._settler.shutdown()

    def _write(self, tile: Tile, data: bytes) -> Path:
        path = self._folder / tile.path
        if path in self._partials:
            return path
        self._make(path.parent)
        fd = self._disk.create(path)
        self._touched.add(path.parent)
        try:
            self._disk.write(fd, 0, data)
        finally:
            self._disk.finish(fd)
        self._unsettled += len(data)
        if self._unsettled > SETTLE_BYTES:
            self._wait_settled()
            self._settling = self._settler.submit(self._disk.settle)
            self._unsettled = 0
        return path

    def _wait_settled(self) -> None:
        settling, self._settling = self._settling, None
        if settling is not None:
            settling.result()

    def _make(self, folder: Path) -> None:
        if folder not in self._known_folders:
            make_folders(self._disk, folder)
            self._known_folders.add(folder)

    # -- reading back ------------------------------------------------------------------------------

    def _load(self) -> None:
        """Take up the partial tiles of a tree of `size` entries."""
        for tile in (*_partial(bundles_of(self.size)), *_partial(tiles_of(self.size))):
            raw = _read(self._folder, tile)
            self._partials.append(self._folder / tile.path)
            if tile.level is None:
                self._bundle = decode_bundle(raw, tile.width)
            elif tile.level:
                self._levels += [[] for _ in range(tile.level + 1 - len(self._levels))]
                self._levels[tile.level] = split_tile(raw, tile.width)


def _read(folder: Path, tile: Tile) -> bytes:
    try:
        return (folder / tile.path).read_bytes()
    except FileNotFoundError as error:
        raise DamagedLogError(f"`{tile.path}` is missing below the checkpoint") from error


def _by_file(raw: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Cut the frames of entries from `start` on by payload file; each with an index in it."""
    at = begin = 0
    first = start
    while at < len(raw):
        step = next_frame(raw, at)
        if step is None:
            raise PayloadError(f"payload frame at offset {at} is cut short")
        index, behind = step
        if index < start:
            begin = behind
        elif index // PAYLOAD_SPAN > first // PAYLOAD_SPAN:
            if begin < at:
                yield first, raw[begin:at]
            begin, first = at, index
        at = behind
    if begin < at:
        yield first, raw[begin:at]


def _partial(row: Iterable[Tile]) -> list[Tile]:
    return [tile for tile in row if tile.width < TILE_WIDTH]


def _peaks(levels: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Perfect subtrees of falling size over the hashes that no full tile holds yet."""
    peaks: list[bytes] = []
    for hashes in reversed(levels):
        at = 0
        while at < len(hashes):
            width = 1 << (len(hashes) - at).bit_length() - 1
            peaks.append(perfect_root(hashes[at : at + width]))
            at += width
    return peaks


def clear_unsealed(folder: Path, *, size: int, disk: Disk) -> None:
    """Remove what a crash left beyond the checkpoint at `size` entries, and temporary files.

    Tiles, bundles and payload frames beyond the checkpoint are derived again from the journal.
    Partial tiles of other sizes go as well.
    """
    wanted = {folder / tile.path for row in (tiles_of, bundles_of) for tile in row(size)}
    root = folder / "tile"
    for path in sorted(root.rglob("*"), reverse=True) if root.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # not empty: it holds sealed tiles
                path.rmdir()
        elif path not in wanted:
            disk.unlink(path)
    for place in (folder, folder / "payload", folder / "aside"):
        for path in place.glob("*.tmp"):
            disk.unlink(path)
    for path in sorted((folder / "payload").glob("[0-9]" * 8)):
        if int(path.name) * PAYLOAD_SPAN >= size:
            disk.unlink(path)
        elif int(path.name) == size // PAYLOAD_SPAN:
            _cut_payload(folder, path, size, disk)


def _cut_payload(folder: Path, path: Path, size: int, disk: Disk) -> None:
    """Keep the frames of entries below `size`; what follows was never synced and may be anything.

    Such a remnant can look like a frame, as 44 zero bytes do, but not like one that its entry
    commits to. Every frame before it is whole, so looking from the end backwards is enough.
    """
    raw = path.read_bytes()
    at = size // PAYLOAD_SPAN * PAYLOAD_SPAN
    starts, found = [0], []
    while (step := next_frame(raw, starts[-1])) is not None and at <= step[0] < size:
        at = step[0] + 1
        found.append(step[0])
        starts.append(step[1])
    while found and not _committed(folder, found[-1], raw[starts[-2] : starts[-1]], size):
        found.pop()
        starts.pop()
    if starts[-1] < len(raw):
        write_new(disk, path, raw[: starts[-1]])


def _committed(folder: Path, index: int, raw: bytes, size: int) -> bool:
    tile = tile_at(None, index // TILE_WIDTH, size)
    entry = decode_bundle(_read(folder, tile), tile.width)[index % TILE_WIDTH]
    return all(each.digest.encode() in entry for _, each in frames(raw))
