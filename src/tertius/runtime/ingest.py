"""Recorded runs in, events out: every file is read, skipped with a reason, or named as broken."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from tertius.core.errors import CallerError, TertiusError
from tertius.core.ports.reader import (
    Fingerprint,
    Reader,
    ReaderRecord,
    ReadProblem,
    Recorded,
    Skipped,
    TruthRecord,
)
from tertius.readers import jsonl
from tertius.readers.source import CHUNK, UnreadableError, head
from tertius.readers.table import TABLE, load, recognise
from tertius.runtime.paths import STDIN, Found, find
from tertius.runtime.tally import IngestSummary, Merged

MAX_WAITING = 100_000  # truth records that may wait for their run to be read


class NoRunsError(CallerError):
    """The paths were read and hold no run."""


class Ingest:
    """Read what `paths` name; iterate over it once, then look at `summary`.

    Parameters
    ----------
    paths
        Files, folders, glob patterns, or ``-`` for standard input.
    format : str or None
        Name of a format; None recognises each file by its content.
    stdin : binary file or None
        Where ``-`` reads from.
    on_file : callable
        Called with (bytes read so far, bytes in all) after each file, for a progress bar.

    Raises
    ------
    NoSuchPathError, UnknownFormatError
        At once, before anything is read.

    Notes
    -----
    Broken records, and files that were asked for by name and cannot be read, are kept in
    `summary.problems` and the rest is read; `NoRunsError` comes at the end if that left nothing.
    Other files that hold no run are counted in `summary.skipped`, and so is a file whose bytes
    were read before under another name. With several files an event's id may be used once among
    all; ids cost about 150 bytes each.

    A run whose `Fingerprint` was read before, from whatever file and format, is merged: the first
    is kept, of the second only its truth, under the first one's name. Truth about a run that no
    file has shown so far waits until the end.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "trip.jsonl")
    ...     _ = path.write_text('{"from": "planner", "to": "coder", "text": "begin"}')
    ...     ingest = Ingest([folder])
    ...     [record.event.id for record in ingest]
    ['trip/1']
    >>> ingest.summary.edges, ingest.summary.unknown.channels
    (1, 1)
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        *,
        format: str | None = None,
        stdin: BinaryIO | None = None,
        on_file: Callable[[int, int], object] = lambda done, total: None,
    ) -> None:
        self.paths = [os.fspath(path) for path in paths]
        self.format = format
        self.readers = [load(name) for name in ([format] if format else TABLE)]
        self.files = find(paths)
        self.bytes = sum(file.size for file in self.files)
        self.summary = IngestSummary()
        self.on_file = on_file
        self._stdin = stdin
        self._digests: dict[bytes, str] = {}
        self._sizes: dict[int, int] = {}
        for file in self.files:
            self._sizes[file.size] = self._sizes.get(file.size, 0) + 1
        self._ids: set[str] | None = set() if len(self.files) > 1 else None
        self._known: dict[str, str] = {}  # fingerprint: run that is kept
        self._kept: dict[str, str] = {}  # run that was merged away: run that is kept
        self._dropped: set[str] = set()  # runs of the file at hand that are merged away
        self._skipped = False  # whether the file at hand holds no run
        self._waiting: list[TruthRecord] = []
        self._done = 0

    def __iter__(self) -> Iterator[Recorded | TruthRecord]:
        """Yield events and truth of all files, in order."""
        for file in self.files:
            if str(file.path) == STDIN:
                yield from self._piped()
            else:
                yield from self._file(file, str(file.path), file.path)
            self._done += file.size
            self.on_file(self._done, self.bytes)
        yield from self._late()
        if not self.summary.runs:
            raise NoRunsError(self._nothing())

    def _piped(self) -> Iterator[Recorded | TruthRecord]:
        """Read standard input from a copy on disk, so that it takes no memory."""
        if self._stdin is None:
            raise UnreadableError("no standard input to read `-` from; name a file")
        with tempfile.TemporaryDirectory(prefix="tertius-") as folder:
            path = Path(folder, "stdin")
            with path.open("wb") as copy:
                shutil.copyfileobj(self._stdin, copy, CHUNK)
            file = Found(path=path, size=path.stat().st_size, named=True)
            yield from self._file(file, STDIN, path)

    def _file(self, file: Found, shown: str, path: Path) -> Iterator[Recorded | TruthRecord]:
        if file.refused:
            self.summary.skip(shown, file.refused)
            return
        try:
            start = head(path)
            reader = self._reader(file, shown, start)
            if reader is None or self._again(file, shown):
                return
        except UnreadableError as error:
            self.summary.problem(ReadProblem(path=shown, message=str(error)))
            return
        self.summary.bytes += file.size
        self._dropped, self._skipped = set(), False
        try:
            for record in reader.read(path):
                kept = self._record(record, shown, reader.name)
                if kept is not None:
                    yield kept
        except (TertiusError, OSError) as error:
            self.summary.problem(ReadProblem(path=shown, message=f"reading stopped: {error}"))
        if not self._skipped:
            self.summary.files += 1
            self.summary.formats[reader.name] += 1

    def _reader(self, file: Found, shown: str, start: bytes) -> Reader | None:
        if self.format is not None:
            return self.readers[0]
        found = recognise(file.path, start, self.readers)
        if found is not None:
            return found
        if not file.named:
            self.summary.skip(shown, "no known format" if start else "empty")
        elif not start:
            self.summary.problem(ReadProblem(path=shown, message="the file is empty"))
        else:
            why = jsonl.why_not(start)
            message = f"no known format; tried {self._tried()}; `--format` names one"
            message += f"; as `jsonl`, {why}" if why else ""
            self.summary.problem(ReadProblem(path=shown, message=message))
        return None

    def _again(self, file: Found, shown: str) -> bool:
        """Whether another file with the same bytes was read before."""
        if self._sizes.get(file.size, 0) < 2:
            return False
        digest = sha256()
        try:
            with file.path.open("rb") as raw:
                while chunk := raw.read(CHUNK):
                    digest.update(chunk)
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error}") from error
        first = self._digests.setdefault(digest.digest(), shown)
        if first != shown:
            self.summary.skip(shown, "same bytes as another file")
        return first != shown

    def _record(
        self, record: ReaderRecord, shown: str, format: str
    ) -> Recorded | TruthRecord | None:
        if not isinstance(record, Recorded):
            return self._aside(record, shown)
        event = record.event
        if self._dropped and event.run in self._dropped:
            return None
        if self._ids is not None:
            if event.id in self._ids:
                message = f"event `{event.id}` was already read from another file; this one is not"
                self.summary.problem(ReadProblem(path=shown, message=message))
                return None
            self._ids.add(event.id)
        self.summary.count(event, file=shown, format=format)
        return record

    def _aside(
        self, record: TruthRecord | ReadProblem | Skipped | Fingerprint, shown: str
    ) -> TruthRecord | None:
        """Take in what is no event, and give truth on."""
        if isinstance(record, TruthRecord):
            return self._answer(record)
        if isinstance(record, ReadProblem):
            self.summary.problem(replace(record, path=shown))
        elif isinstance(record, Fingerprint):
            self._seen(record, shown)
        elif record.rows is None:
            self._skipped = True
            self.summary.skip(shown, record.reason)
        else:
            self.summary.no_events(shown, record.reason, record.rows)
        return None

    def _seen(self, record: Fingerprint, shown: str) -> None:
        """Remember what a run says, or that it is one that is kept already."""
        run, kept = record.run, self._known.setdefault(record.digest, record.run)
        if kept == run and run not in self.summary.runs:
            return
        if kept != run:
            self._kept[run] = kept
        self._dropped.add(run)
        self.summary.merged.append(Merged(file=shown, run=run, kept=kept))

    def _answer(self, record: TruthRecord) -> TruthRecord | None:
        """Give the truth on under the name of the run that is kept; unless it has to wait."""
        self.summary.truths += 1
        run = self._kept.get(record.run, record.run)
        if run not in self.summary.runs and len(self._waiting) < MAX_WAITING:
            self._waiting.append(record)
            return None
        return replace(record, run=run)

    def _late(self) -> Iterator[TruthRecord]:
        """Yield the truth that waited for its run, and count that whose run never came."""
        for record in self._waiting:
            run = self._kept.get(record.run, record.run)
            self.summary.alone += run not in self.summary.runs
            yield replace(record, run=run)
        self._waiting = []

    def _nothing(self) -> str:
        if self.summary.problems:
            first = self.summary.problems[0]
            place = f", record {first.record}" if first.record is not None else ""
            place += f", offset {first.offset}" if first.offset is not None else ""
            return f"`{first.path}`{place}: {first.message}"
        if not self.files:
            return "no file in what was named; name a folder that holds recorded runs"
        return (
            f"no run in {len(self.files)} files; tried the formats {self._tried()}; "
            "`--format` names one"
        )

    def _tried(self) -> str:
        return ", ".join(f"`{reader.name}`" for reader in self.readers)
