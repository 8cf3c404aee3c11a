"""The client of a witness, against a served one and against hostile ones, on loopback."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.log.small_log import FORK, KEY, LOG, NOW, checkpoint, prover

from tertius.log.checkpoint import add_signatures, open_checkpoint
from tertius.log.notekey import COSIGNATURE, SigningKey
from tertius.log.witness_request import (
    WitnessAheadError,
    WitnessConflictError,
    WitnessRefusedError,
    cosign,
)
from tertius.server.witness import bind
from tertius.server.witness_client import (
    BadCosignatureError,
    WitnessClient,
    WitnessUnreachableError,
    WitnessUrlError,
)

OTHER = SigningKey("witness/w", bytes([4]) * 32, kind=COSIGNATURE)


def client(port: int, key: SigningKey = KEY) -> WitnessClient:
    return WitnessClient(f"http://127.0.0.1:{port}/", key.verifier, timeout=10)


def test_a_log_gets_its_cosignatures_over_http(port: int) -> None:
    asking = client(port)
    for old, size in [(0, 3), (3, 3), (3, 40)]:
        lines = cosign(asking, checkpoint(size), old_size=old, size=size, prove=prover(size))
        cosigned = add_signatures(checkpoint(size), lines)
        signed = open_checkpoint(cosigned, LOG.verifier, [KEY.verifier])
        assert [each.time for each in signed.cosignatures] == [NOW]


def test_a_conflict_is_answered_from_the_size_told(port: int) -> None:
    asking = client(port)
    asking(0, [], checkpoint(9))
    with pytest.raises(WitnessConflictError) as caught:
        asking(4, prover(12)(4), checkpoint(12))
    assert caught.value.size == 9
    assert cosign(asking, checkpoint(12), old_size=4, size=12, prove=prover(12))


def test_rollback_and_fork_are_refused_over_http(port: int) -> None:
    asking = client(port)
    asking(0, [], checkpoint(9))
    with pytest.raises(WitnessAheadError):
        cosign(asking, checkpoint(5), old_size=5, size=5, prove=prover(5))
    with pytest.raises(WitnessRefusedError, match="status 422"):
        asking(9, [], checkpoint(9, FORK))


def test_the_newest_checkpoint_can_be_read_back(port: int) -> None:
    asking = client(port)
    assert asking.latest(LOG.verifier) is None
    asking(0, [], checkpoint(9))
    signed = asking.latest(LOG.verifier)
    assert signed is not None and signed.checkpoint.size == 9
    with pytest.raises(BadCosignatureError):
        client(port, OTHER).latest(LOG.verifier)


def test_a_cosignature_by_another_key_is_not_accepted(port: int) -> None:
    with pytest.raises(BadCosignatureError, match="did not sign as witness"):
        client(port, OTHER)(0, [], checkpoint(9))


def test_a_failing_store_gives_no_cosignature(port: int, tmp_path: Path) -> None:
    asking = client(port)
    asking(0, [], checkpoint(9))
    (kept,) = (tmp_path / "witness").glob("*.json")
    kept.write_bytes(b"damaged")
    with pytest.raises(WitnessRefusedError, match="status 500"):
        asking(9, prover(12)(9), checkpoint(12))


def test_nobody_listening(port: int) -> None:
    with bind() as free:
        unused = free.getsockname()[1]
    with pytest.raises(WitnessUnreachableError):
        client(unused)(0, [], checkpoint(9))


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that reads one whole request and answers with these bytes, whatever they are."""
    listening = bind()

    def once() -> None:
        connection, _ = listening.accept()
        with connection:
            asked = b""
            while not asked.endswith(checkpoint(9)):
                asked += connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=once)
    thread.start()
    with listening:
        yield listening.getsockname()[1]
    thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\xff\xff\xff\xff\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n-1",
    ],
    ids=["nothing", "no http", "empty", "cut off", "binary", "redirect", "no size"],
)
def test_hostile_answers_are_refusals(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(WitnessRefusedError):
        client(port)(0, [], checkpoint(9))


def test_a_forged_cosignature_is_not_accepted() -> None:
    line = KEY.cosign("another text\n", NOW).line.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(line)}\r\n\r\n".encode()
    with answering(head + line) as port, pytest.raises(BadCosignatureError, match="not verify"):
        client(port)(0, [], checkpoint(9))


def test_an_answer_without_end_is_cut_off() -> None:
    """A witness that drips bytes for ever holds the log up no longer than the timeout."""
    listening = bind()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                connection.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    ticks = iter(range(0, 1000, 3))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    asking = WitnessClient(url, KEY.verifier, timeout=10, clock=lambda: next(ticks))
    with pytest.raises(WitnessUnreachableError, match="without end"):
        asking(0, [], checkpoint(9))
    listening.close()
    thread.join(10)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:80",
        "file:///etc/passwd",
        "http://",
        "http://host:port/",
        "http://user:secret@host/",
        "http://host/?query",
        "http://h\u00f6st/",
    ],
)
def test_bad_addresses_are_refused(url: str) -> None:
    with pytest.raises(WitnessUrlError):
        WitnessClient(url, KEY.verifier)


def test_a_log_key_is_no_witness_key() -> None:
    with pytest.raises(WitnessUrlError, match="no witness key"):
        WitnessClient("http://127.0.0.1/", LOG.verifier)
