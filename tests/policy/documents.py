"""Manifests, roots, keys and requests for tests, each with what matters left to say."""

from pathlib import Path
from typing import Any

import msgspec

from tertius.core.constraints import InRange, OneOf
from tertius.core.digest import digest
from tertius.core.grants import PeerGrant, StoreGrant, ToolGrant
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.core.outcome import EnforcementLevel
from tertius.core.request import Principal, PrincipalChain, Request
from tertius.log.notekey import SigningKey
from tertius.policy.allow_set import AllowSet
from tertius.policy.canonical import canonical_bytes
from tertius.policy.envelope import sign, statement
from tertius.policy.manifests import KIND, Held
from tertius.policy.roots import Root, RootDocument, RootKey

SCHEMA = "5c" * 32
CONSTITUTION = "c0" * 32
START, NOW, END = 1_000, 5_000, 9_000
CHAIN = PrincipalChain(links=(Principal(name="registrar", kind="person"),))
SALT = bytes(32)
ALICE, BOB, CAROL = (SigningKey(name, bytes([n] * 32)) for n, name in enumerate(("a", "b", "c"), 1))


def tool(name: str = "ledger.pay", *arguments: Any, **settings: Any) -> ToolGrant:
    fields: dict[str, Any] = {"schema": SCHEMA, "effects": ("pay",), "arguments": arguments}
    return ToolGrant(tool=name, **{**fields, **settings})


PAY = tool(
    "ledger.pay",
    InRange(argument="amount", low=0, high=500, whole=True),
    OneOf(argument="to", values=("p-9", 1), optional=True),
)


def manifest(agent: str = "aid", **settings: Any) -> Manifest:
    fields: dict[str, Any] = {
        "version": 1,
        "role": "settles eligibility for aid",
        "operator": "campus-it",
        "principal": "registrar",
        "accountable": "p-17",
        "model_family": "family-a",
        "not_before": START,
        "not_after": END,
        "constitution": CONSTITUTION,
    }
    return Manifest(agent=agent, **{**fields, **settings})


AID = manifest(
    tools=(PAY,),
    peers=(PeerGrant(peer="advisor", direction="both", kinds=("message.send",)),),
    memory=(StoreGrant(store="sis", read=True, keys=("terms",), prefixes=("aid/",)),),
    owns=("aid.eligibility",),
)
ADVISOR = manifest(
    "advisor", peers=(PeerGrant(peer="aid", direction="both", kinds=("message.send",)),)
)


def held(*manifests: Manifest) -> list[Held]:
    return [
        Held(manifest=each, digest=digest("manifest", msgspec.json.encode(each)))
        for each in manifests
    ]


def allow(*manifests: Manifest, **settings: Any) -> AllowSet:
    level = settings.pop("level", EnforcementLevel.IN_PROCESS)
    return AllowSet(held(*manifests), level=level, **settings)


def ask(action: str = "tool.call", arguments: Any = None, **settings: Any) -> Request:
    raw = canonical_bytes({} if arguments is None else arguments)
    fields: dict[str, Any] = {"agent": "aid", "time": NOW, "id": "q1", "run": "r1", **settings}
    return Request(
        chain=CHAIN,
        action=action,  # type: ignore[arg-type]  # tests name kinds of act as text
        arguments=raw,
        salt=SALT,
        digest=digest("content", raw, salt=SALT),
        **fields,
    )


def root_document(*people: SigningKey, **settings: Any) -> RootDocument:
    keys = tuple(RootKey(person=f"p-{k.verifier.name}", key=k.verifier.vkey) for k in people)
    fields: dict[str, Any] = {
        "role": "manifests",
        "version": 1,
        "threshold": len(people),
        "keys": keys,
        "not_before": START,
        "not_after": END,
    }
    return RootDocument(**{**fields, **settings})


def root(*people: SigningKey, **settings: Any) -> Root:
    return Root(root_document(*people, **settings))


def signed(document: Noun, *keys: SigningKey, kind: str = KIND, name: str | None = None) -> bytes:
    title = name if name is not None else str(getattr(document, "agent", "document"))
    payload = statement(kind, title, document, source=b"")
    envelope = None
    for key in keys:
        envelope = sign(payload, key, beside=envelope)
    assert envelope is not None
    return envelope.encode()


def publish(folder: Path, document: Manifest, *keys: SigningKey, file: str = "") -> Path:
    """Write a signed manifest into a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / (file or f"{document.agent}.signed.json")
    path.write_bytes(signed(document, *keys))
    return path
