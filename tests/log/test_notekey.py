"""Keys that sign notes: published ones, their text, and what is no key."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.log.note import (
    format_note,
    parse_note,
)
from tertius.log.notekey import (
    COSIGNATURE,
    KeyTextError,
    SigningKey,
    VerifierKey,
    parse_private_text,
    parse_vkey,
)

# The worked example of C2SP signed-note.
EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

# The worked example of Go's package golang.org/x/mod/sumdb/note, private key included.
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501

LOG = SigningKey("tertius/a", bytes([1]) * 32)
WITNESS = SigningKey("witness/w", bytes([3]) * 32, kind=COSIGNATURE)
TEXT = "tertius/a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_the_published_private_key_makes_the_published_signature() -> None:
    key = parse_private_text(GO_SKEY)
    text = parse_note(GO_NOTE.encode()).text
    assert key.private_text() == GO_SKEY
    assert format_note(text, [key.sign(text)]) == GO_NOTE.encode()


def test_a_log_key_does_not_cosign_and_a_witness_key_does_not_sign() -> None:
    with pytest.raises(KeyTextError):
        LOG.cosign(TEXT, 1)
    with pytest.raises(KeyTextError):
        WITNESS.sign(TEXT)
    for time in (0, -1, 2**63):
        with pytest.raises(KeyTextError):
            WITNESS.cosign(TEXT, time)


def test_one_public_key_has_another_id_for_each_kind() -> None:
    as_log = SigningKey("same", bytes([4]) * 32).verifier
    as_witness = SigningKey("same", bytes([4]) * 32, kind=COSIGNATURE).verifier
    assert as_log.public == as_witness.public
    assert as_log.key_id != as_witness.key_id


def test_a_private_key_is_not_shown() -> None:
    assert base64.b64encode(bytes([1]) * 32).decode()[:40] not in repr(LOG)
    assert "PRIVATE" not in repr(LOG)


NEAR_KEYS = st.lists(
    st.sampled_from(
        ["+", "530d903a", "example.com/foo", "AekyeRrm", "=", " ", EXAMPLE_VKEY, "A" * 44]
    ),
    max_size=6,
).map("".join)


@given(st.text(max_size=80) | NEAR_KEYS)
def test_parsing_keys_raises_only_key_errors(text: str) -> None:
    for read in (parse_vkey, lambda text: parse_private_text("PRIVATE+KEY+" + text)):
        try:
            key = read(text)
        except KeyTextError:
            continue
        assert isinstance(key, VerifierKey) and key.vkey == text


@pytest.mark.parametrize(
    ("vkey", "expected"),
    [
        ("example.com/foo+530d903b" + EXAMPLE_VKEY[24:], "says id"),
        ("example.com/foo+530D903A" + EXAMPLE_VKEY[24:], "says id"),
        ("ct.example+7deb49d0+BTBZMBMGByqGSM49", "signature type 0x05 .* not supported"),
        ("a+00000000+AQ==", "not of the form"),
        ("a+00000000+AQEB", "has 2 bytes; expected 32"),
        ("a b+00000000+AQEB", "not of the form"),
    ],
)
def test_a_verifier_key_that_is_none_says_why(vkey: str, expected: str) -> None:
    with pytest.raises(KeyTextError, match=expected):
        parse_vkey(vkey)
