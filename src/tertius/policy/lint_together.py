"""Flaws that manifests show beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from tertius.core.grants import PeerGrant, ResourceBudget
from tertius.core.manifest import Manifest
from tertius.core.names import nearest
from tertius.policy.flaw import Flaw, Source, directed, sent
from tertius.policy.granted import PEERLESS
from tertius.policy.protocol_lint import protocols_together
from tertius.policy.strict_yaml import Path


def together(
    sources: Sequence[Source], unread: Set[str], before: Set[str] = frozenset()
) -> Iterator[Flaw]:
    """Yield names too alike, shared determinations, half edges, and what is said in two ways."""
    yield from _names(sources)
    yield from _twice(sources)
    yield from _owners(sources)
    yield from _edges(sources, unread, before)
    yield from _contradictions(sources)
    yield from protocols_together(sources)


def _names(sources: Sequence[Source]) -> Iterator[Flaw]:
    """Names that differ only in case."""
    first: dict[tuple[str, str], tuple[str, Source]] = {}
    for source in sources:
        for sort, name, path in _named(source.manifest):
            other, where = first.setdefault((sort, name.lower()), (name, source))
            if other != name:
                said = f"{sort} `{name}` differs only in case from `{other}` in `{where.file}`"
                yield source.flaw("case", path, said, f"`{name}`, `{other}`")


def _twice(sources: Sequence[Source]) -> Iterator[Flaw]:
    """Agents with two manifests."""
    first: dict[str, Source] = {}
    for source in sources:
        agent = source.manifest.agent
        other = first.setdefault(agent, source)
        if other is not source:
            said = f"a second manifest of `{agent}`; the first is `{other.file}`"
            yield source.flaw("contradicts", ("agent",), said, f"any request of `{agent}`")


def _named(manifest: Manifest) -> Iterator[tuple[str, str, Path]]:
    yield "agent", manifest.agent, ("agent",)
    for i, peer in enumerate(manifest.peers):
        if peer.via not in PEERLESS:
            yield "agent", peer.peer, ("peers", i, "peer")
        if peer.channel is not None:
            yield "channel", peer.channel, ("peers", i, "channel")
    for i, tool in enumerate(manifest.tools):
        yield "tool", tool.tool, ("tools", i, "tool")
    for i, store in enumerate(manifest.memory):
        yield "store", store.store, ("memory", i, "store")
    for i, name in enumerate(manifest.owns):
        yield "determination", name, ("owns", i)


def _owners(sources: Sequence[Source]) -> Iterator[Flaw]:
    owners: dict[str, Source] = {}
    for source in sources:
        for index, name in enumerate(source.manifest.owns):
            other = owners.setdefault(name, source)
            if other is not source:
                mine, theirs = source.manifest.agent, other.manifest.agent
                said = f"`{mine}` and `{theirs}` both own `{name}`; one authority settles it"
                example = f"`determine` of `{name}` by `{mine}`, then by `{theirs}`"
                yield source.flaw("overlap", ("owns", index), said, example)


def _edges(sources: Sequence[Source], unread: Set[str], before: Set[str]) -> Iterator[Flaw]:
    """Edges of which only one end is granted."""
    agents = {source.manifest.agent: source.manifest for source in sources}
    for source in sources:
        for number, peer in enumerate(source.manifest.peers):
            if peer.via in PEERLESS or peer.peer in unread:
                continue
            other = agents.get(peer.peer)
            if other is None:
                gone = peer.peer in before
                hint = ", which had one before" if gone else nearest(peer.peer, agents)
                yield source.flaw(
                    "inert" if gone else "never-fires",
                    ("peers", number, "peer"),
                    f"no manifest of peer `{peer.peer}`{hint}",
                    sent(source.manifest.agent, peer, peer.kinds[0]),
                )
                continue
            for direction, kind in directed(peer):
                if not _answered(source.manifest.agent, peer, direction, kind, other):
                    verb = "accept it from" if direction == "to" else "send it to"
                    said = f"`{peer.peer}` does not {verb} `{source.manifest.agent}`: `{kind}`"
                    yield source.flaw(
                        "never-fires",
                        ("peers", number),
                        said,
                        sent(source.manifest.agent, peer, kind),
                    )
                    break


def _answered(agent: str, peer: PeerGrant, direction: str, kind: str, other: Manifest) -> bool:
    back = "from" if direction == "to" else "to"
    return any(
        each.peer == agent
        and each.direction in (back, "both")
        and kind in each.kinds
        and each.via == peer.via
        and (peer.channel is None or each.channel is None or peer.channel == each.channel)
        for each in other.peers
    )


def _contradictions(sources: Sequence[Source]) -> Iterator[Flaw]:
    said_first: dict[tuple[str, str], tuple[object, Source]] = {}
    for source in sources:
        for sort, name, value, path in _claims(source.manifest):
            other, where = said_first.setdefault((sort, name), (value, source))
            if other != value:
                said = f"{sort} {name} is another one in `{where.file}`".replace("  ", " ")
                example = f"`{source.manifest.agent}` and `{where.manifest.agent}` together"
                yield source.flaw("contradicts", path, said, example)


def _claims(manifest: Manifest) -> Iterator[tuple[str, str, object, Path]]:
    yield "the constitution", "", manifest.constitution, ("constitution",)
    for i, protocol in enumerate(manifest.protocols):
        yield "protocol", f"`{protocol.name}`", protocol, ("protocols", i)
    for i, tool in enumerate(manifest.tools):
        yield "the schema of", f"`{tool.tool}`", tool.schema, ("tools", i, "schema")
    budgets: dict[str, set[ResourceBudget]] = {}
    for budget in manifest.resources:
        budgets.setdefault(budget.resource, set()).add(budget)
    names = [budget.resource for budget in manifest.resources]
    for name, own in budgets.items():
        yield "the budget of", f"`{name}`", own, ("resources", names.index(name))
