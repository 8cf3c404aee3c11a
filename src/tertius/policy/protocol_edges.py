"""Which edges between agents follow a protocol: those of which either end says so."""

from __future__ import annotations

from collections.abc import Iterable

from tertius.core.errors import CallerError
from tertius.core.grants import Protocol
from tertius.core.manifest import Manifest
from tertius.core.request import Request
from tertius.policy.flaw import directed

Edge = tuple[str, str, str, str, str | None]
"""Sender, receiver, kind of act, kind of channel, and the channel's name (None: any)."""


class ProtocolError(CallerError):
    """Two manifests that mean different things by one protocol."""


class Edges:
    """The edges that follow a protocol.

    Attributes
    ----------
    protocols
        By name.

    Raises
    ------
    ProtocolError
        Two manifests describe a protocol of one name differently.

    Notes
    -----
    A grant for any channel and one for a channel of its own both bind an act that they cover, so
    that no wider grant beside it lifts a protocol. Of acts other than messages the log tells no
    channel, and so theirs does not matter.
    """

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.protocols: dict[str, Protocol] = {}
        self._names: dict[Edge, tuple[str, ...]] = {}
        for manifest in manifests:
            self._read(manifest)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._names)

    def followed(self, request: Request) -> tuple[str, ...]:
        """Return the names of the protocols that an act must follow."""
        if request.peer is None or not self._names:
            return ()
        return self.on(request.agent, request.peer, request.action, request.via, request.channel)

    def on(
        self, sender: str, receiver: str, kind: str, via: str, channel: str | None
    ) -> tuple[str, ...]:
        """Return the names of the protocols of an edge, sorted."""
        found = self._names.get(_edge(sender, receiver, kind, via, None), ())
        if channel is None or kind != "message.send":
            return found
        own = self._names.get(_edge(sender, receiver, kind, via, channel))
        return found if own is None else tuple(sorted({*found, *own}))

    def between(self, sender: str, receiver: str, kind: str) -> tuple[str, ...]:
        """Return the names of all protocols between two agents, over any channel."""
        ends = (sender, receiver, kind)
        found = [names for edge, names in self._names.items() if edge[:3] == ends]
        return tuple(sorted({name for names in found for name in names}))

    def _read(self, manifest: Manifest) -> None:
        own = {protocol.name: protocol for protocol in manifest.protocols}
        for grant in manifest.peers:
            if grant.protocol is None:
                continue
            meant = own[grant.protocol]
            if self.protocols.setdefault(meant.name, meant) != meant:
                raise ProtocolError(
                    f"manifest of `{manifest.agent}` describes protocol `{meant.name}` "
                    "otherwise than another; let both sides hold the same"
                )
            for direction, kind in directed(grant):
                ends = (manifest.agent, grant.peer)
                sender, receiver = ends if direction == "to" else ends[::-1]
                edge = _edge(sender, receiver, kind, grant.via, grant.channel)
                self._names[edge] = tuple(sorted({*self._names.get(edge, ()), meant.name}))


def _edge(sender: str, receiver: str, kind: str, via: str, channel: str | None) -> Edge:
    """Return an edge as far as the log tells of it."""
    if kind != "message.send":
        return sender, receiver, kind, "", None
    return sender, receiver, kind, via, channel
