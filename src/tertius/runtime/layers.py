"""The layers that a deployment's policy comes to, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from tertius.core.events import Event
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Request
from tertius.escalation.triggers import Trigger, Triggers
from tertius.policy.allow_set import AllowSet
from tertius.policy.cedar import CedarRules
from tertius.policy.conditions import ConditionsLayer, condition_rules
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.counters import BUILT_IN
from tertius.policy.delegation import Delegations
from tertius.policy.granted import PEERLESS, Grant
from tertius.policy.granted_asks import members_of
from tertius.policy.history import History
from tertius.policy.request_schema import shape
from tertius.policy.roles import Determination, Roles
from tertius.runtime.in_force import InForce
from tertius.runtime.policies import Policies

ON_TOOLS: Final = ("tool.call", "act")
LASTING: Final = ("policy.propose", "declassify", "endorse")
"""Acts besides tools that nobody takes back."""


class Layers:
    """Every layer of one policy, with what they remember between them.

    Parameters
    ----------
    policy
        As verified.
    determinations
        Where determinations are kept.
    triggers
        Which acts are asked about.
    level
        Where the gate stands.

    Attributes
    ----------
    history
        To be handed to the gate, which reserves every act in it.
    questions
        Says on what terms people are asked.
    """

    def __init__(
        self,
        policy: InForce,
        *,
        determinations: Iterable[Determination] = (),
        triggers: Sequence[Trigger] = (),
        level: EnforcementLevel = EnforcementLevel.IN_PROCESS,
    ) -> None:
        members = members_of(policy.agents)
        rules = condition_rules(policy.conditions, members=members)
        declared = shape(policy.constitution.schema, BUILT_IN)
        own = CedarRules(policy.constitution.rules, declared).counters
        self.history = History(
            policy.conditions,
            read=sorted(rules.counters | own),
            families={each.agent: each.model_family for each in policy.agents},
        )
        self.questions = Triggers(triggers)
        self._policy = policy
        self._constitution = ConstitutionLayer(
            policy.constitution, members=members, chronicle=self.history
        )
        self._roles = Roles(policy.agents, determinations)
        self._allowed = AllowSet(
            policy.manifests.held,
            level=level,
            revoked=policy.revoked,
            refusals=policy.manifests.refusals,
        )
        self._delegations = Delegations(policy.agents, OwnGrants(self._allowed), self.history)
        self._conditions = ConditionsLayer(policy.conditions, rules, self.history)
        self._lasting = {
            (each.agent, tool.tool): tool.irreversible
            for each in policy.agents
            for tool in each.tools
        }

    @property
    def watchers(self) -> tuple[Callable[[Event], None], ...]:
        """Who must hear every event: owners' determinations, and delegations."""
        return (self._roles.observe, lambda event: self._delegations.rebuild((event,)))

    def policies(self, *, epoch: int) -> Policies:
        """Return what the gate puts in force."""
        return Policies(
            layers=(
                self._constitution,
                self._roles,
                self._delegations,
                self._allowed,
                self._conditions,
                self.questions,
            ),
            manifest_of=self._allowed.digest_of,
            constitution=self._policy.constitution_digest,
            irreversible=self.irreversible,
            schema_of=self._allowed.schema_of,
            watchers=self.watchers,
            epoch=epoch,
        )

    def irreversible(self, request: Request) -> bool:
        """Whether an act cannot be taken back: unmarked tools, and whatever leaves the group."""
        if request.action in ON_TOOLS:
            return self._lasting.get((request.agent, request.resource or ""), True)
        return request.via in PEERLESS or request.action in LASTING


class OwnGrants:
    """Whether an agent's own manifest grants an act that somebody else asks for in its name."""

    def __init__(self, allowed: AllowSet) -> None:
        self._allowed = allowed

    def may(self, agent: str, request: Request) -> bool:
        """Whether the agent's own manifest grants the act of the request."""
        return isinstance(self._allowed.find(replace(request, agent=agent)), Grant)
