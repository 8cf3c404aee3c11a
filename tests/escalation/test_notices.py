"""Notices: at least once, signed, without content."""

from collections.abc import Mapping

import pytest
from msgspec import json
from tests.escalation.office import NOW, SECOND, Office, a_request

from tertius.escalation.notices import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    TOLERANCE,
    BadNoticeError,
    Courier,
    Delivery,
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


# -- an end to trying ------------------------------------------------------------------------------


def test_it_is_tried_for_about_a_day_and_then_kept(office: Office) -> None:
    office.ask()
    line, now, ends = Line(*[500] * (MOST_ATTEMPTS + 9)), NOW, []
    courier = Courier(office.store, line, SECRET)
    for _ in range(MOST_ATTEMPTS + 5):
        ends.append(courier.deliver(now=now))
        now += LONGEST_PAUSE * SECOND
    assert len(line.sent) == MOST_ATTEMPTS
    assert [each.given_up for each in ends].index(1) == MOST_ATTEMPTS - 1
    with office.store.transaction(now) as tx:
        assert (tx.next_due(), tx.given_up()) == (None, 1)
        tx.try_again()
    line.answers.clear()
    assert courier.deliver(now=now).delivered == 1


def test_a_receiver_that_is_gone_is_not_asked_again(office: Office) -> None:
    office.ask()
    line = Line(410)
    courier = Courier(office.store, line, SECRET)
    assert courier.deliver(now=NOW).given_up == 1
    assert courier.deliver(now=NOW + 10_000 * SECOND).delivered == 0
    assert len(line.sent) == 1


def test_a_round_ends_with_the_first_that_does_not_arrive(office: Office) -> None:
    for name in ("q1", "q2", "q3"):
        office.ask(a_request(name))
    line = Line(200, 500)
    courier = Courier(office.store, line, SECRET)
    assert (len(line.sent), courier.deliver(now=NOW)) == (0, Delivery(1, put_off=1))
    assert courier.deliver(now=NOW) == Delivery(1)  # another is not held up by it
    assert len(line.sent) == 3


class Crash(BaseException):
    """The process ends."""


def test_a_crash_in_the_middle_of_an_attempt_counts_as_one(office: Office) -> None:
    office.ask()

    class Crashes(Line):
        def send(self, headers: Mapping[str, str], body: bytes) -> int:
            super().send(headers, body)
            raise Crash

    first, then = Crashes(), Line()
    with pytest.raises(Crash):
        Courier(office.store, first, SECRET).deliver(now=NOW)
    office.reopen()
    courier = Courier(office.store, then, SECRET)
    assert courier.deliver(now=NOW).delivered == 0  # it was put off before it was tried
    assert courier.deliver(now=NOW + FIRST_PAUSE * SECOND).delivered == 1
    assert first.sent[0][0]["webhook-id"] == then.sent[0][0]["webhook-id"]


def test_of_two_who_deliver_at_once_one_takes_a_notice(office: Office) -> None:
    office.ask()
    inner = Courier(office.store, Line(), SECRET)
    nested: list[Delivery] = []

    class Both(Line):
        def send(self, headers: Mapping[str, str], body: bytes) -> int:
            nested.append(inner.deliver(now=NOW))
            return super().send(headers, body)

    assert Courier(office.store, Both(), SECRET).deliver(now=NOW).delivered == 1
    assert nested == [Delivery(0)]


def test_where_nothing_is_due_nothing_is_written(office: Office) -> None:
    office.ask()
    courier = Courier(office.store, Line(), SECRET)
    courier.deliver(now=NOW)
    before = office.path.read_bytes()
    courier.deliver(now=NOW + 99 * SECOND)
    assert office.path.read_bytes() == before
