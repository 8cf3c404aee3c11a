"""What changed between two manifests of one agent: each change narrows, or counts as widening.

A change is narrow only where everything that the new manifest permits, the old one permitted too.
Where that cannot be shown, it widens and needs the human key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from msgspec import Struct

from tertius.core.constraints import ArgumentConstraint
from tertius.core.errors import CallerError
from tertius.core.grants import DelegationCeiling, PeerGrant, ResourceBudget, StoreGrant, ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel
from tertius.policy.inclusion import includes, keys_include

Direction = Literal["narrow", "widen"]
T = TypeVar("T")

_WORDS = ("role", "operator", "principal", "accountable", "model_family", "constitution")


class OtherAgentError(CallerError):
    """Two manifests of different agents."""


class Change(Struct, frozen=True, kw_only=True):
    """One change: where, in which direction, and in words."""

    path: str
    direction: Direction
    said: str


def diff(old: Manifest, new: Manifest) -> tuple[Change, ...]:
    """Return the changes from one manifest to another, in the order of the fields.

    Raises
    ------
    OtherAgentError
        The manifests are of different agents.

    Notes
    -----
    The version is no change of its own. Compares grants one by one: a grant that is widened and
    another that is narrowed by as much are two changes.

    Examples
    --------
    >>> old = Manifest(agent="tutor", version=1, role="r", operator="o", principal="p",
    ...     accountable="x", model_family="m", not_before=0, not_after=5, constitution="0" * 64)
    >>> import msgspec
    >>> new = msgspec.structs.replace(old, version=2, not_after=4, owns=("grade",))
    >>> [(change.path, change.direction) for change in diff(old, new)]
    [('owns.grade', 'widen'), ('not_after', 'narrow')]
    """
    if old.agent != new.agent:
        raise OtherAgentError(f"`{old.agent}` and `{new.agent}` are two agents; expected one")
    return tuple(_changes(old, new))


def widens(changes: tuple[Change, ...]) -> bool:
    """Tell whether any change needs the human key."""
    return any(change.direction == "widen" for change in changes)


def _changes(old: Manifest, new: Manifest) -> Iterator[Change]:
    for field in _WORDS:
        if getattr(old, field) != getattr(new, field):
            yield _change(field, False, f"`{getattr(old, field)}` becomes `{getattr(new, field)}`")
    yield from _each("tools", {t.tool: t for t in old.tools}, {t.tool: t for t in new.tools}, _tool)
    yield from _peers(old, new)
    yield from _protocols(old, new)
    stores = {s.store: s for s in old.memory}, {s.store: s for s in new.memory}
    yield from _each("memory", *stores, _store)
    yield from _budgets(old, new)
    yield from _each("owns", dict.fromkeys(old.owns), dict.fromkeys(new.owns), _nothing)
    yield from ranked("clearance", old.clearance.rank, new.clearance.rank, narrow=-1)
    yield from _delegation(old.delegation, new.delegation)
    yield from _level("minimum_level", old.minimum_level, new.minimum_level)
    anew = any(budget.kind == "total" for budget in old.resources)  # a later start empties it
    yield from ranked("not_before", old.not_before, new.not_before, narrow=0 if anew else 1)
    yield from ranked("not_after", old.not_after, new.not_after, narrow=-1)


def _change(path: str, narrow: bool, said: str) -> Change:
    return Change(path=path, direction="narrow" if narrow else "widen", said=said)


def _each(
    path: str,
    old: dict[str, T],
    new: dict[str, T],
    compare: Callable[[str, T, T], Iterator[Change]],
) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield _change(f"{path}.{name}", True, "no longer granted")
        elif name not in old:
            yield _change(f"{path}.{name}", False, "newly granted")
        else:
            yield from compare(f"{path}.{name}", old[name], new[name])


def _nothing(path: str, old: None, new: None) -> Iterator[Change]:
    yield from ()


def ranked(path: str, old: float, new: float, *, narrow: int) -> Iterator[Change]:
    """Compare two numbers; `narrow` is the sign of a step that narrows."""
    if old != new:
        word = "raised" if new > old else "lowered"
        yield _change(path, (new - old) * narrow > 0, word)


def _level(path: str, old: EnforcementLevel, new: EnforcementLevel) -> Iterator[Change]:
    if old is not new:
        yield _change(path, new.meets(old), f"`{old}` becomes `{new}`")


def _tool(path: str, old: ToolGrant, new: ToolGrant) -> Iterator[Change]:
    for field in ("alias", "schema", "effects", "secret"):
        if getattr(old, field) != getattr(new, field):
            yield _change(f"{path}.{field}", False, "changed; what follows from it is not provable")
    if old.irreversible != new.irreversible:
        word = "waits until it is durable" if new.irreversible else "no longer waits"
        yield _change(f"{path}.irreversible", new.irreversible, word)
    yield from ranked(f"{path}.integrity", old.integrity.rank, new.integrity.rank, narrow=1)
    yield from ranked(f"{path}.clearance", old.clearance.rank, new.clearance.rank, narrow=-1)
    if old.minimum_level is not new.minimum_level:
        before = old.minimum_level or EnforcementLevel.IN_PROCESS
        narrow = new.minimum_level is not None and new.minimum_level.meets(before)
        yield _change(f"{path}.minimum_level", narrow, "changed")
    yield from _arguments(f"{path}.arguments", old.arguments, new.arguments)


def _arguments(
    path: str, old: tuple[ArgumentConstraint, ...], new: tuple[ArgumentConstraint, ...]
) -> Iterator[Change]:
    before = {each.argument: each for each in old}
    after = {each.argument: each for each in new}
    for name in [*before, *(name for name in after if name not in before)]:
        place = f"{path}.{name}"
        if name not in after:
            # a call without a required argument was refused before, and is permitted now
            yield _change(place, before[name].optional, "no longer granted")
        elif name not in before:
            yield _change(place, False, "newly granted")
        elif before[name] != after[name]:
            narrow = includes(before[name], after[name])
            yield _change(place, narrow, "takes less" if narrow else "may take more")


def _peers(old: Manifest, new: Manifest) -> Iterator[Change]:
    """Compare edge by edge, since one grant may stand for several."""
    before, after = _edges(old.peers), _edges(new.peers)
    for edge in [*before, *(edge for edge in after if edge not in before)]:
        path = "peers." + ".".join(str(part) for part in edge if part is not None)
        wider = (*edge[:4], None)
        if edge not in after:
            yield _change(path, True, "no longer granted")
        elif edge not in before:
            covered = wider in before and before[wider] == {None}
            yield _change(path, covered, "covered before" if covered else "newly granted")
        elif before[edge] != after[edge]:
            narrow = before[edge] == {None}
            yield _change(path, narrow, "follows a protocol" if narrow else "another protocol")


Edge = tuple[str, str, str, str, str | None]


def _edges(peers: tuple[PeerGrant, ...]) -> dict[Edge, set[str | None]]:
    """Return peer, direction, kind, via and channel of each edge, with its protocols."""
    found: dict[Edge, set[str | None]] = {}
    for each in peers:
        for direction in ("to", "from") if each.direction == "both" else (each.direction,):
            for kind in each.kinds:
                edge = (each.peer, direction, kind, each.via, each.channel)
                found.setdefault(edge, set()).add(each.protocol)
    return found


def _protocols(old: Manifest, new: Manifest) -> Iterator[Change]:
    before, after = ({p.name: p for p in each.protocols} for each in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        path = f"protocols.{name}"
        if name not in after or name not in before:
            # it grants nothing by itself: edges that follow it are compared
            yield _change(path, True, "described" if name in after else "no longer described")
        elif before[name] != after[name]:
            yield _change(path, False, "changed")


def _store(path: str, old: StoreGrant, new: StoreGrant) -> Iterator[Change]:
    for field in ("read", "write"):
        if getattr(old, field) != getattr(new, field):
            now = getattr(new, field)
            yield _change(f"{path}.{field}", not now, "granted" if now else "no longer granted")
    if (old.keys, old.prefixes) != (new.keys, new.prefixes):
        narrow = keys_include(old, new)
        yield _change(f"{path}.keys", narrow, "fewer keys" if narrow else "may be more keys")


def _budgets(old: Manifest, new: Manifest) -> Iterator[Change]:
    before = {(each.resource, each.kind): each for each in old.resources}
    after = {(each.resource, each.kind): each for each in new.resources}
    had, has = {name for name, _ in before}, {name for name, _ in after}
    for key in [*before, *(key for key in after if key not in before)]:
        path = f"resources.{key[0]}.{key[1]}"
        if key not in after:
            gone = key[0] not in has
            yield _change(path, gone, "no longer granted" if gone else "a limit less")
        elif key not in before:
            limit = key[0] in had
            yield _change(path, limit, "a limit more" if limit else "newly granted")
        elif before[key] != after[key]:
            yield _change(path, _less(before[key], after[key]), "changed")


def _less(old: ResourceBudget, new: ResourceBudget) -> bool:
    longer = (new.window or 0) >= (old.window or 0)
    return new.unit == old.unit and new.amount <= old.amount and longer


def _delegation(old: DelegationCeiling, new: DelegationCeiling) -> Iterator[Change]:
    yield from ranked("delegation.depth", old.depth, new.depth, narrow=-1)
    yield from ranked("delegation.lifetime", old.lifetime or 0, new.lifetime or 0, narrow=-1)
    for field in ("to", "actions", "tools"):
        before, after = getattr(old, field), getattr(new, field)
        pair = dict.fromkeys(before), dict.fromkeys(after)
        yield from _each(f"delegation.{field}", *pair, _nothing)
