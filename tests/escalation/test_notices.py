"""Notices: at least once, signed, without content."""

import threading
from collections.abc import Iterator, Mapping

import httpx
import pytest
import uvicorn
from msgspec import json
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from tests.escalation.office import NOW, SECOND, Office, a_request

from tertius.escalation.notices import (
    LONGEST_PAUSE,
    TOLERANCE,
    BadNoticeError,
    Courier,
    Secret,
    SecretError,
    read_secret,
)
from tertius.log.keys import KeyFileError

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


class Line:
    """A way out that fails as it is told."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[dict[str, str], bytes]] = []

    def send(self, headers: Mapping[str, str], body: bytes) -> int:
        self.sent.append((dict(headers), body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_notice_holds_ids_and_digests_and_no_content(office: Office) -> None:
    office.ask(a_request(arguments={"to": "Jane Roe", "iban": "DE77"}))
    line = Line()
    Courier(office.store, line, SECRET).deliver(now=NOW)
    [(_, body)] = line.sent
    tree = json.decode(body)
    assert (tree["type"], set(tree)) == ("escalation.open", {"type", "timestamp", "data"})
    assert set(tree["data"]) == {
        "escalation", "step", "state", "run", "request", "view", "deadline", "blocking",
    }  # fmt: skip
    assert b"Jane" not in body and b"DE77" not in body and b"ledger" not in body


def test_it_is_tried_until_it_arrives_under_one_id_with_growing_pauses(office: Office) -> None:
    office.ask()
    line = Line(ConnectionError(), 500, 302, 200)
    courier = Courier(office.store, line, SECRET)
    attempts = []
    for second in range(0, 60):
        before = len(line.sent)
        courier.deliver(now=NOW + second * SECOND)
        attempts += [second] * (len(line.sent) - before)
    assert attempts == [0, 5, 15, 35]
    assert len({headers["webhook-id"] for headers, _ in line.sent}) == 1
    assert len({body for _, body in line.sent}) == 1
    assert len({headers["webhook-signature"] for headers, _ in line.sent}) == 4  # new time each


def test_pauses_stop_growing(office: Office) -> None:
    office.ask()
    courier = Courier(office.store, Line(*[500] * 40), SECRET)
    now, gaps = NOW, []
    for _ in range(14):
        courier.deliver(now=now)
        with office.store.transaction(now) as tx:
            [(due,)] = tx._db.execute("SELECT due FROM notice")
        gaps.append((due - now) // SECOND)
        now = due
    assert gaps[:3] == [5, 10, 20] and gaps[-1] == LONGEST_PAUSE


def test_a_crash_loses_none(office: Office) -> None:
    office.ask()
    office.reopen()
    line = Line()
    assert Courier(office.store, line, SECRET).deliver(now=NOW).delivered == 1
    assert Courier(office.store, line, SECRET).deliver(now=NOW).delivered == 0


def test_every_move_is_told(office: Office) -> None:
    request = a_request()
    office.desk.consume(office.granted(request), request, now=office.now)
    office.desk.finish("x-q1", ok=False, now=office.now)
    line = Line()
    Courier(office.store, line, SECRET).deliver(now=NOW)
    states = [json.decode(body)["data"]["state"] for _, body in line.sent]
    assert states == ["open", "granted", "started", "failed"]
    assert len({headers["webhook-id"] for headers, _ in line.sent}) == 4


def test_what_is_forged_altered_or_old_is_refused() -> None:
    body = b'{"a":1}'
    headers = SECRET.headers(body, time=NOW)
    assert SECRET.check(headers, body, time=NOW) == headers["webhook-id"]
    for spoilt, given, time in (
        (headers, b'{"a":2}', NOW),
        ({**headers, "webhook-id": "msg_x"}, body, NOW),
        ({**headers, "webhook-signature": "v1,AAAA"}, body, NOW),
        ({**headers, "webhook-timestamp": "soon"}, body, NOW),
        ({k: v for k, v in headers.items() if k != "webhook-id"}, body, NOW),
        (headers, body, NOW + (TOLERANCE + 1) * SECOND),
        (headers, body, NOW - (TOLERANCE + 1) * SECOND),
    ):
        with pytest.raises(BadNoticeError):
            SECRET.check(spoilt, given, time=time)


def test_one_of_several_signatures_is_enough() -> None:
    headers = SECRET.headers(b"{}", time=NOW)
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"
    SECRET.check(headers, b"{}", time=NOW)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "secret", "whsec_!!!", "A" * 32])
def test_a_secret_that_is_none(text: str) -> None:
    with pytest.raises(SecretError):
        Secret(text)
    assert "MfKQ" not in repr(SECRET)


def test_a_secret_comes_from_a_private_file(office: Office) -> None:
    path = office.folder / "secret"
    path.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path).headers(b"", time=NOW) == SECRET.headers(b"", time=NOW)


# -- over real HTTP, on loopback -------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[str]]]:
    got: list[str] = []

    async def take(request: HttpRequest) -> Response:
        body = await request.body()
        name = SECRET.check(request.headers, body, time=NOW)
        first = name not in got
        got.append(name)
        return Response(status_code=503 if first else 204)

    app = Starlette(routes=[Route("/hook", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/hook", got
    server.should_exit = True
    thread.join()


class Http:
    """The smallest sender."""

    def __init__(self, address: str) -> None:
        self.address = address

    def send(self, headers: Mapping[str, str], body: bytes) -> int:
        return httpx.post(self.address, headers=dict(headers), content=body).status_code


def test_over_http_a_busy_receiver_gets_it_again(
    office: Office, receiver: tuple[str, list[str]]
) -> None:
    address, got = receiver
    office.ask()
    courier = Courier(office.store, Http(address), SECRET)
    assert courier.deliver(now=NOW).put_off == 1
    assert courier.deliver(now=NOW + 5 * SECOND).delivered == 1
    assert len(got) == 2 and len(set(got)) == 1
