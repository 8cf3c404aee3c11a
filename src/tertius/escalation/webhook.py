"""Where notices go: one address, over HTTP, with the secret that signs them."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from tertius.core.decode import strict_json
from tertius.core.errors import CallerError
from tertius.escalation.notices import Secret
from tertius.log.keys import read_private

SECONDS: Final = 10.0  # until a receiver must have answered
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
FILE: Final = "webhook.json"
"""Name of the file beside the private keys."""


class WebhookError(CallerError):
    """An address or a file that cannot be used for notices."""


class HttpSender:
    """Posts notices to one address.

    Parameters
    ----------
    url
        ``https``, or ``http`` to this machine. Redirects are not followed: they are no answer.
    timeout
        Seconds.

    Raises
    ------
    WebhookError
        The address is of another form.

    Notes
    -----
    One connection for each notice; of the answer the status alone is read.
    """

    def __init__(self, url: str, *, timeout: float = SECONDS) -> None:
        shown = ascii(url)[1:-1][:100]
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError as error:
            raise WebhookError(f"bad address `{shown}`: {error}") from error
        local = parts.scheme == "http" and self._host in LOOPBACK
        clean = not (parts.fragment or parts.username or parts.password) and url.isascii()
        if not (self._host and clean and (local or parts.scheme == "https")):
            raise WebhookError(
                f"bad address `{shown}`; expected such as `https://pager.example/hook`, and plain "
                "`http` to this machine only"
            )
        self._connection = http.client.HTTPConnection if local else http.client.HTTPSConnection
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout = timeout

    def send(self, headers: Mapping[str, str], body: bytes) -> int:
        """Post a notice and return the status.

        Raises
        ------
        OSError, http.client.HTTPException
            It did not arrive, or nobody knows.
        """
        connection = self._connection(self._host, self._port, timeout=self._timeout)
        try:
            connection.request("POST", self._path, body, dict(headers))
            return connection.getresponse().status
        finally:
            connection.close()


class Webhook(Struct, frozen=True):
    """Where notices go, and what signs them."""

    sender: HttpSender
    secret: Secret


def read_webhook(path: Path) -> Webhook:
    """Read address and secret from a file that only its owner may read.

    The file holds ``{"url": "https://...", "secret": "whsec_..."}``.

    Raises
    ------
    KeyFileError, WebhookError, SecretError, EventError
        The file is missing or unsafe, or says something else.
    """
    tree = strict_json(read_private(path), file=str(path))
    if not isinstance(tree, dict) or sorted(tree) != ["secret", "url"]:
        raise WebhookError(f"`{path}`: expected an object with `url` and `secret`, nothing else")
    url, secret = tree["url"], tree["secret"]
    if not isinstance(url, str) or not isinstance(secret, str):
        raise WebhookError(f"`{path}`: expected `url` and `secret` as text")
    return Webhook(HttpSender(url), Secret(secret))
