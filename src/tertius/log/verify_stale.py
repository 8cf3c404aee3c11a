"""Tiles of a log's checkpoint, and those of other sizes that a crash may have left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tertius.log.verify_chunk import MAX_ENTRY, split_bundle
from tertius.log.verify_files import BadFileError, Folder, TileFile
from tertius.log.verify_report import Problem
from tertius.log.verify_tree import HASH, TILE, Tree


def expected_tiles(size: int) -> Iterator[TileFile]:
    """Give every bundle and tile that a tree of `size` leaves has.

    References
    ----------
    C2SP tlog-tiles, "Partial Tiles": their example is the one below.

    Examples
    --------
    >>> tiles = [tile for tile in expected_tiles(70_000) if tile.level >= 0]
    >>> [(tile.level, tile.width) for tile in tiles if tile.width < 256]
    [(0, 112), (1, 17), (2, 1)]
    """
    level, hashes = -1, size
    while hashes:
        full, width = divmod(hashes, TILE)
        yield from (TileFile(level, index) for index in range(full))
        if width:
            yield TileFile(level, full, width)
        level, hashes = level + 1, hashes if level < 0 else hashes // TILE


def check_upper(folder: Folder, tree: Tree) -> Iterator[Problem]:
    """Hold every tile of level 1 and higher against the tree rebuilt from entries."""
    for tile in expected_tiles(tree.size):
        if tile.level >= 1:
            try:
                data = folder.read(tile.path, tile.width * HASH)
            except BadFileError as error:
                yield Problem(code=error.code, what=error.what, file=tile.path)
                continue
            if data != tree.row(tile.level, tile.index, tile.width):
                what = "hashes are not those of the entries below"
                yield Problem(code="tile_altered", what=what, file=tile.path)


def check_stale(
    folder: Folder, extra: Iterable[TileFile], tree: Tree | None, *, size: int, reach: int
) -> tuple[list[Problem], list[Problem]]:
    """Judge tiles that the checkpoint does not ask for.

    Parameters
    ----------
    extra : iterable of TileFile
        Tiles and bundles found besides those of the checkpoint.
    tree : Tree or None
        The checkpoint's tree, if it could be rebuilt.
    size, reach : int
        Entries under the checkpoint; entries up to which a journal could have led to tiles that
        no checkpoint names yet.

    Returns
    -------
    tuple of two lists
        Problems, and remarks on harmless leftovers.
    """
    problems, remarks = [], []
    for tile in sorted(extra, key=lambda tile: (tile.level, tile.index, tile.width)):
        leaves = TILE ** max(0, tile.level)
        if (tile.index * TILE + tile.width) * leaves > size:
            if tile.index * TILE * leaves <= reach and size < reach:
                what = "not under a checkpoint; can be made again from the journal"
                remarks.append(Problem(code="tile_unsealed", what=what, file=tile.path))
            else:
                what = "no entry of this log belongs here"
                problems.append(Problem(code="stray_file", what=what, file=tile.path))
        elif _agrees(folder, tile, tree, size):
            what = "left over from a smaller checkpoint, and consistent with this one"
            remarks.append(Problem(code="tile_stale", what=what, file=tile.path))
        else:
            what = "left over from a smaller checkpoint, and contradicts this one"
            problems.append(Problem(code="tile_altered", what=what, file=tile.path))
    return problems, remarks


def _agrees(folder: Folder, tile: TileFile, tree: Tree | None, size: int) -> bool:
    """Tell whether a partial tile is the beginning of the one that took its place."""
    now = TileFile(tile.level, tile.index, min(TILE, size - tile.index * TILE))
    try:
        if tile.level < 0:
            data = folder.read(tile.path, tile.width * (MAX_ENTRY + 2))
            whole = folder.read(now.path, now.width * (MAX_ENTRY + 2))
            return split_bundle(data, tile.width) is not None and whole.startswith(data)
        data = folder.read(tile.path, tile.width * HASH)
        if tile.level == 0:
            return data == folder.read(now.path, now.width * HASH)[: tile.width * HASH]
    except BadFileError:
        return False
    return tree is not None and data == tree.row(tile.level, tile.index, tile.width)
