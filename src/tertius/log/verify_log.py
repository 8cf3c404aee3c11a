"""Check one log folder: every file has a place, every entry a leaf, every leaf is in the root."""

from __future__ import annotations

import msgspec

from tertius.core.kinds import Event, decode
from tertius.core.log_events import LogOpened
from tertius.log.verify_acts import check_acts
from tertius.log.verify_chunk import leaves_of
from tertius.log.verify_files import BadFileError, Folder, TileFile, parse_tile, place_of
from tertius.log.verify_frames import SPAN
from tertius.log.verify_ids import check_ids
from tertius.log.verify_journal import Tail
from tertius.log.verify_note import MAX_NOTE, BadNoteError, Checkpoint, parse_checkpoint
from tertius.log.verify_pool import Pool
from tertius.log.verify_report import Problem, shown
from tertius.log.verify_scan import Chunk, Cited
from tertius.log.verify_stale import check_stale, check_upper, expected_tiles
from tertius.log.verify_tree import HASH, TILE, Tree
from tertius.log.verify_worker import CheckChunk, CheckJournal, FindNames, Found, Task

ATTEMPTS = 3  # readings of a log that is being written


class CheckedLog(msgspec.Struct):
    """One log after its own folder was checked; what others say about it comes later.

    Attributes
    ----------
    name, origin : str
        Name in the deployment, and origin as its checkpoint or first entry tells it.
    checkpoint : Checkpoint or None
        As read; its signature is not judged here.
    tree : Tree or None
        Rebuilt from the entries; None if entries are missing.
    size, tail : int
        Entries under the checkpoint, and behind it.
    tail_leaves : bytes
        Leaf hashes of the tail.
    special : list of (int, Event)
        Events that the log writes about itself.
    cited : list of Cited
        Causes in other logs.
    contents, erased, missing, files : int
        As in `LogReport`.
    """

    name: str
    origin: str = ""
    checkpoint: Checkpoint | None = None
    tree: Tree | None = None
    size: int = 0
    tail: int = 0
    tail_leaves: bytes = b""
    special: list[tuple[int, Event]] = []
    cited: list[Cited] = []
    contents: int = 0
    erased: int = 0
    missing: int = 0
    files: int = 0
    problems: list[Problem] = []
    remarks: list[Problem] = []

    def problem(self, code: str, what: str, *, file: str = "", entry: int | None = None) -> None:
        """Report a breach."""
        self.problems.append(Problem(code=code, what=what, file=file, entry=entry))

    def remark(self, code: str, what: str, *, file: str = "") -> None:
        """Report something harmless."""
        self.remarks.append(Problem(code=code, what=what, file=file))

    def leaf(self, folder: Folder, index: int) -> bytes:
        """Return the leaf hash of an entry, empty if there is none."""
        if index >= self.size:
            at = (index - self.size) * HASH
            return self.tail_leaves[at : at + HASH]
        number, offset = divmod(index, TILE)
        width = min(TILE, self.size - number * TILE)
        try:
            row = folder.read(TileFile(0, number, width).path, width * HASH)
        except BadFileError:
            return b""
        return row[offset * HASH : (offset + 1) * HASH]


class Inventory(msgspec.Struct):
    """The files of a log by place."""

    tiles: set[TileFile] = set()
    payload: list[str] = []
    journal: list[str] = []
    aside: list[str] = []
    checkpoint: bool = False


def check_log(folder: Folder, name: str, pool: Pool) -> CheckedLog:
    """Check a log's folder by itself; once more if a writer went on while it was read.

    Raises
    ------
    CallerError
        If a file or folder may not be read.
    """
    for _ in range(ATTEMPTS):
        before = _pulse(folder)
        log = check_once(folder, name, pool)
        if not log.problems or _pulse(folder) == before:
            break
    return log


def _pulse(folder: Folder) -> tuple[bytes, list[str]]:
    """Return what changes whenever a writer publishes: the checkpoint and the journal's names."""
    try:
        journal = [each.path for each in folder.names("journal")]
        return folder.read("checkpoint", MAX_NOTE), journal
    except BadFileError as error:
        return error.code.encode(), []


def check_once(folder: Folder, name: str, pool: Pool) -> CheckedLog:
    """Check a log's folder as it is now.

    The steps: account for every file; read the checkpoint; check entries, tiles and contents chunk
    by chunk; check the journal; rebuild the tree; hold ids and causes together; hear what the log
    says about itself.
    """
    log = CheckedLog(name)
    held = take_inventory(folder, log)
    if held.checkpoint and not read_checkpoint(folder, log):
        return log
    size = log.checkpoint.size if log.checkpoint else 0
    log.size = present_size(held, size, log)
    growing = bool(held.journal)
    count = -(-log.size // SPAN)
    tasks: list[Task] = [CheckChunk(name, n, log.size, growing) for n in range(count)]
    answers = list(pool.run([*tasks, CheckJournal(name, held.journal, log.size)]))
    chunks = [answer for answer in answers if isinstance(answer, Chunk)]
    tail = next(answer for answer in answers if isinstance(answer, Tail))
    gather(log, [*chunks, tail.chunk])
    log.tail, log.tail_leaves = tail.chunk.size, tail.chunk.rest
    rebuild_tree(folder, log, chunks, held)
    check_extra(folder, log, held, tail)
    link_entries(log, [*chunks, tail.chunk], held, pool)
    check_acts(folder, log, held.aside, tail, [*chunks, tail.chunk])
    return log


def take_inventory(folder: Folder, log: CheckedLog) -> Inventory:
    """Account for every file: whatever has no place in a log is a problem."""
    held = Inventory()
    try:
        for found in folder.walk(skip=frozenset(["index"])):
            place = place_of(found) if found.is_folder or found.is_file else ""
            if not found.is_folder:
                log.files += 1
            tile = parse_tile(found.path) if place == "tile" else None
            if tile is not None:
                held.tiles.add(tile)
            elif place in ("payload", "journal", "aside"):
                getattr(held, place).append(found.path)
            elif place == "checkpoint":
                held.checkpoint = True
            elif place == "leftover":
                what = "left over from an interrupted write; nothing depends on it"
                log.remark("temporary_file", what, file=shown(found.path))
            elif place == "":
                what = "no file of a log" if found.is_file else "no file or folder of a log"
                log.problem("stray_file", what, file=shown(found.path))
            elif found.path == "index":
                log.remark("index", "can be rebuilt, and was not looked at", file="index")
    except BadFileError as error:
        log.problem(error.code, error.what, file=shown(error.path))
    return held


def read_checkpoint(folder: Folder, log: CheckedLog) -> bool:
    """Read the checkpoint's note; tell whether it could be read."""
    try:
        log.checkpoint = parse_checkpoint(folder.read("checkpoint", MAX_NOTE))
    except BadFileError as error:
        log.problem(error.code, error.what, file="checkpoint")
        return False
    except BadNoteError as error:
        log.problem("checkpoint_malformed", str(error), file="checkpoint")
        return False
    log.origin = log.checkpoint.origin
    return True


def present_size(held: Inventory, size: int, log: CheckedLog) -> int:
    """Return up to which entry bundles are there without a gap: all `size`, or fewer if broken.

    Notes
    -----
    A checkpoint may claim any size, so this looks at what is there, not at what should be.
    """
    index = 0
    while index * TILE < size:
        tile = TileFile(-1, index, min(TILE, size - index * TILE))
        if tile not in held.tiles:
            what = f"the checkpoint covers {size:,} entries; those from {index * TILE:,} on are not"
            log.problem("entries_missing", f"{what} all here", file=tile.path)
            return index * TILE
        index += 1
    return size


def gather(log: CheckedLog, chunks: list[Chunk]) -> None:
    """Take over what the chunks found."""
    for chunk in chunks:
        log.contents += chunk.present
        log.cited += chunk.cited
        log.problems += chunk.problems
        log.remarks += chunk.remarks
        log.special += [(index, decode(entry)) for index, entry in chunk.special]
    first = next((event for index, event in log.special if index == 0), None)
    if isinstance(first, LogOpened) and log.checkpoint is None:
        log.origin = first.origin


def rebuild_tree(folder: Folder, log: CheckedLog, chunks: list[Chunk], held: Inventory) -> None:
    """Rebuild the tree from the leaf hashes and hold it against root and upper tiles."""
    roots = b"".join(chunk.roots for chunk in chunks)
    rest = chunks[-1].rest if chunks and log.size % TILE else b""
    if len(roots) != log.size // TILE * HASH or len(rest) != log.size % TILE * HASH:
        return  # entries are missing, and that was told
    log.tree = Tree(log.size, roots, rest, lambda index: leaves_of(folder, index))
    log.problems += check_upper(folder, log.tree)
    if log.checkpoint and log.size == log.checkpoint.size:
        root = log.tree.root()
        if root != log.checkpoint.root:
            what = f"the entries give root {root.hex()[:16]}..., the checkpoint names another"
            log.problem("root_differs", what, file="checkpoint")


def check_extra(folder: Folder, log: CheckedLog, held: Inventory, tail: Tail) -> None:
    """Judge tiles and bundles of other sizes than the checkpoint's."""
    size = log.checkpoint.size if log.checkpoint else 0
    if size != log.size:
        return
    extra = held.tiles.difference(expected_tiles(size))
    # Reopening seals one entry more than the journal holds: that a torn tail was set aside.
    reach = size + log.tail + bool(tail.torn)
    for path in held.payload:
        if int(path[-8:]) * SPAN >= size:
            if int(path[-8:]) * SPAN < reach:
                log.remark("payload_unsealed", "contents of entries under no checkpoint", file=path)
            else:
                log.problem("stray_file", "no entry of this log belongs here", file=path)
    problems, remarks = check_stale(folder, extra, log.tree, size=size, reach=reach)
    log.problems += problems
    log.remarks += remarks


def link_entries(log: CheckedLog, chunks: list[Chunk], held: Inventory, pool: Pool) -> None:
    """Check that ids are unique and causes come from earlier entries, across chunks."""

    def find(hashes: frozenset[float]) -> list[tuple[int, str, bool]]:
        numbers = [*range(len(chunks) - 1), -1]
        tasks = [FindNames(log.name, n, log.size, held.journal, hashes) for n in numbers]
        found = [answer for answer in pool.run(tasks) if isinstance(answer, Found)]
        return [name for answer in found for name in answer.names]

    log.problems += check_ids(chunks, find)
