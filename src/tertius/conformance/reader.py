"""The checks that every reader passes, ours and strangers'."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from tertius.core.decode import EventError, decode_event
from tertius.core.errors import TertiusError
from tertius.core.events import MAX_ENTRY
from tertius.core.kinds import encode
from tertius.core.names import is_name
from tertius.core.ports.reader import (
    Fingerprint,
    Reader,
    ReaderRecord,
    ReadProblem,
    Recorded,
    Skipped,
    TruthRecord,
)
from tertius.readers.source import HEAD, head


class ConformanceError(TertiusError):
    """A reader does not keep a promise of the port."""


class ReaderReport(Struct, frozen=True, kw_only=True):
    """What was checked: samples, events in them, and damaged inputs."""

    samples: int
    events: int
    truths: int
    mutants: int


def check_reader(
    reader: Reader,
    samples: Sequence[Path],
    *,
    hidden: Mapping[Path, Sequence[str]] | None = None,
    mutants: int = 200,
    seed: int = 0,
) -> ReaderReport:
    """Hold a reader to its port on good samples, and on as many damaged copies as asked.

    Parameters
    ----------
    reader
        Any object of the Reader port.
    samples
        Good files of its format, packed or not; each must be recognised, give events or say that
        it holds no run, and give no problem.
    hidden
        For a sample, strings of its answers and labels that agents never saw: they must be found
        in its truth records, and in no event and no content.
    mutants
        Damaged copies per sample: cut, flipped, spliced, or random bytes.
    seed
        Seed of the damage.

    Raises
    ------
    ConformanceError
        Naming the sample, and the promise that was broken.

    Notes
    -----
    Cannot see whether the events are a true account of the file: only the format's own tests can.
    """
    if not samples:
        raise ConformanceError("no samples; nothing would be checked")
    rng = random.Random(seed)
    events = truths = 0
    for sample in samples:
        before = _state(sample)
        records = list(reader.read(sample))
        _check_good(reader, sample, records)
        _check_hidden(sample, records, (hidden or {}).get(sample, ()))
        _check_records(str(sample), records)
        if list(reader.read(sample)) != records:
            raise ConformanceError(f"`{sample}`: two reads give different records")
        events += sum(isinstance(record, Recorded) for record in records)
        truths += sum(isinstance(record, TruthRecord) for record in records)
        _check_damaged(reader, sample, mutants, rng)
        if _state(sample) != before:
            raise ConformanceError(f"`{sample}`: the reader changed the file")
    total = mutants * len(samples)
    return ReaderReport(samples=len(samples), events=events, truths=truths, mutants=total)


def damaged(raw: bytes, rng: random.Random) -> bytes:
    """Return a damaged copy of `raw`: cut, flipped, spliced, repeated, or nothing but noise."""
    way = rng.randrange(8)
    place = rng.randrange(len(raw) + 1)
    if way == 0:
        return raw[:place]
    if way == 1:
        return rng.randbytes(rng.randrange(300))
    if way == 2:
        other = rng.randrange(len(raw) + 1)
        return raw[:place] + raw[other:]
    if way == 3:
        return raw[:place] + rng.randbytes(rng.randrange(1, 9)) + raw[place:]
    if way == 4:
        piece = rng.choice(_PIECES)
        return raw[:place] + piece + raw[place + rng.randrange(len(piece) + 1) :]
    if way == 5:
        return _another_value(raw, rng)
    flipped = bytearray(raw)
    for _ in range(rng.randrange(1, 4) if raw else 0):
        flipped[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


_DIGEST = re.compile(r"[0-9a-f]{64}")
_PIECES = (
    b"null", b"{}", b"[]", b'""', b"true", b"1e999", b"-1", b"NaN", b"9" * 5000, b"[" * 2000,
    b'{"a":' * 99, b'"' + b"x" * 70000, b'"\\ud800"', b"\r\n", b"\n", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf",
)  # fmt: skip


def _another_value(raw: bytes, rng: random.Random) -> bytes:
    """Replace what follows some colon by a value of another type."""
    parts = raw.split(b":")
    if len(parts) < 2:
        return raw
    number = rng.randrange(1, len(parts))
    rest = parts[number]
    stop = next((i for i, byte in enumerate(rest) if byte in b",}]"), len(rest))
    parts[number] = rng.choice(_PIECES) + rest[stop:]
    return b":".join(parts)


def _check_good(reader: Reader, sample: Path, records: Sequence[ReaderRecord]) -> None:
    if not reader.recognises(sample, head(sample)):
        raise ConformanceError(f"`{sample}`: the reader does not recognise its own format")
    for record in records:
        if isinstance(record, ReadProblem) and not record.warning:
            raise ConformanceError(f"`{sample}`: a good sample has a problem: {record.message}")
    if not any(isinstance(each, Recorded) for each in records) and not _holds_no_run(records):
        raise ConformanceError(f"`{sample}`: a good sample gives no event and is not skipped")


def _check_hidden(sample: Path, records: Sequence[ReaderRecord], hidden: Sequence[str]) -> None:
    for word in hidden:
        raw = word.encode()
        for record in records:
            if isinstance(record, Recorded) and raw in b"\0".join(
                [*record.contents, encode(record.event)]
            ):
                raise ConformanceError(f"`{sample}`: `{word}` leaked into `{record.event.id}`")
        truths = [to_builtins(r.data) for r in records if isinstance(r, TruthRecord)]
        if word not in "\0".join(_leaves(truths)):
            raise ConformanceError(f"`{sample}`: `{word}` is in no truth record")


def _check_records(where: str, records: Sequence[ReaderRecord]) -> None:
    """Check what holds for any input: valid events, unique ids, causes that stand earlier."""
    seen: set[str] = set()
    runs: set[str] = set()
    labels_only = _holds_no_run(records)
    for record in records:
        if not isinstance(record, Recorded):
            _check_aside(where, record, runs, labels_only)
            continue
        event = record.event
        raw = encode(event)
        try:
            same = encode(decode_event(raw)) == raw
        except EventError as error:
            raise ConformanceError(f"`{where}`: invalid event `{event.id}`: {error}") from error
        if not same or len(raw) > MAX_ENTRY:
            raise ConformanceError(f"`{where}`: event `{event.id}` is not canonical")
        if getattr(event, "content", ""):
            raise ConformanceError(f"`{where}`: `{event.id}` fills `content`, which is the log's")
        if record.contents and not hasattr(event, "content"):
            raise ConformanceError(f"`{where}`: `{event.id}` has bytes and no `content` for them")
        if len(record.contents) > 1 or event.identity not in ("asserted", "framework"):
            raise ConformanceError(f"`{where}`: `{event.id}` says more than a file can know")
        if event.id in seen:
            raise ConformanceError(f"`{where}`: id `{event.id}` is used twice")
        if not is_name(event.run):
            raise ConformanceError(f"`{where}`: event `{event.id}` belongs to no run")
        for cause in event.causes:
            if cause.log is None and cause.id not in seen:
                raise ConformanceError(f"`{where}`: cause `{cause.id}` stands nowhere earlier")
            if cause.basis == "observed":
                raise ConformanceError(f"`{where}`: nobody observed the causes of `{event.id}`")
        seen.add(event.id)
        runs.add(event.run)


def _holds_no_run(records: Sequence[ReaderRecord]) -> bool:
    """Whether the reader says that the whole file is no run."""
    return any(isinstance(each, Skipped) and each.rows is None for each in records)


def _check_aside(
    where: str,
    record: TruthRecord | ReadProblem | Skipped | Fingerprint,
    runs: set[str],
    labels_only: bool,
) -> None:
    """Check what is no event; `runs` are those with an event so far."""
    if isinstance(record, TruthRecord):
        if record.run not in runs and not labels_only:
            raise ConformanceError(f"`{where}`: truth of a run `{record.run}` without events")
        if labels_only and not is_name(record.run):
            raise ConformanceError(f"`{where}`: truth belongs to no run")
    elif isinstance(record, ReadProblem):
        if not record.message or "\n" in record.message:
            raise ConformanceError(f"`{where}`: a problem needs a message of one line")
    elif isinstance(record, Skipped):
        if not record.reason or "\n" in record.reason or (record.rows or 1) < 1:
            raise ConformanceError(f"`{where}`: what is skipped needs a reason of one line")
    elif record.run in runs:
        raise ConformanceError(f"`{where}`: fingerprint of `{record.run}` after its events")
    elif not is_name(record.run) or not _DIGEST.fullmatch(record.digest):
        raise ConformanceError(f"`{where}`: a fingerprint is a run's name and 64 hex digits")


def _check_damaged(reader: Reader, sample: Path, mutants: int, rng: random.Random) -> None:
    """Check that damaged input ends in problems or valid events, never in a surprise."""
    raw = sample.read_bytes()
    with tempfile.TemporaryDirectory(prefix="tertius-") as folder:
        copy = Path(folder, sample.name)
        for number in range(mutants):
            broken = damaged(raw, rng)
            copy.write_bytes(broken)
            where = f"{sample}, damaged copy {number}, sha256 {sha256(broken).hexdigest()[:16]}"
            try:
                reader.recognises(copy, broken[:HEAD])
                _check_records(where, list(reader.read(copy)))
            except ConformanceError:
                raise
            except Exception as error:  # any other exception is the finding
                what = f"{type(error).__name__}: {error}".splitlines()[0]
                raise ConformanceError(f"`{where}`: the reader raised {what}") from error


def _leaves(tree: Any) -> Iterator[str]:
    """Yield every text and number in a tree, as text."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _leaves(value)
    else:
        yield str(tree)


def _state(path: Path) -> tuple[bytes, int]:
    return sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns
