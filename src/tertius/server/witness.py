"""The HTTP face of a witness: ``POST /add-checkpoint`` and ``GET /<origin hash>/checkpoint``.

There is no token: the protocol authenticates nothing but the log's signature in the request. The
server binds loopback unless told otherwise, checks the Host header against rebinding, and refuses
whatever a browser sends from another page.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Collection

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tertius.core.errors import CallerError, TertiusError
from tertius.log.witness import Witness
from tertius.log.witness_request import MAX_REQUEST, TEXT_TYPE

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
BODY_SECONDS = 10.0


class BindError(CallerError):
    """The address cannot be bound."""


class _TooLargeError(TertiusError):
    """A body beyond the limit; answered with 413."""


def app(
    witness: Witness,
    *,
    clock: Callable[[], float] = time.time,
    hosts: Collection[str] = LOOPBACK,
    body_seconds: float = BODY_SECONDS,
) -> ASGIApp:
    """Make the ASGI application of a witness.

    Parameters
    ----------
    witness : Witness
        What answers.
    clock : callable, optional
        POSIX seconds.
    hosts : collection of str, optional
        Names allowed in the Host header, port aside.
    body_seconds : float, optional
        Seconds a client may take to send a body.

    References
    ----------
    C2SP tlog-witness v1.0.0.
    """

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(body_seconds):
                body = await _body(request)
        except _TooLargeError as error:
            return PlainTextResponse(f"{error}\n", 413)
        except TimeoutError:
            return PlainTextResponse(f"no whole body within {body_seconds:g} s\n", 408)
        answer = await run_in_threadpool(witness.add_checkpoint, body, now=int(clock()))
        return Response(answer.body, answer.status, headers={"Content-Type": answer.content_type})

    async def checkpoint(request: Request) -> Response:
        note = await run_in_threadpool(witness.latest, request.path_params["origin_hash"])
        if note is None:
            return PlainTextResponse("never cosigned\n", 404)
        return Response(note, headers={"Content-Type": TEXT_TYPE, "Cache-Control": "no-store"})

    routes = [
        Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
        Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
    ]
    handlers = {TertiusError: _failed}
    return _OwnHostOnly(Starlette(routes=routes, exception_handlers=handlers), hosts)


def bind(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Bind a listening socket; port 0 lets the system choose one.

    Raises
    ------
    BindError
        If the address is taken or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise BindError(f"cannot listen on `{host}` port {port}: {error.strerror}") from error


def serve(
    witness: Witness,
    listening: socket.socket,
    *,
    clock: Callable[[], float] = time.time,
    hosts: Collection[str] = LOOPBACK,
) -> None:
    """Serve a witness on a bound socket until interrupted.

    Parameters
    ----------
    witness : Witness
        What answers.
    listening : socket
        From `bind`.
    clock : callable, optional
        POSIX seconds.
    hosts : collection of str, optional
        Names allowed in the Host header; give the public name if the address is not loopback.
    """
    server(witness, clock=clock, hosts=hosts).run(sockets=[listening])


def server(
    witness: Witness,
    *,
    clock: Callable[[], float] = time.time,
    hosts: Collection[str] = LOOPBACK,
) -> uvicorn.Server:
    """Make the uvicorn server that `serve` runs; setting its `should_exit` ends it."""
    config = uvicorn.Config(
        app(witness, clock=clock, hosts=hosts),
        access_log=False,
        log_level="warning",
        lifespan="off",
        limit_concurrency=64,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


class _OwnHostOnly:
    """Lets a request through only if it names this server and comes from no web page."""

    def __init__(self, inner: ASGIApp, hosts: Collection[str]) -> None:
        self._inner = inner
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
        named = [value for name, value in headers if name == b"host"]
        if len(named) != 1 or _without_port(named[0]) not in self._hosts:
            response = PlainTextResponse("this server has another name\n", 421)
        elif any(name == b"origin" for name, _ in headers):
            response = PlainTextResponse("no requests from web pages\n", 400)
        else:
            await self._inner(scope, receive, send)
            return
        await response(scope, receive, send)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST:
            raise _TooLargeError(f"expected at most {MAX_REQUEST} bytes")
    return bytes(body)


async def _failed(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 500)
