"""Whether triggers mean anything under the policy in force: a misspelt one would never ask.

And whether anybody could answer the questions of the watch's rules: what they narrow at once stays
narrowed until somebody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from tertius.core.errors import CallerError
from tertius.core.names import nearest
from tertius.escalation.triggers import Terms, Trigger
from tertius.runtime.soundness import Whole
from tertius.runtime.watch_rules import SHIPPED, WatchRules


class TriggerFlawError(CallerError):
    """A trigger that can never ask, or a question that nobody could answer."""


def require_meant(triggers: Iterable[Trigger], rules: WatchRules, policy: Whole) -> None:
    """Refuse triggers that can never fire, and questions that nobody could answer.

    Raises
    ------
    TriggerFlawError
        Names the first, what is unknown, and the nearest known name.

    Notes
    -----
    While a manifest is refused, what it would name counts as known: its agent has no grants.
    """
    for flaw in (*trigger_flaws(triggers, policy), *rule_flaws(rules, policy.able)):
        raise TriggerFlawError(flaw)


def trigger_flaws(triggers: Iterable[Trigger], policy: Whole) -> Iterator[str]:
    """Say of every trigger what is unknown, or why nobody could ever answer it."""
    able = set(policy.able)
    for each in triggers:
        who = f"trigger `{each.name}`"
        yield from _unknown(who, "rule", each.rules, _rules(policy))
        if not policy.refused:
            yield from _unknown(who, "agent", each.agents, {m.agent for m in policy.manifests})
            yield from _unknown(who, "resource", each.resources, set(_resources(policy)))
            yield from _unknown(who, "peer", each.peers, set(_peers(policy)))
        yield from _unanswerable(who, each.terms, able)


def rule_flaws(rules: WatchRules, able: Iterable[str]) -> Iterator[str]:
    """Say of every rule of the watch why nobody could ever answer its question.

    Parameters
    ----------
    able
        The people who can answer.

    Notes
    -----
    The rules that come with Tertius ask whoever is enrolled, and hold where nobody is.
    """
    people = set(able)
    for each in rules.rules:
        if each not in SHIPPED:
            yield from _unanswerable(f"watch rule `{each.name}`", each.terms, people)


def _unanswerable(who: str, terms: Terms, able: Set[str]) -> Iterator[str]:
    yield from _unknown(who, "approver", terms.approvers, able)
    if terms.quorum > len(able):
        enrolled = "1 person is" if len(able) == 1 else f"{len(able)} people are"
        yield (
            f"{who} wants {terms.quorum} approval{'s' if terms.quorum > 1 else ''}, and "
            f"{enrolled} enrolled; nobody could ever permit it"
        )


def _unknown(who: str, what: str, named: Iterable[str], known: Set[str]) -> Iterator[str]:
    for name in named:
        if name not in known:
            hint = nearest(name, known) or "; there is none"
            yield f"{who}: unknown {what} `{name}`{hint}"


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
