"""A witness over HTTP on loopback: what it lets in, and how it answers."""

import asyncio
import contextlib
import http.client
import socket

import pytest
from tests.log.small_log import new_witness, request

from tertius.log.witness_request import (
    MAX_REQUEST,
)
from tertius.server.witness import BindError, app, bind


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    """One request with these headers; the status and the body of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_other_names_pages_and_paths_are_refused(port: int) -> None:
    body = request(0, 9)
    assert ask(port, "POST", "/add-checkpoint", body, Host="evil.example")[0] == 421
    assert ask(port, "POST", "/add-checkpoint", body, Host=f"evil.example:{port}")[0] == 421
    assert ask(port, "POST", "/add-checkpoint", body, Origin="http://localhost")[0] == 400
    assert ask(port, "GET", "/add-checkpoint")[0] == 405
    assert ask(port, "GET", "/")[0] == 404
    assert ask(port, "POST", "/add-checkpoint", body, Host=f"LOCALHOST:{port}")[0] == 200


def test_bodies_are_bounded(port: int) -> None:
    assert ask(port, "POST", "/add-checkpoint", b"x" * (MAX_REQUEST + 1))[0] == 413
    assert ask(port, "POST", "/add-checkpoint", b"")[0] == 400


def test_the_size_told_has_the_content_type_of_the_specification(port: int) -> None:
    assert ask(port, "POST", "/add-checkpoint", request(0, 9))[0] == 200
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        body = request(0, 9)
        connection.request("POST", "/add-checkpoint", body)
        answer = connection.getresponse()
        found = (answer.status, answer.getheader("Content-Type"), answer.read())
    assert found == (409, "text/x.tlog.size", b"9\n")


def test_an_address_in_use_is_refused() -> None:
    with bind() as taken, pytest.raises(BindError):
        bind("127.0.0.1", taken.getsockname()[1])


def test_the_server_binds_loopback_unless_told_otherwise() -> None:
    with bind() as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert listening.family == socket.AF_INET


def test_a_body_that_never_ends_is_given_up() -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/add-checkpoint",
        "headers": [(b"host", b"127.0.0.1:80")],
        "query_string": b"",
    }
    asyncio.run(app(new_witness(), body_seconds=0)(scope, receive, send))
    assert sent[0]["status"] == 408
