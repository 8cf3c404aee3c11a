"""Flaws of protocols: steps that no conversation of two agents could ever come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tertius.core.grants import Protocol, Step
from tertius.core.names import nearest
from tertius.policy.conversation import ORDERED, SPOKEN
from tertius.policy.flaw import Flaw, Source, directed, sent
from tertius.policy.granted import PEERLESS
from tertius.policy.strict_yaml import Path

Way = tuple[str, str]
"""Sender and receiver."""


def protocols_alone(source: Source) -> Iterator[Flaw]:
    """Yield steps that no conversation could come to, within one manifest."""
    manifest = source.manifest
    followed: defaultdict[str, set[str]] = defaultdict(set)
    for index, peer in enumerate(manifest.peers):
        if peer.protocol is not None:
            followed[peer.protocol].add(peer.peer)
        for kind in peer.kinds if peer.protocol is not None else ():
            if kind not in ORDERED:
                said = f"`{kind}` cannot be put in an order, and this edge follows a protocol"
                example = sent(manifest.agent, peer, kind)
                yield source.flaw("never-fires", ("peers", index, "kinds"), said, example)
    for number, protocol in enumerate(manifest.protocols):
        at: Path = ("protocols", number)
        if protocol.name not in followed:
            said = f"no peer follows protocol `{protocol.name}`"
            yield source.flaw("never-fires", at, said, f"step `{protocol.steps[0].type}`")
            continue
        parties = followed[protocol.name] | {manifest.agent}
        for index, step in enumerate(protocol.steps):
            if step.sender not in parties:
                said = f"`{step.sender}` sends `{step.type}` and is no party of `{protocol.name}`"
                yield source.flaw(
                    "never-fires",
                    (*at, "steps", index, "sender"),
                    said + nearest(step.sender, parties),
                    f"step `{step.type}`",
                )
            yield from _step(source, (*at, "steps", index), protocol, step, followed[protocol.name])


def _step(
    source: Source, at: Path, protocol: Protocol, step: Step, peers: set[str]
) -> Iterator[Flaw]:
    """Yield what no conversation of two could bring about, or could end."""
    agent, example = source.manifest.agent, f"step `{step.type}`"
    senders = {each.sender for each in _up_to(protocol, step)}
    if senders <= peers | {agent} and not any(senders <= {agent, peer} for peer in peers):
        said = f"`{step.type}` comes after what others than its two parties say"
        yield source.flaw("never-fires", (*at, "after"), said, example)
    if step.deadline is not None and not step.after:
        said = f"`{step.type}` has a deadline, and nothing comes before that it could count from"
        yield source.flaw("never-fires", (*at, "deadline"), said, example)
    if step.acknowledged and step.type in ORDERED and step.type not in SPOKEN:
        said = f"`{step.type}` waits for a receipt, and nobody takes such an act in"
        yield source.flaw("never-fires", (*at, "acknowledged"), said, example)


def _up_to(protocol: Protocol, step: Step) -> list[Step]:
    """Return a step and all that must have come before it."""
    steps = {each.type: each for each in protocol.steps}
    found = {step.type: step}
    waiting = list(step.after)
    while waiting:
        each = steps[waiting.pop()]
        if each.type not in found:
            found[each.type] = each
            waiting += each.after
    return list(found.values())


def protocols_together(sources: Sequence[Source]) -> Iterator[Flaw]:
    """Yield edges that are to follow two protocols, and steps that no edge carries."""
    yield from _two_protocols(sources)
    yield from _uncarried(sources)


def _two_protocols(sources: Sequence[Source]) -> Iterator[Flaw]:
    first: dict[tuple[str, str, str, str, str | None], tuple[str, Source]] = {}
    for source in sources:
        for number, peer in enumerate(source.manifest.peers):
            for direction, kind in directed(peer) if peer.protocol is not None else ():
                edge = (*_way(source, peer.peer, direction), kind, peer.via, peer.channel)
                other, where = first.setdefault(edge, (str(peer.protocol), source))
                if other != peer.protocol:
                    said = f"it follows `{peer.protocol}`, in `{where.file}` it follows `{other}`"
                    example = sent(source.manifest.agent, peer, kind)
                    yield source.flaw("contradicts", ("peers", number, "protocol"), said, example)
                    break


def _uncarried(sources: Sequence[Source]) -> Iterator[Flaw]:
    carried: defaultdict[str, dict[Way, set[str]]] = defaultdict(dict)
    for source in sources:
        for peer in source.manifest.peers:
            for direction, kind in directed(peer) if peer.protocol is not None else ():
                if direction == "from" and peer.via in PEERLESS:
                    continue  # nobody there asks the gate
                way = _way(source, peer.peer, direction)
                types = carried[str(peer.protocol)].setdefault(way, set())
                types.add("" if kind in SPOKEN else kind)
    told: set[tuple[str, str]] = set()
    for source in sources:
        agent = source.manifest.agent
        for number, protocol in enumerate(source.manifest.protocols):
            ways = carried[protocol.name]
            for index, step in enumerate(protocol.steps):
                others = {a for way in ways for a in way if step.sender in way} - {step.sender}
                kind = step.type if step.type in ORDERED and step.type not in SPOKEN else ""
                mine = bool(others) and agent in (step.sender, *others)
                if (protocol.name, step.type) in told or not mine:
                    continue
                if not any(kind in ways.get((step.sender, o), ()) for o in others):
                    told.add((protocol.name, step.type))
                    said = f"no edge from `{step.sender}` that follows `{protocol.name}` carries it"
                    at: Path = ("protocols", number, "steps", index)
                    yield source.flaw("never-fires", at, said, f"step `{step.type}`")


def _way(source: Source, peer: str, direction: str) -> Way:
    agent = source.manifest.agent
    return (agent, peer) if direction == "to" else (peer, agent)
