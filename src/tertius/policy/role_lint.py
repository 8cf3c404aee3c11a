"""Determinations that two authorities could decide, or that a grant takes from their owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertius.core.manifest import Manifest
from tertius.policy.lint_fault import LintFault
from tertius.policy.roles import Determination


def role_faults(
    manifests: Sequence[Manifest], determinations: Iterable[Determination]
) -> list[LintFault]:
    """Return overlaps between owners, and grants that reach into what another owns."""
    determinations = list(determinations)
    owners: dict[str, list[str]] = {}
    for manifest in manifests:
        for name in manifest.owns:
            owners.setdefault(name, []).append(manifest.agent)
    found = [
        LintFault(
            kind="overlap",
            where=f"owns:{name}",
            message="two agents own it",
            example=" and ".join(f"`{agent}`" for agent in agents),
        )
        for name, agents in sorted(owners.items())
        if len(agents) > 1
    ]
    found += _nested(owners)
    for each in determinations:
        if each.name not in owners:
            message = "nobody owns it, so nobody can ever make it"
            found.append(LintFault(kind="gridlock", where=f"owns:{each.name}", message=message))
    found += _shared(determinations)
    for manifest in manifests:
        found += _taken(manifest, determinations, owners)
    return found


def _nested(owners: dict[str, list[str]]) -> list[LintFault]:
    """Return determinations whose kept keys lie below those of another owner."""
    return [
        LintFault(
            kind="overlap",
            where=f"owns:{inner}",
            message=f"it is kept below `{outer}`, which another agent owns",
            example=f"memory key `{inner}`",
        )
        for outer in sorted(owners)
        for inner in sorted(owners)
        if inner.startswith(f"{outer}/") and set(owners[inner]) != set(owners[outer])
    ]


def _shared(determinations: Sequence[Determination]) -> list[LintFault]:
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
                    LintFault(
                        kind="overlap",
                        where=f"owns:{one.name}",
                        message=f"writing it would write `{other.name}` too",
                        example=f"`{common[0]}`",
                    )
                )
    return found


def _taken(
    manifest: Manifest, determinations: Iterable[Determination], owners: dict[str, list[str]]
) -> list[LintFault]:
    """Return tools granted to one agent that change what another owns."""
    granted = {grant.tool for grant in manifest.tools}
    return [
        LintFault(
            kind="contradicts",
            where=f"{manifest.agent}:tools",
            message=f"tool `{tool}` changes `{each.name}`, which `{owners[each.name][0]}` owns",
            example=f"{manifest.agent} tool.call {tool}",
        )
        for each in determinations
        for tool in each.tools
        if tool in granted and each.name in owners and manifest.agent not in owners[each.name]
    ]


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
