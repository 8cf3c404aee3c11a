"""The one writer of a log: accepts events, makes them durable, checkpointed and witnessed."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from tertius.core.decode import EventError, TooLongError, WrongTypeError, decode_event
from tertius.core.errors import CallerError, TertiusError
from tertius.core.events import (
    MAX_ENTRY,
    Erased,
    Event,
    LogClosed,
    LogOpened,
    LogPosition,
    decode,
    encode,
)
from tertius.core.names import is_name
from tertius.log.checkpoint import Checkpoint
from tertius.log.commit import MAX_PENDING_BYTES, Committer, LogStoppedError
from tertius.log.content import ContentError, RandomSalts, Sealed, seal, seal_all
from tertius.log.disk import Disk, LogWriteError, make_folders
from tertius.log.merkle import leaf_hash
from tertius.log.notekey import SigningKey
from tertius.log.publish import HEARTBEAT, Cosign, Publisher
from tertius.log.read import LogReader
from tertius.log.recover import Recovered, recover
from tertius.log.seal import Sealer
from tertius.log.seal_process import SealerProcess

MAX_ORIGIN = 96  # characters; the ids of the log's own entries begin with it

Stage = Literal["durable", "checkpointed", "witnessed"]


class OriginError(CallerError):
    """The key's name cannot name a log."""


class LogInUseError(CallerError):
    """Another writer has this log open."""


class ForkedWriterError(TertiusError):
    """A forked child tried to use its parent's writer."""


class Status(msgspec.Struct, frozen=True):
    """How far a log has come, in entries.

    Attributes
    ----------
    accepted : int
        Entries with a fixed place in the order; a crash may lose those beyond `durable`.
    durable : int
        Entries that survive power loss.
    checkpointed : int
        Entries under a signed checkpoint.
    witnessed : int
        Entries under a checkpoint that outsiders cosigned; 0 without witnesses.
    witness_error : str
        Why the last attempt to reach the witnesses failed; empty if it did not.
    """

    accepted: int
    durable: int
    checkpointed: int
    witnessed: int
    witness_error: str = ""


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
        self.origin = key.verifier.name
        if not is_name(self.origin) or len(self.origin) > MAX_ORIGIN:
            raise OriginError(
                f"key name `{ascii(self.origin[:40])[1:-1]}` cannot name a log; "
                f"expected up to {MAX_ORIGIN} characters of A-Z a-z 0-9 . _ : / -"
            )
        self._clock = clock
        self._salts = salts or RandomSalts()
        self._disk = disk or Disk()
        self._checked = checked
        self._closed = False
        self._erasing = threading.Lock()

        def opening() -> bytes:
            origin = self.origin
            event = LogOpened(id=f"{origin}/0", time=clock(), run=origin, origin=origin,
                              previous=previous, previous_root=previous_root)  # fmt: skip
            return self._canonical(event)

        self._lock_fd = _lock(folder, self._disk)
        try:
            make_folders(self._disk, folder / "journal")
            # A killed writer may have made folders and not come to syncing their names.
            for path in (folder, folder.absolute().parent):
                self._disk.sync_folder(path)
            self.recovered: Recovered = recover(
                folder, key=key, clock=clock, disk=self._disk, opening=opening, known=known
            )
            size = self.recovered.size
            first = [] if size else [opening()]
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
        except OSError as error:
            _unlock(self._lock_fd)
            raise LogWriteError(
                f"cannot open the log `{folder}`: {error.strerror}; check the folder and the disk"
            ) from error
        except BaseException:
            _unlock(self._lock_fd)
            raise
        self._on_checkpoint = on_checkpoint
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

    def append(self, event: Event, content: Sealed | None = None, *, wait: bool = True) -> int:
        """Accept one event and return its index.

        Parameters
        ----------
        event : Event
            What happened.
        content : Sealed or None
            Its content, as `seal` returned it.
        wait : bool
            Wait for room when the disk is slower than the callers; otherwise raise `LogFullError`.

        Raises
        ------
        EventError
            The event could not be read back.
        ContentError
            The event names another content than the one handed in.
        LogFullError, LogStoppedError, ForkedWriterError
            It was not accepted.
        """
        return self._committer.accept([self._encode(event, content)], [content], wait=wait)

    def extend(self, events: Iterable[tuple[Event, Sealed | None]], *, wait: bool = True) -> range:
        """Accept several events, side by side and in order, or none of them.

        Returns
        -------
        range
            Their indexes.
        """
        pairs = list(events)
        if self._checked:
            entries = [self._encode(event, content) for event, content in pairs]
        else:
            entries = [encode(event) for event, _ in pairs]
            fits = max(map(len, entries), default=0) <= MAX_ENTRY
            for event, content in pairs:
                fits = fits and _digest(event) == (content and content.digest)
            if not fits:  # the careful way names the culprit
                entries = [self._encode(event, content) for event, content in pairs]
        first = self._committer.accept(entries, [content for _, content in pairs], wait=wait)
        return range(first, first + len(entries))

    def _encode(self, event: Event, content: Sealed | None) -> bytes:
        if _digest(event) != (content and content.digest):
            raise ContentError(
                f"event `{event.id}` names content `{(_digest(event) or '')[:16]}` but "
                + ("none was handed in" if content is None else "another was handed in")
                + "; put `seal(...).digest` into the event and append both"
            )
        return self._canonical(event)

    def _canonical(self, event: Event) -> bytes:
        """Bytes of an event; what they read back as is what was handed in, and gives them again."""
        try:
            entry = encode(event)
            if self._checked:
                read = decode(entry)
                if read != event:
                    raise _altered(event, read)
                entry = encode(read)
        except (msgspec.MsgspecError, ValueError, TypeError, OverflowError) as error:
            raise _explain(event, error) from error
        if len(entry) > MAX_ENTRY:
            raise TooLongError(
                f"event `{event.id}` has {len(entry)} bytes; at most {MAX_ENTRY}, "
                "put long text into its content"
            )
        return entry

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
        with self._erasing:
            self.checkpoint()
            reader = LogReader(self.folder, tail=False)
            digest = getattr(reader.event(index), "content", "")
            if not digest or reader.content(index) is None:
                raise ContentError(f"entry {index} has no content to erase")
            event = Erased(
                id=f"{self.origin}/erased/{index}",
                time=self._clock(),
                run=self.origin,
                agent=role,
                index=index,
                content=digest,
                reason=reason,
            )
            self._committer.hold = True
            try:
                self.wait(self._committer.accept([self._canonical(event)], [None], wait=True))
                self._publisher.publish(erase=(index, digest))
                self._committer.rotate()
            finally:
                self._committer.hold = False
            self.checkpoint()
            self._committer.retire(self._publisher.checkpointed)

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
            _unlock(self._lock_fd)

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
        leaf = leaf_hash(self._canonical(event))
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


def _digest(event: Event) -> str | None:
    """Return the commitment that an event carries, None without one."""
    return getattr(event, "content", None) or None


def _lock(folder: Path, disk: Disk) -> int:
    """Take the log for this writer alone, or say that somebody else has it."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise LogWriteError(f"`{folder}` is no folder; name a new or an existing log folder")
    try:
        make_folders(disk, folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(folder / "lock", flags, 0o644)
    except OSError as error:
        raise LogWriteError(
            f"cannot write to `{folder}`: {error.strerror}; choose a folder that you may write"
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise LogInUseError(
            f"another writer has the log `{folder}` open; close it, or give this one its own folder"
        ) from error
    _outwait_sealer(folder)
    return fd


def _outwait_sealer(folder: Path) -> None:
    """Wait until the sealing process of a killed writer has let go of the folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    finally:
        os.close(fd)


def _unlock(fd: int) -> None:
    fcntl.flock(fd, fcntl.LOCK_UN)
    os.close(fd)


def _explain(event: Event, error: Exception) -> EventError:
    """Turn a codec's complaint into the named error that a foreign event would get."""
    try:
        decode_event(msgspec.json.encode(event))
    except EventError as named:
        return type(named)(f"event `{event.id}`: {named.problem}", field=named.field)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        pass
    return EventError(f"event `{event.id}` cannot be written: {error}")


def _altered(event: Event, read: Event) -> EventError:
    """Name the field that would not be read back as it is: NaN, an infinity, a list."""
    fields = [f for f in event.__struct_fields__ if getattr(event, f) != getattr(read, f, None)]
    field = fields[0] if fields else "kind"
    value, back = getattr(event, field, event), getattr(read, field, read)
    return WrongTypeError(
        f"event `{event.id}`: {ascii(value)[:60]} would be read back as {ascii(back)[:60]}",
        field=f"$.{field}",
    )


def _after_fork() -> None:
    """Refuse the parent's writers in a forked child; their threads stayed with the parent."""
    error = ForkedWriterError("this process was forked; open a log of its own in the child")
    for writer in _open_writers:
        writer._committer.stopped = writer._publisher.stopped = error
        os.close(writer._lock_fd)  # the child must not keep the log locked when the parent dies


os.register_at_fork(after_in_child=_after_fork)
