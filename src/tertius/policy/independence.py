"""Whether the constitution's answer for a grant can be known once and for all."""

from __future__ import annotations

from typing import Protocol

from tertius.core.outcome import Outcome
from tertius.policy.cedar import CedarRules
from tertius.policy.cedar_terms import ERROR, UNKNOWN, Scene, Uid, fires
from tertius.policy.request_context import target_of


class GrantTarget(Protocol):
    """What one compiled grant is for."""

    @property
    def agent(self) -> str:
        """Who holds it."""
        ...

    @property
    def action(self) -> str:
        """Which kind of act."""
        ...

    @property
    def resource(self) -> str | None:
        """What is acted on; None where only a peer is named."""
        ...

    @property
    def peer(self) -> str | None:
        """Who receives; None where only a resource is named."""
        ...


def independent_of_request(rules: CedarRules, grant: GrantTarget) -> Outcome | None:
    """Return the constitution's answer for a grant where nothing in a request can change it.

    Parameters
    ----------
    rules
        The constitution's.
    grant
        Agent, action and target; everything else is taken as unknown.

    Returns
    -------
    ``ABSTAIN``: no rule can ever apply. ``FORBID`` or ``ESCALATE``: a rule always applies. None:
    it could not be proved, and Cedar must be asked at every decision.

    Notes
    -----
    A proof by evaluation over unknowns: arguments, context, history, label, and every attribute of
    every agent may be anything. Validity in time is no part of it (`ConstitutionLayer.in_force`).

    References
    ----------
    Project design, section 6.
    """
    scene = Scene(
        principal=Uid("Agent", grant.agent),
        action=Uid("Action", grant.action),
        resource=target_of(grant.action, grant.resource, grant.peer),
        context=UNKNOWN,
    )
    said = Outcome.ABSTAIN
    for rule in rules.rules:
        answer = fires(rule.template, scene)
        if answer is UNKNOWN or answer is ERROR:
            return None
        if answer is True and said is not Outcome.FORBID:
            said = rule.outcome
    return said
