"""Signed documents: DSSE envelopes around in-toto statements, counted by public key.

A signature covers the type and the exact bytes of the payload, so nothing has to be put into a
canonical form first, and nothing of the payload is parsed before enough signatures hold. Who may
sign is said by a root (`tertius.policy.roots`), never by the envelope: the key ids in it are
hints.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from tertius.core.decode import EventError, strict_json
from tertius.core.errors import CallerError, IntegrityError
from tertius.core.noun import Hex64, Noun, ProperName
from tertius.log.notekey import SigningKey

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
MAX_ENVELOPE: Final = 8 * 1024 * 1024
MAX_SIGNATURES: Final = 64
_REMEDY: Final = "put the file back from a copy, or move it away and sign again"

Kind = Literal[
    "root", "constitution", "mode", "manifest", "roles", "conditions", "revocations", "approvers",
    "break-glass", "reviews",
]  # fmt: skip
"""The kinds of document that are signed."""


def predicate_type(kind: Kind) -> str:
    """Return the type under which a kind of document is signed.

    Examples
    --------
    >>> predicate_type("manifest")
    'urn:tertius:manifest:v1'
    """
    return f"urn:tertius:{kind}:v1"


class EnvelopeError(CallerError, ValueError):
    """A file that is no envelope, or not around the document that is expected."""


class BadSignatureError(IntegrityError):
    """A signature under a trusted key does not hold."""


class TooFewSignaturesError(IntegrityError):
    """Fewer trusted people signed than the root demands."""


class EnvelopeSignature(Noun, frozen=True, kw_only=True):
    """One signature; `keyid` only says which key to try first."""

    keyid: Annotated[str, Meta(max_length=200)] = ""
    sig: Annotated[str, Meta(max_length=200)]


class Envelope(Noun, frozen=True, kw_only=True, rename="camel"):
    """A DSSE envelope as it stands in its file: payload and signatures in base64."""

    payload: str
    payload_type: str
    signatures: Annotated[tuple[EnvelopeSignature, ...], Meta(max_length=MAX_SIGNATURES)]

    @property
    def body(self) -> bytes:
        """The exact bytes that were signed; to be parsed only after `signers` said who did."""
        return _decode64(self.payload, "payload")

    def encode(self) -> bytes:
        """Return the envelope's file."""
        return msgspec.json.format(msgspec.json.encode(self)) + b"\n"


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a statement is about: a name, and the digest of the source that was reviewed."""

    name: ProperName
    digest: dict[str, Hex64]


class Statement(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """An in-toto Statement v1 about one subject."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: Annotated[tuple[Subject, ...], Meta(min_length=1, max_length=1)]
    predicate_type: str
    predicate: dict[str, Any]


def statement(kind: str, name: str, document: Noun, *, source: bytes) -> bytes:
    """Return the payload that reviewers sign.

    Parameters
    ----------
    kind
        Predicate type, such as ``urn:tertius:manifest:v1``.
    name
        What it is about, such as the agent.
    document
        The noun itself.
    source
        The file it was read from; its SHA-256 is in the statement.
    """
    subject = Subject(name=name, digest={"sha256": sha256(source).hexdigest()})
    built = msgspec.to_builtins(document)
    return msgspec.json.encode(Statement(subject=(subject,), predicate_type=kind, predicate=built))


def sign(payload: bytes, key: SigningKey, *, beside: Envelope | None = None) -> Envelope:
    """Return an envelope with the key's signature, beside the signatures it already has.

    Raises
    ------
    EnvelopeError
        `beside` is around other bytes.

    Examples
    --------
    >>> key = SigningKey("alice", bytes(32))
    >>> envelope = sign(b"{}", key)
    >>> sign(b"{}", key, beside=envelope) == envelope
    True
    """
    if beside is not None and (beside.body != payload or beside.payload_type != PAYLOAD_TYPE):
        raise EnvelopeError("the signatures so far are of another document")
    blob = key.sign_bytes(pae(PAYLOAD_TYPE, payload))
    made = EnvelopeSignature(keyid=keyid(key.verifier.public), sig=base64.b64encode(blob).decode())
    kept = tuple(each for each in (beside.signatures if beside else ()) if each.keyid != made.keyid)
    return Envelope(
        payload=base64.b64encode(payload).decode(),
        payload_type=PAYLOAD_TYPE,
        signatures=(*kept, made),
    )


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope's file; nothing in it is trusted yet.

    Raises
    ------
    EnvelopeError
        It is cut, ambiguous, of another form, or above 8 MiB.
    """
    if len(raw) > MAX_ENVELOPE:
        raise EnvelopeError(f"{len(raw)} bytes; an envelope has at most {MAX_ENVELOPE}; {_REMEDY}")
    try:
        return msgspec.convert(strict_json(raw), Envelope)
    except EventError as error:
        raise EnvelopeError(f"no signed envelope: {error}; {_REMEDY}") from error
    except msgspec.ValidationError as error:
        raise EnvelopeError(f"no signed envelope: {_lowered(error)}; {_REMEDY}") from error


def signers(envelope: Envelope, keys: Iterable[bytes]) -> frozenset[bytes]:
    """Return which of the public keys signed the envelope.

    Parameters
    ----------
    keys
        Trusted Ed25519 public keys, 32 bytes each.

    Raises
    ------
    EnvelopeError
        A payload or signature that is no base64, or another payload type.
    BadSignatureError
        A signature carries a trusted key's id and does not hold: the document was altered.

    Notes
    -----
    A set of public keys: one key under two ids, or signing twice, counts once. About 90 us for
    each signature that is tried.
    """
    if envelope.payload_type != PAYLOAD_TYPE:
        shown = ascii(envelope.payload_type[:80])[1:-1]
        raise EnvelopeError(f"payload type `{shown}`; expected `{PAYLOAD_TYPE}`")
    message = pae(envelope.payload_type, envelope.body)
    known = {keyid(public): public for public in keys}
    found: set[bytes] = set()
    for each in envelope.signatures:
        blob = _decode64(each.sig, "signature")
        hinted = known.get(each.keyid)
        holds = [k for k in ([hinted] if hinted else known.values()) if _holds(k, blob, message)]
        if hinted and not holds:
            raise BadSignatureError(
                f"signature of trusted key {each.keyid[:16]} does not hold; "
                "the document or the signature was altered"
            )
        found.update(holds)
    return frozenset(found)


def read_statement(payload: bytes, kind: str) -> Statement:
    """Read a payload whose signatures were counted.

    Raises
    ------
    EnvelopeError
        It is no statement, or of another kind than `kind`.
    """
    try:
        found = msgspec.convert(strict_json(payload), Statement)
    except EventError as error:
        raise EnvelopeError(f"no statement: {error}") from error
    except msgspec.ValidationError as error:
        raise EnvelopeError(f"no statement: {_lowered(error)}") from error
    if found.type != STATEMENT_TYPE:
        shown = ascii(found.type[:80])[1:-1]
        raise EnvelopeError(f"statement type `{shown}`; expected `{STATEMENT_TYPE}`")
    if found.predicate_type != kind:
        shown = ascii(found.predicate_type[:80])[1:-1]
        raise EnvelopeError(f"a document of kind `{shown}`; expected `{kind}`")
    return found


def keyid(public: bytes) -> str:
    """Return the id under which a public key signs here: its SHA-256 in hex."""
    return sha256(public).hexdigest()


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding of type and payload.

    References
    ----------
    DSSE v1.0.2, protocol.md, "Signature Definition".

    Examples
    --------
    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _holds(public: bytes, blob: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(blob, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decode64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeError(f"the {what} of the envelope is no base64; {_REMEDY}") from error


def _lowered(error: msgspec.ValidationError) -> str:
    text = " ".join(str(error).split())
    return ascii(text[:1].lower() + text[1:200])[1:-1]  # it may name a key of the file
