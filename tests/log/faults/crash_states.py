"""Record what a writer asks of the disk, and enumerate what a power cut may leave of it.

The model is stricter than any file system in use. Until `sync`, each write may be lost, kept, torn
at 512 bytes, or have grown the file without its bytes. Until `sync_folder`, each name that was
made, moved or removed in that folder may or may not have been, in any combination. `settle` makes
durable what was handed to `finish`, and nothing else.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any

from tertius.log.disk import Disk

SECTOR = 512
FOLDER = -1

Tree = dict[str, bytes | None]  # path: bytes, None for a folder


class RecordingDisk(Disk):
    """Does everything for real, without waiting for the hardware, and keeps the list of it."""

    def __init__(self, base: Path, leave_out: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.ops: list[tuple[Any, ...]] = []
        self.dead_at: int | None = None
        self._base = base
        self._leave_out = leave_out
        self._lock = threading.RLock()
        self._files: dict[int, int] = {}  # descriptor: file
        self._names: dict[Path, int] = {}
        self._count = 0
        for path in sorted(base.rglob("*")):  # what is there before counts as durable
            if path.is_dir():
                self.ops.append(("base", self._name(path), None))
            else:
                self._names[path] = self._count
                self.ops.append(("base", self._name(path), path.read_bytes()))
                self._count += 1

    def note(self, kind: str, *what: Any) -> None:
        """Put a remark of the test between the operations."""
        with self._lock:
            self.ops.append((kind, *what))

    def _did(self, kind: str, *what: Any) -> None:
        if self.dead_at is not None and len(self.ops) >= self.dead_at:
            raise KilledError
        if kind not in self._leave_out:
            self.ops.append((kind, *what))

    def _name(self, path: Path) -> str:
        return path.relative_to(self._base).as_posix()

    def create(self, path: Path) -> int:
        with self._lock:
            self._did("create", self._name(path), self._count)
            fd = super().create(path)
            self._names[path] = self._files[fd] = self._count
            self._count += 1
            return fd

    def open(self, path: Path) -> int:
        with self._lock:
            fd = super().open(path)
            self._files[fd] = self._names[path]
            return fd

    def write(self, fd: int, offset: int, data: bytes) -> None:
        with self._lock:
            self._did("write", self._files[fd], offset, bytes(data))
            super().write(fd, offset, data)

    def sync(self, fd: int) -> None:
        with self._lock:
            self._did("sync", self._files[fd])

    def finish(self, fd: int) -> None:
        with self._lock:
            self._did("finish", self._files[fd])
            self.close(fd)

    def settle(self) -> None:
        with self._lock:
            self._did("settle")

    def rename(self, source: Path, target: Path) -> None:
        with self._lock:
            number = self._names.pop(source)
            self._did("rename", self._name(source), self._name(target), number)
            super().rename(source, target)
            self._names[target] = number

    def unlink(self, path: Path) -> None:
        with self._lock:
            self._did("unlink", self._name(path))
            super().unlink(path)

    def mkdir(self, path: Path) -> None:
        with self._lock:
            self._did("mkdir", self._name(path))
            super().mkdir(path)

    def sync_folder(self, path: Path) -> None:
        with self._lock:
            self._did("sync_folder", self._name(path))


class KilledError(Exception):
    """The recorded process ends here: it asks nothing more of the disk."""


@dataclass
class Point:
    """What is durable and what is pending after some of the operations."""

    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    moves: dict[str, list[tuple[str | None, str | None, int]]] = field(default_factory=dict)
    writes: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)

    def base(self, name: str, data: bytes | None) -> None:
        self.names[name] = FOLDER if data is None else len(self.files)
        if data is not None:
            self.files[len(self.files)] = data

    def create(self, name: str, number: int) -> None:
        self.files[number] = b""
        self._move(name, None, name, number)

    def mkdir(self, name: str) -> None:
        self._move(name, None, name, FOLDER)

    def rename(self, source: str, target: str, number: int) -> None:
        self._move(target, source, target, number)

    def unlink(self, name: str) -> None:
        self._move(name, name, None, 0)

    def _move(self, name: str, gone: str | None, made: str | None, number: int) -> None:
        self.moves.setdefault(parent(name), []).append((gone, made, number))

    def sync_folder(self, name: str) -> None:
        self._apply(self.names, self.moves.pop(name, []))

    def write(self, number: int, offset: int, data: bytes) -> None:
        self.writes.setdefault(number, []).append((offset, data))

    def sync(self, number: int) -> None:
        for offset, data in self.writes.pop(number, []):
            self.files[number] = put(self.files[number], offset, data)

    def finish(self, number: int) -> None:
        self.finished.add(number)

    def settle(self) -> None:
        for number in self.finished:
            self.sync(number)
        self.finished.clear()

    @staticmethod
    def _apply(names: dict[str, int], moves: list[tuple[str | None, str | None, int]]) -> None:
        for gone, made, number in moves:
            if gone is not None:
                names.pop(gone, None)
            if made is not None:
                names[made] = number

    def cuts(self, rng: Random, most: int) -> Iterator[Tree]:
        """Give the states that a power cut may leave here: all if few, else `most` of them."""
        moves = [(folder, i) for folder, row in self.moves.items() for i in range(len(row))]
        writes = [(number, i) for number, row in self.writes.items() for i in range(len(row))]
        options = [("kept", "lost")] * len(moves) + [("kept", "lost", "torn", "grown")] * len(
            writes
        )
        if prod(map(len, options)) <= most:
            chosen: Iterator[tuple[str, ...]] = product(*options)
        else:
            ends = [("kept",) * len(options), ("lost",) * len(options)]
            drawn = [tuple(rng.choice(each) for each in options) for _ in range(most - 2)]
            chosen = iter(ends + drawn)
        for fate in chosen:
            fates = dict(zip([*moves, *writes], fate, strict=True))
            yield self._left(fates, rng)

    def _left(self, fates: dict[tuple[str | int, int], str], rng: Random) -> Tree:
        names = dict(self.names)
        for folder, row in self.moves.items():
            kept = [move for i, move in enumerate(row) if fates[folder, i] == "kept"]
            self._apply(names, kept)
        files = dict(self.files)
        for number, pieces in self.writes.items():
            for i, (offset, data) in enumerate(pieces):
                for at, part in pieces_of(offset, data, fates[number, i], rng):
                    files[number] = put(files[number], at, part)
        return {
            name: None if number == FOLDER else files[number]
            for name, number in names.items()
            if all(names.get(above) == FOLDER for above in parents(name))
        }


def pieces_of(offset: int, data: bytes, fate: str, rng: Random) -> Iterator[tuple[int, bytes]]:
    """What of a write reached the disk."""
    if fate == "kept":
        yield offset, data
    if fate == "grown":
        yield offset + len(data), b""
    if fate == "torn":
        at = offset
        while at < offset + len(data):
            end = min(offset + len(data), (at // SECTOR + 1) * SECTOR)
            if rng.random() < 0.5:
                yield at, data[at - offset : end - offset]
            at = end


def put(raw: bytes, offset: int, data: bytes) -> bytes:
    raw = raw.ljust(offset, b"\0")
    return raw[:offset] + data + raw[offset + len(data) :]


def parent(name: str) -> str:
    return name.rpartition("/")[0] or "."


def parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def crash_states(
    ops: list[tuple[Any, ...]], *, seed: int, most: int
) -> Iterator[tuple[list[tuple[Any, ...]], Tree]]:
    """For every prefix of the operations: the test's remarks so far and a state, none twice."""
    rng, point, notes = Random(seed), Point(), []
    seen: set[tuple[int, int]] = set()
    for op in ops:
        act: Callable[..., None] | None = getattr(point, op[0], None)
        if act is None:
            notes.append(op)
        else:
            act(*op[1:])
        if op[0] == "base":
            continue
        for tree in point.cuts(rng, most):
            key = len(notes), hash(tuple(sorted(tree.items(), key=lambda pair: pair[0])))
            if key not in seen:
                seen.add(key)
                yield list(notes), tree


def lay_out(base: Path, tree: Tree) -> None:
    """Make the files of a state."""
    for name in sorted(tree):
        data = tree[name]
        if data is None:
            (base / name).mkdir()
        else:
            (base / name).write_bytes(data)
