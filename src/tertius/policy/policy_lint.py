"""Faults of a policy set as a whole: what cannot be read, cannot fire, or can never be allowed.

Exact over the manifests and the values that rules compare; where rules do more than that, the
answer is `not-decided`, with the reason, and never a silent pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tertius.core.constitution import Constitution
from tertius.core.errors import CallerError
from tertius.core.manifest import Manifest
from tertius.policy.cedar import CedarRules, Rule, RuleText
from tertius.policy.conditions_document import Conditions
from tertius.policy.counters import BUILT_IN
from tertius.policy.declared_arguments import ShapeError
from tertius.policy.demand_lint import approval_faults, demand_faults
from tertius.policy.flaw import Flaw
from tertius.policy.granted_asks import asks, members_of
from tertius.policy.request_context import Member
from tertius.policy.request_schema import Shape, merged, shape
from tertius.policy.role_lint import role_faults
from tertius.policy.roles_document import Determination
from tertius.policy.rule_lint import RuleLint, grant_faults
from tertius.policy.rule_space import Ask

ORDER: Final = (
    "unreadable",
    "contradicts",
    "gridlock",
    "overlap",
    "never-fires",
    "shadowed",
    "not-decided",
    "misspelt",
    "idle",
    "inert",
)


def lint_policy(
    *,
    manifests: Sequence[Manifest],
    constitution: Constitution | None = None,
    conditions: Conditions | None = None,
    determinations: Iterable[Determination] = (),
    approvers: Sequence[str] = (),
    quorum: int = 1,
) -> list[Flaw]:
    """Return every fault of a policy set, those that stop a start first.

    Parameters
    ----------
    manifests
        All of the group.
    constitution, conditions, determinations
        As they would be put in force.
    approvers
        Enrolled people who may answer escalations.
    quorum
        How many of them must.

    Notes
    -----
    Each question costs at most 20,000 evaluations of some 20 us. Cannot see what an allowed act
    leads to, nor approvals outside the log.

    Examples
    --------
    >>> from tertius.core.constitution import ConstitutionRule
    >>> rule = ConstitutionRule(id="k1", why="never", cedar='''
    ...     forbid (principal, action, resource) when { context.hops > 3 && context.hops < 2 };''')
    >>> found = lint_policy(manifests=(), constitution=Constitution(name="campus", version=1,
    ...     accountable="p-1", schema="type Arguments = {};", rules=(rule,), not_before=0,
    ...     not_after=9))
    >>> [(fault.kind, fault.where, fault.stops) for fault in found]
    [('never-fires', 'campus:k1', True)]
    """
    granted = asks(manifests)
    members = members_of(manifests)
    found = role_faults(manifests, determinations)
    if conditions is not None:
        found += demand_faults(conditions, manifests, granted)
    read: list[tuple[str, list[Rule], Shape]] = []
    for where, texts, declared in _documents(constitution, conditions):
        try:
            known = shape(declared[0], declared[1])
        except ShapeError as error:
            found.append(Flaw(kind="unreadable", where=f"{where}:schema", said=str(error)))
            continue
        rules, unreadable = _read(where, texts, known)
        found += unreadable
        found += RuleLint(where, rules, known, granted, members).faults()
        found += grant_faults(where, rules, known, granted, members)
        read.append((where, rules, known))
        found += approval_faults(where, rules, manifests, granted, approvers, quorum)
    found += _together(read, granted, members, found)
    return sorted(found, key=lambda fault: (ORDER.index(fault.kind), fault.where))


def _documents(
    constitution: Constitution | None, conditions: Conditions | None
) -> list[tuple[str, Sequence[RuleText], tuple[str, list[str]]]]:
    """Return name, rules, and what the schema is made of, for each document."""
    found: list[tuple[str, Sequence[RuleText], tuple[str, list[str]]]] = []
    if constitution is not None:
        declared = (constitution.schema, list(BUILT_IN))
        found.append((constitution.name, constitution.rules, declared))
    if conditions is not None:
        named = [*BUILT_IN, *(counter.name for counter in conditions.counters)]
        found.append((conditions.name, conditions.rules, (conditions.schema, named)))
    return found


def _read(where: str, texts: Sequence[RuleText], known: Shape) -> tuple[list[Rule], list[Flaw]]:
    """Load every rule by itself, so that one that cannot be read hides no other."""
    rules: list[Rule] = []
    found: list[Flaw] = []
    for text in texts:
        try:
            rules.extend(CedarRules([text], known).rules)
        except CallerError as error:
            found.append(Flaw(kind="unreadable", where=f"{where}:{text.id}", said=str(error)))
    return rules, found


def _together(
    read: Sequence[tuple[str, list[Rule], Shape]],
    granted: Sequence[Ask],
    members: Sequence[Member],
    known: Sequence[Flaw],
) -> list[Flaw]:
    """Return the grants that no document closes alone, and all of them together do."""
    if len(read) < 2:
        return []
    where = "+".join(name for name, _, _ in read)
    fields = merged(*(each.fields for _, _, each in read))
    if fields is None:
        said = "two documents declare one argument differently, so gridlock is open"
        return [Flaw(kind="not-decided", where=f"{where}:schema", said=said)]
    rules = [rule for _, mine, _ in read for rule in mine]
    found = grant_faults(where, rules, Shape(fields=fields), granted, members)
    told = {fault.said for fault in known}
    return [fault for fault in found if fault.kind == "gridlock" and fault.said not in told]
