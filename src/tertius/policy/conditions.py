"""The layer of conditions: what is granted may happen now, if the past allows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tertius.core.decision import Layer, Vote
from tertius.core.outcome import Outcome
from tertius.core.request import Request
from tertius.policy.cedar import CedarRules
from tertius.policy.conditions_document import Conditions, Consensus
from tertius.policy.constitution import vote
from tertius.policy.counters import BUILT_IN
from tertius.policy.history import History
from tertius.policy.occurrence import requested
from tertius.policy.request_context import Member
from tertius.policy.request_schema import Shape, shape


def conditions_shape(conditions: Conditions) -> Shape:
    """Return what the rules of these conditions may read."""
    return shape(conditions.schema, [*BUILT_IN, *(c.name for c in conditions.counters)])


def condition_rules(conditions: Conditions, *, members: Iterable[Member] = ()) -> CedarRules:
    """Parse and type-check the rules of these conditions.

    Raises
    ------
    CedarError
        A rule that cannot be put in force; with line and column.
    ShapeError
        A schema that declares more than the arguments.
    """
    return CedarRules(conditions.rules, conditions_shape(conditions), members=members)


class ConditionsLayer:
    """Cedar rules over history, and the demands that need more than a rule.

    Parameters
    ----------
    conditions
        Verified by `load_conditions`.
    rules
        Of the same conditions (`condition_rules`).
    history
        Kept by the gate, which reserves every request before it asks.

    Notes
    -----
    Says forbid, escalate or abstain, never permit. Forbid beats escalate. A rule that cannot be
    evaluated raises, and the gate forbids. Cannot see agreements that are made outside the log.
    """

    layer: Final[Layer] = "conditions"

    def __init__(self, conditions: Conditions, rules: CedarRules, history: History) -> None:
        self.conditions = conditions
        self.rules = rules
        self._history = history

    def judge(self, request: Request) -> Vote:
        """Say whether the past allows the request, or a person must be asked."""
        fired = self.rules.fired(request, self._history)
        if not any(rule.outcome is Outcome.FORBID for rule in fired):
            for objection in self._history.objections(request):
                return self._forbid(objection.rule, objection.why)
            for demand in self.conditions.consensus:
                missing = self._missing(demand, request)
                if missing:
                    return self._forbid(demand.id, f"{demand.why[:900]}: {missing}")
        return vote(self.layer, fired, otherwise=self.conditions.name)

    def _missing(self, demand: Consensus, request: Request) -> str:
        """Return what a consensus still lacks, empty when it stands."""
        if not demand.act.fits(requested(request)):
            return ""
        standing = self._history.standing(request)
        if standing.contradicted:
            return "an independent check contradicts it"
        if standing.votes < demand.quorum:
            return f"{standing.votes} of {demand.quorum} agents agree"
        if demand.distinct_families and standing.families < demand.quorum:
            return f"{standing.families} of {demand.quorum} model families agree"
        if demand.verified and not standing.verified:
            return "nobody independent has checked it"
        return ""

    def _forbid(self, rule: str, why: str) -> Vote:
        return Vote(layer=self.layer, outcome=Outcome.FORBID, rule=rule, reason=why)
