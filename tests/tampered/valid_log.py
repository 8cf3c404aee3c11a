"""A second, slow writer of valid logs, straight from the format description.

It shares no code with `tertius.log`: what it writes is test data for the verifier, and the flaws in
`tests/tampered/flaws.py` are made by writing it again with one thing wrong.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertius.core.events import Cause, MessageSent, ModelCalled
from tertius.core.kinds import Event, encode
from tertius.core.log_events import CheckpointAnchored, LogOpened, WriterEnrolled

START = 1_767_225_600_000_000_000  # 2026-01-01, UTC nanoseconds
NOW = START // 10**9


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key with its C2SP name; kind 1 signs logs, kind 4 is a witness."""

    name: str
    seed: bytes
    kind: int = 1

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def _material(self) -> bytes:
        return bytes([self.kind]) + self._private.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self._material)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._material).decode()}"

    def line(self, text: str, time: int = NOW) -> str:
        if self.kind == 1:
            raw = self._private.sign(text.encode())
        else:
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
            raw = time.to_bytes(8, "big") + self._private.sign(message)
        return f"\u2014 {self.name} {base64.b64encode(self.id + raw).decode()}\n"


def signer(name: str, kind: int = 1) -> Signer:
    return Signer(name, sha256(b"test key of " + name.encode()), kind)


KEY = signer("tertius/log-one")
ANCHOR = signer("tertius/anchor")


@dataclass(frozen=True)
class Log:
    """Everything a log folder is made from; `write` puts it on disk."""

    key: Signer = KEY
    entries: tuple[bytes, ...] = ()
    contents: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)  # salt, data
    tail: int = 0  # entries at the end that stay in the journal
    witnesses: tuple[Signer, ...] = ()
    witness_time: int = NOW

    @property
    def size(self) -> int:
        return len(self.entries) - self.tail

    def root(self, size: int | None = None) -> bytes:
        return root_of(
            [sha256(b"\0" + e) for e in self.entries[: self.size if size is None else size]]
        )

    def text(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        return f"{self.key.name}\n{size}\n{base64.b64encode(self.root(size)).decode()}\n"

    def note(self, size: int | None = None) -> bytes:
        text = self.text(size)
        lines = [self.key.line(text)] + [w.line(text, self.witness_time) for w in self.witnesses]
        return f"{text}\n{''.join(lines)}".encode()

    def write(self, folder: Path) -> Path:
        put(folder / "lock", b"")
        (folder / "journal").mkdir(parents=True)
        put(folder / "checkpoint", self.note())
        for path, data in self.tiles().items():
            put(folder / path, data)
        for number in range(-(-self.size // 65536)):
            span = range(number * 65536, min(self.size, (number + 1) * 65536))
            if data := b"".join(self.frame(i) for i in span if i in self.contents):
                put(folder / f"payload/{number:08d}", data)
        if self.tail:
            put(folder / f"journal/{self.size:020d}", self.block(self.size, len(self.entries)))
        return folder

    def frame(self, index: int) -> bytes:
        salt, data = self.contents[index]
        return struct.pack(">QI", index, len(data)) + salt + data

    def block(self, first: int, end: int, previous: bytes = bytes(32)) -> bytes:
        entries = self.entries[first:end]
        frames = [self.frame(i) for i in range(first, end) if i in self.contents]
        joined, payload = b"".join(entries), b"".join(frames)
        head = b"TERTIUSJ" + struct.pack(
            ">QIIQQ", first, len(entries), len(frames), len(joined), len(payload)
        )
        head += bytes(24) + previous
        body = b"".join(struct.pack(">H", len(e)) for e in entries) + joined + payload
        return head + sha256(head + body) + body

    def tiles(self, size: int | None = None) -> dict[str, bytes]:
        """Every tile and bundle of the tree of `size` entries."""
        size = self.size if size is None else size
        found = {}
        packed = [struct.pack(">H", len(e)) + e for e in self.entries[:size]]
        for index in range(0, size, 256):
            part = packed[index : index + 256]
            found[tile_path("entries", index // 256, len(part))] = b"".join(part)
        level, row = 0, [sha256(b"\0" + e) for e in self.entries[:size]]
        while row:
            for index in range(0, len(row), 256):
                part = row[index : index + 256]
                found[tile_path(str(level), index // 256, len(part))] = b"".join(part)
            whole = len(row) // 256
            row = [root_of(row[i * 256 : (i + 1) * 256]) for i in range(whole)]
            level += 1
        return found


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def root_of(hashes: list[bytes]) -> bytes:
    """The recursive definition of RFC 6962, section 2.1, over leaf hashes."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256(b"")
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(hashes[:k]) + root_of(hashes[k:]))


def tile_path(level: str, index: int, width: int) -> str:
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([f"x{g}" for g in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def commitment(salt: bytes, data: bytes) -> str:
    return sha256(b"tertius/v1/content\0" + salt + data).hex()


def make_log(count: int, key: Signer = KEY, tail: int = 0, extra: tuple[Event, ...] = ()) -> Log:
    """A log of `count` entries, then `extra`; each third event carries content."""
    origin = key.name
    entries = [encode(LogOpened(id=f"{origin}/0", time=START, run=origin, origin=origin))]
    contents = {}
    for i in range(1, count):
        event, content = message(origin, i)
        entries.append(encode(event))
        if content is not None:
            contents[i] = content
    entries += [encode(event) for event in extra]
    return Log(key, tuple(entries), contents, tail)


def message(origin: str, i: int) -> tuple[Event, tuple[bytes, bytes] | None]:
    causes = [Cause(id=f"{origin}/{i - 1}")]
    if i > 40:
        causes.append(Cause(id=f"{origin}/{i * 7919 % (i - 1)}", basis="observed"))
    common = {"id": f"{origin}/{i}", "time": START + i, "run": "run-1", "agent": f"agent-{i % 5}"}
    if i % 3:
        return ModelCalled(**common, causes=tuple(causes), model="model-x"), None
    salt = sha256(f"salt {origin} {i}".encode())
    data = f"message {i} of {origin}".encode()
    event = MessageSent(
        **common,
        causes=tuple(causes),
        recipients=(f"agent-{(i + 1) % 5}",),
        content=commitment(salt, data),
    )
    return event, (salt, data)


@dataclass(frozen=True)
class Deployment:
    """An anchor log and the logs it vouches for."""

    anchor: Log
    writers: dict[str, Log]

    def write(self, folder: Path) -> Path:
        self.anchor.write(folder / "anchor")
        for name, log in self.writers.items():
            log.write(folder / "writers" / name)
        return folder


def make_deployment(writers: dict[str, Log], extra: tuple[Event, ...] = ()) -> Deployment:
    """Enrol each writer and anchor two of its checkpoints, one of them its newest."""
    events: list[Event] = []
    for name, log in writers.items():
        origin = log.key.name
        common = {"time": START, "run": ANCHOR.name}
        events.append(
            WriterEnrolled(
                id=f"{origin}/enrolled", **common, writer=name, origin=origin, key=log.key.vkey
            )
        )
        for size in (log.size // 2, log.size):
            root = log.root(size).hex()
            at = CheckpointAnchored(
                id=f"{origin}/at/{size}", **common, origin=origin, size=size, root=root
            )
            events.append(at)
    anchor = make_log(1, ANCHOR, extra=(*events, *extra))
    return Deployment(anchor, writers)


def with_entry(log: Log, index: int, entry: bytes) -> Log:
    """The log as if `entry` had stood at `index` from the beginning, all hashes made anew."""
    entries = list(log.entries)
    entries[index] = entry
    return replace(log, entries=tuple(entries))
