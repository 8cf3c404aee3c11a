"""Layout of a tiled log, tlog-tiles of C2SP: paths, entry bundles, and what a tree size implies.

Pure arithmetic and text; nothing here opens a file. A tile holds up to 256 hashes of one level;
level 0 holds leaf hashes, and each hash of a higher level covers one full tile of the level below.
An entry bundle holds the entries behind one level 0 tile. Both are partial, with their width in
the path, until they hold 256.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from tertius.core.errors import CallerError, IntegrityError
from tertius.log.merkle import HASH_SIZE, NodeGetter, TreeRangeError, perfect_root

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY = 0xFFFF
MAX_BUNDLE = TILE_WIDTH * (2 + MAX_ENTRY)

_MAX_LEVEL = 63
_MAX_INDEX = 2**55 - 1
_PATH = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII
)


class TilePathError(IntegrityError):
    """A path that names no tile or entry bundle."""


class BundleError(IntegrityError):
    """Bytes that are no entry bundle of the expected width."""


class TileError(IntegrityError):
    """A hash tile whose length does not fit its width."""


class EntryError(CallerError):
    """An entry that no bundle can hold: empty, or 64 KiB and more."""


class Tile(Struct, frozen=True):
    """One tile or bundle: its level (None for an entry bundle), index and width (1 to 256).

    Examples
    --------
    >>> Tile(0, 1234067).path
    'tile/0/x001/x234/067'
    >>> Tile(None, 273, 112).path
    'tile/entries/273.p/112'
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{index_path(self.index)}{partial}"


def index_path(index: int) -> str:
    """Write a tile index in groups of three digits, all but the last behind an ``x``.

    Raises
    ------
    TreeRangeError
        If it is negative or beyond any tree.

    Examples
    --------
    >>> index_path(0), index_path(1234067)
    ('000', 'x001/x234/067')
    """
    if not 0 <= index <= _MAX_INDEX:
        raise TreeRangeError(f"tile index {index} is not between 0 and {_MAX_INDEX}")
    path = f"{index % 1000:03}"
    while index := index // 1000:
        path = f"x{index % 1000:03}/{path}"
    return path


def parse_path(path: str) -> Tile:
    """Read a path back; only what `Tile.path` writes is taken.

    Raises
    ------
    TilePathError
        For any other text.

    Examples
    --------
    >>> parse_path("tile/0/x001/234.p/7")
    Tile(level=0, index=1234, width=7)
    """
    match = _PATH.fullmatch(path)
    if match:
        level, groups, width = match.groups()
        tile = Tile(
            None if level == "entries" else int(level),
            int(groups.replace("x", "").replace("/", "")),
            int(width) if width else TILE_WIDTH,
        )
        in_range = (tile.level or 0) <= _MAX_LEVEL and tile.index <= _MAX_INDEX
        if in_range and 1 <= tile.width <= TILE_WIDTH and tile.path == path:
            return tile
    raise TilePathError(
        f"`{ascii(path[:80])[1:-1]}` names no tile or entry bundle; "
        "expected such as `tile/0/x001/234` or `tile/entries/000.p/7`"
    )


def tiles_of(size: int) -> Iterator[Tile]:
    """Give every hash tile of a tree of `size` leaves, level by level, partial ones last.

    Examples
    --------
    >>> [tile.path for tile in tiles_of(257)]
    ['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']
    """
    level = 0
    while size:
        yield from _row(level, size)
        level, size = level + 1, size >> TILE_HEIGHT


def bundles_of(size: int) -> Iterator[Tile]:
    """Give every entry bundle of a tree of `size` leaves, a partial one last."""
    yield from _row(None, size)


def tile_at(level: int | None, index: int, size: int) -> Tile:
    """Return the tile at `level` and `index` as a tree of `size` leaves has it.

    Raises
    ------
    TreeRangeError
        If that tree has no such tile.
    """
    width = (size >> TILE_HEIGHT * (level or 0)) - index * TILE_WIDTH
    if index < 0 or width <= 0:
        raise TreeRangeError(f"a tree of {size} leaves has no tile {index} at level {level}")
    return Tile(level, index, min(width, TILE_WIDTH))


def split_tile(data: bytes, width: int) -> list[bytes]:
    """Cut a tile's bytes into its `width` hashes.

    Raises
    ------
    TileError
        If the length is not exactly `width` times 32.
    """
    if len(data) != width * HASH_SIZE:
        raise TileError(
            f"tile of width {width} has {len(data)} bytes; expected {width * HASH_SIZE}"
        )
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def node_reader(read: Callable[[Tile], bytes], size: int) -> NodeGetter:
    """Make the getter that `tertius.log.merkle` asks for from the tiles of a tree of `size` leaves.

    Parameters
    ----------
    read : callable
        Returns the bytes of a tile; asked only for tiles that the tree has.
    size : int
        Leaves in the tree.

    Notes
    -----
    Reads one tile and makes at most 127 hashes per call; a proof makes at most a few dozen calls.
    Nothing is cached and nothing is verified: check what is proved against a signed root.
    """

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        tile = tile_at(tile_level, tile_index, size)
        hashes = split_tile(read(tile), tile.width)
        below = hashes[offset : offset + (1 << height)]
        if len(below) != 1 << height:
            raise TreeRangeError(f"a tree of {size} leaves has no node {index} at level {level}")
        return perfect_root(below)

    return node


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    r"""Write up to 256 entries, each behind its length in two bytes, big-endian.

    Raises
    ------
    EntryError
        If an entry is empty or longer than 65,535 bytes, or there are more than 256 or none.

    Notes
    -----
    tlog-tiles allows an empty entry; this log never writes one and so never reads one, which
    keeps a run of zero bytes, such as a torn file leaves behind, from looking like entries.

    Examples
    --------
    >>> encode_bundle([b"a", b"bc"])
    b'\x00\x01a\x00\x02bc'
    """
    if not 0 < len(entries) <= TILE_WIDTH:
        raise EntryError(f"a bundle holds 1 to {TILE_WIDTH} entries, not {len(entries)}")
    shortest, longest = min(map(len, entries)), max(map(len, entries))
    if shortest == 0 or longest > MAX_ENTRY:
        raise EntryError(
            f"an entry has 1 to {MAX_ENTRY} bytes, not {shortest or longest}; "
            "put content of any size into the payload"
        )
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    r"""Read the `width` entries of a bundle; the bytes must hold exactly these.

    Raises
    ------
    BundleError
        Naming the entry and the offset where the bytes stop making sense.

    Examples
    --------
    >>> decode_bundle(b"\x00\x01a\x00\x02bc", 2)
    [b'a', b'bc']
    """
    entries = []
    at, end = 0, len(data)
    for number in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > end or at <= start:
            raise BundleError(
                f"entry {number} of {width}, at offset {start - 2}: "
                f"{'cut off' if at > start else 'empty'}"
            )
        entries.append(data[start:at])
    if at != end:
        raise BundleError(f"{end - at} bytes left behind entry {width} of {width}")
    return entries


def _row(level: int | None, size: int) -> Iterator[Tile]:
    """Give the tiles of one level that holds `size` hashes (for level None: entries)."""
    full, width = divmod(size, TILE_WIDTH)
    for index in range(full):
        yield Tile(level, index)
    if width:
        yield Tile(level, full, width)
