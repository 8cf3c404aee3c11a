"""Flaws that one manifest shows by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tertius.core.constraints import ConstraintError
from tertius.core.grants import ManifestError, StoreGrant, ToolGrant
from tertius.core.names import nearest
from tertius.policy.arguments import Arguments
from tertius.policy.constraint_lint import covered, impossible
from tertius.policy.document import said_day
from tertius.policy.flaw import Flaw, Source, directed, sent
from tertius.policy.protocol_lint import protocols_alone
from tertius.policy.strict_yaml import Path


def alone(source: Source, *, now: int) -> Iterator[Flaw]:
    """Yield what can never fire, is covered already, or contradicts within one manifest."""
    if source.manifest.not_after < now:
        ended = f"expired on {said_day(source.manifest.not_after)}; sign a new version"
        said = f"`{source.manifest.agent}` may do nothing: {ended}"
        yield source.flaw("inert", ("not_after",), said, "any request")
    for number, tool in enumerate(source.manifest.tools):
        yield from _tool(source, number, tool)
    yield from _stores(source)
    yield from _peers(source)
    yield from protocols_alone(source)
    yield from _budgets(source)
    yield from _delegation(source)


def _tool(source: Source, number: int, tool: ToolGrant) -> Iterator[Flaw]:
    at: Path = ("tools", number)
    try:
        Arguments(tool)
    except ManifestError as error:
        yield source.flaw("contradicts", (*at, "arguments"), str(error), f"a call of `{tool.tool}`")
        return
    except ConstraintError as error:
        yield source.flaw("unreadable", (*at, "arguments"), str(error), f"a call of `{tool.tool}`")
        return
    for index, constraint in enumerate(tool.arguments):
        why = impossible(constraint)
        if why:
            example = f"any call of `{tool.tool}`"
            yield source.flaw("never-fires", (*at, "arguments", index), why, example)
        shadow = covered(constraint)
        if shadow:
            yield source.flaw("shadowed", (*at, "arguments", index), *shadow)
    known = {each.argument for each in tool.arguments}
    for index, name in enumerate(tool.secret):
        if name not in known:
            said = f"`{name}` is secret and no argument{nearest(name, known)}"
            yield source.flaw("never-fires", (*at, "secret", index), said, f'{{"{name}": ...}}')
    if tool.clearance.rank > source.manifest.clearance.rank:
        held = source.manifest.clearance
        said = f"`{tool.tool}` may take `{tool.clearance}`; the agent holds nothing above `{held}`"
        yield source.flaw("never-fires", (*at, "clearance"), said, f"a {tool.clearance} value")


def _stores(source: Source) -> Iterator[Flaw]:
    for number, store in enumerate(source.manifest.memory):
        for field, index, name, by in _covered_keys(store):
            said = f"`{name}` is covered by the prefix `{by}` already"
            example = f"key `{name}` of `{store.store}`"
            yield source.flaw("shadowed", ("memory", number, field, index), said, example)


def _covered_keys(store: StoreGrant) -> Iterator[tuple[str, int, str, str]]:
    for field, names in (("prefixes", store.prefixes), ("keys", store.keys)):
        for index, name in enumerate(names):
            others = [p for p in store.prefixes if name.startswith(p)]
            by = next((p for p in others if field == "keys" or p != name), None)
            if by is not None and (field == "prefixes" or ("." not in name and "%" not in name)):
                yield field, index, name, by


def _peers(source: Source) -> Iterator[Flaw]:
    seen: dict[tuple[str, str, str, str, str | None], int] = {}
    for number, peer in enumerate(source.manifest.peers):
        for direction, kind in directed(peer):
            edge = (peer.peer, direction, kind, peer.via)
            earlier = next(
                (seen[key] for key in ((*edge, None), (*edge, peer.channel)) if key in seen), None
            )
            if earlier is not None and earlier != number:
                said = f"`{kind}` {direction} `{peer.peer}` is granted by `peers` {earlier + 1}"
                yield source.flaw(
                    "shadowed", ("peers", number), said, sent(source.manifest.agent, peer, kind)
                )
                break
            seen.setdefault((*edge, peer.channel), number)


def _budgets(source: Source) -> Iterator[Flaw]:
    for number, budget in enumerate(source.manifest.resources):
        if budget.amount < 1:  # claims are whole
            said = f"a budget of {budget.amount} {budget.unit}"
            example = f"1 {budget.unit} of `{budget.resource}`"
            yield source.flaw("never-fires", ("resources", number, "amount"), said, example)


def _delegation(source: Source) -> Iterator[Flaw]:
    manifest, ceiling = source.manifest, source.manifest.delegation
    reached = {p.peer for p in manifest.peers if "delegate" in p.kinds and p.direction != "from"}
    for index, peer in enumerate(ceiling.to):
        if peer not in reached:
            said = f"may delegate to `{peer}`, and no `delegate` edge leads there"
            yield source.flaw(
                "never-fires", ("delegation", "to", index), said, f"`delegate` to `{peer}`"
            )
    held = {tool.tool for tool in manifest.tools}
    for index, tool in enumerate(ceiling.tools):
        if tool not in held:
            said = f"passes on `{tool}`, which it does not hold{nearest(tool, held)}"
            yield source.flaw(
                "never-fires", ("delegation", "tools", index), said, f"a call of `{tool}`"
            )
