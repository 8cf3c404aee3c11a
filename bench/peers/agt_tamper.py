"""Tamper with logs of agent-governance-toolkit-core 5.0.0 one way at a time, and ask its verifiers.

*In memory* is `AuditLog.verify_integrity`; *signed file* is `HashChainVerifier.verify_file` with
the HMAC key; *trust record* is the Ed25519-signed TRACE record that the package writes when a
session ends, *beside* the log (whoever can write one can exchange the other) or *kept* by the
reader since the end of the session. The package has no function that checks such a record, so
`record_holds` does, by the package's own recipe: the signature under a key known beforehand, and
the transcript that `session_to_trust_record` gives for these entries. Names that begin with an
underscore are used where an attacker would, and where the package offers no other way.
"""

import base64
import hashlib
import json
import os
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agentmesh.governance import (  # type: ignore[import-not-found]
    AuditEntry,
    AuditLog,
    FileAuditSink,
    HashChainVerifier,
    SignedAuditEntry,
    TRACEAuditSink,
    TraceConfig,
)
from agentmesh.governance.trace_sink import (  # type: ignore[import-not-found]
    session_to_trust_record,
)
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SECRET = b"the shared secret of bench/peers"
AGENT = "did:web:example.org/agent/planner"
BUNDLE = "sha256:" + "5" * 64
EDITED = 4  # which of the ten records is edited
Record = dict[str, Any]


# -- a log of ten records with every field filled --------------------------------------------------


class Written:
    """Ten entries in memory, in the signed file, and under a trust record."""

    def __init__(self, folder: Path, name: str, key: Ed25519PrivateKey, note: str = "") -> None:
        self.file = folder / f"{name}.jsonl"
        self.log = AuditLog()
        sink = FileAuditSink(self.file, SECRET)
        for number in range(10):
            entry = full_entry(number, note if number > EDITED else "")
            self.log._chain.add_entry(entry)
            sink.write(entry)
        self.lines = self.file.read_text(encoding="utf-8").splitlines()
        self.record = emit(self.log, folder / f"{name}-record.json", key)

    @property
    def entries(self) -> list[Any]:
        return list(self.log._chain._entries)


def full_entry(number: int, note: str) -> Any:
    return AuditEntry(
        entry_id=f"audit_{number:016x}",
        event_type="policy_evaluation",
        agent_did=AGENT,
        action="send_email",
        arguments_hash="a" * 64,
        resource="mailbox/ops",
        target_did="did:web:example.org/agent/writer",
        approver_did="did:web:example.org/people/alice",
        data={"subject": f"report {number}{note}"},
        outcome="success",
        policy_decision="allow",
        matched_rule="mail-inside-only",
        policy_version="2026-08-01.3",
        trace_id="trace-1",
        session_id="session-1",
        sandbox_id="sandbox-1",
        environment="production",
        compute_driver="docker",
        issued_at="2026-08-01T12:00:00Z",
        completed_at="2026-08-01T12:00:01Z",
    )


def emit(log: Any, path: Path, key: Ed25519PrivateKey) -> Record:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    os.environ["TRACE_PRIVATE_KEY_PEM"] = pem.decode()
    sink = TRACEAuditSink(TraceConfig(output_path=str(path)), AGENT, BUNDLE)
    return dict(json.loads(Path(sink.emit(log)).read_text(encoding="utf-8")))


def log_of(entries: list[Any]) -> Any:
    log = AuditLog()
    log._chain._entries = entries
    return log


# -- the verifiers ---------------------------------------------------------------------------------


def memory_holds(entries: list[Any]) -> bool:
    return bool(log_of(entries).verify_integrity()[0])


def file_holds(path: Path, lines: list[str]) -> bool:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return bool(HashChainVerifier().verify_file(path, SECRET)[0])


def record_holds(entries: list[Any], record: Record, key: Ed25519PrivateKey) -> bool:
    body = {name: value for name, value in record.items() if name != "signature"}
    signature = base64.urlsafe_b64decode(record["signature"] + "==")
    try:
        key.public_key().verify(
            signature, json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        )
    except InvalidSignature:
        return False
    made = session_to_trust_record(AGENT, log_of(entries), BUNDLE, TraceConfig(output_path="-"))
    return bool(made["tool_transcript"] == record["tool_transcript"])


# -- tampering -------------------------------------------------------------------------------------


def changed(value: Any) -> Any:
    if isinstance(value, dict):
        return {**value, "subject": "nothing to see"}
    return value + ("x" if isinstance(value, str) else timedelta(seconds=1))


def edit_entry(entries: list[Any], name: str) -> list[Any]:
    copies = [entry.model_copy(deep=True) for entry in entries]
    setattr(copies[EDITED], name, changed(getattr(copies[EDITED], name)))
    return copies


def edit_line(lines: list[str], name: str) -> list[str]:
    line = json.loads(lines[EDITED])
    line[name] = changed(line[name])
    return [*lines[:EDITED], json.dumps(line, sort_keys=True), *lines[EDITED + 1 :]]


def rehash_entries(entries: list[Any]) -> list[Any]:
    """Edit the decision and the outcome, then link everything anew: no key is needed."""
    copies = edit_entry(edit_entry(entries, "policy_decision"), "outcome")
    previous = ""
    for entry in copies:
        entry.previous_hash = previous
        previous = entry.entry_hash = entry.compute_hash()
    return copies


def rehash_lines(lines: list[str], secret: bytes) -> list[str]:
    """Edit the decision, then link and sign everything anew with `secret`."""
    entries = [SignedAuditEntry.model_validate_json(line) for line in lines]
    entries[EDITED].policy_decision = "deny"
    previous = ""
    for entry in entries:
        entry.previous_hash = previous
        previous = entry.content_hash = entry._compute_content_hash()
        entry.signature = entry._compute_signature(secret)
    return [json.dumps(entry.to_dict(), sort_keys=True) for entry in entries]


def add_field(lines: list[str]) -> list[str]:
    line = {**json.loads(lines[EDITED]), "approved_by": "did:web:example.org/people/mallory"}
    return [*lines[:EDITED], json.dumps(line, sort_keys=True), *lines[EDITED + 1 :]]


def moved(items: list[Any]) -> list[Any]:
    return [*items[:EDITED], items[EDITED + 1], items[EDITED], *items[EDITED + 2 :]]


def word(holds: bool) -> str:
    return "not found" if holds else "found"


def fields(folder: Path, true: Written, key: Ed25519PrivateKey) -> list[Record]:
    """Edit each field alone, wherever it is stored."""
    stored = json.loads(true.lines[0])
    scratch = folder / "edited.jsonl"
    rows = []
    for name in dict.fromkeys([*AuditEntry.model_fields, *SignedAuditEntry.model_fields]):
        memory = record = file = "not stored"
        if name in AuditEntry.model_fields:
            edited = edit_entry(true.entries, name)
            memory = word(memory_holds(edited))
            record = word(record_holds(edited, true.record, key))
        if name in stored:
            file = word(file_holds(scratch, edit_line(true.lines, name)))
        row = {"in memory": memory, "signed file": file, "trust record": record}
        rows.append({"field": name, **row})
    return rows


def attacks(folder: Path, true: Written, key: Ed25519PrivateKey) -> list[Record]:
    scratch, stranger = folder / "attacked.jsonl", Ed25519PrivateKey.generate()
    entries, lines = true.entries, true.lines
    other = Written(folder, "other", key, note=" as told to another reader")
    rehashed = rehash_entries(entries)
    inserted = [*entries[:EDITED], full_entry(99, ""), *entries[EDITED:]]
    inserted[EDITED].previous_hash = entries[EDITED - 1].entry_hash
    inserted[EDITED].entry_hash = inserted[EDITED].compute_hash()
    invented = SignedAuditEntry.from_entry(
        inserted[EDITED], json.loads(lines[EDITED])["previous_hash"], b"a guess"
    )

    def row(name: str, made: list[Any], wrote: list[str], record: Record | None = None) -> Record:
        beside = record or true.record
        return {
            "attack": name,
            "theirs, in memory": word(memory_holds(made)),
            "theirs, signed file": word(file_holds(scratch, wrote)),
            "theirs, trust record beside": word(record_holds(made, beside, key)),
            "theirs, trust record kept": word(record_holds(made, true.record, key)),
        }

    def signed_anew(made: list[Any], signer: Ed25519PrivateKey) -> Record:
        return emit(log_of(made), folder / "anew.json", signer)

    return [
        row("none", entries, lines),
        row("tail cut", entries[:5], lines[:5]),
        row("all removed", [], []),
        row("middle deleted", entries[:4] + entries[5:], lines[:4] + lines[5:]),
        row("two swapped", moved(entries), moved(lines)),
        row("one repeated", entries[:5] + entries[4:], lines[:5] + lines[4:]),
        row(
            "one inserted",
            inserted,
            [*lines[:EDITED], json.dumps(invented.to_dict()), *lines[EDITED:]],
        ),
        {
            "attack": "field added",
            "theirs, in memory": "does not apply",
            "theirs, signed file": word(file_holds(scratch, add_field(lines))),
            "theirs, trust record beside": "does not apply",
            "theirs, trust record kept": "does not apply",
        },
        row(
            "resealed, no key",
            rehashed,
            rehash_lines(lines, b"a guess"),
            signed_anew(rehashed, stranger),
        ),
        row(
            "resealed by a verifier",
            rehashed,
            rehash_lines(lines, SECRET),
            signed_anew(rehashed, stranger),
        ),
        row(
            "resealed by the writer",
            rehashed,
            rehash_lines(lines, SECRET),
            signed_anew(rehashed, key),
        ),
        row("rolled back", entries[:5], lines[:5], signed_anew(entries[:5], key)),
        row("forked", other.entries, other.lines, other.record),
    ]


def roots_that_differ() -> int:
    """Count logs of 2 to 40 entries whose running Merkle root is not that of a rebuilt tree."""
    log, differ = AuditLog(), 0
    for number in range(40):
        log._chain.add_entry(full_entry(number, ""))
        rebuilt = AuditLog()
        rebuilt._chain._entries = list(log._chain._entries)
        rebuilt._chain._rebuild_tree()
        differ += number > 0 and rebuilt._chain.get_root_hash() != log._chain.get_root_hash()
    return differ


def tamper(folder: Path) -> dict[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"bench").digest())
    true = Written(folder, "true", key)
    return {
        "version": version("agent-governance-toolkit-core"),
        "pydantic": version("pydantic"),
        "fields": fields(folder, true, key),
        "attacks": attacks(folder, true, key),
        "roots": roots_that_differ(),
    }
