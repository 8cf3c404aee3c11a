"""A flaw of a manifest: where it stands, what it is, and the smallest example of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from tertius.core.grants import PeerGrant
from tertius.core.manifest import Manifest
from tertius.policy.strict_yaml import Document, Path

Kind = Literal["cannot-parse", "never-fires", "shadowed", "contradicts", "overlaps", "case"]


class Flaw(Struct, frozen=True, kw_only=True, order=True):
    """One flaw: where it stands, what it is, and the smallest example of it."""

    file: str
    line: int = 0
    column: int = 0
    kind: Kind
    said: str
    example: str = ""

    @property
    def place(self) -> str:
        """File, and line and column where they are known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Source(Struct, frozen=True, kw_only=True):
    """A manifest, and the document it was read from, None for one that was signed."""

    manifest: Manifest
    file: str
    document: Document | None = None

    def flaw(self, kind: Kind, path: Path, said: str, example: str = "") -> Flaw:
        """Return a flaw at a path of this manifest."""
        line, column = self.document.place(path) if self.document else (0, 0)
        return Flaw(file=self.file, line=line, column=column, kind=kind, said=said, example=example)


def directed(peer: PeerGrant) -> Iterator[tuple[str, str]]:
    """Yield each direction and kind of act that a grant stands for."""
    for direction in ("to", "from") if peer.direction == "both" else (peer.direction,):
        for kind in peer.kinds:
            yield direction, kind


def sent(agent: str, peer: PeerGrant, kind: str) -> str:
    """Return the act on an edge as an example."""
    sender, receiver = (peer.peer, agent) if peer.direction == "from" else (agent, peer.peer)
    return f"`{kind}` from `{sender}` to `{receiver}`"
