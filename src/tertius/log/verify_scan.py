"""Decode entries and hold them against each other: canonical form, ids, causes, contents.

This is where verification spends its time, so it works on many entries at once and looks at single
ones only where something is wrong.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, count
from operator import attrgetter

import msgspec
from msgspec.json import Decoder, Encoder

from tertius.core.kinds import KINDS, Event
from tertius.core.log_events import (
    CheckpointAnchored,
    Erased,
    LogClosed,
    LogOpened,
    LogRecovered,
    WriterEnrolled,
    WriterRetired,
)
from tertius.log.verify_frames import tally
from tertius.log.verify_report import Problem, shown
from tertius.log.verify_tree import HASH, TILE, fold_row

_SPECIAL = frozenset(
    (
        Erased,
        LogOpened,
        LogClosed,
        LogRecovered,
        WriterEnrolled,
        WriterRetired,
        CheckpointAnchored,
    )
)
_BARE = frozenset(
    kind for kind in KINDS.values() if "content" not in kind.__struct_fields__ or kind is Erased
)

_decoder = Decoder(Event)
_decode = _decoder.decode
_decode_lines: Callable[[bytes], list[Event]] = _decoder.decode_lines
_encoder = Encoder()
_content_of = attrgetter("content")
_id_of = attrgetter("id")


class Cited(msgspec.Struct, frozen=True):
    """A cause in another log: the entry that cites it, and what it cites."""

    at: int
    id: str
    origin: str
    index: int
    leaf: str


class Chunk(msgspec.Struct, tag=True):
    """What checking a chunk gave.

    Attributes
    ----------
    first, size : int
        Index of the first entry, and number of entries.
    roots, rest : bytes
        Roots of its full tiles, and leaf hashes behind the last full one.
    ids, far : bytes
        Sorted arrays of float64: keyed hashes of all ids, and of causes not found before the entry
        that names them in this chunk.
    special : list of (int, bytes)
        Entries that the log writes about itself.
    cited : list of Cited
        Causes in other logs.
    present : int
        Contents that match.
    missing : list of (int, str)
        Contents without a frame; an erasure may explain them.
    problems, remarks : list of Problem
        In the order found.
    """

    first: int
    size: int = 0
    roots: bytes = b""
    rest: bytes = b""
    ids: bytes = b""
    far: bytes = b""
    special: list[tuple[int, bytes]] = []
    cited: list[Cited] = []
    present: int = 0
    missing: list[tuple[int, str]] = []
    problems: list[Problem] = []
    remarks: list[Problem] = []


class Scan:
    """Takes the entries of one chunk in order, and remembers what the chunk must hand back."""

    def __init__(self, first: int) -> None:
        self.result = Chunk(first)
        self._seen: set[str] = set()
        self._hashes: list[float] = []
        self._far: list[float] = []
        self._roots: list[bytes] = []
        self._wanted: list[tuple[int, str]] = []
        self._found: list[tuple[int, str]] = []

    def add_row(self, row: bytes, width: int) -> None:
        """Take the leaf hashes of the next tile."""
        if width == TILE and len(row) == TILE * HASH:
            self._roots.append(fold_row(row))
        else:
            self.result.rest = row

    def take(self, first: int, entries: Sequence[bytes]) -> tuple[list[int], list[str]]:
        """Decode entries, check their canonical form, and note ids and causes.

        Returns
        -------
        tuple of two lists
            Indexes of the entries that have content, and the commitments they name.

        Notes
        -----
        Many at once: one newline ends each encoded event and none lies inside it, so if all lines
        together are equal to what was read, every single entry is canonical.
        """
        text = b"\n".join(entries) + b"\n"
        try:
            events = _decode_lines(text)
            if len(events) == len(entries) and _encoder.encode_lines(events) == text:
                return self._note(first, entries, events, b'"log":{' in text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass
        indexes: list[int] = []
        contents: list[str] = []
        for index, entry in enumerate(entries, first):
            event = self._read_one(index, entry)
            if event is None:
                self.result.size += 1
            else:
                at, content = self._note(index, [entry], [event], True)
                indexes += at
                contents += content
        return indexes, contents

    def match(
        self, frames: tuple[list[int], list[str]], named: tuple[list[int], list[str]]
    ) -> None:
        """Hold payload frames against the contents that entries name.

        Both are lists of entries and commitments. Where they differ they wait for `judge`.
        """
        if frames == named:
            self.result.present += len(named[0])
        else:
            self._found += zip(*frames, strict=True)
            self._wanted += zip(*named, strict=True)

    def judge(self, path: str, *, limit: int, upto: int) -> None:
        """Settle the frames and contents that did not match at once.

        Frames of entries from `limit` up to `upto` are under no checkpoint, and harmless.
        """
        result = tally(self._found, self._wanted, limit=limit, upto=upto)
        self._found, self._wanted = [], []
        self.result.present += result.present
        self.result.missing += result.missing
        for code, what, entries in (
            ("content_altered", "content does not match its commitment", result.altered),
            ("content_unknown", "content that no entry names, or once more", result.unknown),
            ("content_twice", "content is there twice", result.twice),
        ):
            for index in entries:
                self.problem(code, what, file=path, entry=index)
        if result.beyond:
            what = f"{result.beyond} contents of entries under no checkpoint"
            self.remark("payload_unsealed", what, file=path)

    def problem(self, code: str, what: str, *, file: str = "", entry: int | None = None) -> None:
        """Report a breach."""
        self.result.problems.append(Problem(code=code, what=what, file=file, entry=entry))

    def remark(self, code: str, what: str, *, file: str = "") -> None:
        """Report something harmless."""
        self.result.remarks.append(Problem(code=code, what=what, file=file))

    def finish(self) -> Chunk:
        """Hand back the result."""
        self.result.roots = b"".join(self._roots)
        self.result.ids = array("d", sorted(self._hashes)).tobytes()
        self.result.far = array("d", sorted(self._far)).tobytes()
        return self.result

    def _note(
        self, first: int, entries: Sequence[bytes], events: Sequence[Event], cites: bool
    ) -> tuple[list[int], list[str]]:
        """Note what canonical or at least readable events say; `cites`: some may cite a log."""
        result, seen = self.result, self._seen
        add = seen.add
        far = []
        for event in events:
            for cause in event.causes:
                if cause.id not in seen:
                    far.append(cause)
            add(event.id)
        if cites:
            self._cite(first, events)
        self._far += [key_of(cause.id) for cause in far if cause.log is None]
        self._hashes += map(float, map(hash, map(_id_of, events)))
        result.size += len(events)
        kinds = set(map(type, events))
        if kinds & _SPECIAL:
            triples = zip(count(first), entries, events, strict=False)
            result.special += [(i, entry) for i, entry, e in triples if type(e) in _SPECIAL]
        contents = list(map(content_of if kinds & _BARE else _content_of, events))
        if all(contents):
            return list(range(first, first + len(contents))), contents
        return list(compress(count(first), contents)), list(filter(None, contents))

    def _cite(self, first: int, events: Sequence[Event]) -> None:
        """Note the causes that stand in another log."""
        self.result.cited += [
            Cited(index, cause.id, cause.log.origin, cause.log.index, cause.log.leaf)
            for index, event in enumerate(events, first)
            for cause in event.causes
            if cause.log is not None
        ]

    def _read_one(self, index: int, entry: bytes) -> Event | None:
        """Decode one entry of which it is known that something may be wrong with it."""
        try:
            event: Event = _decode(entry)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            self.problem("entry_unreadable", f"no event: {shown(str(error))}", entry=index)
            return None
        if _encoder.encode(event) != entry:
            self.problem("entry_not_canonical", "not the canonical form of its event", entry=index)
        return event


def content_of(event: Event) -> str:
    """Return the commitment to an event's own content, empty if it has none."""
    return "" if type(event) in _BARE else event.content  # type: ignore[union-attr]


def contents_of(entries: Sequence[bytes], first: int) -> list[tuple[int, str]]:
    """Return the commitments that readable entries name, each with its index."""
    found = []
    for index, entry in enumerate(entries, first):
        try:
            content = content_of(_decode(entry))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        if content:
            found.append((index, content))
    return found


def key_of(name: str) -> float:
    """Return the keyed hash of a name, as a float so that sorting is quick.

    Notes
    -----
    The key is Python's own, drawn afresh for each run and shared by its processes: nobody who
    writes a log can aim at a collision. Two names collide with a probability below 2**-53.
    """
    return float(hash(name))


def find_names(
    entries: Iterable[tuple[int, bytes]], hashes: frozenset[float]
) -> list[tuple[int, str, bool]]:
    """Return every id (False) and cause (True) whose keyed hash is in `hashes`, with its entry."""
    found = []
    for index, entry in entries:
        try:
            event = _decode(entry)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        names = [(cause.id, True) for cause in event.causes if cause.log is None]
        names.append((event.id, False))  # behind them: an event is not its own cause
        found += [(index, name, cause) for name, cause in names if key_of(name) in hashes]
    return found
