"""Reopen a log after a clean close, a crash or a power cut.

Steps, in this order: read the checkpoint and check it with the writer's own key; refuse if anybody
remembers more than is here; remove what is derived and lies beyond the checkpoint; replay the
journal over it; set a torn tail aside and log its digest; sign a checkpoint over all of it; finish
erasures; only then remove the journal. A crash in between leads back to the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from tertius.core.kinds import decode, encode
from tertius.core.log_events import Erased, LogRecovered
from tertius.log import journal
from tertius.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from tertius.log.disk import Disk, make_folders, write_new
from tertius.log.merkle import EMPTY_ROOT, span_root
from tertius.log.notekey import SigningKey
from tertius.log.seal import DamagedLogError, Sealer, clear_unsealed
from tertius.log.tiles import node_reader


class BehindError(DamagedLogError):
    """Somebody remembers more of this log than is here: a restored snapshot, or a fork."""


class Recovered(msgspec.Struct, frozen=True):
    """What reopening found.

    Attributes
    ----------
    size : int
        Entries in the log now, all checkpointed.
    replayed : int
        Entries taken from the journal.
    set_aside : int
        Bytes of a torn, never acknowledged tail that were set aside.
    """

    size: int
    replayed: int
    set_aside: int


def recover(
    folder: Path,
    *,
    key: SigningKey,
    clock: Callable[[], int],
    disk: Disk,
    opening: Callable[[], bytes],
    known: Iterable[Checkpoint] = (),
) -> Recovered:
    """Bring a log folder into its clean state and return what was found.

    `opening` makes a log's first entry; it is asked if the torn block was to hold that.

    Raises
    ------
    DamagedLogError
        Acknowledged entries are missing or altered; nothing is changed then beyond the removal of
        derived files.
    BehindError
        A checkpoint in `known` is ahead of this log or contradicts it.
    """
    known = tuple(known)
    before = read_checkpoint(folder, key)
    blocks, torn = read_journal(folder, before.size)
    for checkpoint in known:
        if checkpoint.origin == before.origin and checkpoint.size > _end(before, blocks):
            raise BehindError(
                f"log `{before.origin}` has {_end(before, blocks)} entries but a checkpoint of "
                f"{checkpoint.size} is known; this is an old copy, restore the newest one"
            )
    clear_unsealed(folder, size=before.size, disk=disk)
    sealer = Sealer(folder, size=before.size, disk=disk)
    try:
        if sealer.root() != before.root:
            raise DamagedLogError(
                f"tiles of log `{before.origin}` do not match its checkpoint of {before.size}"
            )
        for block in blocks:
            sealer.add_block(block)
        replayed = sealer.size - before.size
        if torn and not sealer.size:
            sealer.add_block(journal.Block(0, [opening()], b"", b""))
        for tail in torn:
            _set_aside(folder, tail, sealer, key.verifier.name, clock, disk)
        size, root = sealer.seal()
        _refuse_forks(folder, size, root, before.origin, known)
        if size != before.size:
            note = sign_checkpoint(Checkpoint(before.origin, size, root), key)
            write_new(disk, folder / "checkpoint", note)
        sealer.prune()
        for index, erased in _erasures(blocks):
            sealer.erase(index, erased)
    finally:
        sealer.close()
    for path in journal.files(folder / "journal"):
        disk.unlink(path)
    disk.sync_folder(folder / "journal")
    return Recovered(size, replayed, sum(map(len, torn)))


def read_checkpoint(folder: Path, key: SigningKey) -> Checkpoint:
    """Return the log's own checkpoint, or the one of an empty log if there is none yet."""
    path = folder / "checkpoint"
    if not path.exists():
        if (folder / "tile").exists() and not journal.files(folder / "journal"):
            raise DamagedLogError(f"`{folder}` has tiles but no checkpoint")
        return Checkpoint(key.verifier.name, 0, EMPTY_ROOT)
    return open_checkpoint(path.read_bytes(), key.verifier).checkpoint


def read_journal(folder: Path, size: int) -> tuple[list[journal.Block], list[bytes]]:
    """Return the valid blocks of the journal, and the torn tail if there is one.

    Files that begin below the checkpoint of `size` entries need not follow each other: a crash
    while they were removed may have left any of them.

    Raises
    ------
    DamagedLogError
        Damage stands before a valid block, which no crash can cause.
    """
    found: list[journal.Block] = []
    torn: list[bytes] = []
    link: bytes | None = None
    for path in journal.files(folder / "journal"):
        raw = path.read_bytes()
        end = 0
        if int(path.name) <= size:
            link = None
        if torn and raw:
            raise DamagedLogError(f"the journal is damaged before file `{path.name}`")
        for block, behind in journal.blocks(raw, link):
            found.append(block)
            link, end = block.digest, behind
        tail = journal.tail(raw, end, link)
        if tail.valid_follows:
            raise DamagedLogError(
                f"journal file `{path.name}` is damaged at offset {end}, before a valid block"
            )
        if tail.length:
            torn.append(raw[end:])
    return found, torn


def _erasures(blocks: Iterable[journal.Block]) -> list[tuple[int, str]]:
    """Erasures that the journal still holds; the crash may have come before the bytes went."""
    logged = [entry for block in blocks for entry in block.entries if b'"erased"' in entry]
    return [(e.index, e.content) for e in map(decode, logged) if isinstance(e, Erased)]


def _end(before: Checkpoint, blocks: list[journal.Block]) -> int:
    last = blocks[-1].first + len(blocks[-1].entries) if blocks else 0
    return max(before.size, last)


def _set_aside(
    folder: Path, tail: bytes, sealer: Sealer, origin: str, clock: Callable[[], int], disk: Disk
) -> None:
    """Keep a torn tail under the digest that the log now names."""
    digest = sha256(tail).hexdigest()
    make_folders(disk, folder / "aside")
    write_new(disk, folder / "aside" / digest, tail)
    event = LogRecovered(
        id=f"{origin}/{sealer.size}",
        time=clock(),
        run=origin,
        digest=digest,
        length=len(tail),
        kept_as=f"aside/{digest}",
    )
    sealer.add_block(journal.Block(sealer.size, [encode(event)], b"", b""))


def _refuse_forks(
    folder: Path, size: int, root: bytes, origin: str, known: Iterable[Checkpoint]
) -> None:
    node = node_reader(lambda tile: (folder / tile.path).read_bytes(), size)
    for checkpoint in known:
        if checkpoint.origin != origin:
            continue
        here = root if checkpoint.size == size else span_root(node, 0, checkpoint.size)
        if here != checkpoint.root:
            raise BehindError(
                f"log `{origin}` contradicts a known checkpoint of {checkpoint.size} entries"
            )
