"""The naive twin of the log's files: everything at once, from a list of entries in memory.

`NaiveLog` derives every file that a log of these entries has at rest; `read` goes the other way
with plain loops. Nothing is shared with `tertius.log`.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.twins.merkle_rfc6962 import mth


@dataclass
class NaiveLog:
    entries: list[bytes]
    contents: dict[int, tuple[bytes, bytes]]  # index: salt, bytes

    def root(self, size: int | None = None) -> bytes:
        return mth(self.entries[:size])

    def files(self) -> dict[str, bytes]:
        """Path and bytes of every tile, bundle and payload file."""
        found = {}
        for start in range(0, len(self.entries), 256):
            bundle = self.entries[start : start + 256]
            raw = b"".join(len(e).to_bytes(2, "big") + e for e in bundle)
            found[tile_path("entries", start // 256, len(bundle))] = raw
        level, span = 0, 1
        while len(self.entries) // span:
            hashes = [
                mth(self.entries[i * span : (i + 1) * span])
                for i in range(len(self.entries) // span)
            ]
            for start in range(0, len(hashes), 256):
                tile = hashes[start : start + 256]
                found[tile_path(str(level), start // 256, len(tile))] = b"".join(tile)
            level, span = level + 1, span * 256
        for index, (salt, data) in sorted(self.contents.items()):
            path = f"payload/{index // 65536:08d}"
            frame = index.to_bytes(8, "big") + len(data).to_bytes(4, "big") + salt + data
            found[path] = found.get(path, b"") + frame
        return found

    def content(self, index: int) -> bytes | None:
        """Content of an entry, after checking that the entry commits to it."""
        if index not in self.contents:
            return None
        salt, data = self.contents[index]
        digest = sha256(b"tertius/v1/content\0" + salt + data).hexdigest()
        assert json.loads(self.entries[index])["content"] == digest, f"content {index}"
        return data


def tile_path(level: str, number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def read(folder: Path) -> NaiveLog:
    """Read the sealed part of a log: as many entries as its checkpoint says."""
    size = int((folder / "checkpoint").read_text().split("\n")[1])
    entries: list[bytes] = []
    for start in range(0, size, 256):
        raw = (folder / tile_path("entries", start // 256, min(256, size - start))).read_bytes()
        while raw:
            length = int.from_bytes(raw[:2], "big")
            entries.append(raw[2 : 2 + length])
            raw = raw[2 + length :]
    assert len(entries) == size
    contents = {}
    for path in sorted((folder / "payload").glob("*")):
        raw = path.read_bytes()
        while raw:
            index, length = int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:12], "big")
            contents[index] = raw[12:44], raw[44 : 44 + length]
            raw = raw[44 + length :]
    return NaiveLog(entries, contents)
