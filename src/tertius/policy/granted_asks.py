"""Everything that a set of manifests allows somebody to ask for: finite, and listed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tertius.core.manifest import Manifest
from tertius.core.outcome import EnforcementLevel
from tertius.policy.granted import Granted
from tertius.policy.request_context import Member, target_of
from tertius.policy.rule_space import Ask

_UNSIGNED: Final = "0" * 64


def asks(manifests: Iterable[Manifest]) -> list[Ask]:
    """Return agent, action and target of every grant, each once, in order."""
    found: dict[Ask, None] = {}
    for manifest in manifests:
        for ask in _of(manifest):
            found[ask] = None
    return list(found)


def members_of(manifests: Iterable[Manifest]) -> tuple[Member, ...]:
    """Return what rules may read of the agents of these manifests."""
    return tuple(
        Member(
            agent=manifest.agent,
            operator=manifest.operator,
            principal=manifest.principal,
            family=manifest.model_family,
            owns=manifest.owns,
            clearance=manifest.clearance,
        )
        for manifest in manifests
    )


def _of(manifest: Manifest) -> list[Ask]:
    compiled = Granted(manifest, _UNSIGNED, level=EnforcementLevel.GATEWAY)
    return [
        Ask(grant.agent, grant.action, target_of(grant.action, grant.resource, grant.peer))
        for grant in compiled.grants()
    ]
