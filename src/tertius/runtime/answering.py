"""From what the layers said to an answer that stands in the log: decide, record, ask people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tertius.core.decision import Decision, Fault, Vote, combine
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.oversight_events import Decided
from tertius.core.request import Request
from tertius.escalation.desk import Desk
from tertius.escalation.triggers import Terms
from tertius.policy.circuit import Circuit
from tertius.runtime.acts import Known
from tertius.runtime.decided import decided, decided_id, judged, reads_back, short, told
from tertius.runtime.ledger import Ledger
from tertius.runtime.permits import Permit
from tertius.runtime.policies import Policies

_PERMIT, _FORBID, _ESCALATE = Outcome.PERMIT, Outcome.FORBID, Outcome.ESCALATE


class Answering:
    """Makes answers; an act starts only once its decision is recorded.

    Parameters
    ----------
    ledger
        The gate's log.
    circuit
        Where starts are reserved.
    desk, terms
        Where people are asked, and on what terms; without a desk, escalate is forbid.
    level
        Where the gate stands.
    """

    def __init__(
        self,
        ledger: Ledger,
        circuit: Circuit,
        *,
        desk: Desk | None,
        terms: Callable[[Request, Decision], Terms],
        level: EnforcementLevel,
    ) -> None:
        self._ledger, self._circuit, self._level = ledger, circuit, level
        self._desk, self._terms = desk, terms

    def anew(
        self,
        known: Known,
        request: Request,
        now: int,
        votes: list[Vote],
        faults: list[Fault],
        policies: Policies,
        *,
        shadow: bool,
        bad_argument: bool,
    ) -> tuple[Decision, bool]:
        """Decide on what was said of an act; return also whether its start is reserved."""
        outcome = combine(votes, faults)
        reserved = outcome is _PERMIT and self._circuit.reserve(request)
        if outcome is _PERMIT and not reserved:
            votes.append(forbid("circuit", "another start was quicker"))
            outcome = _FORBID
        if outcome is _ESCALATE and self._desk is None:
            votes.append(forbid("escalation", "nobody can be asked here"))
            outcome = _FORBID
        decision = judged(
            request, now, outcome, votes, faults, policies,
            level=self._level, shadow=shadow, bad_argument=bad_argument,
        )  # fmt: skip
        event = decided(request, decision)
        if outcome is _PERMIT:
            known.permit = Permit.of(decision, event, policies, votes, known.digest)
        decision = self.record(request, decision, event, policies)
        if self._desk is not None and decision.obeyed is _ESCALATE:
            decision = self._ask(self._desk, request, decision, policies)
        return decision, reserved

    def record(
        self, request: Request, decision: Decision, made: Decided | bytes, policies: Policies
    ) -> Decision:
        """Write a decision: its event, or the entry of a permit that was given again.

        What the log cannot take is forbidden, also in shadow mode.
        """
        try:
            if isinstance(made, bytes):
                index = self._ledger.decide_again(request.id, made)
            else:
                index = self._ledger.decide(request.id, made, checked=not reads_back(made))
            starts = decision.outcome is _PERMIT or decision.obeyed is _PERMIT
            if starts and policies.irreversible(request):
                self._ledger.wait(index)
        except Exception as error:  # no record, no act
            fault = Fault(layer="circuit", message=short(f"not recorded: {told(error)}"))
            faults, votes = (*decision.faults, fault), decision.votes
            return self._denied(request, decision.time, votes, faults, policies, shadow=False)
        return decision

    def _ask(
        self, desk: Desk, request: Request, decision: Decision, policies: Policies
    ) -> Decision:
        """Put the question to people; where that fails, it is a forbid and not a queue."""
        try:
            terms = self._terms(request, decision)
            cause = decided_id(request)
            desk.open(request, decision, terms, id=request.id, now=decision.time, cause=cause,
                      secret=policies.secret(request.agent, request.resource or ""))  # fmt: skip
        except Exception as error:  # a question that cannot be asked is a denial
            votes = (*decision.votes, forbid("escalation", told(error)))
            time, faults, shadow = decision.time, decision.faults, decision.shadow
            denied = self._denied(request, time, votes, faults, policies, shadow=shadow)
            event = decided(request, denied, "unasked")
            return self.record(request, denied, event, policies)
        return decision

    def _denied(
        self,
        request: Request,
        time: int,
        votes: Sequence[Vote],
        faults: Sequence[Fault],
        policies: Policies,
        *,
        shadow: bool,
    ) -> Decision:
        return judged(
            request, time, _FORBID, votes, faults, policies, level=self._level, shadow=shadow
        )


def forbid(rule: str, reason: str) -> Vote:
    """Return the gate's own vote against an act."""
    return Vote(layer="circuit", outcome=_FORBID, rule=rule, reason=short(reason))
