"""Tasks of the verifier, and the process that does them.

Run as ``python -P -m tertius.log.verify_worker``, a worker reads tasks from standard input and
writes answers to standard output, each behind its length in four bytes. All workers of a run
share one fresh hash key.
"""

from __future__ import annotations

import gc
import struct
import sys
from typing import IO

import msgspec

from tertius.core.errors import CallerError
from tertius.log.verify_chunk import check_chunk, chunk_entries
from tertius.log.verify_files import Folder
from tertius.log.verify_journal import Tail, check_journal, tail_entries
from tertius.log.verify_scan import Chunk, find_names

LENGTH = struct.Struct(">I")


class CheckChunk(msgspec.Struct, frozen=True, tag=True):
    """Check one chunk of the log `name` below the root."""

    name: str
    number: int
    size: int
    growing: bool


class CheckJournal(msgspec.Struct, frozen=True, tag=True):
    """Check the journal beside a log of `size` sealed entries."""

    name: str
    files: list[str]
    size: int


class FindNames(msgspec.Struct, frozen=True, tag=True):
    """Find the ids and causes with these keyed hashes: in a chunk, or in the journal (-1)."""

    name: str
    number: int
    size: int
    files: list[str]
    hashes: frozenset[float]


class Found(msgspec.Struct, frozen=True, tag=True):
    """Entry, name, and whether it is a cause, for each name found."""

    names: list[tuple[int, str, bool]]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The task could not be done: the caller's mistake, in words."""

    error: str


Task = CheckChunk | CheckJournal | FindNames
Answer = Chunk | Tail | Found | Failed


def perform(root: Folder, task: Task) -> Answer:
    """Do one task below the opened root."""
    folder = root.below(task.name) if task.name else root
    try:
        if isinstance(task, CheckChunk):
            return check_chunk(folder, task.number, task.size, growing=task.growing)
        if isinstance(task, CheckJournal):
            return check_journal(folder, task.files, task.size)
        if task.number < 0:
            return Found(find_names(tail_entries(folder, task.files, task.size), task.hashes))
        return Found(find_names(chunk_entries(folder, task.number, task.size), task.hashes))
    finally:
        if folder is not root:
            folder.close()


def read_frame(stream: IO[bytes]) -> bytes:
    """Read one message; empty at the end of the stream."""
    head = _exactly(stream, LENGTH.size)
    return _exactly(stream, LENGTH.unpack(head)[0]) if head else b""


def _exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts) if not size else b""


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write one message."""
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def serve(root: Folder, tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Answer tasks until their stream ends."""
    decoder = msgspec.msgpack.Decoder(Task)
    encoder = msgspec.msgpack.Encoder()
    while data := read_frame(tasks):
        answer: Answer
        try:
            answer = perform(root, decoder.decode(data))
        except CallerError as error:
            answer = Failed(str(error))
        write_frame(answers, encoder.encode(answer))


if __name__ == "__main__":
    gc.disable()  # entries hold no cycles, and the process is short-lived
    with Folder.inherited(int(sys.argv[1])) as log_folder:
        serve(log_folder, sys.stdin.buffer, sys.stdout.buffer)
