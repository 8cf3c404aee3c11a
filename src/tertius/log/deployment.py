"""All logs of one deployment: an anchor log that vouches for the log of every writer.

The folder holds ``anchor`` and ``writers/<name>``. The anchor log names each writer with its key
and keeps each of its checkpoints, so that a missing writer, or a log put back to an older state,
shows. Only the anchor's key needs pinning, and only the anchor needs witnesses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tertius.core.errors import CallerError
from tertius.core.events import LogPosition
from tertius.core.log_events import CheckpointAnchored, WriterEnrolled, WriterRetired
from tertius.core.names import check_name
from tertius.log.checkpoint import Checkpoint, parse_checkpoint
from tertius.log.clock import Ratchet
from tertius.log.content import RandomSalts
from tertius.log.disk import Disk, make_folders
from tertius.log.keys import Entropy, new_key, new_origin, read_key, write_key
from tertius.log.note import parse_note
from tertius.log.notekey import SigningKey
from tertius.log.publish import Cosign
from tertius.log.read import LogReader, NoLogError
from tertius.log.writer import Writer


class NotADeploymentError(CallerError):
    """The folder holds something else than a deployment of logs."""


class KeyFolder:
    """Private keys by origin, one file each, outside every log.

    Parameters
    ----------
    path : Path
        The folder; made with mode 0700 when the first key is written.
    outside : Path
        The deployment, in which no key may lie.
    """

    def __init__(self, path: Path, *, outside: Path) -> None:
        self._path = path
        self._outside = outside

    def get(self, origin: str) -> SigningKey:
        """Read the private key of an origin."""
        return read_key(self._file(origin), outside=self._outside)

    def create(self, origin: str, entropy: Entropy) -> SigningKey:
        """Make and keep a new private key for an origin."""
        self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = new_key(origin, entropy)
        write_key(self._file(origin), key, outside=self._outside)
        return key

    def _file(self, origin: str) -> Path:
        return self._path / (check_name(origin, "origin").replace("/", "_") + ".key")


class Deployment:
    """Open a deployment for writing; creates it when the folder is new or empty.

    Parameters
    ----------
    folder : Path
        The deployment.
    keys : KeyFolder
        Where private keys lie.
    key : SigningKey or None
        Key of the anchor log, made beforehand so that witnesses could be told of it; None reads
        it from `keys`, or makes it there for a new deployment.
    entropy : callable
        Source of random bytes for origins and keys; `os.urandom` outside of tests.
    clock : callable or None
        Returns UTC nanoseconds; None for a `Ratchet` that starts at the newest entry's time.
    salts : callable or None
        Salts of contents; None for random ones.
    cosign : callable or None
        Witnesses of the anchor log.
    known : iterable of Checkpoint
        Checkpoints that are remembered elsewhere; see `Writer`.
    checkpoint_every : float or None
        Seconds between checkpoints; see `Writer`.

    Notes
    -----
    Thread-safe once opened. `close` closes the writers first, so that the anchor log ends with
    their last checkpoints.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keys: KeyFolder,
        key: SigningKey | None = None,
        entropy: Entropy = os.urandom,
        clock: Callable[[], int] | None = None,
        salts: Callable[[], bytes] | None = None,
        cosign: Cosign | None = None,
        known: Iterable[Checkpoint] = (),
        checkpoint_every: float | None = 1.0,
    ) -> None:
        self.folder = folder
        self._keys = keys
        self._entropy = entropy
        self._clock = clock = clock or Ratchet()
        self._salts = salts or RandomSalts().take
        self._known = tuple(known)
        self._every = checkpoint_every
        self._writers: dict[str, Writer] = {}
        anchor = folder / "anchor"
        if anchor.is_dir():
            key = key or keys.get(origin_of(anchor))
        else:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise NotADeploymentError(
                    f"`{folder}` exists and holds no log; name a new or an empty folder"
                )
            key = key or keys.create(new_origin(entropy), entropy)
            make_folders(Disk(), folder)
        self.anchor = Writer(
            anchor,
            key=key,
            clock=clock,
            salts=self._salts,
            checkpoint_every=checkpoint_every,
            cosign=cosign,
            known=self._known,
        )
        self.key = key.verifier
        try:
            self._read_anchor()
        except BaseException:
            self.anchor.close()
            raise

    def _read_anchor(self) -> None:
        self._roster: dict[str, str] = {}
        self._newest: dict[str, Checkpoint] = {}
        for event in LogReader(self.folder / "anchor").events():
            if isinstance(self._clock, Ratchet):
                self._clock.not_before(event.time)
            if isinstance(event, WriterEnrolled):
                self._roster[event.writer] = event.origin
            elif isinstance(event, WriterRetired):
                self._roster.pop(event.writer, None)
            elif isinstance(event, CheckpointAnchored):
                root = bytes.fromhex(event.root)
                self._newest[event.origin] = Checkpoint(event.origin, event.size, root)

    def writer(self, name: str, **options: Any) -> Writer:
        """Open the log of the writer `name`, enrolling it if it is new.

        Parameters
        ----------
        name : str
            Name of the writer, and of its folder.
        **options
            Further arguments of `Writer`, such as `sealer`.

        Raises
        ------
        BehindError
            The log is older than the anchor log says.
        """
        check_name(name, "writer")
        if "/" in name or name.startswith("."):
            raise CallerError(f"bad writer name `{name}`; it must do as a folder's name")
        origin = self._roster.get(name)
        if origin is None:
            return self._enrol(name, options)
        if not (self.folder / "writers" / name).is_dir():
            raise NoLogError(f"the log of writer `{name}` is gone; it is on the roster")
        known = [c for c in (*self._known, *self._newest.values()) if c.origin == origin]
        return self._open(name, self._keys.get(origin), known, options)

    def _enrol(self, name: str, options: dict[str, Any]) -> Writer:
        key = self._keys.create(new_origin(self._entropy), self._entropy)
        origin = key.verifier.name
        event = WriterEnrolled(
            id=f"{origin}/enrolled",
            time=self._clock(),
            run=self.anchor.origin,
            writer=name,
            origin=origin,
            key=key.verifier.vkey,
        )
        self.anchor.wait(self.anchor.append(event))
        self._roster[name] = origin
        return self._open(name, key, [], options)

    def _open(
        self, name: str, key: SigningKey, known: list[Checkpoint], options: dict[str, Any]
    ) -> Writer:
        settings: dict[str, Any] = {
            "clock": self._clock,
            "salts": self._salts,
            "checkpoint_every": self._every,
            "known": known,
            "on_checkpoint": self._anchor,
        }
        writer = Writer(self.folder / "writers" / name, key=key, **(settings | options))
        if not writer.recovered.size:
            writer.wait(0)  # a writer on the roster whose log is empty looks like one that was cut
        if writer.recovered.replayed:
            note = (writer.folder / "checkpoint").read_bytes()
            self._anchor(parse_checkpoint(parse_note(note).text))
        self._writers[name] = writer
        return writer

    def rotate(self, name: str) -> Writer:
        """Close a writer's log and continue it under a new key and origin.

        The closing entry names the new key; the first entry of the new log commits to the old
        one. The old log stays where it was, the new one lies in ``writers/<name>.<n>``.
        """
        old = self._writers.pop(name)
        key = self._keys.create(new_origin(self._entropy), self._entropy)
        position = old.close_for(key.verifier.vkey)
        size = LogReader(old.folder, tail=False).checkpoint
        assert size is not None
        event = WriterRetired(
            id=f"{old.origin}/retired",
            time=self._clock(),
            run=self.anchor.origin,
            writer=name,
            origin=old.origin,
            size=size.size,
            reason="rotation",
        )
        self.anchor.wait(self.anchor.append(event))
        number = sum(path.name.split(".")[0] == name for path in old.folder.parent.iterdir())
        return self._continue(f"{name.split('.')[0]}.{number}", key, position, size.root.hex())

    def _continue(self, name: str, key: SigningKey, previous: LogPosition, root: str) -> Writer:
        event = WriterEnrolled(
            id=f"{key.verifier.name}/enrolled",
            time=self._clock(),
            run=self.anchor.origin,
            writer=name,
            origin=key.verifier.name,
            key=key.verifier.vkey,
        )
        self.anchor.wait(self.anchor.append(event))
        self._roster[name] = key.verifier.name
        return self._open(name, key, [], {"previous": previous, "previous_root": root})

    def _anchor(self, checkpoint: Checkpoint) -> None:
        self._newest[checkpoint.origin] = checkpoint
        self.anchor.append(
            CheckpointAnchored(
                id=f"{checkpoint.origin}/at/{checkpoint.size}",
                time=self._clock(),
                run=self.anchor.origin,
                origin=checkpoint.origin,
                size=checkpoint.size,
                root=checkpoint.root.hex(),
            )
        )

    def close(self) -> None:
        """Close every log, the anchor last."""
        with ExitStack() as stack:
            stack.callback(self.anchor.close)
            for writer in self._writers.values():
                stack.callback(writer.close)
            self._writers = {}

    def __enter__(self) -> Self:
        """Return the open deployment."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every log."""
        self.close()


def origin_of(folder: Path) -> str:
    """Return the origin that a log's checkpoint, or else its first entry, names."""
    reader = LogReader(folder)
    if reader.checkpoint is not None:
        return reader.checkpoint.origin
    if not len(reader):
        raise NotADeploymentError(
            f"`{folder}` holds an empty log; if nobody else is making it, remove it and start again"
        )
    return reader.event(0).run


def logs_of(folder: Path) -> list[Path]:
    """Return the log folders of a deployment, anchor first, or `folder` itself if it is a log.

    Raises
    ------
    NoLogError
        If it is neither.
    """
    if (folder / "anchor").is_dir():
        writers = folder / "writers"
        names = sorted(writers.iterdir()) if writers.is_dir() else []
        return [folder / "anchor", *[path for path in names if path.is_dir()]]
    if (folder / "checkpoint").is_file() or (folder / "journal").is_dir():
        return [folder]
    if folder.is_file():
        raise NoLogError(
            f"`{folder}` is a file, no log; `tertius analyze {folder} --log DIR` makes one of a "
            "recording"
        )
    raise NoLogError(f"no log in `{folder}`; `tertius analyze PATH --log {folder}` makes one")
