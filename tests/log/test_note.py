"""Signed notes: published examples, forgeries, limits, and parsers that only raise named errors."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import SignedNote

from tertius.core.errors import TertiusError
from tertius.log.note import (
    MAX_NOTE,
    MAX_SIGNATURES,
    NoteError,
    UnsignedNoteError,
    Verified,
    format_note,
    parse_note,
    parse_signature,
    verify_note,
)
from tertius.log.notekey import (
    COSIGNATURE,
    KeyTextError,
    Signature,
    SignatureError,
    SigningKey,
    VerifierKey,
    cosigned_message,
    parse_vkey,
)

# The worked example of C2SP signed-note.
EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """\
This is an example message.

\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""  # noqa: E501

# The worked example of Go's package golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501

LOG = SigningKey("tertius/a", bytes([1]) * 32)
OTHER = SigningKey("tertius/b", bytes([2]) * 32)
WITNESS = SigningKey("witness/w", bytes([3]) * 32, kind=COSIGNATURE)
TEXT = "tertius/a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def names(verified: tuple[Verified, ...]) -> list[str]:
    return [each.key.name for each in verified]


@pytest.mark.parametrize(
    ("vkey", "note"), [(EXAMPLE_VKEY, EXAMPLE_NOTE), (GO_VKEY, GO_NOTE)], ids=["c2sp", "go"]
)
def test_published_notes_verify_and_read_back(vkey: str, note: str) -> None:
    key = parse_vkey(vkey)
    parsed = parse_note(note.encode())
    assert names(verify_note(parsed, [key])) == [key.name]
    assert key.vkey == vkey
    assert format_note(parsed.text, parsed.signatures) == note.encode()


def test_sigstore_reads_our_notes() -> None:
    note = format_note(TEXT, [LOG.sign(TEXT)])
    read = SignedNote.from_text(note.decode())
    assert read.note == TEXT
    assert [(each.name, each.sig_hash) for each in read.signatures] == [
        ("tertius/a", LOG.verifier.key_id)
    ]
    assert base64.b64decode(read.signatures[0].signature) == LOG.sign(TEXT).blob


@pytest.mark.parametrize("time", [0, 2**63])
def test_a_cosignature_that_truly_signs_an_impossible_time_is_refused(time: int) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32)
    blob = time.to_bytes(8, "big") + secret.sign(cosigned_message(TEXT, time))
    signature = Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, blob)
    with pytest.raises(SignatureError, match="no valid time"):
        verify_note(parse_note(format_note(TEXT, [signature])), [WITNESS.verifier])


def test_unknown_keys_are_passed_over() -> None:
    note = parse_note(format_note(TEXT, [OTHER.sign(TEXT), LOG.sign(TEXT)]))
    assert names(verify_note(note, [LOG.verifier])) == ["tertius/a"]


def test_same_name_or_same_id_alone_is_unknown() -> None:
    namesake = SigningKey("tertius/a", bytes([9]) * 32).sign("other text\n")
    same_id = Signature("someone/else", LOG.verifier.key_id, bytes(64))
    note = parse_note(format_note(TEXT, [namesake, same_id, LOG.sign(TEXT)]))
    assert names(verify_note(note, [LOG.verifier])) == ["tertius/a"]


def test_a_known_key_whose_signature_fails_rejects_the_whole_note() -> None:
    note = parse_note(format_note(TEXT, [LOG.sign(TEXT), OTHER.sign("other text\n")]))
    assert names(verify_note(note, [LOG.verifier])) == ["tertius/a"]
    with pytest.raises(SignatureError, match="`tertius/b`"):
        verify_note(note, [LOG.verifier, OTHER.verifier])


def test_a_second_bad_signature_of_one_key_rejects_the_note_too() -> None:
    note = parse_note(format_note(TEXT, [LOG.sign(TEXT), LOG.sign("other text\n")]))
    with pytest.raises(SignatureError):
        verify_note(note, [LOG.verifier])


def test_no_known_signature_is_an_error_of_its_own() -> None:
    note = parse_note(format_note(TEXT, [OTHER.sign(TEXT)]))
    for keys in ([], [LOG.verifier]):
        with pytest.raises(UnsignedNoteError):
            verify_note(note, keys)


def test_cosignatures_carry_their_time_and_sign_it() -> None:
    signature = WITNESS.cosign(TEXT, 1_700_000_000)
    note = parse_note(format_note(TEXT, [signature]))
    assert verify_note(note, [WITNESS.verifier]) == (Verified(WITNESS.verifier, 1_700_000_000),)
    later = (1_700_000_001).to_bytes(8, "big") + signature.blob[8:]
    forged = Signature(signature.name, signature.key_id, later)
    with pytest.raises(SignatureError):
        verify_note(parse_note(format_note(TEXT, [forged])), [WITNESS.verifier])


@pytest.mark.parametrize("blob", [b"x", bytes(8) + bytes(64), b"\xff" * 72])
def test_cosignatures_without_a_sensible_time_are_refused(blob: bytes) -> None:
    forged = Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, blob)
    with pytest.raises(SignatureError):
        verify_note(parse_note(format_note(TEXT, [forged])), [WITNESS.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "no final newline",
        "tab\there\n",
        "carriage return\r\n",
        "nul\x00\n",
        "lone surrogate \ud800\n",
        "",
    ],
)
def test_text_that_no_note_may_hold(text: str) -> None:
    with pytest.raises(NoteError):
        format_note(text, [LOG.sign(TEXT)])


LINE = LOG.sign(TEXT).line


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        (TEXT + "\n").encode(),
        (TEXT + LINE).encode(),
        (TEXT + "\n" + LINE[:-1]).encode(),
        (TEXT + "\n" + LINE + "\n").encode(),
        (TEXT + "\n" + LINE.replace("\u2014", "-")).encode(),
        (TEXT + "\n" + LINE.replace("\u2014 ", "\u2014  ")).encode(),
        (TEXT + "\n" + LINE.replace("tertius/a", "ter+tius")).encode(),
        (TEXT + "\n" + LINE.replace("tertius/a", "ter\u00a0tius")).encode(),
        (TEXT + "\n\u2014 tertius/a AAAA\n").encode(),
        (TEXT + "\n\u2014 tertius/a AAAAAAB=\n").encode(),
        (TEXT + "\n\u2014 tertius/a !!!!\n").encode(),
        (TEXT + "\n" + LINE).encode() + b"\xff\n",
        (TEXT + "\r\n" + LINE).encode(),
    ],
)
def test_what_is_no_note(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data)


def test_an_overlong_note_is_refused() -> None:
    with pytest.raises(NoteError, match="expected at most"):
        parse_note(b"a" * MAX_NOTE + b"\n\n" + LINE.encode())
    with pytest.raises(NoteError, match="101 signature lines"):
        parse_note((TEXT + "\n" + LINE * (MAX_SIGNATURES + 1)).encode())


def test_a_hundred_signatures_are_read() -> None:
    note = parse_note(format_note(TEXT, [LOG.sign(TEXT)] * MAX_SIGNATURES))
    assert len(note.signatures) == MAX_SIGNATURES
    assert len(verify_note(note, [LOG.verifier])) == MAX_SIGNATURES


def test_text_may_hold_blank_lines_of_its_own() -> None:
    text = "one\n\ntwo\n\n"
    assert parse_note(format_note(text, [LOG.sign(text)])).text == text


SIGNED = format_note(TEXT, [LOG.sign(TEXT), WITNESS.cosign(TEXT, 1_700_000_000)])
KEYS = [LOG.verifier, WITNESS.verifier]


@given(bit=st.integers(0, len(SIGNED) * 8 - 1))
def test_no_flipped_bit_keeps_both_signatures(bit: int) -> None:
    data = bytearray(SIGNED)
    data[bit // 8] ^= 1 << bit % 8
    try:
        verified = verify_note(parse_note(bytes(data)), KEYS)
    except (NoteError, SignatureError, UnsignedNoteError):
        return
    assert len(verified) == 1, "a flipped name or id makes that key unknown, no more"


NEARLY = st.lists(
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "\u2014 ",
            " ",
            "tertius/a",
            LINE,
            TEXT,
            "AAAAAAAA",
            "=",
            "+",
            "\u2028",
            "\x00",
        ]
    ),
    max_size=8,
).map(lambda parts: "".join(parts).encode())


@given(st.binary(max_size=200) | NEARLY)
def test_parsing_raises_only_note_errors_and_reads_back(data: bytes) -> None:
    try:
        note = parse_note(data)
    except NoteError:
        return
    assert format_note(note.text, note.signatures) == data
    with pytest.raises(TertiusError):
        verify_note(note, [OTHER.verifier])


@given(st.text(max_size=60))
def test_parsing_a_signature_line_raises_only_note_errors(line: str) -> None:
    with pytest.raises(NoteError):
        parse_signature(line)


def test_keys_that_collide_in_name_and_id_are_refused() -> None:
    class Twin(VerifierKey, frozen=True):
        @property
        def key_id(self) -> bytes:
            return LOG.verifier.key_id

    twin = Twin("tertius/a", 1, bytes([7]) * 32)
    note = parse_note(format_note(TEXT, [LOG.sign(TEXT)]))
    with pytest.raises(KeyTextError):
        verify_note(note, [LOG.verifier, twin])
