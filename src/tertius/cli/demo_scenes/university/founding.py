"""How the university's policy is put in force: keys, roots, and a signature under each document.

Keys come from fixed seeds, so that everybody sees the same digests. Nobody may do that with a gate
that matters: whoever knows the seed can sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertius.cli.signable import SIGNABLE
from tertius.core.noun import Noun
from tertius.escalation.approvers import Person, Register
from tertius.log.notekey import SigningKey
from tertius.policy.document import parse_time, read_document
from tertius.policy.envelope import (
    parse_envelope,
    predicate_type,
    read_statement,
    sign,
    statement,
)
from tertius.policy.manifests import SIGNED
from tertius.policy.roots import KIND as ROOT
from tertius.policy.roots import Role, RootDocument, RootKey

MANIFESTS: Final = ("advising", "financial-aid", "retention", "tutoring")
REVIEWERS: Final = ("reviewer-1", "reviewer-2")
SENATE: Final = ("senate",)
APPROVERS: Final = ("dean", "provost")

START, END = parse_time("2026-09-01") or 0, parse_time("2027-09-01") or 0


def found(folder: Path) -> None:
    """Write roots and signed documents to a new folder."""
    roots, manifests = folder / "roots", folder / "policy" / "manifests"
    roots.mkdir(parents=True)
    manifests.mkdir(parents=True)
    write_root(roots, "constitution", SENATE)
    write_root(roots, "manifests", REVIEWERS)
    write_root(roots, "approvers", SENATE)
    _sign("constitution", "constitution", folder / "policy", SENATE)
    _sign("conditions", "conditions", folder / "policy", REVIEWERS)
    _sign("roles", "roles", folder / "policy", REVIEWERS)
    enrol(folder, APPROVERS)
    for name in MANIFESTS:
        _sign("manifest", name, manifests, REVIEWERS)


def enrol(folder: Path, people: Iterable[str], *, version: int = 1) -> None:
    """Sign a register of these people."""
    enrolled = tuple(
        Person(person=name, keys=(approver(name).public_key().public_bytes_raw().hex(),))
        for name in people
    )
    register = Register(version=version, people=enrolled)
    payload = statement(predicate_type("approvers"), "approvers", register, source=b"")
    publish(folder / "policy" / f"approvers{SIGNED}", payload, SENATE)


def put_back(folder: Path) -> None:
    """Put the tutor's first manifest in the place of the second; it was signed in its time."""
    _sign("manifest", "earlier/tutoring", folder / "policy" / "manifests", REVIEWERS)


def tools_listed(folder: Path, agent: str) -> list[str]:
    """Return the tools in an agent's manifest, without asking who signed it, or when."""
    raw = (folder / "policy" / "manifests" / f"{agent}{SIGNED}").read_bytes()
    found = read_statement(parse_envelope(raw).body, SIGNABLE["manifest"].kind).predicate
    return [str(tool["tool"]) for tool in found.get("tools", ())]


def approver(person: str) -> Ed25519PrivateKey:
    """Return an approver's private key."""
    return Ed25519PrivateKey.from_private_bytes(_seed(f"approver/{person}"))


def _sign(kind: str, name: str, target: Path, people: Iterable[str]) -> None:
    with as_file(files("tertius.cli.demo_scenes.university") / "policy" / f"{name}.yaml") as path:
        _, payload = SIGNABLE[kind].payload(read_document(path))
    publish(target / (name.rpartition("/")[2] + SIGNED), payload, people)


def write_root(folder: Path, role: Role, people: Iterable[str]) -> None:
    """Write a root that all of these people must sign under."""
    keys = tuple(RootKey(person=name, key=_key(name).verifier.vkey) for name in people)
    document: Noun = RootDocument(
        role=role, version=1, threshold=len(keys), keys=keys, not_before=START, not_after=END
    )
    publish(folder / f"{role}.1{SIGNED}", statement(ROOT, role, document, source=b""), people)


def publish(path: Path, payload: bytes, people: Iterable[str]) -> None:
    """Write a document with the signatures of some people under it, whole or not at all.

    A gate that stands may look at it in the meantime.
    """
    envelope = None
    for name in people:
        envelope = sign(payload, _key(name), beside=envelope)
    assert envelope is not None
    whole = path.with_name(path.name + ".tmp")
    whole.write_bytes(envelope.encode())
    whole.replace(path)


def _key(name: str) -> SigningKey:
    return SigningKey(name, _seed(name))


def _seed(name: str) -> bytes:
    return sha256(f"tertius/v1/university\0{name}".encode()).digest()
