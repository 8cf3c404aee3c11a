"""Requests and answers between a log and a witness, and what the log does with a refusal."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.log.small_log import (
    NOW,
    asks,
    checkpoint,
    new_witness,
    prover,
    request,
    statuses,
)

from tertius.log.witness_request import (
    MAX_REQUEST,
    Answer,
    RequestError,
    WitnessAheadError,
    WitnessConflictError,
    WitnessRefusedError,
    cosign,
    format_request,
    parse_request,
    read_answer,
)

# The request example of C2SP tlog-witness.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501


def test_the_request_example_of_tlog_witness() -> None:
    read = parse_request(EXAMPLE.encode())
    assert (read.old_size, len(read.proof)) == (20852014, 4)
    assert read.proof[0] == base64.b64decode("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=")
    assert read.checkpoint.startswith(b"example.com/behind-the-sofa\n20852163\n")
    assert format_request(read) == EXAMPLE.encode()


HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1\n",
        b"old 01\n\nx",
        b"old -1\n\nx",
        b"old  1\n\nx",
        b"Old 1\n\nx",
        b"old 9223372036854775808\n\nx",
        f"old 1\n{HASH[:-4]}\n\nx".encode(),
        f"old 1\n{HASH} \n\nx".encode(),
        f"old 1\r\n{HASH}\n\nx".encode(),
        "old 1\n\u2014\n\nx".encode(),
    ],
)
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(RequestError):
        parse_request(body)
    assert statuses(new_witness(), body) == [400]


def test_sixty_three_proof_lines_are_read_and_no_more() -> None:
    assert len(parse_request(f"old 1\n{(HASH + chr(10)) * 63}\nx".encode()).proof) == 63
    with pytest.raises(RequestError, match="64 proof lines"):
        parse_request(f"old 1\n{(HASH + chr(10)) * 64}\nx".encode())


def test_an_overlong_request_is_refused() -> None:
    with pytest.raises(RequestError, match="expected at most"):
        parse_request(b"old 1\n\n" + b"x" * MAX_REQUEST)


NEARLY = st.lists(
    st.sampled_from(
        [b"old 0", b"old 9", b"\n", b"\n\n", HASH.encode(), checkpoint(9), b"\xff", b"x"]
    ),
    max_size=8,
).map(b"".join)


@given(st.binary(max_size=120) | NEARLY)
def test_any_body_gets_an_answer_and_any_request_reads_back(body: bytes) -> None:
    answer = new_witness().add_checkpoint(body, now=NOW)
    assert answer.status in (200, 400, 409, 422)
    try:
        read = parse_request(body)
    except RequestError:
        assert answer.status == 400
        return
    assert format_request(read) == body


@given(status=st.integers(100, 599), body=st.binary(max_size=60))
def test_reading_an_answer_raises_only_refusals(status: int, body: bytes) -> None:
    try:
        lines = read_answer(Answer(status, body))
    except WitnessRefusedError as error:
        assert "\n" not in str(error)
        return
    assert status == 200 and lines


def test_a_log_that_lost_count_catches_up() -> None:
    witness = new_witness()
    assert statuses(witness, request(0, 9)) == [200]
    lines = cosign(asks(witness), checkpoint(12), old_size=4, size=12, prove=prover(12))
    assert len(lines) == 1


def test_a_log_restored_from_an_older_copy_learns_it() -> None:
    witness = new_witness()
    assert statuses(witness, request(0, 12)) == [200]
    with pytest.raises(WitnessAheadError) as caught:
        cosign(asks(witness), checkpoint(9), old_size=9, size=9, prove=prover(9))
    assert caught.value.exit_code == 4


def test_a_witness_that_always_disagrees_is_given_up() -> None:
    def contrary(old_size: int, proof: object, checkpoint: bytes) -> list[str]:
        raise WitnessConflictError((old_size + 1) % 9)

    with pytest.raises(WitnessConflictError):
        cosign(contrary, checkpoint(9), old_size=0, size=9, prove=prover(9))
