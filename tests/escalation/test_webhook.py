"""Where notices go: an address that keeps them private, and what a real receiver is sent."""

from pathlib import Path

import pytest
from msgspec import json
from tests.escalation.office import NOW, SECOND, Office
from tests.escalation.receiver import SECRET, TEXT, receiving

from tertius.core.errors import CallerError
from tertius.escalation.notices import Courier, SecretError
from tertius.escalation.webhook import HttpSender, WebhookError, read_webhook
from tertius.log.keys import KeyFileError


def test_a_busy_receiver_gets_it_again_under_the_same_id(office: Office) -> None:
    office.ask()
    with receiving(503, 302) as receiver:
        courier = Courier(office.store, HttpSender(receiver.url), SECRET)
        told = [courier.deliver(now=NOW + n * SECOND) for n in (0, 5, 15, 15)]
    assert [each.delivered for each in told] == [0, 0, 1, 0]
    assert len(receiver.got) == 3 and len(set(receiver.ids)) == 1  # no redirect was followed
    headers, body = receiver.got[-1]
    assert SECRET.check(headers, body, time=NOW + 15 * SECOND) == receiver.ids[0]
    assert headers["content-type"] == "application/json"


def test_a_gate_that_ended_left_its_notices_behind(office: Office) -> None:
    office.ask()
    with receiving() as receiver:
        HttpSender(receiver.url)  # known, and never asked: the process ended
    office.reopen()
    with receiving() as receiver:
        courier = Courier(office.store, HttpSender(receiver.url), SECRET)
        assert courier.deliver(now=NOW).delivered == 1
        assert courier.deliver(now=NOW).delivered == 0
    [(_, body)] = receiver.got
    assert json.decode(body)["data"]["escalation"] == "x-q1"


def test_nobody_listens(office: Office) -> None:
    office.ask()
    with receiving() as receiver:
        url = receiver.url
    courier = Courier(office.store, HttpSender(url), SECRET)
    assert courier.deliver(now=NOW).put_off == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://pager.example/hook",
        "ftp://127.0.0.1/",
        "https://",
        "https://me:word@pager.example/",
        "https://pager.example/#part",
        "https://pager.example:port/",
        "https://p\u00e4ger.example/",
        "",
        "\x1b[2J",
    ],
)
def test_an_address_that_would_give_notices_away(url: str) -> None:
    with pytest.raises(WebhookError, match="bad address") as caught:
        HttpSender(url)
    assert str(caught.value).isprintable()


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_address_and_secret_come_from_a_private_file(tmp_path: Path) -> None:
    text = json.encode({"url": "https://pager.example/h", "secret": TEXT}).decode()
    found = read_webhook(written(tmp_path / "good", text))
    assert found.secret.headers(b"", time=NOW) == SECRET.headers(b"", time=NOW)
    with pytest.raises(KeyFileError, match="others may read"):
        read_webhook(written(tmp_path / "open", text, 0o644))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", CallerError),
        ("[]", WebhookError),
        ('{"url": "https://pager.example/"}', WebhookError),
        (f'{{"url": 7, "secret": "{TEXT}"}}', WebhookError),
        (f'{{"url": "https://pager.example/", "secret": "{TEXT}", "x": 1}}', WebhookError),
        (f'{{"url": "https://pager.example/", "secret": "{TEXT[6:]}"}}', SecretError),
        (f'{{"url": "gopher://x", "secret": "{TEXT}"}}', WebhookError),
    ],
)
def test_a_file_that_says_something_else(tmp_path: Path, text: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        read_webhook(written(tmp_path / "w", text))
    assert TEXT[6:] not in str(caught.value)
