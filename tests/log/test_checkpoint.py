"""Checkpoints: real ones of public logs, the specification's example, and everything malformed."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import SignedCheckpoint as SigstoreCheckpoint

from tertius.log.checkpoint import (
    Checkpoint,
    CheckpointError,
    add_signatures,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from tertius.log.merkle import EMPTY_ROOT, leaf_hash
from tertius.log.note import NoteError, UnsignedNoteError, format_note, parse_note, verify_note
from tertius.log.notekey import COSIGNATURE, SignatureError, SigningKey, parse_vkey

# The worked example of C2SP tlog-checkpoint and tlog-cosignature (their keys are not published).
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501

# A checkpoint of the Go checksum database, as transparency-dev/formats (log/note_test.go) has it.
GOSUM_VKEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GOSUM = """\
go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

\u2014 sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""  # noqa: E501

# A checkpoint of the CT log Arche 2025h1 (staging), cosigned by public witnesses; one witness's key
# is known here, the other signatures are of keys or types that are not.
ARCHE_ORIGIN = "arche2025h1.staging.ct.transparency.dev"
REMORA_VKEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
ARCHE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u2014 arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
\u2014 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u2014 transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
\u2014 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
\u2014 witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501

LOG = SigningKey("tertius/a", bytes([1]) * 32)
WITNESS = SigningKey("witness/w", bytes([3]) * 32, kind=COSIGNATURE)
STATED = Checkpoint("tertius/a", 1, leaf_hash(b"x"))


def test_the_worked_example_reads_back() -> None:
    note = parse_note(EXAMPLE.encode())
    stated = parse_checkpoint(note.text)
    assert (stated.origin, stated.size) == ("example.com/behind-the-sofa", 20852163)
    assert stated.text == note.text
    assert format_note(stated.text, note.signatures) == EXAMPLE.encode()
    assert int.from_bytes(note.signatures[1].blob[:8], "big") == 1679315147
    assert len(note.signatures[1].blob) == 72


def test_a_real_checkpoint_of_the_go_checksum_database() -> None:
    signed = open_checkpoint(GOSUM.encode(), parse_vkey(GOSUM_VKEY), origin="go.sum database tree")
    assert signed.checkpoint.size == 6476701
    with pytest.raises(CheckpointError, match=r"expected `sum\.golang\.org`"):
        open_checkpoint(GOSUM.encode(), parse_vkey(GOSUM_VKEY))


def test_a_real_cosignature_of_a_public_witness() -> None:
    note = parse_note(ARCHE.encode())
    remora = parse_vkey(REMORA_VKEY)
    (done,) = verify_note(note, [remora])
    assert (done.key, done.time) == (remora, 1779573024)
    assert parse_checkpoint(note.text).origin == ARCHE_ORIGIN
    with pytest.raises(SignatureError):
        verify_note(parse_note(ARCHE.replace("1432088532", "1432088533").encode()), [remora])


def test_sigstore_reads_our_checkpoints() -> None:
    read = SigstoreCheckpoint.from_text(sign_checkpoint(STATED, LOG).decode())
    assert read.checkpoint.origin == STATED.origin
    assert read.checkpoint.log_size == STATED.size
    assert read.checkpoint.log_hash == STATED.root.hex()
    assert read.checkpoint.other_content == []


def test_signing_and_opening() -> None:
    data = sign_checkpoint(STATED, LOG)
    cosigned = add_signatures(data, [WITNESS.cosign(STATED.text, 5).line])
    signed = open_checkpoint(cosigned, LOG.verifier, [WITNESS.verifier])
    assert signed.checkpoint == STATED
    assert [(each.key.name, each.time) for each in signed.cosignatures] == [("witness/w", 5)]
    assert open_checkpoint(cosigned, LOG.verifier).cosignatures == ()


def test_a_signature_line_is_added_once() -> None:
    data = sign_checkpoint(STATED, LOG)
    line = WITNESS.cosign(STATED.text, 5).line
    once = add_signatures(data, [line])
    assert add_signatures(once, [line, LOG.sign(STATED.text).line]) == once
    with pytest.raises(NoteError):
        add_signatures(data, ["\u2014 no signature\n"])


def test_a_checkpoint_that_only_a_witness_signed_is_not_the_logs() -> None:
    data = format_note(STATED.text, [WITNESS.cosign(STATED.text, 5)])
    with pytest.raises(UnsignedNoteError):
        open_checkpoint(data, LOG.verifier, [WITNESS.verifier])


def test_a_checkpoint_of_another_log_by_the_same_key_is_refused() -> None:
    other = Checkpoint("tertius/b", 1, STATED.root)
    data = format_note(other.text, [LOG.sign(other.text)])
    with pytest.raises(CheckpointError, match="is of origin `tertius/b`"):
        open_checkpoint(data, LOG.verifier)


def test_a_forged_cosignature_refuses_the_checkpoint() -> None:
    other = Checkpoint("tertius/a", 2, STATED.root)
    data = add_signatures(sign_checkpoint(STATED, LOG), [WITNESS.cosign(other.text, 5).line])
    with pytest.raises(SignatureError):
        open_checkpoint(data, LOG.verifier, [WITNESS.verifier])


def test_extension_lines_are_refused_unless_asked_for() -> None:
    extended = Checkpoint("tertius/a", 1, STATED.root, ("more",))
    data = format_note(extended.text, [LOG.sign(extended.text)])
    with pytest.raises(CheckpointError, match="extension lines"):
        open_checkpoint(data, LOG.verifier)
    assert open_checkpoint(data, LOG.verifier, extensions=True).checkpoint == extended
    with pytest.raises(CheckpointError, match="extension lines"):
        sign_checkpoint(extended, LOG)


@pytest.mark.parametrize(
    "stated",
    [
        Checkpoint("tertius/other", 1, STATED.root),
        Checkpoint("tertius/a", -1, STATED.root),
        Checkpoint("tertius/a", 2**63, STATED.root),
        Checkpoint("tertius/a", 1, STATED.root[:31]),
        Checkpoint("tertius/a", 0, STATED.root),
    ],
)
def test_what_a_log_does_not_sign(stated: Checkpoint) -> None:
    with pytest.raises(CheckpointError):
        sign_checkpoint(stated, LOG)


def test_an_empty_log_signs_the_empty_root() -> None:
    empty = Checkpoint("tertius/a", 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, LOG), LOG.verifier).checkpoint == empty


ROOT = base64.b64encode(STATED.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"a\n1\n{ROOT}",
        f"a\n1\n{ROOT}\n\n",
        f"\n1\n{ROOT}\n",
        "a\n1\n",
        f"a\n01\n{ROOT}\n",
        f"a\n+1\n{ROOT}\n",
        f"a\n-1\n{ROOT}\n",
        f"a\n1 \n{ROOT}\n",
        f"a\n\u0661\n{ROOT}\n",
        f"a\n9223372036854775808\n{ROOT}\n",
        f"a\n{'9' * 30}\n{ROOT}\n",
        f"a\n1\n{ROOT[:-4]}\n",
        f"a\n1\n{ROOT} \n",
        f"a\n1\n{ROOT}\nextension\n",
        f"a\n1\n{ROOT}\n\nextension\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)


def test_base64_with_stray_bits_is_refused() -> None:
    stray = ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "="
    assert base64.b64decode(stray) == STATED.root
    with pytest.raises(CheckpointError, match="bad root"):
        parse_checkpoint(f"a\n1\n{stray}\n")


NEARLY = st.lists(
    st.sampled_from(["tertius/a", "\n", "\n\n", "0", "1", "9" * 19, ROOT, " ", "x", "="]),
    max_size=9,
).map("".join)


@given(st.text(max_size=80) | NEARLY)
def test_parsing_raises_only_checkpoint_errors_and_reads_back(text: str) -> None:
    try:
        stated = parse_checkpoint(text, extensions=True)
    except CheckpointError:
        return
    assert stated.text == text
