"""Our half of bench/peers_gate.py: the same commands and answers as agt_gate.py beside it.

``speed RULES CALLS FOLDER`` times whole requests through the gate, every decision recorded in a log
that is synced. ``cases FOLDER`` shows the layers of policy, the roots of signatures and the desk
what `CASES` in peers_gate.py names.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertius.core.constitution import Constitution, ConstitutionRule
from tertius.core.constraints import AnyValue, InRange, OneOf
from tertius.core.decision import Decision, Vote
from tertius.core.errors import TertiusError
from tertius.core.grants import DelegationCeiling, ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.noun import NounError
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.ports.policy import Policy
from tertius.core.request import Action, Principal, PrincipalChain, Request, request_digest
from tertius.escalation.approvers import Person, Register, sign
from tertius.escalation.card import view_digest
from tertius.escalation.desk import Desk
from tertius.escalation.store import Store
from tertius.escalation.triggers import Terms
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.policy.allow_set import AllowSet
from tertius.policy.cedar_text import CedarError
from tertius.policy.constitution import ConstitutionLayer
from tertius.policy.delegation import Delegations
from tertius.policy.envelope import sign as sign_payload
from tertius.policy.envelope import signers
from tertius.policy.manifests import Held
from tertius.policy.request_context import NoChronicle
from tertius.runtime.gate import Asked, Gate
from tertius.runtime.policies import Policies

KEY = SigningKey("tertius/bench", bytes(32))
NOTE = "x" * 330
WARM = 100
NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
FAR = 4_000_000_000_000_000_000
DEAN = Principal(name="dean", kind="person", identity="bound")
CHAIN = PrincipalChain(links=(DEAN,))
Case = Callable[[], dict[str, bool]]


def manifest(agent: str, tools: Sequence[ToolGrant], **more: Any) -> Manifest:
    return Manifest(
        agent=agent, version=1, role="pays", operator="campus-it", principal="dean",
        accountable="p-1", model_family="none", tools=tuple(tools), not_before=0, not_after=FAR,
        constitution="0" * 64, **more,
    )  # fmt: skip


def tool(name: str, *arguments: Any) -> ToolGrant:
    return ToolGrant(
        tool=name, schema="0" * 64, effects=("write",), irreversible=False, arguments=arguments
    )


def allowed(*manifests: Manifest) -> AllowSet:
    held = [Held(manifest=each, digest=f"{n:064x}") for n, each in enumerate(manifests)]
    return AllowSet(held, level=EnforcementLevel.IN_PROCESS)


def gate_of(writer: Writer, *layers: Policy) -> Gate:
    policies = Policies(layers=layers, irreversible=lambda request: False)
    return Gate(writer, policies, clock=lambda: time.time_ns())


# -- speed -----------------------------------------------------------------------------------------


def speed(rules: int, calls: int, folder: Path) -> dict[str, Any]:
    """Rotate through all grants; each names a tool, and the resource that may be given to it."""
    granted = allowed(
        manifest(
            "a0",
            [
                tool(
                    f"t-{n}",
                    OneOf(argument="resource", values=(f"r-{n}",)),
                    AnyValue(argument="note"),
                )
                for n in range(rules)
            ],
        )
    )
    writer = Writer(folder / "log", key=KEY, sealer="process")
    gate = gate_of(writer, granted)

    def call(name: str, resource: str) -> bool:
        given = {"resource": resource, "note": NOTE}
        asked = gate.ask("a0", "tool.call", given, run="r", chain=CHAIN, resource=name)
        if asked.request is None or asked.decision.outcome is not Outcome.PERMIT:
            return False
        gate.ended(asked.request.id, ok=True)
        return True

    times, refused = [], 0
    for number in range(-WARM, calls):
        n = number % rules
        began = time.perf_counter_ns()
        refused += not call(f"t-{n}", f"r-{n}")
        times.append(time.perf_counter_ns() - began)
    right = not refused and not call("t-0", "another")
    writer.close()
    return {
        "us": [each / 1e3 for each in times[WARM:]],
        "right": right,
        "recorded": writer.status().durable - 1,  # the first entry is the log's own
    }


# -- rules -----------------------------------------------------------------------------------------


def asked(
    folder: Path, layers: Sequence[Policy], resource: str, arguments: Any, **more: Any
) -> bool:
    """Whether the gate permits a tool call."""
    with tempfile.TemporaryDirectory(dir=folder) as room, Writer(Path(room, "l"), key=KEY) as log:
        made: Asked = gate_of(log, *layers).ask(
            more.pop("agent", "a0"), "tool.call", arguments, run="r", resource=resource,
            chain=more.pop("chain", CHAIN), **more,
        )  # fmt: skip
        return made.decision.outcome is Outcome.PERMIT


def constitution(cedar: str) -> ConstitutionLayer:
    rule = ConstitutionRule(id="k1", why="only reading", cedar=cedar)
    return ConstitutionLayer(
        Constitution(
            name="campus", version=1, accountable="p-1", not_before=0, not_after=FAR,
            schema="type Arguments = { amount?: Long };", rules=(rule,),
        )
    )  # fmt: skip


def runs(folder: Path, condition: str, resource: str) -> bool:
    """Whether a call of a granted tool runs under one rule that forbids."""
    try:
        rule = constitution(f"forbid (principal, action, resource) when {{ {condition} }};")
    except CedarError:
        return False  # it is refused where it is loaded, and nothing starts
    granted = allowed(manifest("a0", [tool("read"), tool("list"), tool("delete")]))
    return asked(folder, [rule, granted], resource, {})


def denial(folder: Path, condition: str) -> dict[str, bool]:
    return {
        "must not": runs(folder, condition, "delete"),
        "must": runs(folder, condition, "read"),
    }


def garbage(folder: Path) -> dict[str, bool]:
    return {"must not": runs(folder, 'resource === Resource::"delete" !!', "delete")}


def missing(folder: Path) -> dict[str, bool]:
    layers = [allowed(manifest("a0", [tool("pay", InRange(argument="amount", low=0, high=500))]))]
    return {
        "must not": asked(folder, layers, "pay", {}),
        "must": asked(folder, layers, "pay", {"amount": 100}),
    }


# -- delegation ------------------------------------------------------------------------------------


class Everything:
    """Every tool is granted; what is asked here is only whether the chain holds."""

    def may(self, agent: str, request: Request) -> bool:
        return True


def delegation(folder: Path, *, known: bool) -> dict[str, bool]:
    """Whether a chain holds that names a delegation which the giver never made.

    Our chains carry no signatures: a link names the recorded event that passed the authority on.
    Known, that event exists, and passed authority to somebody else.
    """
    return {
        "must not": holds(folder, "another" if known else "never"),
        "must": holds(folder, "d1"),
    }


def holds(folder: Path, link: str) -> bool:
    ceiling = DelegationCeiling(
        depth=1, to=("helper", "clerk"), actions=("tool.call",), tools=("read",), lifetime=3600.0
    )
    givers = manifest("planner", [tool("read")], delegation=ceiling)
    takers = [manifest(name, [tool("read")]) for name in ("helper", "clerk")]
    chains = Delegations((givers, *takers), Everything(), NoChronicle())
    for id, taker in (("d1", "helper"), ("another", "clerk")):
        chains.record(id, delegating(taker))
    planner = Principal(name="planner", kind="agent", identity="bound", delegation=link)
    chain = PrincipalChain(links=(DEAN, planner))
    return asked(
        folder, [chains, allowed(givers, *takers)], "read", {}, agent="helper", chain=chain
    )


def delegating(taker: str) -> Request:
    given = {"actions": ["tool.call"], "tools": ["read"], "lifetime": 3600, "depth": 0}
    return request("delegate", given, agent="planner", peer=taker, time=time.time_ns())


# -- approval --------------------------------------------------------------------------------------


def request(action: Action, arguments: Any, **more: Any) -> Request:
    raw, salt = msgspec.json.encode(arguments, order="sorted"), bytes(32)
    digest = sha256(b"tertius/v1/content\0" + salt + raw).hexdigest()
    given = {"id": "q1", "time": NOW, "run": "r", "agent": "a0", "chain": CHAIN, **more}
    return Request(action=action, arguments=raw, salt=salt, digest=digest, **given)


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def person(name: str, key: str | None = None) -> Person:
    public = key_of(key or name).public_key().public_bytes_raw().hex()
    return Person(person=name, keys=(public,))


def approved(
    folder: Path,
    *approvers: str,
    needed: int = 1,
    late: float = 0,
    run: Any = None,
    people: Sequence[Person] | None = None,
) -> bool:
    """Whether an act may run after these answered."""
    act = request("tool.call", {"amount": 600}, resource="pay")
    yes = Vote(layer="manifest", outcome=Outcome.PERMIT, rule="m", reason="granted")
    ask = Vote(layer="conditions", outcome=Outcome.ESCALATE, rule="c", reason="above 500")
    decision = Decision(
        request=request_digest(act), time=NOW, outcome=Outcome.ESCALATE, votes=(yes, ask),
        level=EnforcementLevel.IN_PROCESS, arguments=act.arguments, code="needs-human",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=folder) as room:
        store = Store(Path(room, "escalations.db"), executor=True, create=True)
        try:
            register = Register(version=1, people=tuple(people or map(person, ("ann", "bob"))))
            desk = Desk(
                store, register, origin="campus/1", entropy=os.urandom, now=NOW,
                emit=lambda records, again: None, forbids=lambda request: False,
            )  # fmt: skip
            desk.open(act, decision, Terms(quorum=needed, seconds=60), id="x", now=NOW)
            now = NOW + int(late * SECOND)
            for name in approvers:
                answer(desk, name, now)
            token = desk.token("x", now=now)
            if token is None:
                return False
            act = request("tool.call", run, resource="pay") if run else act
            desk.consume(token, act, now=now)
            return True
        except (TertiusError, NounError):
            return False
        finally:
            store.close()


def answer(desk: Desk, name: str, now: int) -> None:
    row = desk.show("x", now=now)
    assert row.card is not None
    ruling = sign(
        key_of(name.partition(" ")[0]), "campus/1", row.question.escalation, person=name,
        choice="approve", view=view_digest(row.card), time=now,
    )  # fmt: skip
    desk.rule(ruling, now=now)


def two_names(folder: Path) -> dict[str, bool]:
    """One key under two ids: enrolled for two people, and beside itself in an envelope."""
    twins = (person("ann"), person("ann-at-home", key="ann"), person("bob"))
    return {
        "must not": approved(folder, "ann", "ann-at-home", needed=2, people=twins) or counted(1),
        "must": approved(folder, "ann", "bob", needed=2) and counted(2),
    }


def counted(people: int) -> bool:
    """Whether an envelope counts two signers: of two keys, or of one under two ids."""
    ann, bob = (SigningKey(name, sha256(name.encode()).digest()) for name in ("ann", "bob"))
    envelope = sign_payload(b"{}", bob, beside=sign_payload(b"{}", ann))
    if people == 1:
        first = envelope.signatures[0]
        again = msgspec.structs.replace(first, keyid="another")
        envelope = msgspec.structs.replace(envelope, signatures=(first, again))
    return len(signers(envelope, [key.verifier.public for key in (ann, bob)])) >= 2


def cases(folder: Path) -> dict[str, Case]:
    says = partial(approved, folder)
    return {
        "not": lambda: denial(folder, '!(resource == Resource::"read")'),
        "not in": lambda: denial(folder, '!(resource in [Resource::"read", Resource::"list"])'),
        "parentheses": lambda: denial(folder, '(resource == Resource::"delete")'),
        "garbage": lambda: garbage(folder),
        "missing": lambda: missing(folder),
        "bogus, giver unknown": lambda: delegation(folder, known=False),
        "bogus, giver known": lambda: delegation(folder, known=True),
        "late, queue": lambda: {"must not": says("ann", late=61), "must": says("ann")},
        "late, coordinator": lambda: {"must not": says("ann", late=61), "must": says("ann")},
        "other arguments": lambda: {
            "must not": says("ann", run={"amount": 9000}),
            "must": says("ann"),
        },
        "quorum, one": lambda: {
            "must not": says("ann", needed=2),
            "must": says("ann", "bob", needed=2),
        },
        "quorum, twice": lambda: {
            "must not": says("ann", "ann", needed=2),
            "must": says("ann", "bob", needed=2),
        },
        "quorum, stages": lambda: {
            "must not": says("ann", "ann", needed=2),
            "must": says("ann", "bob", needed=2),
        },
        "two names": lambda: two_names(folder),
    }


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "speed":
        print(json.dumps(speed(int(rest[0]), int(rest[1]), Path(rest[2]))))
    else:
        found = {name: case() for name, case in cases(Path(rest[0])).items()}
        print(json.dumps({"cases": found}))
