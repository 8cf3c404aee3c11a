"""Checkpoints: durable blocks are sealed into tiles, signed, anchored and cosigned.

One thread follows the committer. An entry is *checkpointed* once a signed checkpoint that covers
it is on disk, and *witnessed* once that checkpoint carries the cosignatures asked for.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from tertius.core.errors import TertiusError
from tertius.log.checkpoint import Checkpoint, add_signatures, sign_checkpoint
from tertius.log.commit import LogStoppedError, Written, as_write_error
from tertius.log.disk import Disk, write_new
from tertius.log.notekey import SigningKey

HEARTBEAT = 3600.0  # seconds
BACKLOG_BYTES = 256 * 1024 * 1024  # durable blocks that may wait to be sealed
GATHER = 0.1  # seconds: sealing each small block by itself would take a core from the callers
TOGETHER_BYTES = 4 * 1024 * 1024  # of blocks that are sealed at once


class Seals(Protocol):
    """What turns blocks into tiles: `tertius.log.seal.Sealer`, here or in a process of its own."""

    def add(self, name: str, offset: int, length: int) -> None:
        """Seal the durable block at an offset of a journal file."""

    def seal(self) -> tuple[int, bytes]:
        """Make everything durable; return size and root."""

    def prune(self) -> None:
        """Remove what the published checkpoint no longer needs."""

    def erase(self, index: int, digest: str) -> None:
        """Destroy the content of a sealed entry."""

    def close(self) -> None:
        """Let go of files and threads."""


Cosign = Callable[[Path, Checkpoint, bytes], list[str]]
"""Ask witnesses: given folder, checkpoint and signed note, returns their signature lines."""


class _Request(msgspec.Struct):
    done: threading.Event
    last: bool = False
    erase: tuple[int, str] | None = None


class _Backlog(queue.Queue["Written | _Request"]):
    """What waits for the thread, bounded by the bytes of the blocks and not by their number.

    Blocks are small when they are written often. While a checkpoint is being made a writer must
    not run into a bound on their number: every acknowledgement would wait for the checkpoint.
    Those that lie side by side in a journal file are handed on as one.
    """

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._bytes = 0

    def _qsize(self) -> int:
        return self._bytes

    def _put(self, item: Written | _Request) -> None:
        self._bytes += _weight(item)
        last = self.queue[-1] if self.queue else None
        if isinstance(item, Written) and isinstance(last, Written) and _adjoin(last, item):
            length = last.length + item.length
            self.queue[-1] = Written(last.name, last.offset, length, item.end)
        else:
            super()._put(item)

    def _get(self) -> Written | _Request:
        item = super()._get()
        self._bytes -= _weight(item)
        return item


def _adjoin(one: Written, next: Written) -> bool:
    """Whether a block stands right behind another, and both are short enough to go as one."""
    side_by_side = one.name == next.name and one.offset + one.length == next.offset
    return side_by_side and one.length + next.length <= TOGETHER_BYTES


def _weight(item: Written | _Request) -> int:
    return item.length if isinstance(item, Written) else 1


class Publisher:
    """Seals and signs what the committer made durable.

    Parameters
    ----------
    folder : Path
        The log.
    sealer : Seals
        Builds the tiles.
    key : SigningKey
        Signs; its name is the log's origin.
    size : int
        Size of the checkpoint on disk.
    every : float or None
        Seconds between checkpoints while entries arrive; None for only when asked.
    cosign : callable or None
        Asks witnesses. Their failure delays nothing: `witnessed` stays behind and
        `witness_error` says why.
    on_checkpoint : callable
        Told of every published checkpoint.
    heartbeat : float
        Seconds after which an idle log has its checkpoint cosigned again, so that a verifier who
        asks for fresh cosignatures sees that it still runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sealer: Seals,
        key: SigningKey,
        size: int,
        disk: Disk,
        every: float | None,
        cosign: Cosign | None,
        on_checkpoint: Callable[[Checkpoint], None],
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self.checkpointed = size
        self.witnessed = 0
        self.witness_error = ""
        self.stopped: TertiusError | None = None
        self.on_stop: Callable[[TertiusError], None] = lambda error: None
        self._folder = folder
        self._sealer = sealer
        self._key = key
        self._disk = disk
        self._every = every
        self._cosign = cosign
        self._on_checkpoint = on_checkpoint
        self._heartbeat = heartbeat
        self._queue = _Backlog(BACKLOG_BYTES)
        self._asked: _Request | None = None
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tertius-seal", daemon=True)
        self._thread.start()

    def add(self, written: Written) -> None:
        """Take a durable block; waits while too many are queued."""
        self._put(written)

    def publish(self, *, last: bool = False, erase: tuple[int, str] | None = None) -> None:
        """Publish a checkpoint over every block added so far and wait for it.

        Parameters
        ----------
        last : bool
            End the thread behind it.
        erase : tuple of int and str, optional
            First destroy the content of the sealed entry at this index, with this commitment.

        Raises
        ------
        LogStoppedError
            If the publisher stopped, with the reason.
        """
        request = _Request(threading.Event(), last, erase)
        self._put(request)
        self._hurry.set()
        while self._thread.is_alive() and not request.done.wait(0.2):
            pass
        if self.stopped is not None:
            raise LogStoppedError(str(self.stopped)) from self.stopped

    def close(self) -> None:
        """Publish a last checkpoint and end the thread."""
        try:
            self.publish(last=True)
        finally:
            self._thread.join()

    def stop(self, error: TertiusError) -> None:
        """End the thread without another checkpoint."""
        if self.stopped is None:
            self.stopped = error
        with contextlib.suppress(queue.Full):  # wakes the thread if it waits
            self._queue.put_nowait(_Request(threading.Event()))
        self._hurry.set()
        self._thread.join()

    def _put(self, item: Written | _Request) -> None:
        while True:
            if self.stopped is not None:
                raise LogStoppedError(str(self.stopped)) from self.stopped
            if not self._thread.is_alive():
                return
            with contextlib.suppress(queue.Full):
                return self._queue.put(item, timeout=0.2)

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        request: _Request | None = None
        try:
            while request is None or not request.last:
                request = self._step()
        except BaseException as error:  # the thread's own end: every waiter must hear of it
            self.stopped = as_write_error(error)
            self.on_stop(self.stopped)
        finally:
            self._release()
            self._sealer.close()

    def _step(self) -> _Request | None:
        """Seal blocks until a checkpoint is due or asked for, then publish it."""
        began = time.monotonic()
        due = None if self._every is None else began + self._every
        beat = None if self._cosign is None else began + self._heartbeat
        fresh = False
        while True:
            until = due if fresh and due is not None else beat
            item = self._next(None if until is None else max(0.0, until - time.monotonic()))
            if item is None:
                self._publish(beat=not fresh)
                return None
            if isinstance(item, Written):
                self._sealer.add(item.name, item.offset, item.length)
                fresh = True
                if due is not None and time.monotonic() >= due:
                    self._publish()
                    return None
                if self._queue.empty():  # let some gather, unless somebody waits
                    self._hurry.wait(GATHER)
                    self._hurry.clear()
            else:
                self._asked = item
                if item.erase is not None:
                    self._sealer.erase(*item.erase)
                self._publish()
                item.done.set()
                return item

    def _next(self, left: float | None) -> Written | _Request | None:
        """Take what comes next; None once `left` seconds went by."""
        until = None if left is None else time.monotonic() + left
        while True:
            if self.stopped is not None:
                raise self.stopped
            pause = 0.2 if until is None else min(0.2, max(0.0, until - time.monotonic()))
            try:
                item = self._queue.get(timeout=pause)
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    return None
            else:
                if self.stopped is None:
                    return item

    def _publish(self, *, beat: bool = False) -> None:
        size, root = self._sealer.seal()
        checkpoint = Checkpoint(self._key.verifier.name, size, root)
        path = self._folder / "checkpoint"
        note = sign_checkpoint(checkpoint, self._key)
        if size != self.checkpointed or not path.exists():
            write_new(self._disk, path, note)
            self.checkpointed = size
            self._sealer.prune()
            self._on_checkpoint(checkpoint)
        if self._cosign is not None and (self.witnessed < size or beat):
            self._ask_witnesses(self._cosign, checkpoint, note)

    def _ask_witnesses(self, cosign: Cosign, checkpoint: Checkpoint, note: bytes) -> None:
        try:
            signatures = cosign(self._folder, checkpoint, note)
        except (TertiusError, OSError) as error:
            self.witness_error = str(error)
            return
        write_new(self._disk, self._folder / "checkpoint", add_signatures(note, signatures))
        self.witnessed = checkpoint.size
        self.witness_error = ""

    def _release(self) -> None:
        """Wake everybody who waits for a checkpoint; they look at `stopped`."""
        if self._asked is not None:
            self._asked.done.set()
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, _Request):
                item.done.set()
