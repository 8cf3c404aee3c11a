"""What passes between a log and a witness, after C2SP tlog-witness: the request and the answer.

The request body is an ``old <size>`` line, the consistency proof in base64 lines, an empty line,
and the signed checkpoint. The answer is signature lines, or a status that says why not.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from tertius.core.errors import IntegrityError, NotEvaluatedError
from tertius.log.checkpoint import decode_hash
from tertius.log.merkle import MAX_TREE_SIZE
from tertius.log.note import MAX_NOTE

MAX_PROOF = 63
MAX_REQUEST = MAX_NOTE + 4096
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

OK = 200
BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
UNPROCESSABLE = 422
SERVER_ERROR = 500

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class RequestError(IntegrityError):
    """A body that is no ``add-checkpoint`` request."""


class WitnessRefusedError(NotEvaluatedError):
    """The witness gave no cosignature; the message says its status and reason."""


class WitnessConflictError(WitnessRefusedError):
    """The witness saw another size last: `size`. Prove from there and ask again.

    Parameters
    ----------
    size : int
        Size of the checkpoint that the witness cosigned last.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness cosigned size {size} last; prove consistency from there")
        self.size = size


class WitnessAheadError(IntegrityError):
    """The witness has cosigned more of this log than the log holds: it was rolled back."""


class AddCheckpoint(Struct, frozen=True):
    """A request: the size the witness is thought to know, the proof from there, the checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


class Answer(Struct, frozen=True):
    """A witness's answer: HTTP status, body and content type."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE


class Cosigner(Protocol):
    """Whatever can be asked for cosignatures; the log writer is handed one."""

    def __call__(self, old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> list[str]:
        """Submit a signed checkpoint with its consistency proof.

        Returns
        -------
        list of str
            Verified signature lines, newline included.

        Raises
        ------
        WitnessConflictError
            If the witness knows another size.
        WitnessRefusedError
            If it gives no cosignature, or cannot be reached.
        """
        ...


def format_request(request: AddCheckpoint) -> bytes:
    r"""Write a request's body.

    Examples
    --------
    >>> format_request(AddCheckpoint(0, (), b"...\n"))
    b'old 0\n\n...\n'
    """
    lines = [f"old {request.old_size}\n"]
    lines += [f"{base64.b64encode(each).decode()}\n" for each in request.proof]
    return "".join(lines).encode() + b"\n" + request.checkpoint


def parse_request(body: bytes) -> AddCheckpoint:
    """Read a request's body; the checkpoint in it is not looked at.

    Raises
    ------
    RequestError
        If the old size or a proof line is malformed, or there are more than 63 of these.
    """
    head, blank, checkpoint = body.partition(b"\n\n")
    if len(body) > MAX_REQUEST or not blank:
        raise RequestError(f"expected at most {MAX_REQUEST} bytes and a blank line")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise RequestError(f"not ASCII at offset {error.start}") from error
    old = _OLD.fullmatch(first)
    if not old or int(old[1]) > MAX_TREE_SIZE:
        raise RequestError(f"bad first line `{ascii(first[:40])[1:-1]}`; expected `old <size>`")
    if len(lines) > MAX_PROOF:
        raise RequestError(f"{len(lines)} proof lines; expected at most {MAX_PROOF}")
    proof = []
    for number, line in enumerate(lines, start=2):
        hashed = decode_hash(line)
        if hashed is None:
            raise RequestError(f"line {number} is no hash in base64")
        proof.append(hashed)
    return AddCheckpoint(int(old[1]), tuple(proof), checkpoint)


def read_answer(answer: Answer) -> list[str]:
    """Return the signature lines of an answer; they are not verified yet.

    Raises
    ------
    WitnessConflictError
        If the witness tells another size.
    WitnessRefusedError
        For any other refusal, or an answer that makes no sense.
    """
    if answer.status == CONFLICT and (size := _SIZE.fullmatch(answer.body)):
        raise WitnessConflictError(int(size[1]))
    text = answer.body.decode("utf-8", "replace")
    if answer.status != OK:
        reason = ascii(text[:120].strip())[1:-1]
        raise WitnessRefusedError(f"the witness refused with status {answer.status}: `{reason}`")
    lines = text.splitlines(keepends=True)
    if not lines or not all(line.startswith("\u2014 ") and line.endswith("\n") for line in lines):
        raise WitnessRefusedError("the witness answered without signature lines")
    return lines


def cosign(
    cosigner: Cosigner,
    checkpoint: bytes,
    *,
    old_size: int,
    size: int,
    prove: Callable[[int], Sequence[bytes]],
) -> list[str]:
    """Ask a witness for its cosignature; if it knows another size, ask once more from there.

    Parameters
    ----------
    cosigner : Cosigner
        The witness.
    checkpoint : bytes
        The signed checkpoint.
    old_size : int
        The size that the witness is thought to know, 0 if unknown.
    size : int
        The checkpoint's size.
    prove : callable
        Builds the consistency proof from an older size to `size`.

    Returns
    -------
    list of str
        Signature lines.

    Raises
    ------
    WitnessAheadError
        If the witness has cosigned a larger size: this log is an older copy of itself.
    WitnessRefusedError
        If there is no cosignature to be had.
    """
    try:
        return cosigner(old_size, prove(old_size), checkpoint)
    except WitnessConflictError as conflict:
        if conflict.size > size:
            raise WitnessAheadError(
                f"the witness has cosigned size {conflict.size}, this log ends at {size}; "
                "it is an older copy of itself and must not be written to"
            ) from conflict
        return cosigner(conflict.size, prove(conflict.size), checkpoint)
