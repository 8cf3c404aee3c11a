"""Checkpoints of C2SP: the signed statement that a log of some origin has this size and root.

The note's text has three lines: origin, size, root. The specification allows extension lines
behind them; witnesses vouch for none, so this project writes none and accepts none unless asked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from msgspec import Struct

from tertius.core.errors import IntegrityError
from tertius.log.merkle import EMPTY_ROOT, HASH_SIZE, MAX_TREE_SIZE
from tertius.log.note import (
    Note,
    UnsignedNoteError,
    Verified,
    format_note,
    parse_note,
    parse_signature,
    verify_note,
)
from tertius.log.notekey import SigningKey, VerifierKey, decode_base64

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointError(IntegrityError):
    """A note whose text is no checkpoint, or not one of the expected log."""


class Checkpoint(Struct, frozen=True):
    """What a checkpoint states, signatures aside.

    Parameters
    ----------
    origin : str
        The log's identity, one line.
    size : int
        Leaves in the tree, 0 to 2**63 - 1.
    root : bytes
        32 bytes, the RFC 6962 root over them.

    Examples
    --------
    >>> print(Checkpoint("tertius/example", 0, EMPTY_ROOT).text, end="")
    tertius/example
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note text, final newline included."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))


class SignedCheckpoint(Struct, frozen=True):
    """A checkpoint whose log signature verified.

    Attributes
    ----------
    checkpoint : Checkpoint
        What is stated.
    note : Note
        The note as read, lines of unknown keys included.
    log : Verified
        The log's signature.
    cosignatures : tuple of Verified
        Those of known witnesses, all verified, in the order of their lines.
    """

    checkpoint: Checkpoint
    note: Note
    log: Verified
    cosignatures: tuple[Verified, ...] = ()


def parse_checkpoint(text: str, *, extensions: bool = False) -> Checkpoint:
    """Read a checkpoint from a note's text.

    Parameters
    ----------
    text : str
        Note text, final newline included.
    extensions : bool, optional
        Accept extension lines; by default they are refused.

    Raises
    ------
    CheckpointError
        If a line is not as it should be.
    """
    lines = text.split("\n")
    if lines[-1] or len(lines) < 4 or not all(lines[:-1]):
        raise CheckpointError("a checkpoint has an origin, a size and a root, one line each")
    origin, size, encoded, *rest = lines[:-1]
    if not _SIZE.fullmatch(size) or int(size) > MAX_TREE_SIZE:
        raise CheckpointError(
            f"bad tree size `{ascii(size[:40])[1:-1]}`; expected a decimal below 2**63"
        )
    root = decode_hash(encoded)
    if root is None:
        raise CheckpointError(
            f"bad root `{ascii(encoded[:60])[1:-1]}`; expected base64 of {HASH_SIZE} bytes"
        )
    if rest and not extensions:
        raise CheckpointError("checkpoint has extension lines; no witness vouches for them")
    return Checkpoint(origin, int(size), root, tuple(rest))


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Sign a checkpoint as its log and return the note.

    Raises
    ------
    CheckpointError
        If the key is not named after the origin, there are extension lines, or the text would
        not read back (an origin of two lines, a root that is no hash, an empty tree's root).

    Notes
    -----
    Cannot see whether an inconsistent checkpoint was signed before; the writer must.
    """
    if key.verifier.name != checkpoint.origin:
        raise CheckpointError(
            f"key `{key.verifier.name}` does not sign for `{ascii(checkpoint.origin[:80])[1:-1]}`; "
            "a log's key is named after its origin"
        )
    if parse_checkpoint(checkpoint.text) != checkpoint:
        raise CheckpointError("checkpoint does not read back as written")
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise CheckpointError("a tree of size 0 has the hash of nothing as its root")
    return format_note(checkpoint.text, [key.sign(checkpoint.text)])


def open_checkpoint(
    data: bytes,
    log_key: VerifierKey,
    witnesses: Iterable[VerifierKey] = (),
    *,
    origin: str | None = None,
    extensions: bool = False,
) -> SignedCheckpoint:
    """Read and verify a signed checkpoint.

    Parameters
    ----------
    data : bytes
        The note.
    log_key : VerifierKey
        The log's key, pinned outside the log.
    witnesses : iterable of VerifierKey, optional
        Known witness keys.
    origin : str, optional
        The origin expected; by default the log key's name.
    extensions : bool, optional
        Accept extension lines; by default they are refused.

    Raises
    ------
    NoteError, CheckpointError
        If it is malformed, or of another origin.
    UnsignedNoteError
        If the log's key did not sign it, whoever else did.
    SignatureError
        If a signature of the log or of a known witness does not verify.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text, extensions=extensions)
    expected = log_key.name if origin is None else origin
    if checkpoint.origin != expected:
        raise CheckpointError(
            f"checkpoint is of origin `{ascii(checkpoint.origin[:80])[1:-1]}`; "
            f"expected `{expected}`"
        )
    verified = verify_note(note, [log_key, *witnesses])
    by_log = [each for each in verified if each.key == log_key]
    if not by_log:
        raise UnsignedNoteError(f"the log's key `{log_key.name}` did not sign the checkpoint")
    others = tuple(each for each in verified if each.key != log_key)
    return SignedCheckpoint(checkpoint, note, by_log[0], others)


def add_signatures(data: bytes, lines: Iterable[str]) -> bytes:
    """Return the note with further signature lines behind its own.

    Parameters
    ----------
    data : bytes
        A signed checkpoint.
    lines : iterable of str
        Signature lines, such as a witness's answer; one that is already there is not repeated.

    Raises
    ------
    NoteError
        If the note or a line is malformed, or the lines become too many.
    """
    note = parse_note(data)
    added = (parse_signature(line.removesuffix("\n")) for line in lines)
    whole = format_note(note.text, dict.fromkeys((*note.signatures, *added)))
    parse_note(whole)
    return whole


def decode_hash(encoded: str) -> bytes | None:
    """Decode canonical base64 of exactly one hash, or return None."""
    raw = decode_base64(encoded)
    return raw if raw is not None and len(raw) == HASH_SIZE else None
