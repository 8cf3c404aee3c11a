"""Commitments hide and bind; payload frames read back whole or not at all."""

import os
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertius.log.content import (
    PayloadError,
    RandomSalts,
    Sealed,
    SeededSalts,
    commitment,
    frame,
    frames,
    next_frame,
    seal,
)

contents = st.lists(st.binary(max_size=60), max_size=6)


def test_the_commitment_is_the_one_that_the_design_states() -> None:
    salt, data = bytes(range(32)), b"the figures are in"
    expected = sha256(b"tertius/v1/content\0" + salt + data).hexdigest()
    assert commitment(salt, data) == expected == seal(data, salts=lambda: salt).digest


def test_the_same_words_twice_have_nothing_in_common() -> None:
    salts = RandomSalts().take
    one, other = seal(b"yes", salts=salts), seal(b"yes", salts=salts)
    assert one.salt != other.salt and one.digest != other.digest


def test_salts_never_repeat_also_behind_the_store_and_in_a_forked_child() -> None:
    salts = RandomSalts().take
    given_out = {salts() for _ in range(3000)}
    assert len(given_out) == 3000 and {len(salt) for salt in given_out} == {32}
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(salts() for _ in range(50)))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 1600)
    os.close(read)
    os.close(write)
    ours = {salts() for _ in range(2000)}
    assert not ours & {theirs[i : i + 32] for i in range(0, 1600, 32)}


def test_seeded_salts_repeat_for_the_same_seed_alone() -> None:
    def draw(seed: int) -> list[bytes]:
        salts = SeededSalts(seed)
        return [salts() for _ in range(4)]

    assert draw(1) == draw(1)
    assert not set(draw(1)) & set(draw(2))


@given(contents)
def test_frames_read_back(texts: list[bytes]) -> None:
    salts = SeededSalts(3)
    sealed = [seal(text, salts=salts) for text in texts]
    raw = b"".join(frame(index * 5, each) for index, each in enumerate(sealed))
    assert list(frames(raw)) == [(index * 5, each) for index, each in enumerate(sealed)]


@given(contents.filter(bool), st.data())
def test_a_torn_frame_is_an_error_and_no_content(texts: list[bytes], data: st.DataObject) -> None:
    salts = SeededSalts(3)
    rows = [frame(index, seal(text, salts=salts)) for index, text in enumerate(texts)]
    raw = b"".join(rows)
    cut = data.draw(st.integers(len(raw) - len(rows[-1]) + 1, len(raw) - 1))
    with pytest.raises(PayloadError, match="is cut short"):
        list(frames(raw[:cut]))
    assert next_frame(raw[:cut], len(raw) - len(rows[-1])) is None


def test_a_frame_of_absurd_length_is_none() -> None:
    raw = frame(1, Sealed("", bytes(32), b"x"))
    absurd = raw[:8] + b"\xff\xff\xff\xff" + raw[12:]
    assert next_frame(absurd, 0) is None
