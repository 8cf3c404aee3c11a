"""The peer's half of bench/peers_gate.py: runs inside the peer's own virtual environment.

``speed RULES CALLS`` times calls of a function wrapped with `govern()`. ``cases`` shows it, and the
parts for delegation and approval in the same package, what `CASES` in peers_gate.py names.
Written against version 5.0.0.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

# Installed in the peer's virtual environment only.
from agent_os.integrations.escalation import (  # type: ignore[import-not-found]
    EscalationDecision,
    EscalationHandler,
    QuorumConfig,
)
from agentmesh.governance import (  # type: ignore[import-not-found]
    Policy,
    PolicyRule,
    govern,
)
from agentmesh.governance.approval_protocol import (  # type: ignore[import-not-found]
    ActionBinding,
    ActionTarget,
    ApprovalChain,
    ApprovalCoordinator,
    ApprovalProtocolError,
    ApprovalStage,
    ApproverKind,
    EntryDecision,
    InMemoryApprovalStore,
)
from agentmesh.identity import AgentIdentity  # type: ignore[import-not-found]
from agentmesh.identity.delegation import (  # type: ignore[import-not-found]
    DelegationLink,
    ScopeChain,
)

NOTE = "x" * 330
WARM = 100


# -- speed -----------------------------------------------------------------------------------------


def speed(rules: int, calls: int) -> dict[str, Any]:
    """Rotate through all rules; what differs between them stands first, which is quickest here."""
    made = [
        PolicyRule(
            name=f"rule-{n}",
            condition=f"action.type == 't-{n}' and resource.value == 'r-{n}' "
            "and agent.value == 'a0'",
            action="allow",
        )
        for n in range(rules)
    ]
    policy = Policy(name="bench", rules=made, default_action="deny")
    refused: list[Any] = []
    call = govern(lambda **given: True, policy=policy, agent_id="a0", on_deny=refused.append)
    times = []
    for number in range(-WARM, calls):
        n = number % rules
        began = time.perf_counter_ns()
        call(action=f"t-{n}", agent="a0", resource=f"r-{n}", note=NOTE)
        times.append(time.perf_counter_ns() - began)
    granted = not refused
    call(action="t-0", agent="a0", resource="another", note=NOTE)
    return {
        "us": [each / 1e3 for each in times[WARM:]],
        "right": granted and len(refused) == 1,
        "recorded": len(call.audit_log.query(limit=10 * calls)),
    }


# -- rules -----------------------------------------------------------------------------------------


def runs(condition: str, **given: Any) -> bool:
    """Whether a call runs under one rule that denies, where anything else is allowed."""
    rule = PolicyRule(name="deny", condition=condition, action="deny")
    policy = Policy(name="cases", rules=[rule], default_action="allow")
    call = govern(
        lambda **given: True, policy=policy, agent_id="a0", on_deny=lambda decision: False
    )
    return bool(call(**given))


def denial(condition: str) -> dict[str, bool]:
    """What a rule that is to deny everything but reading does."""
    return {
        "must not": runs(condition, action="delete"),
        "must": runs(condition, action="read"),
    }


def garbage() -> dict[str, bool]:
    return {"must not": runs("action.type === 'delete' !!", action="delete")}


def missing() -> dict[str, bool]:
    rule = "payment.amount > 500"
    return {
        "must not": runs(rule, action="pay", payment={}),
        "must": runs(rule, action="pay", payment={"amount": 100}),
    }


# -- delegation ------------------------------------------------------------------------------------


def delegation(*, known: bool) -> dict[str, bool]:
    """Whether a chain holds whose one link carries a signature that nobody made."""
    parent = AgentIdentity.create(name="planner", sponsor="dean@example.org")
    stranger = AgentIdentity.create(name="planner", sponsor="dean@example.org")
    return {
        "must not": holds(parent, stranger, known=known),
        "must": holds(parent, parent, known=known),
    }


def holds(parent: Any, signer: Any, *, known: bool) -> bool:
    giver, taker, scopes = str(parent.did), "did:mesh:helper", ["sis:read"]
    link = DelegationLink(
        link_id="l1",
        depth=0,
        parent_did=giver,
        child_did=taker,
        parent_capabilities=scopes,
        delegated_capabilities=scopes,
        parent_signature=signer.sign(f"{giver}:{taker}:sis:read".encode()),
        link_hash="",
    )
    link.link_hash = link.compute_hash()
    chain = ScopeChain(
        chain_id="c1",
        root_sponsor_email="dean@example.org",
        root_capabilities=scopes,
        known_identities={giver: parent} if known else {},
        leaf_did=taker,
        leaf_capabilities=scopes,
    )
    chain.add_link(link)
    return bool(chain.verify()[0])


# -- approval by the queue -------------------------------------------------------------------------


def asked(*approvers: str, needed: int = 1, late: bool = False) -> bool:
    """Whether a question ends allowed; late, everybody answers after it was resolved once."""
    quorum = QuorumConfig(required_approvals=needed) if needed > 1 else None
    desk = EscalationHandler(timeout_seconds=0, quorum=quorum)
    id = desk.escalate("a0", "pay", "above 500").request_id
    if late:
        desk.resolve(id)
    for approver in approvers:
        desk.backend.approve(id, approver)
    return bool(desk.resolve(id) is EscalationDecision.ALLOW)


def late_in_queue() -> dict[str, bool]:
    return {"must not": asked("ann", late=True), "must": asked("ann")}


def quorum_in_queue() -> dict[str, bool]:
    return {"must not": asked("ann", needed=2), "must": asked("ann", "bob", needed=2)}


def twice_in_queue() -> dict[str, bool]:
    return {"must not": asked("ann", "ann", needed=2), "must": asked("ann", "bob", needed=2)}


def two_names_in_queue() -> dict[str, bool]:
    """It knows approvers by the names that they give; keys play no part."""
    return {
        "must not": asked("ann", "ann at home", needed=2),
        "must": asked("ann", "bob", needed=2),
    }


# -- approval by the coordinator -------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 8, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def coordinated(
    *approvers: str, stages: int = 1, late: float = 0, run: dict[str, Any] | None = None
) -> bool:
    """Whether an act may run: each stage is open to the same people, answered one by one."""
    clock, people = Clock(), frozenset({"ann", "bob"})
    chain = ApprovalChain(
        "c", "1", tuple(ApprovalStage(n, allowed_identities=people) for n in range(stages))
    )
    desk = ApprovalCoordinator(InMemoryApprovalStore(), {"c": chain}, clock=clock)
    _, request = desk.open_request(
        bound({"amount": 600}), policy_rule_id="k", policy_version="1", chain_id="c", ttl_seconds=60
    )
    clock.now += timedelta(seconds=late)
    try:
        for stage, approver in enumerate(approvers):
            desk.submit_entry(
                request.approval_request_id,
                stage_index=stage,
                approver_kind=ApproverKind.HUMAN,
                approver_identity=approver,
                identity_assurance="oidc",
                decision=EntryDecision.ALLOW,
            )
    except ApprovalProtocolError:
        return False
    verdict = desk.validate_for_execution(
        request.approval_request_id,
        current_action_digest=bound(run or {"amount": 600}).digest(),
        current_policy_version="1",
        current_chain_version="1",
    )
    return bool(verdict.allowed)


def bound(parameters: dict[str, Any]) -> Any:
    target = ActionTarget("pay", "1", resource="ledger")
    return ActionBinding("tool.invoke", "a0", target, parameters)


CASES: dict[str, Callable[[], dict[str, bool]]] = {
    "not": lambda: denial("not action.type == 'read'"),
    "not in": lambda: denial("action.type not in ['read', 'list']"),
    "parentheses": lambda: denial("(action.type == 'delete')"),
    "garbage": garbage,
    "missing": missing,
    "bogus, giver unknown": lambda: delegation(known=False),
    "bogus, giver known": lambda: delegation(known=True),
    "late, queue": late_in_queue,
    "late, coordinator": lambda: {
        "must not": coordinated("ann", late=61),
        "must": coordinated("ann"),
    },
    "other arguments": lambda: {
        "must not": coordinated("ann", run={"amount": 9000}),
        "must": coordinated("ann"),
    },
    "quorum, one": quorum_in_queue,
    "quorum, twice": twice_in_queue,
    "quorum, stages": lambda: {
        "must not": coordinated("ann", "ann", stages=2),
        "must": coordinated("ann", "bob", stages=2),
    },
    "two names": two_names_in_queue,
}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    what, *rest = sys.argv[1:]
    if what == "speed":
        print(json.dumps(speed(int(rest[0]), int(rest[1]))))
    else:
        found = {name: case() for name, case in CASES.items()}
        print(json.dumps({"version": version("agent-governance-toolkit-core"), "cases": found}))
