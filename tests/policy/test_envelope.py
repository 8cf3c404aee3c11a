"""Envelopes: exact bytes, bound type, and people counted by their public keys."""

import base64
import json
import random

import msgspec
import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer import SSlibKey
from tests.policy.documents import AID, ALICE, BOB, CAROL, signed

from tertius.core.errors import TertiusError
from tertius.log.notekey import SigningKey
from tertius.policy.envelope import (
    PAYLOAD_TYPE,
    BadSignatureError,
    EnvelopeError,
    keyid,
    pae,
    parse_envelope,
    read_statement,
    sign,
    signers,
    statement,
)
from tertius.policy.manifests import KIND

PAYLOAD = statement(KIND, "aid", AID, source=b"agent: aid\n")
KEYS = [key.verifier.public for key in (ALICE, BOB)]


def changed(**fields: object) -> bytes:
    tree = json.loads(sign(PAYLOAD, ALICE).encode())
    return json.dumps({**tree, **fields}).encode()


def test_an_independent_reader_accepts_our_envelopes() -> None:
    envelope = sign(PAYLOAD, BOB, beside=sign(PAYLOAD, ALICE))
    other = OtherEnvelope.from_dict(json.loads(envelope.encode()))
    public = [SSlibKey(keyid(key), "ed25519", "ed25519", {"public": key.hex()}) for key in KEYS]
    assert set(other.verify(public, 2)) == {keyid(key) for key in KEYS}
    assert other.pae() == pae(PAYLOAD_TYPE, PAYLOAD)


def test_both_signatures_count_and_the_statement_comes_back() -> None:
    envelope = parse_envelope(sign(PAYLOAD, BOB, beside=sign(PAYLOAD, ALICE)).encode())
    assert signers(envelope, KEYS) == set(KEYS)
    found = read_statement(envelope.body, KIND)
    assert found.subject[0].name == "aid"
    assert msgspec.convert(found.predicate, type(AID)) == AID


def test_signing_twice_counts_once() -> None:
    envelope = sign(PAYLOAD, ALICE, beside=sign(PAYLOAD, ALICE))
    assert len(envelope.signatures) == 1
    assert signers(envelope, KEYS) == {KEYS[0]}


def test_one_key_under_two_ids_counts_once() -> None:
    tree = json.loads(sign(PAYLOAD, ALICE).encode())
    first = tree["signatures"][0]
    tree["signatures"] += [{**first, "keyid": "another"}, {**first, "keyid": ""}]
    assert signers(parse_envelope(json.dumps(tree).encode()), KEYS) == {KEYS[0]}


def test_a_strangers_signature_counts_for_nobody() -> None:
    assert signers(sign(PAYLOAD, CAROL), KEYS) == frozenset()


def test_a_strangers_signature_under_a_trusted_id_is_tampering() -> None:
    tree = json.loads(sign(PAYLOAD, CAROL).encode())
    tree["signatures"][0]["keyid"] = keyid(KEYS[0])
    with pytest.raises(BadSignatureError, match="altered"):
        signers(parse_envelope(json.dumps(tree).encode()), KEYS)


def test_an_altered_payload_is_tampering() -> None:
    altered = PAYLOAD.replace(b'"aid"', b'"axd"')
    envelope = parse_envelope(changed(payload=base64.b64encode(altered).decode()))
    with pytest.raises(BadSignatureError):
        signers(envelope, KEYS)


def test_the_payload_type_is_bound_and_no_other_is_read() -> None:
    with pytest.raises(EnvelopeError, match="payload type"):
        signers(parse_envelope(changed(payloadType="application/json")), KEYS)
    text = pae("application/json", PAYLOAD)
    tree = json.loads(changed())
    tree["signatures"][0]["sig"] = base64.b64encode(ALICE.sign_bytes(text)).decode()
    with pytest.raises(BadSignatureError):
        signers(parse_envelope(json.dumps(tree).encode()), KEYS)


def test_a_document_of_another_kind_is_not_taken_for_this_one() -> None:
    envelope = sign(statement("urn:other:v1", "aid", AID, source=b""), ALICE)
    with pytest.raises(EnvelopeError, match="`urn:other:v1`; expected `urn:tertius:manifest:v1`"):
        read_statement(envelope.body, KIND)


def test_signatures_of_another_document_are_no_company() -> None:
    with pytest.raises(EnvelopeError, match="another document"):
        sign(b"{}", BOB, beside=sign(PAYLOAD, ALICE))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "broken JSON"),
        (changed()[:-40], "broken JSON"),
        (changed(more=1), "unknown field `more`"),
        (changed(**{"\x1b[2J\u202e": 1}), r"unknown field `\\x1b\[2J\\u202e`"),
        (changed(signatures=None), "signatures"),
        (changed(payload=7), "payload"),
        (b'{"payload":"","payload":"","payloadType":"","signatures":[]}', "duplicate key"),
        (changed(signatures=[{"keyid": "", "sig": "A" * 300}]), "length"),
        (changed(signatures=[{"keyid": "", "sig": ""}] * 65), "length"),
        (b" " * (8 * 1024 * 1024 + 1), "at most"),
    ],
)
def test_half_written_or_ambiguous_envelopes_are_refused(raw: bytes, said: str) -> None:
    with pytest.raises(EnvelopeError, match=said):
        parse_envelope(raw)


@pytest.mark.parametrize("field", ["payload", "sig"])
def test_what_is_no_base64_is_refused(field: str) -> None:
    tree = json.loads(changed())
    if field == "payload":
        tree["payload"] = "!!"
    else:
        tree["signatures"][0]["sig"] = "!!"
    with pytest.raises(EnvelopeError, match="no base64"):
        signers(parse_envelope(json.dumps(tree).encode()), KEYS)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", PAYLOAD.replace(b"Statement/v1", b"Statement/v9")]
)
def test_signed_bytes_that_are_no_statement_are_refused(payload: bytes) -> None:
    with pytest.raises(EnvelopeError, match="statement"):
        read_statement(payload, KIND)


def test_fuzz_5000_damaged_envelopes_never_yield_an_unsigned_document() -> None:
    chance = random.Random(7)
    whole = signed(AID, ALICE, BOB)
    body = parse_envelope(whole).body
    for _ in range(5_000):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            envelope = parse_envelope(bytes(raw))
            found = signers(envelope, KEYS)
        except TertiusError:
            continue
        assert not found or envelope.body == body


def test_a_witness_key_signs_no_document() -> None:
    with pytest.raises(TertiusError, match="signature type"):
        sign(PAYLOAD, SigningKey("w", bytes(32), kind=4))
