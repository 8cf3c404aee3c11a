"""Notices to the outside: at least once, signed, and never with content.

A notice says that a question waits or has ended: ids and digests. Whoever receives it looks the
question up where it is kept. It is written down in the transaction that it tells of, so a crash
loses none; a receiver drops what it has by the id.

References
----------
Standard Webhooks 1.0: headers ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``; the
scheme ``v1`` is HMAC-SHA256 over ``id.timestamp.body``; 410 means that no more is wanted.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from tertius.core.errors import CallerError
from tertius.escalation.store import Store
from tertius.escalation.transaction import Notice, NoticeEnd
from tertius.log.keys import read_private

SECOND: Final = 1_000_000_000
FIRST_PAUSE: Final = 5  # seconds; doubles with each attempt
LONGEST_PAUSE: Final = 600
MOST_ATTEMPTS: Final = 150  # about a day
GONE: Final = 410  # the HTTP status of a receiver that wants no more
TOLERANCE: Final = 300  # seconds by which a receiver's clock may differ
_PREFIX: Final = "whsec_"


class SecretError(CallerError):
    """A webhook secret that is not of the form, or too short."""


class BadNoticeError(CallerError):
    """A notice whose signature or time does not hold."""


class Sender(Protocol):
    """Carries one notice. Transport lives elsewhere; this room knows no network."""

    def send(self, headers: Mapping[str, str], body: bytes) -> int:
        """Send it and return the HTTP status; any exception counts as not delivered."""
        ...


class Delivery(Struct, frozen=True):
    """What became of the notices that were due."""

    delivered: int = 0
    put_off: int = 0
    given_up: int = 0


class Secret:
    """The key that sender and receiver share, ``whsec_`` and base64 of 24 to 64 bytes.

    Raises
    ------
    SecretError
        It is not; its text is never quoted.
    """

    def __init__(self, text: str) -> None:
        try:
            self._key = b64decode(text.removeprefix(_PREFIX), validate=True)
        except (Base64Error, ValueError):
            self._key = b""
        if not text.startswith(_PREFIX) or not 24 <= len(self._key) <= 64:
            raise SecretError("bad webhook secret; expected `whsec_` and base64 of 24 to 64 bytes")

    def __repr__(self) -> str:
        return "Secret(...)"

    def headers(self, body: bytes, *, time: int) -> dict[str, str]:
        """Return the signed headers of a notice.

        Parameters
        ----------
        time
            UTC nanoseconds of this attempt.

        Notes
        -----
        The id is made from the body and stays the same over all attempts.
        """
        name, stamp = notice_id(body), str(time // SECOND)
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": self.sign(name, stamp, body),
        }

    def sign(self, name: str, stamp: str, body: bytes) -> str:
        """Return the signature over id, timestamp and body.

        Examples
        --------
        The example of the specification's own libraries:

        >>> secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        >>> secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
        """
        signed = f"{name}.{stamp}.".encode() + body
        return "v1," + b64encode(hmac.digest(self._key, signed, "sha256")).decode()

    def check(self, headers: Mapping[str, str], body: bytes, *, time: int) -> str:
        """Return the id of a genuine notice; what a receiver does.

        Raises
        ------
        BadNoticeError
            A header is missing, the signature does not hold, or it is too old or too new.
        """
        try:
            name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
            given = headers["webhook-signature"].split()
        except KeyError as error:
            raise BadNoticeError(f"no header `{error.args[0]}`; expected a signed notice") from None
        if not stamp.isdecimal() or abs(int(stamp) - time // SECOND) > TOLERANCE:
            raise BadNoticeError("timestamp out of tolerance; the notice may be replayed")
        due = self.sign(name, stamp, body)
        if not any(hmac.compare_digest(due.encode(), each.encode()) for each in given):
            raise BadNoticeError("signature does not hold; the notice is forged or altered")
        return name


def read_secret(path: Path) -> Secret:
    """Read a secret from a file that only its owner may read; never from the environment.

    Raises
    ------
    KeyFileError, SecretError
        The file is unsafe, or holds no secret.
    """
    return Secret(read_private(path).decode("ascii", "replace").strip())


def notice_id(body: bytes) -> str:
    """Return the id of a notice: the same for the same body."""
    return f"msg_{sha256(body).hexdigest()[:32]}"


class Courier:
    """Takes due notices to a sender until each has arrived.

    Parameters
    ----------
    store
        Where they lie.
    sender
        Carries them.
    secret
        Signs them.
    most
        Notices taken in one round.

    Notes
    -----
    At least once: a notice that was delivered just before a crash is delivered again, under the
    same id. It waits for no answer while a transaction is open, so a slow receiver stops nobody.
    After `MOST_ATTEMPTS`, about a day, or when the receiver says that it is gone, a notice is given
    up; the store keeps it. It cannot see whether a person read what was delivered.
    """

    def __init__(self, store: Store, sender: Sender, secret: Secret, *, most: int = 100) -> None:
        self._store, self._sender, self._secret, self._most = store, sender, secret, most

    def deliver(self, *, now: int) -> Delivery:
        """Try what is due, each once, until one does not arrive.

        Parameters
        ----------
        now
            UTC nanoseconds.

        Returns
        -------
        Delivery
            How many arrived, are tried again after a pause that doubles from `FIRST_PAUSE` to
            `LONGEST_PAUSE` seconds, and were given up.
        """
        arrived = 0
        while arrived < self._most and (found := self._take(now)) is not None:
            notice, time = found
            status = self._try(notice.body, time)
            if 200 <= status < 300:
                self._end(notice, NoticeEnd.ARRIVED, now)
                arrived += 1
            elif status == GONE or notice.attempts + 1 >= MOST_ATTEMPTS:
                self._end(notice, NoticeEnd.GIVEN_UP, now)
                return Delivery(arrived, given_up=1)
            else:
                return Delivery(arrived, put_off=1)
        return Delivery(arrived)

    def _take(self, now: int) -> tuple[Notice, int] | None:
        with self._store.transaction(0) as tx:  # as long as nothing is due, nothing is written
            due = tx.next_due()
        if due is None or due > now:
            return None
        with self._store.transaction(now) as tx:
            notice = tx.take_notice(_pause)
            return None if notice is None else (notice, tx.now)

    def _end(self, notice: Notice, end: NoticeEnd, now: int) -> None:
        with self._store.transaction(now) as tx:
            tx.noticed(notice.number, end)

    def _try(self, body: bytes, time: int) -> int:
        try:
            return self._sender.send(self._secret.headers(body, time=time), body)
        except Exception:  # whatever goes wrong on the way, it is tried again
            return 0


def _pause(attempts: int) -> int:
    return min(FIRST_PAUSE << min(attempts, 10), LONGEST_PAUSE) * SECOND
