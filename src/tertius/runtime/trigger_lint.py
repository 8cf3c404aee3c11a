"""Whether triggers mean anything under the policy in force: a misspelt one would never ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.escalation.triggers import Trigger
from tertius.runtime.in_force import InForce


class TriggerFlawError(CallerError):
    """A trigger that can never ask, or that nobody could answer."""


def require_meant(triggers: Iterable[Trigger], policy: InForce) -> None:
    """Refuse triggers that can never fire, or whose question nobody could answer.

    Raises
    ------
    TriggerFlawError
        Names the first, what is unknown, and the nearest known name.

    Notes
    -----
    While a manifest is refused, what it would name counts as known: its agent has no grants.
    """
    people = () if policy.register is None else policy.register.people
    able = {each.person for each in people if each.keys}
    whole = not policy.manifests.refusals
    for each in triggers:
        _require_known(each, "rule", each.rules, _rules(policy))
        if whole:
            _require_known(each, "agent", each.agents, {m.agent for m in policy.agents})
            _require_known(each, "resource", each.resources, set(_resources(policy)))
            _require_known(each, "peer", each.peers, set(_peers(policy)))
        _require_known(each, "approver", each.terms.approvers, able)
        if each.terms.quorum > len(able):
            raise TriggerFlawError(
                f"trigger `{each.name}` wants {each.terms.quorum} approvals, and "
                f"{len(able)} people are enrolled; nobody could ever permit it"
            )


def _require_known(trigger: Trigger, what: str, named: Iterable[str], known: Set[str]) -> None:
    for name in named:
        if name not in known:
            hint = nearest(name, known) or "; there is none"
            raise TriggerFlawError(f"trigger `{trigger.name}`: unknown {what} `{name}`{hint}")


def _rules(policy: InForce) -> set[str]:
    own = {each.id for each in policy.constitution.rules}
    return own | {each.id for each in policy.conditions.rules}


def _resources(policy: InForce) -> Iterator[str]:
    for manifest in policy.agents:
        yield from (each.tool for each in manifest.tools)
        yield from (each.store for each in manifest.memory)
        yield from (each.resource for each in manifest.resources)
        yield from manifest.owns
        yield manifest.agent


def _peers(policy: InForce) -> Iterator[str]:
    for manifest in policy.agents:
        yield manifest.agent
        yield from (each.peer for each in manifest.peers)
        yield from manifest.delegation.to
