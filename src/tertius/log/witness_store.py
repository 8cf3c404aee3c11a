"""The files behind a witness: one per log, replaced whole, and never by an older checkpoint."""

from __future__ import annotations

import fcntl
import os
from hashlib import sha256
from pathlib import Path

import msgspec

from tertius.core.errors import CallerError, IntegrityError
from tertius.log.disk import Disk, make_folders, write_new
from tertius.log.witness import Kept, RollbackError

MAX_KEPT = 2 * 1024 * 1024


class WitnessFolderError(CallerError):
    """A folder that cannot be used, or that another witness uses."""


class DamagedWitnessError(IntegrityError):
    """A witness's own file is not what it wrote; it must not sign before a person has looked."""


class FolderStore:
    """Keeps a witness's state in a folder, which it locks for itself.

    Parameters
    ----------
    folder : Path
        Created if it is missing.
    disk : Disk, optional
        File operations.

    Raises
    ------
    WitnessFolderError
        If the folder cannot be used, or another witness holds it.

    Notes
    -----
    Each save writes a temporary file, syncs it, renames it over the old one and syncs the folder.
    Cannot see that a file was deleted, or the whole folder put back from an older copy.
    """

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        try:
            make_folders(self._disk, folder)
            self._lock = os.open(
                folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise WitnessFolderError(f"cannot use `{folder}`: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise WitnessFolderError(f"another witness uses `{folder}`; stop it first") from error

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._lock)

    def load(self, origin: str) -> Kept | None:
        """Return what is kept of a log, None if there is nothing.

        Raises
        ------
        DamagedWitnessError
            If the file is not as this class wrote it.
        """
        path = self._path(origin)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DamagedWitnessError(f"cannot read `{path}`: {error.strerror}") from error
        with os.fdopen(fd, "rb") as file:
            data = file.read(MAX_KEPT)
        try:
            kept = msgspec.json.decode(data, type=Kept)
        except msgspec.DecodeError as error:
            raise DamagedWitnessError(f"`{path}` is damaged: {error}") from error
        if kept.origin != origin:
            raise DamagedWitnessError(f"`{path}` is of another log; expected `{origin}`")
        return kept

    def save(self, kept: Kept) -> None:
        """Replace what is kept of a log; it is durable when this returns.

        Raises
        ------
        RollbackError
            If what is kept is newer: larger, later, or of the same size with another root.
        WitnessFolderError
            If the disk refuses; the old file or the new one is in place.
        """
        old = self.load(kept.origin)
        if old is not None and (
            kept.size < old.size
            or kept.time < old.time
            or (kept.size == old.size and kept.root != old.root)
        ):
            raise RollbackError(
                f"`{kept.origin}` was cosigned at size {old.size}; "
                f"it never goes back to {kept.size}"
            )
        try:
            write_new(self._disk, self._path(kept.origin), msgspec.json.encode(kept))
        except OSError as error:
            raise WitnessFolderError(f"cannot write: {error.strerror}; stop the witness") from error

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.json"
