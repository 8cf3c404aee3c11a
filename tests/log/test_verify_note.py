"""The verifier's own reading of signed notes, checkpoints and cosignatures."""

import base64

import pytest
from tests.tampered.valid_log import KEY, NOW, make_log, signer

from tertius.core.errors import CallerError
from tertius.log.verify_note import (
    BadNoteError,
    cosigned_by,
    parse_checkpoint,
    parse_key,
    signed_by,
)

LOG = make_log(9)
NOTE = LOG.note().decode()

# The worked example of C2SP tlog-cosignature; its keys are not given there.
COSIGNED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/\
Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2\
oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


def test_the_specifications_example_reads() -> None:
    checkpoint = parse_checkpoint(COSIGNED.encode())
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert [line.name for line in checkpoint.lines] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert int.from_bytes(checkpoint.lines[1].signature[:8], "big") == 1679315147


def test_the_specifications_verifier_key_reads() -> None:
    key = parse_key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    assert (key.name, key.kind, key.title) == ("example.com/foo", 1, "example.com/foo+530d903a")
    assert parse_key(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+530d903a",
        "na me+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2=",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(CallerError):
        parse_key(text)


def test_the_logs_signature_verifies_under_its_key_alone() -> None:
    checkpoint = parse_checkpoint(NOTE.encode())
    key = parse_key(KEY.vkey)
    assert signed_by(checkpoint, [key, parse_key(signer("other").vkey)]) == (key,)
    assert signed_by(checkpoint, []) == ()


def test_a_log_key_never_counts_as_a_cosignature_nor_the_other_way_round() -> None:
    text = LOG.text()
    witness = signer(KEY.name, kind=4)
    note = f"{text}\n{KEY.line(text)}{witness.line(text)}".encode()
    checkpoint = parse_checkpoint(note)
    both = [parse_key(KEY.vkey), parse_key(witness.vkey)]
    assert [key.kind for key in signed_by(checkpoint, both)] == [1]
    assert [each.time for each in cosigned_by(checkpoint, both[1:])] == [NOW]


def edited(old: str, new: str) -> str:
    assert old in NOTE
    return NOTE.replace(old, new, 1)


SIGNATURE = NOTE.split(" ")[-1].rstrip("\n")
ROOT = NOTE.splitlines()[2]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE + "\n",
        NOTE + "more\n",
        edited("\n9\n", "\n09\n"),
        edited("\n9\n", "\n+9\n"),
        edited("\n9\n", "\n9\nextension\n"),
        edited("\n9\n", f"\n{2**63}\n"),
        edited("\n9\n", "\n\u0669\n"),
        edited(ROOT, ROOT[:-4]),
        edited(ROOT, ROOT.replace("=", "")),
        edited(ROOT, ROOT[:-2] + "B="),
        edited("\u2014", "-"),
        edited(SIGNATURE, SIGNATURE.rstrip("=")),
        edited(SIGNATURE, ""),
        edited(SIGNATURE, base64.b64encode(b"four").decode()),
        "\n".join(["", *NOTE.split("\n")[1:]]),
        edited(KEY.name, "a\x00b"),
        edited("\n\u2014 ", "\n\u2014 a+b AAAAAAAA\n\u2014 "),
    ],
)
def test_what_is_no_signed_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(BadNoteError):
        parse_checkpoint(note.encode())


def test_more_signatures_than_anyone_needs_are_refused() -> None:
    line = "\u2014 someone AAAAAAAA\n"
    assert len(parse_checkpoint((NOTE + line * 16).encode()).lines) == 17
    with pytest.raises(BadNoteError):
        parse_checkpoint((NOTE + line * 200).encode())


def test_a_known_key_whose_signature_fails_refuses_the_note() -> None:
    other = make_log(10).note().decode()
    mixed = NOTE + other.splitlines()[-1] + "\n"
    with pytest.raises(BadNoteError, match="does not verify"):
        signed_by(parse_checkpoint(mixed.encode()), [parse_key(KEY.vkey)])
