"""A flaw of policy: where it stands, what it is, and the smallest example of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from tertius.core.grants import PeerGrant
from tertius.core.manifest import Manifest
from tertius.policy.strict_yaml import Document, Path

Kind = Literal[
    "unreadable", "contradicts", "gridlock", "overlap", "case", "never-fires", "shadowed",
    "not-decided", "misspelt", "idle", "inert", "unsigned",
]  # fmt: skip
"""``unreadable``: does not parse or type-check. ``contradicts``: it says two things.
``gridlock``: no combination of approvals can ever allow a granted request. ``overlap``: two
authorities decide one thing. ``case``: names differ only in case. ``never-fires``: no request
satisfies it. ``shadowed``: another clause always says it first. ``not-decided``: whether there is a
flaw is open. ``idle``: no request that any manifest allows satisfies it. ``misspelt``: the same,
and what it names no manifest knows, but one nearly so. ``inert``: it does nothing as things stand:
a manifest that ended, a grant that a rule takes away whole, a revoked name that nobody bears, a
person without a key. ``unsigned``: a draft that is not in force yet."""

HARMLESS: Final = frozenset({"shadowed", "not-decided", "misspelt", "idle", "inert", "unsigned"})
"""Kinds with which a gate may start: what is said is said, or nobody can tell.

What is inert permits nothing, what is misspelt forbids nothing; the gate warns and starts."""


class Flaw(Struct, frozen=True, kw_only=True, order=True):
    """One flaw.

    Parameters
    ----------
    where
        A file, or a document and what of it, such as ``campus:k1`` for its rule.
    line, column
        From 1; 0 where they are not known.
    kind
        One of `Kind`.
    said
        What is wrong, in words a person can read.
    example
        The smallest request or value that shows it; empty where none is needed.
    """

    where: str
    line: int = 0
    column: int = 0
    kind: Kind
    said: str
    example: str = ""

    @property
    def place(self) -> str:
        """Where, with line and column if they are known."""
        return f"{self.where}:{self.line}:{self.column}" if self.line else self.where

    @property
    def stops(self) -> bool:
        """Whether nothing may start with it."""
        return self.kind not in HARMLESS


class Source(Struct, frozen=True, kw_only=True):
    """A manifest, and the document it was read from, None for one that was signed."""

    manifest: Manifest
    file: str
    document: Document | None = None

    def flaw(self, kind: Kind, path: Path, said: str, example: str = "") -> Flaw:
        """Return a flaw at a path of this manifest."""
        line, column = self.document.place(path) if self.document else (0, 0)
        return Flaw(
            where=self.file, line=line, column=column, kind=kind, said=said, example=example
        )


def directed(peer: PeerGrant) -> Iterator[tuple[str, str]]:
    """Yield each direction and kind of act that a grant stands for."""
    for direction in ("to", "from") if peer.direction == "both" else (peer.direction,):
        for kind in peer.kinds:
            yield direction, kind


def sent(agent: str, peer: PeerGrant, kind: str) -> str:
    """Return the act on an edge as an example."""
    sender, receiver = (peer.peer, agent) if peer.direction == "from" else (agent, peer.peer)
    return f"`{kind}` from `{sender}` to `{receiver}`"
