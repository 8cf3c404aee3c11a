"""The Reader port: a recorded format in, events and truth out, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from tertius.core.kinds import Event


class Recorded(Struct, frozen=True, kw_only=True):
    """An event, and the raw bytes of its content.

    The log commits to the bytes with a salt and fills `event.content`; a reader leaves it empty.
    """

    event: Event
    contents: tuple[bytes, ...] = ()


class TruthRecord(Struct, frozen=True, kw_only=True):
    """Answers and labels found in a file: kept in the truth log, never turned into events."""

    run: str
    data: dict[str, Any]


class ReadProblem(Struct, frozen=True, kw_only=True):
    """Something in a file that could not be read; the rest still is.

    `record` counts from 1 and `offset` in bytes from 0, each None when it is not known; `field`
    is a path such as ``$.history[3].role``. A `warning` says that nothing was left out.
    """

    path: str
    record: int | None = None
    offset: int | None = None
    field: str | None = None
    message: str
    warning: bool = False


class Skipped(Struct, frozen=True, kw_only=True):
    """The file belongs to this format's family and holds no run, or none that is new.

    `reason` completes "skipped 3 files:", such as ``labels without a run`` or ``text views of
    runs``; files are counted under it, so it names no file. `rows` says how many rows without
    events a file of many had, where others of its rows are runs; None means the whole file.
    """

    reason: str
    rows: int | None = None


class Fingerprint(Struct, frozen=True, kw_only=True):
    """What a run says, as a digest, given before the run's events.

    Where two formats record the same run, the first is kept, and of the other only its truth.
    `digest` is `tertius.readers.source.fingerprint` of the texts of the run in order.
    """

    run: str
    digest: str


ReaderRecord = Recorded | TruthRecord | ReadProblem | Skipped | Fingerprint
"""What a reader yields."""


class Reader(Protocol):
    """One recorded format.

    Notes
    -----
    A reader never raises for what a file holds: every fault is a `ReadProblem` in its place. It
    reads in bounded memory, follows no link out of `path`, and uses neither network nor clock.
    What cannot be recovered stays unknown and is never filled in. Ids are made from the file's
    own content and order, so two reads give the same events.
    """

    @property
    def name(self) -> str:
        """Name in the family's table, such as ``who_and_when``."""
        ...

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the file looks like this format.

        Parameters
        ----------
        path
            The file; its name may be looked at, its content not.
        head
            The file's first bytes, 64 KiB at most.
        """
        ...

    def read(self, path: Path) -> Iterator[ReaderRecord]:
        """Yield everything in the file, in its own order."""
        ...
