"""A deployment of two agents, small enough to be spoiled in one place at a time.

Everything is signed as it is in production, and every layer is asked: constitution, roles,
delegation, manifests, conditions.
"""

import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tertius.cli.signable import SIGNABLE
from tertius.core.constitution import Constitution, ConstitutionRule
from tertius.core.constraints import AnyValue, InRange, OneOf, UnderPath
from tertius.core.digest import digest
from tertius.core.grants import PeerGrant, StoreGrant, ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.core.oversight_events import Decided, PolicyChanged
from tertius.core.request import Principal, PrincipalChain
from tertius.escalation.approvers import Person, Register
from tertius.log.notekey import SigningKey
from tertius.log.read import LogReader
from tertius.policy.conditions_document import ConditionRule, Conditions
from tertius.policy.counters import Counter
from tertius.policy.envelope import sign, statement
from tertius.policy.roots import Role, RootDocument, RootKey
from tertius.runtime.gate import Asked
from tertius.runtime.governed import Governed, open_gate

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
START, END = NOW - 86_400 * SECOND, NOW + 86_400 * SECOND
SCHEMA = "5c" * 32
CHAIN = PrincipalChain(links=(Principal(name="dean", kind="person", identity="bound"),))
CODES = ("not-granted", "bad-argument", "needs-human", "denied")

_NAMES = ("senate", "ann", "bob", "mallory", "mallet")
KEYS = {name: SigningKey(name, bytes([n] * 32)) for n, name in enumerate(_NAMES, 1)}
SENATE, REVIEWERS = ("senate",), ("ann", "bob")

FORBID = 'forbid (principal, action == Action::"tool.call", resource)'
CONSTITUTION = Constitution(
    name="house",
    version=1,
    accountable="p-17",
    schema="type Arguments = { amount?: Long, n?: Long };",
    rules=(
        ConstitutionRule(
            id="k1",
            why="nobody pays more than 400",
            cedar=f"{FORBID} when {{ context.arguments has amount && "
            "context.arguments.amount > 400 };",
        ),
        ConstitutionRule(
            id="k2",
            why="tripled, an overflow waits to happen",
            cedar=f"{FORBID} when {{ context.arguments has n && context.arguments.n * 3 > 9000 }};",
        ),
    ),
    not_before=START,
    not_after=END,
)
CONDITIONS = Conditions(
    name="terms",
    version=1,
    counters=(Counter(name="spent", resources=("ledger.pay",), window=3600.0, amount="amount"),),
    rules=(
        ConditionRule(
            id="c1",
            why="no more than 100 in an hour",
            cedar='forbid (principal, action == Action::"tool.call", '
            'resource == Resource::"ledger.pay") when { context.counts.spent > 100 };',
        ),
    ),
)


def tool(name: str, *arguments: Any, **more: Any) -> ToolGrant:
    given: dict[str, Any] = {"schema": SCHEMA, "effects": ("read",), "irreversible": False, **more}
    return ToolGrant(tool=name, arguments=arguments, **given)


def manifest(agent: str, **more: Any) -> Manifest:
    given: dict[str, Any] = {
        "version": 1, "role": "keeps house", "operator": "campus", "principal": "dean",
        "accountable": "p-17", "model_family": f"family-of-{agent}", "not_before": START,
        "not_after": END, "constitution": digest_of("constitution", CONSTITUTION), **more,
    }  # fmt: skip
    return Manifest(agent=agent, **given)


def payload_of(kind: str, document: Noun) -> bytes:
    """Return the bytes that are signed."""
    each = SIGNABLE[kind]
    return statement(each.kind, each.title(document), document, source=b"")


def digest_of(kind: str, document: Noun) -> str:
    """Return the digest under which a decision names a document."""
    return digest("document", payload_of(kind, document))


def both_ways(peer: str) -> tuple[PeerGrant, ...]:
    return (PeerGrant(peer=peer, direction="both", kinds=("message.send", "assert", "verify")),)


AID = manifest(
    "aid",
    tools=(
        tool("ledger.pay", InRange(argument="amount", low=0, high=500, whole=True)),
        tool("once", OneOf(argument="n", values=(1,))),
        tool("file.read", UnderPath(argument="path", folders=("/data",))),
        tool("note", AnyValue(argument="text", optional=True)),
        tool("triple", InRange(argument="n", low=-(2**53), high=2**53)),
    ),
    peers=both_ways("clerk"),
    memory=(StoreGrant(store="files", read=True, write=True, prefixes=("aid/",)),),
)
CLERK = manifest("clerk", tools=(tool("note", AnyValue(argument="text", optional=True)),),
                 peers=both_ways("aid"), owns=("risk",))  # fmt: skip


def enveloped(payload: bytes, people: Sequence[str]) -> bytes:
    """Return a payload with the signatures of some people under it."""
    envelope = None
    for name in people:
        envelope = sign(payload, KEYS[name], beside=envelope)
    assert envelope is not None
    return envelope.encode()


def signed(kind: str, document: Noun, people: Sequence[str] = REVIEWERS) -> bytes:
    return enveloped(payload_of(kind, document), people)


def manifest_file(folder: Path, agent: str = "aid") -> Path:
    return folder / "policy" / "manifests" / f"{agent}.signed.json"


def put(
    folder: Path, document: Manifest, people: Sequence[str] = REVIEWERS, file: str = ""
) -> None:
    """Put a signed manifest into force."""
    manifest_file(folder, file or document.agent).write_bytes(signed("manifest", document, people))


def root_of(role: Role, people: Sequence[str]) -> RootDocument:
    keys = tuple(RootKey(person=name, key=KEYS[name].verifier.vkey) for name in people)
    return RootDocument(
        role=role, version=1, threshold=len(people), keys=keys, not_before=START, not_after=END
    )


def build(
    folder: Path,
    *agents: Manifest,
    constitution: Constitution = CONSTITUTION,
    conditions: Conditions = CONDITIONS,
) -> Path:
    """Write a whole deployment to a new folder; without agents, those of the house."""
    policy, roots = folder / "policy", folder / "roots"
    (policy / "manifests").mkdir(parents=True)
    roots.mkdir()
    parts = (("constitution", SENATE), ("manifests", REVIEWERS), ("approvers", SENATE))
    for role, people in parts:
        document = root_of(role, people)  # type: ignore[arg-type]  # all are roles
        (roots / f"{role}.1.signed.json").write_bytes(signed("root", document, people))
    register = Register(version=1, people=(Person(person="p-1", keys=("0" * 63 + "1",)),))
    (policy / "approvers.signed.json").write_bytes(signed("approvers", register, SENATE))
    (policy / "constitution.signed.json").write_bytes(signed("constitution", constitution, SENATE))
    (policy / "conditions.signed.json").write_bytes(signed("conditions", conditions))
    for each in agents or (AID, CLERK):
        put(folder, each)
    return folder


def opened(folder: Path, *, clock: Callable[[], int] = lambda: NOW, **options: Any) -> Governed:
    """Open the gate, with names that no earlier opening has given."""
    numbers, start = itertools.count(), os.urandom(4).hex()
    given: dict[str, Any] = {
        "checkpoint_every": None, "names": lambda: f"{start}-{next(numbers)}", **options,
    }  # fmt: skip
    return open_gate(folder, clock=clock, **given)


def ask(governed: Governed, arguments: Any = None, **fields: Any) -> Asked:
    """Ask for a note by `aid`, which is permitted, or for what the test says instead."""
    given: dict[str, Any] = {
        "agent": "aid", "action": "tool.call", "resource": "note", "run": "r", "task": "t",
        "chain": CHAIN, "identity": "bound", **fields,
    }  # fmt: skip
    return governed.gate.ask(arguments={} if arguments is None else arguments, **given)


def decisions(folder: Path) -> list[Decided]:
    """Return every decision in the log."""
    return [event for event in events(folder) if isinstance(event, Decided)]


def refusals(folder: Path) -> list[PolicyChanged]:
    """Return what was refused at a start, each with why."""
    return [e for e in events(folder) if isinstance(e, PolicyChanged) and "refused" in e.reason]


def events(folder: Path) -> list[Any]:
    return list(LogReader(folder / "log" / "writers" / "gate").events())
