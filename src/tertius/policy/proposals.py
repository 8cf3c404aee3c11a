"""What the watch proposes, or a person by hand: a change of circuit state, which people decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tertius.core.decision import Layer, Vote
from tertius.core.manifest import BY_HAND, PROPOSERS
from tertius.core.outcome import Outcome
from tertius.core.request import Request

CIRCUIT: Final = "circuit"
"""What the watch's proposals are about."""

_ABSTAIN: Final = Vote(
    layer="conditions", outcome=Outcome.ABSTAIN, rule="watch", reason="no proposal of the watch"
)


class WatchProposals:
    """Asks people about every proposal of the watch, or by hand, on the terms of its rule.

    Parameters
    ----------
    rules
        Names of the rules there are; a proposal under any other is forbidden, except by hand.

    Notes
    -----
    It says nothing about anybody else. What may be proposed is a change of circuit state and
    nothing more; the constitution can forbid even that.
    """

    layer: Final[Layer] = "conditions"

    def __init__(self, rules: Iterable[str]) -> None:
        self._rules = frozenset((*rules, BY_HAND))

    def judge(self, request: Request) -> Vote:
        """Escalate such a proposal, abstain from everything else."""
        if request.agent not in PROPOSERS:
            return _ABSTAIN
        arguments = request.decoded()
        rule = str(arguments.get("rule")) if isinstance(arguments, dict) else ""
        about = (request.action, request.resource)
        if about != ("policy.propose", CIRCUIT) or rule not in self._rules:
            return Vote(
                layer=self.layer,
                outcome=Outcome.FORBID,
                rule="watch",
                reason="the watch proposes changes of circuit state under a rule, nothing else",
            )
        why = arguments.get("why", "")
        return Vote(
            layer=self.layer,
            outcome=Outcome.ESCALATE,
            rule=rule,
            reason=str(why)[:1000] or "a finding asks for it",
        )
