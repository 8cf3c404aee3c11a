"""Recorded runs read by a process of their own, while this one records and judges what came before.

Reading is a third of the work of an analysis and needs nothing from the rest. The child says what
`Ingest` gives, in the same order, and at the end the summary; if it ends before that, so does the
analysis.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import groupby, islice
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import fields

from tertius.core.errors import EXIT_NOT_EVALUATED, TertiusError
from tertius.core.ports.reader import Recorded, TruthRecord
from tertius.runtime.ingest import Ingest
from tertius.runtime.paths import STDIN
from tertius.runtime.tally import IngestSummary
from tertius.runtime.uncollected import uncollected

WORTH = 1024 * 1024  # bytes of files from which a second process gains more than it takes to start
BATCH = 128  # records told together: few enough to stay near, many enough to be worth it
ROOM = 1024 * 1024  # bytes that the pipe holds, where the system lets it: some sixteen batches

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Recorded]).decode


class ReadingEndedError(TertiusError):
    """The reading process ended before it had told of everything."""

    exit_code = EXIT_NOT_EVALUATED


def read_ahead(
    ingest: Ingest, *, truth: bool = True
) -> Generator[Recorded | TruthRecord, None, None]:
    """Yield what iterating over `ingest` yields, read by a second process where that pays.

    Parameters
    ----------
    ingest : Ingest
        Not iterated over before; its `summary` is filled at the end.
    truth : bool
        Whether truth is wanted; it is counted in any case. It may be larger than all events.

    Raises
    ------
    ReadingEndedError
        The process ended early, or gave an event that no log can hold; what came until then is
        not the whole.
    TertiusError
        Whatever iterating over `ingest` raises.

    Notes
    -----
    Standard input, and less than 1 MiB of files, are read here. The child is ended with this
    iterator. It gains while a second processor is free; ``bench/analyze.py`` measures both.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "trip.jsonl")
    ...     _ = path.write_text('{"from": "planner", "to": "coder", "text": "begin"}')
    ...     [record.event.id for record in read_ahead(Ingest([folder]))]
    ['trip/1']
    """
    if ingest.bytes < WORTH or any(str(file.path) == STDIN for file in ingest.files):
        yield from _wanted(ingest, truth)
        return
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=ROOM,
    )
    assert child.stdin is not None and child.stdout is not None
    try:
        with suppress(BrokenPipeError), child.stdin:
            pickle.dump((ingest.paths, ingest.format, truth), child.stdin)
        for said in _heard(child.stdout):
            if isinstance(said, bytes):
                yield from _events(said)
            elif isinstance(said, IngestSummary):
                _fill(ingest.summary, said)
                return
            elif isinstance(said, TertiusError):
                raise said
            elif isinstance(said, tuple):
                ingest.on_file(*said)
            else:
                yield from said
    finally:
        child.stdout.close()
        child.kill()
        child.wait()


def _wanted(ingest: Ingest, truth: bool) -> Iterator[Recorded | TruthRecord]:
    return (each for each in ingest if truth or isinstance(each, Recorded))


def _heard(pipe: Any) -> Iterator[Any]:
    """Yield what the child says; it is this very program, so its pickles are trusted."""
    while True:
        try:
            said = pickle.load(pipe)
        except (EOFError, pickle.UnpicklingError) as error:
            message = "the reading process ended before all was read; analyze again"
            raise ReadingEndedError(message) from error
        yield said


def _events(raw: bytes) -> list[Recorded]:
    try:
        return _decode(raw)
    except msgspec.ValidationError as error:
        raise ReadingEndedError(f"read an event that no log can hold: {error}") from error


def _fill(summary: IngestSummary, told: IngestSummary) -> None:
    for field in fields(told):
        setattr(summary, field.name, getattr(told, field.name))


def _tell(records: Iterable[Recorded | TruthRecord], out: BinaryIO) -> None:
    """Say all records, in order: events as bytes, truth and what bytes cannot hold as it is."""
    rest = iter(records)
    batch: list[Recorded | TruthRecord] = []
    while True:
        with uncollected():
            batch = list(islice(rest, BATCH))
        if not batch:
            return
        for kind, some in groupby(batch, type):
            same = list(some)
            try:
                pickle.dump(_encode(same) if kind is Recorded else same, out)
            except (OverflowError, UnicodeEncodeError):
                pickle.dump(same, out)
        out.flush()


def main() -> None:
    """Read what the parent names, until all is told or nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends this process
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a reader's library prints
    paths, format, truth = pickle.load(sys.stdin.buffer)
    with suppress(BrokenPipeError), out:
        try:
            ingest = Ingest(paths, format=format, on_file=lambda *done: pickle.dump(done, out))
            _tell(_wanted(ingest, truth), out)
            pickle.dump(ingest.summary, out)
        except TertiusError as error:
            pickle.dump(error, out)


if __name__ == "__main__":
    main()
