"""Determinations that two authorities could decide, or that a grant takes from their owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertius.core.manifest import Manifest
from tertius.policy.flaw import Flaw
from tertius.policy.roles_document import Determination


def role_faults(
    manifests: Sequence[Manifest], determinations: Iterable[Determination]
) -> list[Flaw]:
    """Return overlaps between owners, and grants that reach into what another owns.

    Two owners of one determination are a flaw of their manifests (`tertius.policy.manifest_lint`).
    """
    determinations = list(determinations)
    owners: dict[str, list[str]] = {}
    for manifest in manifests:
        for name in manifest.owns:
            owners.setdefault(name, []).append(manifest.agent)
    found = _nested(owners)
    for each in determinations:
        if each.name not in owners:
            said = "nobody owns it, so nobody can ever make it"
            found.append(Flaw(kind="gridlock", where=f"owns:{each.name}", said=said))
    found += _shared(determinations)
    for manifest in manifests:
        found += _taken(manifest, determinations, owners)
    return found


def _nested(owners: dict[str, list[str]]) -> list[Flaw]:
    """Return determinations whose kept keys lie below those of another owner."""
    return [
        Flaw(
            kind="overlap",
            where=f"owns:{inner}",
            said=f"it is kept below `{outer}`, which another agent owns",
            example=f"memory key `{inner}`",
        )
        for outer in sorted(owners)
        for inner in sorted(owners)
        if inner.startswith(f"{outer}/") and set(owners[inner]) != set(owners[outer])
    ]


def _shared(determinations: Sequence[Determination]) -> list[Flaw]:
    """Return tools and keys by which two determinations would be written at once."""
    found = []
    for number, one in enumerate(determinations):
        for other in determinations[:number]:
            common = sorted(set(one.tools) & set(other.tools))
            common += sorted(
                f"{store}:{key}"
                for store, key in one.keys
                for kept, held in other.keys
                if store == kept and _meet(key, held)
            )
            if common:
                found.append(
                    Flaw(
                        kind="overlap",
                        where=f"owns:{one.name}",
                        said=f"writing it would write `{other.name}` too",
                        example=f"`{common[0]}`",
                    )
                )
    return found


def _taken(
    manifest: Manifest, determinations: Iterable[Determination], owners: dict[str, list[str]]
) -> list[Flaw]:
    """Return tools granted to one agent that change what another owns."""
    granted = {grant.tool for grant in manifest.tools}
    return [
        Flaw(
            kind="contradicts",
            where=f"{manifest.agent}:tools",
            said=f"tool `{tool}` changes `{each.name}`, which `{owners[each.name][0]}` owns",
            example=f"{manifest.agent} tool.call {tool}",
        )
        for each in determinations
        for tool in each.tools
        if tool in granted and each.name in owners and manifest.agent not in owners[each.name]
    ]


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
