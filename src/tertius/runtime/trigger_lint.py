"""Whether triggers mean anything under the policy in force: a misspelt one would never ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.escalation.triggers import Trigger
from tertius.runtime.soundness import Whole


class TriggerFlawError(CallerError):
    """A trigger that can never ask, or that nobody could answer."""


def require_meant(triggers: Iterable[Trigger], policy: Whole) -> None:
    """Refuse triggers that can never fire, or whose question nobody could answer.

    Raises
    ------
    TriggerFlawError
        Names the first, what is unknown, and the nearest known name.

    Notes
    -----
    While a manifest is refused, what it would name counts as known: its agent has no grants.
    """
    for flaw in trigger_flaws(triggers, policy):
        raise TriggerFlawError(flaw)


def trigger_flaws(triggers: Iterable[Trigger], policy: Whole) -> Iterator[str]:
    """Say of every trigger what is unknown, or why nobody could ever answer it."""
    able = set(policy.able)
    for each in triggers:
        yield from _unknown(each, "rule", each.rules, _rules(policy))
        if not policy.refused:
            yield from _unknown(each, "agent", each.agents, {m.agent for m in policy.manifests})
            yield from _unknown(each, "resource", each.resources, set(_resources(policy)))
            yield from _unknown(each, "peer", each.peers, set(_peers(policy)))
        yield from _unknown(each, "approver", each.terms.approvers, able)
        if each.terms.quorum > len(able):
            yield (
                f"trigger `{each.name}` wants {each.terms.quorum} approvals, and "
                f"{len(able)} people are enrolled; nobody could ever permit it"
            )


def _unknown(trigger: Trigger, what: str, named: Iterable[str], known: Set[str]) -> Iterator[str]:
    for name in named:
        if name not in known:
            hint = nearest(name, known) or "; there is none"
            yield f"trigger `{trigger.name}`: unknown {what} `{name}`{hint}"


def _rules(policy: Whole) -> set[str]:
    own = set() if policy.constitution is None else {e.id for e in policy.constitution.rules}
    return own | {each.id for each in policy.conditions.rules}


def _resources(policy: Whole) -> Iterator[str]:
    for manifest in policy.manifests:
        yield from (each.tool for each in manifest.tools)
        yield from (each.store for each in manifest.memory)
        yield from (each.resource for each in manifest.resources)
        yield from manifest.owns
        yield manifest.agent


def _peers(policy: Whole) -> Iterator[str]:
    for manifest in policy.manifests:
        yield manifest.agent
        yield from (each.peer for each in manifest.peers)
        yield from manifest.delegation.to
