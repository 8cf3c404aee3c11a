"""Frames and messages: every byte string is a message or one named error."""

import socket
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.beside import CHAIN

from tertius.core.events import ToolCalled
from tertius.server.gate_wire import (
    MAX_FRAME,
    Ask,
    Done,
    Ended,
    FrameError,
    GoneError,
    Hello,
    Line,
    Look,
    Pinned,
    Question,
    Refused,
    Resume,
    Tell,
    answer,
    chain,
    encode,
    question,
)

CALLED = ToolCalled(id="q/called", time=5, run="r", agent="tutor", tool="mail.send")
QUESTIONS: list[Question] = [
    Hello(1),
    Ask(2, "tutor", "tool.call", b"{}", "r", msgspec.Raw(encode(CHAIN)), "mail.send"),
    Tell(3, CALLED, b"x"),
    Tell(4, CALLED),
    Ended(5, "q", True),
    Look(6, "q"),
    Resume(7, "q"),
    Pinned(8, "tutor", "mail.send"),
]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Line]]:
    one, two = socket.socketpair()
    with one, two:
        yield one, Line(two, whole=20)


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@pytest.mark.parametrize("each", QUESTIONS, ids=lambda each: type(each).__name__)
def test_a_question_comes_out_as_it_went_in(each: Question) -> None:
    assert encode(question(encode(each))) == encode(each)


def test_a_chain_is_read_from_what_a_question_carries() -> None:
    assert chain(encode(CHAIN)) == CHAIN
    for bad in (b"", b"\xc0", encode({"links": []}), encode(CHAIN) + b"x"):  # type: ignore[arg-type]  # no message
        with pytest.raises(FrameError, match="no chain"):
            chain(bad)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_question_or_one_error(data: bytes) -> None:
    try:
        question(data)
    except FrameError:
        return


@given(st.sampled_from(QUESTIONS), st.data())
def test_a_damaged_question_is_a_question_or_one_error(each: Question, data: st.DataObject) -> None:
    raw = bytearray(encode(each))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = question(bytes(raw))
        if isinstance(found, Ask):
            chain(bytes(found.chain))
    except FrameError:
        return


def test_numbers_pair_answers_with_questions() -> None:
    assert answer(encode(Done(5)), 5) == Done(5)
    with pytest.raises(FrameError, match="another question"):
        answer(encode(Done(5)), 6)
    with pytest.raises(FrameError, match="no answer"):
        answer(encode(Hello(5)), 5)


@pytest.mark.parametrize("step", [1, 3, 4, 5, 1000])
def test_frames_arrive_in_any_pieces(step: int, ends: tuple[socket.socket, Line]) -> None:
    one, line = ends
    whole = framed(encode(Look(1, "a" * 20))) + framed(encode(Look(2, "b"))) + framed(b"")
    for at in range(0, len(whole), step):
        one.sendall(whole[at : at + step])
    one.shutdown(socket.SHUT_WR)
    assert [line.read(), line.read(), line.read(), line.read()] == [
        encode(Look(1, "a" * 20)), encode(Look(2, "b")), b"", None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x00\x00", "closed in the middle"),
        (b"\x00\x00\x00\x09abc", "closed in the middle"),
        ((MAX_FRAME + 1).to_bytes(4, "big"), "expected at most"),
        (b"\xff\xff\xff\xff", "expected at most"),
    ],
)
def test_what_is_no_frame_is_refused(
    data: bytes, why: str, ends: tuple[socket.socket, Line]
) -> None:
    one, line = ends
    one.sendall(data)
    one.shutdown(socket.SHUT_WR)
    with pytest.raises(FrameError, match=why):
        line.read()


def test_a_message_that_cannot_be_written_is_not_sent(ends: tuple[socket.socket, Line]) -> None:
    one, line = ends
    for message, why in [
        (Look(1, "\ud800"), "no message"),
        (Look(1, object()), "no message"),  # type: ignore[arg-type]  # that is the point
        (Refused(1, "x" * MAX_FRAME), "expected at most"),
    ]:
        with pytest.raises(FrameError, match=why):
            line.write(message)
    one.close()
    with pytest.raises(GoneError):
        line.write(Hello(1))


class Slow:
    """A connection whose other end has sent nothing yet when it is looked at without waiting."""

    def __init__(self) -> None:
        self.quick = False
        self.looked: list[bool] = []

    def setblocking(self, flag: bool) -> None: ...

    def recv(self, size: int, flags: int = 0) -> bytes:
        self.looked.append(bool(flags & socket.MSG_DONTWAIT))
        if self.looked[-1] and not self.quick:
            raise BlockingIOError
        return framed(b"it")

    def awake(self, line: Line, waits: int) -> int:
        """Return how many of so many waits began with a look."""
        found = 0
        for _ in range(waits):
            del self.looked[:]
            assert line.read() == b"it"
            found += self.looked[0]
        return found


def test_whoever_waits_for_a_slow_end_sleeps() -> None:
    slow = Slow()
    line = Line(cast(socket.socket, slow))
    assert slow.awake(line, 1) == 1, "the first wait begins awake"
    assert slow.awake(line, 3000) <= 8
    slow.quick = True
    assert slow.awake(line, 5000) >= 3000, "and stays awake again once the other end is quick"
    assert slow.awake(line, 1000) == 1000
