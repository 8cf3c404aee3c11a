"""What passes between an agent's process and the gate beside it: messages, and frames of bytes.

A frame is four bytes of length, most significant first, and then one message in MessagePack. Every
answer carries its question's number. Arguments travel as canonical JSON, never as values.
"""

from __future__ import annotations

import socket
import struct
import time
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tertius.core.decision import DenialCode
from tertius.core.errors import TertiusError
from tertius.core.escalation import Token
from tertius.core.events import ChannelKind, Count, Identity, Text, Time
from tertius.core.kinds import Event
from tertius.core.outcome import EnforcementLevel, Outcome
from tertius.core.request import Action, PrincipalChain, Request

VERSION: Final = 1
MAX_FRAME: Final = 4 * 1024 * 1024  # bytes of one message
WHOLE_SECONDS: Final = 10.0  # from the first byte of a frame to its last
AWAKE: Final = 0.000_4  # seconds; a gate nearly always answers sooner
_STEP: Final = 8  # waits to sleep through after one that was stayed awake for in vain, at first
_MOST: Final = 1024  # and at most
_HEAD: Final = 4
_PIECE: Final = 65_536

Word = Annotated[str, Meta(max_length=128)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class FrameError(TertiusError):
    """Bytes that are no frame, no message, or come too slowly; the connection is closed."""


class GoneError(FrameError):
    """The other end closed before anything of a message was sent to it."""


TURNED_AWAY: Final = 0  # number of a refusal that answers no question; a client counts from 1


class Message(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag=True):
    """What all messages share: `number` pairs question and answer."""

    number: Number


# -- questions -------------------------------------------------------------------------------------


class Hello(Message, frozen=True):
    """The first message of a connection."""

    version: int = VERSION


class Ask(Message, frozen=True):
    """May `agent` do this; `fault` is what the asking process itself knows to be wrong with it."""

    agent: Word
    action: Action
    arguments: bytes
    run: Word
    chain: msgspec.Raw  # a `PrincipalChain`; most questions carry the same one
    resource: Word | None = None
    peer: Word | None = None
    key: Text | None = None
    channel: Word | None = None
    via: ChannelKind = "message"
    task: Word | None = None
    fault: Text = ""


class Tell(Message, frozen=True):
    """Something happened; `content` are the bytes that the log shall commit to, None for none."""

    event: Event
    content: bytes | None = None


class Ended(Message, frozen=True):
    """The act of a permitted request ended."""

    request: Word
    ok: bool


class Look(Message, frozen=True):
    """Did a ruling open a permission for this question."""

    escalation: Word


class Resume(Message, frozen=True):
    """Use that permission, once."""

    escalation: Word


class Pinned(Message, frozen=True):
    """Which input schema does an agent's grant of a tool pin."""

    agent: Word
    tool: Word


Question = Hello | Ask | Tell | Ended | Look | Resume | Pinned

# -- answers ---------------------------------------------------------------------------------------


class Welcome(Message, frozen=True):
    """Where the gate stands."""

    version: int
    level: EnforcementLevel


class Judged(Message, frozen=True):
    """What the gate added to a question to make a request of it, and what it decided.

    The arguments do not travel back: `salt` and `content` bind the answer to those that were
    asked about, `request` to all else. Votes and reasons do not travel at all; they are in the
    log, which agents never read, and each would answer a probe. `id` is None where no request
    could be made.
    """

    id: Word | None
    time: Time
    salt: bytes
    content: Word
    identity: Identity
    request: Word
    decided: Time
    outcome: Outcome
    obeyed: Outcome
    level: EnforcementLevel
    manifest: Word | None
    constitution: Word | None
    epoch: Count
    code: DenialCode | None
    shadow: bool


class Done(Message, frozen=True):
    """It is recorded."""


class Permission(Message, frozen=True):
    """What a ruling opened, and for what."""

    token: Token | None = None
    request: Request | None = None


class Schema(Message, frozen=True):
    """Digest of an input schema."""

    digest: str | None


class Refused(Message, frozen=True):
    """It did not happen."""

    why: Text


Answer = Welcome | Judged | Done | Permission | Schema | Refused

encode = msgspec.msgpack.Encoder().encode
_question: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_chain: msgspec.msgpack.Decoder[PrincipalChain] = msgspec.msgpack.Decoder(PrincipalChain)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


@lru_cache(maxsize=1024)
def chain(raw: bytes) -> PrincipalChain:
    """Return the chain in a question.

    Raises
    ------
    FrameError
        There is none.
    """
    try:
        return _chain.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FrameError(f"no chain: {ascii(str(error)[:200])[1:-1]}") from error


@lru_cache(maxsize=1024)
def chain_bytes(chain: PrincipalChain) -> msgspec.Raw:
    """Return a chain as a question carries it."""
    return msgspec.Raw(encode(chain))


def question(frame: bytes) -> Question:
    """Return the question in a frame.

    Raises
    ------
    FrameError
        There is none.
    """
    try:
        return _question.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FrameError(f"no question: {ascii(str(error)[:200])[1:-1]}") from error


def answer(frame: bytes, number: int | None) -> Answer:
    """Return the answer in a frame to the question of that number; None leaves it unchecked.

    Raises
    ------
    FrameError
        There is none, or it answers another question.
    """
    try:
        found = _answer.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FrameError(f"no answer: {ascii(str(error)[:200])[1:-1]}") from error
    if number is not None:
        require_number(found, number)
    return found


def require_number(found: Answer, number: int) -> None:
    """Refuse the answer to another question, such as one that is sent again.

    Raises
    ------
    FrameError
        It is one.
    """
    if found.number != number:
        raise FrameError("an answer to another question; expected the one to the last")


class Line:
    """One end of a connection, frame by frame.

    Parameters
    ----------
    connection
        A connected stream socket, blocking.
    whole
        Seconds from the first byte of a frame to its last, and for a frame to be taken.
    patience
        Seconds until the first byte; None to wait for ever.

    Notes
    -----
    What is held in memory is what has arrived, at most `MAX_FRAME` and a piece more.

    A processor that falls asleep takes longer to be woken than a gate takes to judge. So a wait
    begins with up to `AWAKE` of looking again and again. That is in vain where the other end is
    slow, and holds it up where processors are scarce: each time doubles how many waits are slept
    through from their start, and each success halves it.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        whole: float = WHOLE_SECONDS,
        patience: float | None = None,
    ) -> None:
        connection.setblocking(True)  # the kernel waits for us: one system call less a time
        if patience is not None:
            waits = struct.pack("ll", int(patience), int(patience % 1 * 1_000_000))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, waits)
        self._connection = connection
        self._whole = whole
        self._rest = b""
        self._asleep = self._in_vain = 0

    def read(self) -> bytes | None:
        """Return the next frame; None where the other end closed between two frames.

        Raises
        ------
        FrameError
            Too long, too slow, or closed in its middle.
        """
        data = self._rest or self._first()
        if not data:
            return None
        end = _end(data)
        if end is None or len(data) < end:
            data, end = self._slowly(bytearray(data))
        self._rest = data[end:]
        return data[_HEAD:end]

    def write(self, message: Message) -> None:
        """Send a message.

        Raises
        ------
        FrameError
            It holds what no message can, or is too long.
        GoneError
            The other end has gone, and nothing of it was sent.
        """
        try:
            data = encode(message)
        except (TypeError, ValueError, msgspec.MsgspecError) as error:
            raise FrameError(f"no message: {ascii(str(error)[:200])[1:-1]}") from error
        if len(data) > MAX_FRAME:
            raise FrameError(f"a message of {len(data)} bytes; expected at most {MAX_FRAME}")
        data = len(data).to_bytes(_HEAD, "big") + data
        try:
            taken = self._connection.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            taken = 0
        except (BrokenPipeError, ConnectionResetError) as error:
            raise GoneError("the other end has gone") from error
        if taken < len(data):
            self._connection.settimeout(self._whole)
            self._connection.sendall(memoryview(data)[taken:])
            self._connection.setblocking(True)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _first(self) -> bytes:
        """Wait for the first bytes: awake for a while, unless that was in vain of late."""
        if self._asleep:
            self._asleep -= 1
            return self._connection.recv(_PIECE)
        deadline = time.monotonic() + AWAKE
        while time.monotonic() < deadline:
            try:
                data = self._connection.recv(_PIECE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            self._in_vain //= 2
            return data
        self._asleep = self._in_vain = min(_MOST, 2 * self._in_vain + _STEP)
        return self._connection.recv(_PIECE)

    def _slowly(self, data: bytearray) -> tuple[bytes, int]:
        deadline = time.monotonic() + self._whole
        while (end := _end(data)) is None or len(data) < end:
            left = deadline - time.monotonic()
            if left <= 0:
                raise FrameError(f"no whole frame within {self._whole:g} s")
            self._connection.settimeout(left)
            piece = self._connection.recv(_PIECE)
            if not piece:
                raise FrameError("closed in the middle of a frame")
            data += piece
        self._connection.setblocking(True)
        return bytes(data), end


def _end(data: bytes | bytearray) -> int | None:
    """Return where the first frame ends, None while that is not known."""
    if len(data) < _HEAD:
        return None
    length = int.from_bytes(data[:_HEAD], "big")
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes; expected at most {MAX_FRAME}")
    return _HEAD + length
