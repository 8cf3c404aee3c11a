"""Group commit: entries from any thread become journal blocks, one sync for each.

While one block is being synced the next one gathers, so the block size follows the load; while
nobody waits for it, it gathers a little longer. An entry is *accepted* when its place in the order
is fixed and *durable* once its block is synced.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from tertius.core.errors import TertiusError
from tertius.log import journal
from tertius.log.content import Sealed, pack_frames
from tertius.log.disk import Disk, LogWriteError

MAX_BLOCK_ENTRIES = 16_384
MAX_BLOCK_BYTES = 4 * 1024 * 1024
MAX_PENDING_BYTES = 8 * 1024 * 1024
ROTATE_BYTES = 32 * 1024 * 1024
GATHER = 0.1  # seconds: each block holds up the callers several times


class LogFullError(TertiusError):
    """Entries arrive faster than the disk takes them, and the caller would not wait."""


class LogStoppedError(LogWriteError):
    """The writer stopped after an error or was closed; nothing more is accepted."""


class Written(msgspec.Struct, frozen=True):
    """A durable block: journal file, offset, length in bytes, and the index behind it."""

    name: str
    offset: int
    length: int
    end: int


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Entries that were accepted side by side, their contents, and how many bytes both have."""

    entries: Sequence[bytes]
    contents: Sequence[Sealed | None]
    size: int


Waiting = bytes | Batch
"""What waits for the disk: one entry that names no content, or a batch."""


class JournalFile(msgspec.Struct):
    """A journal file and the index behind its last entry."""

    path: Path
    end: int


class Committer:
    """Takes entries in order and makes them durable in groups.

    Parameters
    ----------
    folder : Path
        The log; blocks go to its ``journal`` folder.
    start : int
        Index of the next entry.
    disk : Disk
        File operations.
    on_block : callable
        Told of every durable block, in order; it may block to slow the writer down.
    max_pending : int
        Bytes that may wait for the disk before `accept` waits or refuses.

    Notes
    -----
    One thread, which takes the interpreter from the callers several times for every block. So a
    block that nobody waits for is put off by `GATHER`: what a crash may lose of what was only
    accepted grows by that. After the first failed write or sync the thread stops for good: a second
    sync could report success for pages that the first one dropped.
    """

    def __init__(
        self,
        folder: Path,
        *,
        start: int,
        disk: Disk,
        on_block: Callable[[Written], None],
        max_pending: int = MAX_PENDING_BYTES,
    ) -> None:
        self.accepted = start
        self.durable = start
        self.stopped: TertiusError | None = None
        self.hold = False
        """While set, `retire` keeps the journal: an erasure is under way."""
        self._folder = folder / "journal"
        self._disk = disk
        self._on_block = on_block
        self._max_pending = self._room = max_pending
        self._waiting: deque[Waiting] = deque()
        self._pending = 0
        self._closing = False
        self._idle = False
        self._awaited = start
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._moved = threading.Condition(self._lock)
        self._io = threading.Lock()  # held while a file of the journal is written
        self._retiring = threading.Lock()
        self._link = journal.FIRST_LINK
        self._fd = -1
        self._offset = 0
        self._files: list[JournalFile] = []
        self._thread = threading.Thread(target=self._run, name="tertius-commit", daemon=True)
        self._thread.start()

    # -- callers' side -----------------------------------------------------------------------------

    def accept(
        self, entries: Sequence[bytes], contents: Sequence[Sealed | None], *, wait: bool
    ) -> int:
        """Fix the entries' places, side by side and in order; return the index of the first.

        Parameters
        ----------
        entries : sequence of bytes
            Canonical events.
        contents : sequence
            The content of each, or None.
        wait : bool
            Wait for room, or raise `LogFullError`.
        """
        if self.stopped is not None:
            raise LogStoppedError(str(self.stopped)) from self.stopped
        batches = _cut(entries, contents)
        with self._lock:
            if self._pending > self._room:
                self._make_room(wait)
            first = self.accepted
            self.accepted = first + len(entries)
            for batch in batches:
                self._waiting.append(batch)
                self._pending += batch.size
            if self._idle:  # told once: until it has the interpreter, many more may come
                self._idle = False
                self._work.notify()
        return first

    def accept_one(self, entry: bytes, *, wait: bool) -> int:
        """Fix the place of one entry that names no content; return its index.

        As `accept` does, in half the time.
        """
        if self.stopped is not None:
            raise LogStoppedError(str(self.stopped)) from self.stopped
        with self._lock:
            if self._pending > self._room:
                self._make_room(wait)
            first = self.accepted
            self.accepted = first + 1
            self._waiting.append(entry)
            self._pending += len(entry)
            if self._idle:  # told once: until it has the interpreter, many more may come
                self._idle = False
                self._work.notify()
        return first

    def _make_room(self, wait: bool) -> None:
        """Wait, with the lock held, until there is room; raise if there never will be."""
        while self.stopped is None and not self._closing and self._pending > self._max_pending:
            self._hurry(self.accepted)
            if not wait:
                raise LogFullError(
                    f"{self._pending} bytes wait for the disk; slow down, or append with `wait`"
                )
            self._moved.wait()
        if self.stopped is not None:
            raise LogStoppedError(str(self.stopped)) from self.stopped
        if self._closing:
            raise LogStoppedError("the log is closed; open it again to append")

    def wait_durable(self, size: int, timeout: float | None = None) -> bool:
        """Wait until `size` entries are durable; False when `timeout` seconds went by first."""
        if self.durable >= size:
            return True
        if self.stopped is not None:  # also in a forked child, where the lock may be held for ever
            raise LogStoppedError(str(self.stopped)) from self.stopped
        with self._lock:
            self._hurry(size)
            self._moved.wait_for(lambda: self.durable >= size or self.stopped is not None, timeout)
            if self.durable >= size:
                return True
            if self.stopped is not None:
                raise LogStoppedError(str(self.stopped)) from self.stopped
            return False

    def _hurry(self, size: int) -> None:
        """Tell the thread, with the lock held, that somebody waits for so many entries."""
        if size > self._awaited:
            self._awaited = size
            self._work.notify()

    # -- committing --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self._commit(taken)
        except BaseException as error:  # the thread's own end: every waiter must hear of it
            self.stop(as_write_error(error))

    def _take(self) -> deque[Waiting] | None:
        """Take what goes into the next block, or None when closing with nothing left."""
        with self._lock:
            while not self._waiting and not self._closing and self.stopped is None:
                self._idle = True
                self._work.wait()
            self._idle = False
            self._work.wait_for(self._due, GATHER)
            if not self._waiting or self.stopped is not None:
                return None
            if (
                self.accepted - self.durable <= MAX_BLOCK_ENTRIES
                and self._pending <= MAX_BLOCK_BYTES
            ):  # nearly always, and callers wait meanwhile
                taken, self._waiting = self._waiting, deque()
                return taken
            taken = deque()
            count = size = 0
            while self._waiting:
                batch = _batch(self._waiting[0])
                count, size = count + len(batch.entries), size + batch.size
                if taken and (count > MAX_BLOCK_ENTRIES or size > MAX_BLOCK_BYTES):
                    break
                taken.append(self._waiting.popleft())
            return taken

    def _due(self) -> bool:
        """Whether the next block is to be written at once."""
        return (
            self._awaited > self.durable
            or self.accepted - self.durable >= MAX_BLOCK_ENTRIES
            or self._pending >= MAX_BLOCK_BYTES
            or self._closing
            or self.stopped is not None
        )

    def _commit(self, taken: deque[Waiting]) -> None:
        first = self.durable
        payload, count = b"", 0
        entries = [each for each in taken if isinstance(each, bytes)]
        if len(entries) == len(taken):  # nearly always, where a gate decides
            size = sum(map(len, entries))
        else:
            batches = [_batch(each) for each in taken]
            entries = list(chain.from_iterable([batch.entries for batch in batches]))
            contents = list(chain.from_iterable([batch.contents for batch in batches]))
            size = sum([batch.size for batch in batches])
            payload, count = pack_frames(first, contents)
        raw = journal.pack(first, entries, payload, count, self._link)
        end = first + len(entries)
        with self._io:
            if self._fd < 0:
                self._begin_file(first)
            offset = self._offset
            self._disk.write(self._fd, offset, raw)
            self._disk.sync(self._fd)
            self._offset += len(raw)
            self._files[-1].end = end
            name = self._files[-1].path.name
            if self._offset > ROTATE_BYTES:
                self._end_file()
        self._link = journal.digest_of(raw)
        # Handed over first: whoever hears of it as durable can ask for a checkpoint that covers it.
        self._on_block(Written(name, offset, len(raw), end))
        with self._lock:
            self.durable = end
            self._pending -= size
            self._moved.notify_all()

    def _begin_file(self, first: int) -> None:
        path = self._folder / journal.file_name(first)
        self._fd = self._disk.create(path)
        self._disk.sync_folder(self._folder)
        self._offset = 0
        self._files.append(JournalFile(path, first))

    def _end_file(self) -> None:
        self._disk.close(self._fd)
        self._fd = -1

    # -- retiring ----------------------------------------------------------------------------------

    def rotate(self) -> None:
        """Let the next block begin a new journal file."""
        with self._io:
            if self._fd >= 0:
                self._end_file()

    def retire(self, size: int) -> None:
        """Remove finished journal files whose entries all lie below `size`.

        Blocks are written meanwhile: removing takes the file system tens of milliseconds. Whoever
        comes second waits, so what is to be removed is gone when this returns.
        """
        with self._retiring:
            with self._io:
                if self.hold:
                    return
                finished = self._files[:-1] if self._fd >= 0 else self._files
                done = [file for file in finished if file.end <= size]
                self._files = [file for file in self._files if file not in done]
            try:
                for file in done:
                    self._disk.unlink(file.path)
                if done:
                    self._disk.sync_folder(self._folder)
            except OSError as error:
                self.stop(as_write_error(error))
                raise LogStoppedError(str(self.stopped)) from error

    # -- ending ------------------------------------------------------------------------------------

    def stop(self, error: TertiusError) -> None:
        """Refuse everything from now on."""
        with self._lock:
            if self.stopped is None:
                self.stopped = error
            self._room = _NO_ROOM
            self._work.notify_all()
            self._moved.notify_all()

    def close(self) -> None:
        """Commit what waits and end the thread."""
        with self._lock:
            self._closing, self._room = True, _NO_ROOM
            self._work.notify_all()
            self._moved.notify_all()
        self._thread.join()
        with self._io:
            if self._fd >= 0:
                self._end_file()


_NO_CONTENT: Final = (None,)
_NO_ROOM: Final = -1  # for nothing, however little waits


def _batch(waiting: Waiting) -> Batch:
    """Return an entry by itself as a batch."""
    if isinstance(waiting, Batch):
        return waiting
    return Batch((waiting,), _NO_CONTENT, len(waiting))


def _cut(entries: Sequence[bytes], contents: Sequence[Sealed | None]) -> list[Batch]:
    """Cut entries into batches that fit a block; one entry with its content always does."""
    if len(entries) == 1:
        content = contents[0]
        size = len(entries[0]) + (0 if content is None else len(content.data))
        return [Batch(entries, contents, size)]
    size = sum(map(len, entries)) + sum([len(c.data) for c in contents if c is not None])
    if len(entries) <= MAX_BLOCK_ENTRIES and size <= MAX_BLOCK_BYTES:
        return [Batch(entries, contents, size)] if entries else []
    middle = len(entries) // 2
    return _cut(entries[:middle], contents[:middle]) + _cut(entries[middle:], contents[middle:])


def as_write_error(error: BaseException) -> TertiusError:
    """Put any error that ended a log's thread into words for its callers."""
    if isinstance(error, TertiusError):
        return error
    if isinstance(error, OSError):
        return LogWriteError(
            f"cannot write the log: {error.strerror or error}; "
            "what was acknowledged is safe, mend the disk and open the log again"
        )
    return LogWriteError(f"the log stopped: {error!r}")
