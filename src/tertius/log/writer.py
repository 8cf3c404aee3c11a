"""The one writer of a log: accepts events, makes them durable, checkpointed and witnessed."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tertius.core.decode import TooLongError
from tertius.core.errors import TertiusError
from tertius.core.events import MAX_ENTRY, LogPosition
from tertius.core.kinds import Event
from tertius.core.log_events import LogClosed
from tertius.log import lock
from tertius.log.checkpoint import Checkpoint
from tertius.log.commit import MAX_PENDING_BYTES, Committer, LogStoppedError
from tertius.log.content import RandomSalts, Sealed, seal, seal_all
from tertius.log.disk import Disk
from tertius.log.entry import Pair, canonical, entries_of, entry_of
from tertius.log.erasing import Eraser
from tertius.log.merkle import leaf_hash
from tertius.log.notekey import SigningKey
from tertius.log.opening import held, opening_entry, origin_of
from tertius.log.publish import HEARTBEAT, Cosign, Publisher
from tertius.log.recover import Recovered, recover
from tertius.log.seal import Sealer
from tertius.log.seal_process import SealerProcess
from tertius.log.status import Stage, Status


class ForkedWriterError(TertiusError):
    """A forked child tried to use its parent's writer."""


_open_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


class Writer:
    """Open a log for appending; creates it, or recovers it after a crash.

    Parameters
    ----------
    folder : Path
        The log's own folder; its parent must exist.
    key : SigningKey
        Signs checkpoints; its name is the log's origin.
    clock : callable
        Returns UTC nanoseconds, for the entries that the log writes about itself.
    salts : callable
        Returns 32 random bytes for each content. Seeded only in simulations.
    disk : Disk
        File operations.
    checkpoint_every : float or None
        Seconds between checkpoints while entries arrive; None for only when asked and at close.
    cosign : callable or None
        Asks witnesses for cosignatures.
    heartbeat : float
        Seconds after which an idle log's checkpoint is cosigned again.
    on_checkpoint : callable
        Told of every published checkpoint; the anchor log listens here.
    known : iterable of Checkpoint
        Checkpoints of this log that anchor, witnesses or memory hold: the writer refuses to sign
        if it is behind them or contradicts them.
    sealer : {"thread", "process"}
        Where leaf hashes and tiles are made. A process of its own doubles what two cores write.
    checked : bool
        Decode every event once before it is accepted, so that whatever is in the log can be read.
        Turn off only for events that came out of `decode` themselves.
    max_pending : int
        Bytes that may wait for the disk before `append` waits.
    previous : LogPosition or None
        The closing entry of the log that this one continues, after a key rotation, with its
        `previous_root`.

    Raises
    ------
    LogInUseError
        Another writer, in this process or another one, has the log open.
    DamagedLogError
        Acknowledged entries are missing or altered.
    LogWriteError
        The folder cannot be written.

    Notes
    -----
    Thread-safe. A forked child cannot append. It cannot see whether what it records is true, nor
    what was never handed to it.

    Examples
    --------
    >>> import tempfile
    >>> from tertius.core.events import MessageSent
    >>> from tertius.log.content import SeededSalts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     key = SigningKey("tertius/example", bytes(32))
    ...     salts = SeededSalts(1)
    ...     with Writer(Path(folder) / "log", key=key, clock=lambda: 0, salts=salts) as log:
    ...         text = log.seal(b"the figures are in")
    ...         event = MessageSent(id="m1", time=0, run="r", agent="a", content=text.digest)
    ...         index = log.append(event, text)
    ...         durable = log.wait(index)
    ...     log.status().checkpointed
    2
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: SigningKey,
        clock: Callable[[], int] = time.time_ns,
        salts: Callable[[], bytes] | None = None,
        disk: Disk | None = None,
        checkpoint_every: float | None = 1.0,
        cosign: Cosign | None = None,
        heartbeat: float = HEARTBEAT,
        on_checkpoint: Callable[[Checkpoint], None] = lambda checkpoint: None,
        known: Iterable[Checkpoint] = (),
        sealer: Literal["thread", "process"] = "thread",
        checked: bool = True,
        max_pending: int = MAX_PENDING_BYTES,
        previous: LogPosition | None = None,
        previous_root: str = "",
    ) -> None:
        self.folder = folder
        self.origin = origin_of(key)
        self._clock = clock
        self._salts = salts or RandomSalts().take
        self._disk = disk or Disk()
        self._checked = checked
        self._closed = False
        self._on_checkpoint = on_checkpoint

        def first_entry() -> bytes:
            return opening_entry(self.origin, clock(), previous, previous_root)

        with held(folder, self._disk) as self._lock_fd:
            self.recovered: Recovered = recover(
                folder, key=key, clock=clock, disk=self._disk, opening=first_entry, known=known
            )
            size = self.recovered.size
            first = [] if size else [first_entry()]
            seals = Sealer if sealer == "thread" else SealerProcess
            self._publisher = Publisher(
                folder,
                sealer=seals(folder, size=size, disk=self._disk),
                key=key,
                size=size,
                disk=self._disk,
                every=checkpoint_every,
                cosign=cosign,
                heartbeat=heartbeat,
                on_checkpoint=self._published,
            )
            self._committer = Committer(
                folder,
                start=size,
                disk=self._disk,
                on_block=self._publisher.add,
                max_pending=max_pending,
            )
        self._eraser = Eraser(folder, self.origin, clock, self._committer, self._publisher)
        self._publisher.on_stop = self._committer.stop
        self._owner = os.getpid()
        _open_writers.add(self)
        if first:
            self._committer.accept(first, [None], wait=True)

    # -- appending ---------------------------------------------------------------------------------

    def seal(self, data: bytes) -> Sealed:
        """Commit to content: put the result's `digest` into the event and append both."""
        return seal(data, salts=self._salts)

    def seal_all(self, contents: Iterable[bytes]) -> list[Sealed]:
        """Commit to many contents."""
        return seal_all(contents, salts=self._salts)

    def append(
        self,
        event: Event,
        content: Sealed | None = None,
        *,
        wait: bool = True,
        checked: bool | None = None,
    ) -> int:
        """Accept one event and return its index.

        Parameters
        ----------
        event : Event
            What happened.
        content : Sealed or None
            Its content, as `seal` returned it.
        wait : bool
            Wait for room when the disk is slower than the callers; otherwise raise `LogFullError`.
        checked : bool or None
            As for the writer, for this event alone; None as the writer was told.

        Raises
        ------
        EventError
            The event could not be read back.
        ContentError
            The event names another content than the one handed in.
        LogFullError, LogStoppedError, ForkedWriterError
            It was not accepted.
        """
        entry = entry_of(event, content, checked=self._checked if checked is None else checked)
        return self._committer.accept([entry], [content], wait=wait)

    def append_entry(self, entry: bytes, *, wait: bool = True) -> int:
        """Accept one event that is encoded already and names no content; return its index.

        Parameters
        ----------
        entry : bytes
            Its canonical bytes; the caller answers for them. They are not read.
        wait : bool
            As for `append`.

        Raises
        ------
        TooLongError
            No entry may be so long.
        LogFullError, LogStoppedError, ForkedWriterError
            It was not accepted.
        """
        if len(entry) > MAX_ENTRY:
            raise TooLongError(f"an entry of {len(entry)} bytes; expected at most {MAX_ENTRY}")
        return self._committer.accept_one(entry, wait=wait)

    def extend(self, events: Iterable[Pair], *, wait: bool = True) -> range:
        """Accept several events, side by side and in order, or none of them.

        Returns
        -------
        range
            Their indexes.
        """
        pairs = list(events)
        entries = entries_of(pairs, checked=self._checked)
        first = self._committer.accept(entries, [content for _, content in pairs], wait=wait)
        return range(first, first + len(entries))

    # -- following ---------------------------------------------------------------------------------

    def wait(self, index: int, stage: Stage = "durable", *, timeout: float | None = None) -> bool:
        """Wait until the entry at `index` has reached a stage.

        Waiting for `checkpointed` or `witnessed` asks for a checkpoint at once.

        Returns
        -------
        bool
            False if it was not reached within `timeout` seconds, or no witness answered.
        """
        if not self._committer.wait_durable(index + 1, timeout):
            return False
        if stage == "durable":
            return True
        self._publisher.publish()
        return getattr(self._publisher, stage) > index  # type: ignore[no-any-return]  # an int

    def checkpoint(self) -> int:
        """Make everything accepted so far durable and checkpointed; return the size in entries."""
        self._committer.wait_durable(self._committer.accepted)
        self._publisher.publish()
        return self._publisher.checkpointed

    def status(self) -> Status:
        """Return how far the log has come."""
        checkpointed = self._publisher.checkpointed
        return Status(
            self._committer.accepted,
            max(self._committer.durable, checkpointed),
            checkpointed,
            self._publisher.witnessed,
            self._publisher.witness_error,
        )

    # -- erasing -----------------------------------------------------------------------------------

    def erase(self, index: int, *, role: str, reason: str = "") -> None:
        """Destroy salt and bytes of one entry's content; the log keeps that it was done.

        Parameters
        ----------
        index : int
            The entry whose content goes.
        role : str
            Name of the privacy role that ordered it, recorded as the agent.
        reason : str
            Why.

        Raises
        ------
        ContentError
            The entry has no content, or it was erased before.

        Notes
        -----
        First the act is made durable, then the bytes go: a crash in between is finished when the
        log is opened again. It cannot reach copies outside the log, nor what a disk keeps below
        the file system.
        """
        self._eraser.erase(index, role=role, reason=reason)

    # -- ending ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Write a last checkpoint and let go of the log; closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        _open_writers.discard(self)
        if self._owner != os.getpid():
            return
        try:
            self._committer.close()
            stopped = self._committer.stopped
            if stopped is not None:
                self._publisher.stop(stopped)
                lost = self._committer.accepted - self._committer.durable
                raise LogStoppedError(f"{stopped}; {lost} accepted entries were not durable")
            self._publisher.close()
            self._committer.retire(self._publisher.checkpointed)
        finally:
            lock.release(self._lock_fd)

    def close_for(self, next_key: str, *, reason: str = "rotation") -> LogPosition:
        """Close the log for good: its last entry names the key that continues it.

        Returns
        -------
        LogPosition
            Of the closing entry; hand it to the next writer as `previous`.
        """
        event = LogClosed(
            id=f"{self.origin}/closed",
            time=self._clock(),
            run=self.origin,
            next_key=next_key,
            reason=reason,
        )
        index = self.append(event)
        self.close()
        leaf = leaf_hash(canonical(event))
        return LogPosition(origin=self.origin, index=index, leaf=leaf.hex())

    def __enter__(self) -> Self:
        """Return the open writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the log."""
        self.close()

    def _published(self, checkpoint: Checkpoint) -> None:
        self._committer.retire(checkpoint.size)
        self._on_checkpoint(checkpoint)


def _after_fork() -> None:
    """Refuse the parent's writers in a forked child; their threads stayed with the parent."""
    error = ForkedWriterError("this process was forked; open a log of its own in the child")
    for writer in _open_writers:
        writer._committer.stopped = writer._publisher.stopped = error
        os.close(writer._lock_fd)  # the child must not keep the log locked when the parent dies


os.register_at_fork(after_in_child=_after_fork)
