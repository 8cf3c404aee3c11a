"""A witness after C2SP tlog-witness, without its transport: it cosigns what only ever appended.

It keeps the newest checkpoint of every log it knows. A new one is cosigned if a consistency proof
leads there from the kept one; it is stored durably first and answered second, so that no crash can
make the witness forget what it signed. `tertius.server.witness` speaks HTTP for it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from tertius.core.errors import CallerError, IntegrityError
from tertius.log.checkpoint import Checkpoint, CheckpointError, parse_checkpoint
from tertius.log.merkle import EMPTY_ROOT, ProofError, verify_consistency
from tertius.log.note import (
    Note,
    NoteError,
    UnsignedNoteError,
    format_note,
    parse_note,
    verify_note,
)
from tertius.log.notekey import COSIGNATURE, KeyTextError, SignatureError, SigningKey, VerifierKey
from tertius.log.witness_request import (
    BAD_REQUEST,
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    SERVER_ERROR,
    SIZE_TYPE,
    UNPROCESSABLE,
    AddCheckpoint,
    Answer,
    RequestError,
    parse_request,
)


class WitnessConfigError(CallerError):
    """A witness without a cosigning key, or a log without a usable key."""


class RollbackError(IntegrityError):
    """Someone asked the store to go back, or it changed behind the witness."""


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """What a witness keeps of one log: the newest checkpoint it cosigned, and when (POSIX seconds).

    `note` is the checkpoint with the log's signatures and the witness's own.
    """

    origin: str
    size: int
    root: bytes
    time: int
    note: bytes


class WitnessStore(Protocol):
    """Where a witness keeps its state; one writer at a time."""

    def load(self, origin: str) -> Kept | None:
        """Return what is kept of a log, None if it was never cosigned."""
        ...

    def save(self, kept: Kept) -> None:
        """Replace what is kept of a log, durably when this returns.

        Raises
        ------
        RollbackError
            If a larger size, or another root at this size, or a later time is kept.
        """
        ...


class Witness:
    """Answers ``add-checkpoint`` requests.

    Parameters
    ----------
    key : SigningKey
        The witness's own key, of kind `COSIGNATURE`.
    logs : mapping of str to sequence of VerifierKey
        Keys of every log it vouches for, by origin.
    store : WitnessStore
        Its memory. Losing it means that the witness starts afresh and can be shown a fork: keep
        it as safely as the key.

    Raises
    ------
    WitnessConfigError
        If the key cannot cosign, or a log has no key.

    Notes
    -----
    Vouches for append-only growth and nothing else: it sees no entry. Refuses extension lines,
    which the specification lets pass, because no witness can vouch for them.

    References
    ----------
    C2SP tlog-witness and tlog-cosignature v1.0.0.
    """

    def __init__(
        self, key: SigningKey, logs: Mapping[str, Sequence[VerifierKey]], store: WitnessStore
    ) -> None:
        if key.verifier.kind != COSIGNATURE:
            raise WitnessConfigError(f"key `{key.verifier.name}` cannot cosign; make a witness key")
        if empty := next((origin for origin, keys in logs.items() if not keys), None):
            raise WitnessConfigError(f"no key is given for log `{empty}`; expected at least one")
        self._key = key
        self._logs = {origin: tuple(keys) for origin, keys in logs.items()}
        self._origins = {sha256(origin.encode()).hexdigest(): origin for origin in logs}
        self._store = store
        self._one_at_a_time = threading.Lock()

    @property
    def verifier(self) -> VerifierKey:
        """The witness's public key."""
        return self._key.verifier

    def add_checkpoint(self, body: bytes, *, now: int) -> Answer:
        """Check a request and, if the log only appended, store its checkpoint and cosign it.

        Parameters
        ----------
        body : bytes
            The request's body.
        now : int
            POSIX seconds, the time of the cosignature.

        Returns
        -------
        Answer
            200 with the cosignature line; 400 malformed, 404 unknown log, 403 not signed by it,
            409 with the size cosigned last, 422 not proved, 500 if the clock went backwards.

        Raises
        ------
        TertiusError
            If the store fails; no cosignature is given out.
        """
        try:
            request = parse_request(body)
            note = parse_note(request.checkpoint)
            checkpoint = parse_checkpoint(note.text)
        except (RequestError, NoteError, CheckpointError) as error:
            return _refuse(BAD_REQUEST, str(error))
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            return _refuse(NOT_FOUND, "unknown log")
        try:
            verify_note(note, keys)
        except (UnsignedNoteError, SignatureError, KeyTextError) as error:
            return _refuse(FORBIDDEN, str(error))
        if request.old_size > checkpoint.size:
            return _refuse(BAD_REQUEST, "old size is beyond the checkpoint's size")
        with self._one_at_a_time:
            return self._cosign(request, note, checkpoint, now)

    def latest(self, origin_hash: str) -> bytes | None:
        """Return the newest cosigned checkpoint of the log whose origin has this SHA-256, in hex.

        None if the log is unknown or was never cosigned.
        """
        origin = self._origins.get(origin_hash)
        kept = self._store.load(origin) if origin is not None else None
        return kept.note if kept else None

    def _cosign(
        self, request: AddCheckpoint, note: Note, checkpoint: Checkpoint, now: int
    ) -> Answer:
        kept = self._store.load(checkpoint.origin)
        known = kept.size if kept else 0
        if request.old_size != known:
            return Answer(CONFLICT, f"{known}\n".encode(), SIZE_TYPE)
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            return _refuse(UNPROCESSABLE, "a tree of size 0 has the hash of nothing as its root")
        try:
            verify_consistency(
                request.proof,
                old_size=known,
                old_root=kept.root if kept else EMPTY_ROOT,
                size=checkpoint.size,
                root=checkpoint.root,
            )
        except ProofError as error:
            return _refuse(UNPROCESSABLE, str(error))
        if now <= 0 or (kept and now < kept.time):
            return _refuse(SERVER_ERROR, "the witness's clock went backwards")
        cosignature = self._key.cosign(note.text, now)
        ids = {(key.name, key.key_id) for key in self._logs[checkpoint.origin]}
        by_log = [each for each in note.signatures if (each.name, each.key_id) in ids]
        signed = format_note(note.text, [*by_log, cosignature])
        self._store.save(Kept(checkpoint.origin, checkpoint.size, checkpoint.root, now, signed))
        return Answer(OK, cosignature.line.encode())


def _refuse(status: int, reason: str) -> Answer:
    return Answer(status, f"{reason}\n".encode())
