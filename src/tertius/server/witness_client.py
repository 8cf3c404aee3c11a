"""The HTTP client of witnesses: hands a checkpoint over and brings verified cosignatures back.

A `WitnessClient` is a `tertius.log.witness_request.Cosigner`, so the log writer can be given one
and knows nothing of the network.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from tertius.core.errors import CallerError, TertiusError
from tertius.log.checkpoint import SignedCheckpoint, open_checkpoint
from tertius.log.note import parse_note, parse_signature
from tertius.log.notekey import COSIGNATURE, VerifierKey
from tertius.log.witness_request import (
    NOT_FOUND,
    OK,
    AddCheckpoint,
    Answer,
    WitnessRefusedError,
    format_request,
    read_answer,
)

MAX_ANSWER = 1024 * 1024
"""Bytes; the longest answer is a note of a log with its cosignatures."""


class WitnessUrlError(CallerError):
    """An address that is no witness's submission prefix."""


class WitnessUnreachableError(WitnessRefusedError):
    """No whole answer came in time."""


class BadCosignatureError(WitnessRefusedError):
    """The witness answered with signatures that its pinned key did not make."""


class WitnessClient:
    """Asks one witness.

    Parameters
    ----------
    url : str
        Submission prefix, ``http`` or ``https``; redirects are not followed.
    key : VerifierKey
        The witness's pinned key, of kind `COSIGNATURE`.
    timeout : float, optional
        Seconds until a whole answer must have come.
    clock : callable, optional
        Seconds that only go forwards.

    Raises
    ------
    WitnessUrlError
        If the address or the kind of key is not of that form.

    References
    ----------
    C2SP tlog-witness v1.0.0.
    """

    def __init__(
        self,
        url: str,
        key: VerifierKey,
        *,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if key.kind != COSIGNATURE:
            raise WitnessUrlError(f"key `{key.name}` is no witness key; expected type 0x04")
        self._connect, self._prefix = _parse_url(url)
        self._url = url
        self._key = key
        self._timeout = timeout
        self._clock = clock

    def __call__(self, old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> list[str]:
        """Submit a checkpoint and return the witness's verified signature lines.

        Raises
        ------
        WitnessConflictError
            If the witness cosigned another size last.
        BadCosignatureError
            If what came back does not verify with the pinned key.
        WitnessRefusedError
            If it refuses, or cannot be reached.

        Notes
        -----
        Lines of keys other than the pinned one are dropped.
        """
        body = format_request(AddCheckpoint(old_size, tuple(proof), checkpoint))
        lines = read_answer(self._ask("POST", "/add-checkpoint", body))
        try:
            text = parse_note(checkpoint).text
            signatures = [parse_signature(line.removesuffix("\n")) for line in lines]
            own = [
                each
                for each in signatures
                if (each.name, each.key_id) == (self._key.name, self._key.key_id)
            ]
            for each in own:
                self._key.verify(text, each.blob)
        except TertiusError as error:
            raise BadCosignatureError(f"answer of witness `{self._key.name}`: {error}") from error
        if not own:
            raise BadCosignatureError(f"`{self._url}` did not sign as witness `{self._key.name}`")
        return [each.line for each in own]

    def latest(self, log_key: VerifierKey) -> SignedCheckpoint | None:
        """Return the newest checkpoint of a log that this witness cosigned, both verified.

        Returns
        -------
        SignedCheckpoint or None
            None if the witness never cosigned that log.

        Raises
        ------
        BadCosignatureError
            If it is not signed by the log and cosigned by the witness.
        WitnessRefusedError
            If the witness gives no answer.
        """
        answer = self._ask("GET", f"/{sha256(log_key.name.encode()).hexdigest()}/checkpoint", b"")
        if answer.status == NOT_FOUND:
            return None
        if answer.status != OK:
            read_answer(answer)
        try:
            signed = open_checkpoint(answer.body, log_key, [self._key])
        except TertiusError as error:
            raise BadCosignatureError(f"checkpoint from `{self._url}`: {error}") from error
        if not signed.cosignatures:
            raise BadCosignatureError(f"`{self._url}` showed a checkpoint that it did not cosign")
        return signed

    def _ask(self, method: str, path: str, body: bytes) -> Answer:
        deadline = self._clock() + self._timeout
        connection = self._connect(self._timeout)
        try:
            headers = {"Content-Type": "text/plain; charset=utf-8"} if body else {}
            connection.request(method, self._prefix + path, body or None, headers)
            response = connection.getresponse()
            answer = bytearray()
            while part := response.read1(65536):
                answer += part
                if len(answer) > MAX_ANSWER or self._clock() > deadline:
                    raise WitnessUnreachableError(f"`{self._url}` answers without end")
            return Answer(response.status, bytes(answer))
        except (OSError, http.client.HTTPException) as error:
            raise WitnessUnreachableError(f"cannot reach witness `{self._url}`: {error}") from error
        finally:
            connection.close()


def _parse_url(url: str) -> tuple[Callable[[float], http.client.HTTPConnection], str]:
    """Return what connects, given a timeout, and the path prefix."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WitnessUrlError(f"bad witness address `{ascii(url)[1:-1]}`: {error}") from error
    host = parts.hostname
    extra = parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not host or extra or not url.isascii():
        raise WitnessUrlError(
            f"bad witness address `{ascii(url)[1:-1]}`; expected such as `http://127.0.0.1:7380/`"
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return lambda timeout: kind(host, port, timeout=timeout), parts.path.rstrip("/")
