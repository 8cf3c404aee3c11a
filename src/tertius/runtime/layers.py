"""The layers that a deployment's policy comes to, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from tertius.core.kinds import Event
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Request
from tertius.escalation.triggers import Trigger, Triggers
from tertius.policy.allow_set import AllowSet
from tertius.policy.break_glass import Doorway
from tertius.policy.budgets import Budgets
from tertius.policy.cedar import CedarRules
from tertius.policy.clearance import Clearances
from tertius.policy.conditions import ConditionsLayer, condition_rules
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.counters import BUILT_IN
from tertius.policy.delegation import Delegations
from tertius.policy.granted import PEERLESS, Grant
from tertius.policy.granted_asks import members_of
from tertius.policy.proposals import WatchProposals
from tertius.policy.protocols import Protocols
from tertius.policy.request_schema import shape
from tertius.policy.reservations import history_of
from tertius.policy.revocation import Revoked
from tertius.policy.roles import Roles
from tertius.runtime.decided import decided_id
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
    triggers
        Which acts are asked about.
    watch
        Names of the rules under which the watch may propose.
    level
        Where the gate stands.

    Attributes
    ----------
    history
        To be handed to the gate, which reserves every act in it.
    questions
        Says on what terms people are asked.
    doorway
        Where the emergency door is opened: it may lift what the allow-set, the conditions and the
        triggers say, and nothing else.
    """

    def __init__(
        self,
        policy: InForce,
        *,
        triggers: Sequence[Trigger] = (),
        watch: Sequence[str] = (),
        level: EnforcementLevel = EnforcementLevel.IN_PROCESS,
    ) -> None:
        members = members_of(policy.agents)
        rules = condition_rules(policy.conditions, members=members)
        declared = shape(policy.constitution.schema, BUILT_IN)
        own = CedarRules(policy.constitution.rules, declared).counters
        self._protocols = Protocols(policy.agents, decision_of=decided_id)
        self._budgets = Budgets(policy.agents)
        self._clearances = Clearances(policy.agents, missing=None)  # nobody computes labels yet
        self.history = history_of(
            policy.conditions,
            beside=[each for each in (self._protocols, self._budgets) if each],
            read=sorted(rules.counters | own),
            families={each.agent: each.model_family for each in policy.agents},
        )
        self.questions = Triggers(triggers)
        self._proposals = WatchProposals(watch)
        self.doorway = Doorway()
        self._policy = policy
        self._constitution = ConstitutionLayer(
            policy.constitution, members=members, chronicle=self.history
        )
        self._roles = Roles(policy.agents, policy.determinations)
        self._allowed = AllowSet(
            policy.manifests.held,
            level=level,
            revoked=policy.revoked,
            refusals=policy.manifests.refusals,
        )
        self._delegations = Delegations(
            policy.agents, OwnGrants(lambda: self._allowed), self.history
        )
        self._conditions = ConditionsLayer(policy.conditions, rules, self.history)
        self._tools = {
            (each.agent, tool.tool): tool for each in policy.agents for tool in each.tools
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
                self.doorway.behind(self._allowed),
                *([self._protocols] if self._protocols else ()),
                self.doorway.behind(self._conditions),
                *([self._budgets] if self._budgets else ()),
                self._clearances,
                self.doorway.behind(self.questions),
                self._proposals,
            ),
            manifest_of=self._allowed.digest_of,
            constitution=self._policy.constitution_digest,
            irreversible=self.irreversible,
            secret=self.secret,
            schema_of=self._allowed.schema_of,
            watchers=self.watchers,
            epoch=epoch,
        )

    def revoke(self, revoked: Revoked) -> None:
        """Take a newer revocation list; what `policies` returns from now on is under it."""
        self._allowed = self._allowed.under(revoked)

    def irreversible(self, request: Request) -> bool:
        """Whether an act cannot be taken back: unmarked tools, and whatever leaves the group."""
        if request.action in ON_TOOLS:
            tool = self._tools.get((request.agent, request.resource or ""))
            return tool is None or tool.irreversible
        return request.via in PEERLESS or request.action in LASTING

    def secret(self, agent: str, tool: str) -> tuple[str, ...]:
        """Return which arguments an agent's grant of a tool marks as secret."""
        grant = self._tools.get((agent, tool))
        return () if grant is None else grant.secret


class OwnGrants:
    """Whether an agent's own manifest grants an act that somebody else asks for in its name."""

    def __init__(self, allowed: Callable[[], AllowSet]) -> None:
        self._allowed = allowed

    def may(self, agent: str, request: Request) -> bool:
        """Whether the agent's own manifest grants the act of the request."""
        return isinstance(self._allowed().find(replace(request, agent=agent)), Grant)
