"""One manifest, compiled: what is granted, under the key by which a request asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tertius.core.decision import DenialCode, Vote
from tertius.core.grants import Direction, StoreGrant
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Action
from tertius.policy.arguments import Arguments
from tertius.policy.resolve import is_settled

EdgeKey = tuple[str, str, str, str | None]
"""Peer, kind of act, kind of channel, and the channel's name (None: any)."""

PEERLESS: Final = frozenset({"human", "environment"})
"""Channels at whose other end no agent stands that could have a manifest."""


_ON_RESOURCES: Final[tuple[Action, ...]] = ("resource.claim", "resource.release", "model.call")


class Grant(Struct, frozen=True, kw_only=True):
    """One thing that one agent may do: under which act, on what, or with whom.

    `vote` is the whole answer to a request that it covers; `arguments` is what they must be, None
    where they are content and free. A rule that is to hold for every use of a grant reads agent,
    action, resource and peer.
    """

    agent: str
    action: Action
    resource: str | None = None
    peer: str | None = None
    vote: Vote
    arguments: Arguments | None = None


class Store:
    """The keys of one memory store that may be used: exact ones, and prefixes.

    Notes
    -----
    As quick with 10,000 prefixes as with one: a key is cut at each length that a prefix has.
    """

    __slots__ = ("_keys", "_lengths", "_prefixes", "read", "write")

    def __init__(self, grant: StoreGrant, read: Grant | None, write: Grant | None) -> None:
        self.read = read
        self.write = write
        self._keys = frozenset(grant.keys)
        self._prefixes = frozenset(grant.prefixes)
        self._lengths = sorted({len(prefix) for prefix in grant.prefixes})

    def covers(self, key: str | None) -> bool:
        """Tell whether a key is granted; no key means the whole store, which only `` grants."""
        if key is None:
            return "" in self._prefixes
        if key in self._keys:
            return True
        return is_settled(key) and any(key[:cut] in self._prefixes for cut in self._lengths)


class Granted:
    """What one manifest grants.

    Parameters
    ----------
    manifest, digest
        The verified manifest, and the digest of its signed bytes.
    level
        Where the gate stands.

    Raises
    ------
    ManifestError
        A constraint that cannot be compiled.
    """

    def __init__(self, manifest: Manifest, digest: str, *, level: EnforcementLevel) -> None:
        self.agent: Final = manifest.agent
        self.digest: Final = digest
        self.not_before: Final = manifest.not_before
        self.not_after: Final = manifest.not_after
        self.delegation: Final = manifest.delegation
        self.title: Final = f"manifest of `{manifest.agent}` version {manifest.version}"
        self._level = level
        self.level_held: Final = level.meets(manifest.minimum_level)
        self.schemas: Final = {tool.tool: tool.schema for tool in manifest.tools}
        self.weak_tools: Final[dict[str, EnforcementLevel]] = {}
        self.things: Final = {(g.action, g.resource): g for g in self._things(manifest)}
        self.to: Final = self._edges(manifest, "to")
        self.accepts: Final = self._edges(manifest, "from")
        self.stores: Final = {
            each.store: self._store(number, each) for number, each in enumerate(manifest.memory)
        }

    def grants(self) -> list[Grant]:
        """Return every grant, each once."""
        stores = [g for store in self.stores.values() for g in (store.read, store.write) if g]
        return [*self.things.values(), *self.to.values(), *stores]

    def names(self, action: Action, most: int) -> set[str]:
        """Return what an act is granted on, to compare a wrong name with; none above `most`."""
        if len(self.things) > most:
            return set()
        return {name for each, name in self.things if each == action and name is not None}

    def vote(self, outcome: Outcome, rule: str, said: str) -> Vote:
        """Return this manifest's vote, with a reason that begins with its name and version."""
        reason = f"{self.title} {said}"[:1000]
        return Vote(layer="manifest", outcome=outcome, rule=rule, reason=reason)

    def deny(self, code: DenialCode, what: str, said: str) -> Vote:
        """Return a denial; the code stands in front of the rule."""
        return self.vote(Outcome.FORBID, f"{code}:{what}", said)

    def _grant(
        self,
        action: Action,
        rule: str,
        resource: str | None,
        *,
        peer: str | None = None,
        arguments: Arguments | None = None,
    ) -> Grant:
        target = f"`{action}` on `{resource}`" if resource else f"`{action}` to `{peer}`"
        vote = self.vote(Outcome.PERMIT, rule, f"grants {target}")
        return Grant(
            agent=self.agent,
            action=action,
            resource=resource,
            peer=peer,
            vote=vote,
            arguments=arguments,
        )

    def _things(self, manifest: Manifest) -> Iterator[Grant]:
        """Yield a grant for each kind of act on each thing, stores left out."""
        yield self._grant("model.call", "model_family", manifest.model_family)
        for number, tool in enumerate(manifest.tools):
            least = tool.minimum_level or manifest.minimum_level
            if not self._level.meets(least):
                self.weak_tools[tool.tool] = least
                continue
            rule, arguments = f"tools/{number}", Arguments(tool)
            yield self._grant("tool.call", rule, tool.tool, arguments=arguments)
            yield self._grant("act", rule, tool.tool, arguments=arguments)
        for number, each in enumerate(manifest.resources):
            for action in _ON_RESOURCES:
                yield self._grant(action, f"resources/{number}", each.resource)
        for number, name in enumerate(manifest.owns):
            yield self._grant("determine", f"owns/{number}", name)

    def _edges(self, manifest: Manifest, direction: Direction) -> dict[EdgeKey, Grant]:
        found: dict[EdgeKey, Grant] = {}
        for number, each in enumerate(manifest.peers):
            if each.direction not in (direction, "both"):
                continue
            for kind in each.kinds:
                grant = self._grant(kind, f"peers/{number}", None, peer=each.peer)
                found.setdefault((each.peer, kind, each.via, each.channel), grant)
        return found

    def _store(self, number: int, each: StoreGrant) -> Store:
        rule = f"memory/{number}"
        read = self._grant("memory.read", rule, each.store) if each.read else None
        write = self._grant("memory.write", rule, each.store) if each.write else None
        return Store(each, read, write)
