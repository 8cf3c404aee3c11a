"""Questions on disk: one SQLite file, every change durable before anybody acts on it.

A rollback journal with ``synchronous=EXTRA``: after a commit the journal's removal is synced too.
With less (``FULL`` and a deleted journal, or WAL with ``NORMAL``) a power cut can bring back the
time before the commit, and with it a permit that was consumed. SQLite's documentation of
``PRAGMA synchronous`` says which setting promises what.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tertius.escalation.transaction import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    Transaction,
)

APPLICATION: Final = 0x74727465  # "trte"
SCHEMA: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE question (id TEXT PRIMARY KEY, state TEXT NOT NULL, agent TEXT NOT NULL,"
    " opened INTEGER NOT NULL, version INTEGER NOT NULL, question BLOB NOT NULL, card BLOB)",
    "CREATE INDEX by_state ON question (state)",
    "CREATE INDEX by_agent ON question (agent, opened)",
    "CREATE TABLE record (number INTEGER PRIMARY KEY AUTOINCREMENT, event BLOB NOT NULL,"
    " content BLOB, logged INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX unlogged ON record (logged) WHERE logged = 0",
    "CREATE TABLE notice (number INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL,"
    " body BLOB NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
    " done INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX undone ON notice (due) WHERE done = 0",
)


class Store:
    """One file of questions.

    Parameters
    ----------
    path
        The file; made, readable by its owner alone, if there is none and `create` is given.
    executor
        Whether this process may start effects. Only one may at a time; others can ask and rule.
    busy
        Seconds to wait for another process that is writing.

    Attributes
    ----------
    executor : bool
        As given.

    Raises
    ------
    StoreError, StoreBusyError
        It cannot be opened safely, or another executor has it.
    StoreDamagedError
        It is something else.

    Notes
    -----
    Thread-safe. After a failed write or sync the store refuses everything until it is opened
    anew: a second sync could report success for what the first one lost.
    """

    def __init__(
        self, path: Path, *, executor: bool = False, create: bool = False, busy: float = 5.0
    ) -> None:
        self._path, self._mutex, self._owner = path, threading.RLock(), os.getpid()
        self.executor = executor
        self._broken = ""
        self._lock = -1
        _prepare(path, create)
        if executor:
            self._lock = _lock(path.with_name(path.name + ".lock"))
        try:
            self._db = sqlite3.connect(
                path, timeout=busy, isolation_level=None, check_same_thread=False
            )
            with self._told():
                self._begin_file()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file and let another executor in."""
        with self._mutex, suppress(AttributeError, sqlite3.Error):
            self._db.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @contextmanager
    def transaction(self, now: int) -> Iterator[Transaction]:
        """Open a transaction; it is durable when the block ends and undone if it raises.

        Parameters
        ----------
        now
            UTC nanoseconds. The transaction's own time is the latest that the store has ever
            seen.
        """
        with self._mutex:
            if os.getpid() != self._owner:
                raise StoreError("a forked child uses its parent's store; open it anew")
            if self._broken:
                raise StoreError(f"the store stopped ({self._broken}); open it anew")
            with self._told():
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield Transaction(self._db, now)
                    self._db.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                    raise

    def _begin_file(self) -> None:
        self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute("PRAGMA synchronous = EXTRA")
        self._db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        self._db.execute("PRAGMA trusted_schema = OFF")
        self._db.execute("BEGIN IMMEDIATE")
        (found,) = self._db.execute("PRAGMA application_id").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not tables:
            for line in SCHEMA:
                self._db.execute(line)
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
        elif found != APPLICATION:
            raise StoreDamagedError(f"`{self._path}` is no store of questions; name another file")
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite raises into one line, and stop after a failed write."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreBusyError(
                    f"`{self._path}` is in use by another process; try again"
                ) from error
            self._broken = str(error).lower()
            raise StoreError(f"cannot use `{self._path}`: {self._broken}") from error
        except sqlite3.DatabaseError as error:
            self._broken = str(error).lower()
            raise StoreDamagedError(f"`{self._path}` is damaged: {self._broken}") from error


def _prepare(path: Path, create: bool) -> None:
    """Make the file private if it is new; refuse one that others could have written."""
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with suppress(FileExistsError):
                os.close(os.open(path, flags, 0o600))
        found = path.lstat()
    except OSError as error:
        raise StoreError(f"cannot open `{path}`: {(error.strerror or 'error').lower()}") from error
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise StoreError(f"`{path}` is no plain file of one name; name another")
    if found.st_uid != os.geteuid():
        raise StoreError(f"`{path}` belongs to another user; expected your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise StoreError(f"others may read or write `{path}`; run `chmod 600 {path}`")


def _lock(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"cannot open `{path}`: {(error.strerror or 'error').lower()}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise StoreBusyError(
            f"another gate runs the questions in `{path.with_suffix('')}`; one may"
        ) from error
    return fd
