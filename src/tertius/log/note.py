r"""Signed notes of C2SP: text, a blank line, and signature lines.

A signature line is an em dash, a key name, and base64 of four bytes of key id with the signature
behind them. A line whose key is not known is passed over; one whose key is known must verify, or
the whole note is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tertius.core.errors import IntegrityError
from tertius.log.notekey import (
    CONTROL,
    KeyTextError,
    Signature,
    VerifierKey,
    decode_base64,
    is_key_name,
)

MAX_NOTE = 512 * 1024
MAX_SIGNATURES = 100


class NoteError(IntegrityError):
    """Bytes or text that are no signed note."""


class UnsignedNoteError(IntegrityError):
    """No known key signed the note."""


class Note(Struct, frozen=True):
    """A parsed note, not yet verified: its text, final newline included, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]


class Verified(Struct, frozen=True):
    """A signature that verified: whose, and when (POSIX seconds) if it is a cosignature."""

    key: VerifierKey
    time: int | None = None


def check_text(text: str) -> None:
    """Refuse text that cannot be signed: no final newline, control characters, no UTF-8.

    Raises
    ------
    NoteError
        Saying which.
    """
    if not text.endswith("\n"):
        raise NoteError("note text does not end in a newline")
    if found := CONTROL.search(text):
        raise NoteError(f"control character U+{ord(found[0]):04X} in note text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("note text is no valid Unicode") from error


def parse_note(data: bytes) -> Note:
    """Read a signed note; nothing is verified yet.

    Raises
    ------
    NoteError
        If it is over 512 KiB, has over 100 signatures or none, or is malformed.

    Notes
    -----
    Stricter than asked: base64 must be canonical, so that no bit of a line can change unseen.
    """
    if len(data) > MAX_NOTE:
        raise NoteError(f"note has {len(data)} bytes; expected at most {MAX_NOTE}")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError(f"note is not UTF-8 at offset {error.start}") from error
    check_text(whole)
    cut = whole.rfind("\n\n")
    if cut < 0:
        raise NoteError("note has no blank line before its signatures")
    lines = whole[cut + 2 :].split("\n")[:-1]
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise NoteError(f"note has {len(lines)} signature lines; expected 1 to {MAX_SIGNATURES}")
    return Note(whole[: cut + 1], tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline.

    Raises
    ------
    NoteError
        If it is malformed.
    """
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = decode_base64(encoded)
    if dash != "\u2014" or not is_key_name(name) or blob is None or len(blob) < 5:
        raise NoteError(
            f"bad signature line `{ascii(line[:80])[1:-1]}`; "
            "expected an em dash, a key name and base64, one space between"
        )
    return Signature(name, blob[:4], blob[4:])


def format_note(text: str, signatures: Iterable[Signature]) -> bytes:
    """Write a note: `parse_note` reads it back."""
    check_text(text)
    return (text + "\n" + "".join(each.line for each in signatures)).encode()


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Verified, ...]:
    """Verify every signature of a known key; signatures of unknown keys are passed over.

    Parameters
    ----------
    note : Note
        A parsed note.
    keys : iterable of VerifierKey
        The keys known from outside the note.

    Returns
    -------
    tuple of Verified
        At least one, in the order of their lines.

    Raises
    ------
    SignatureError
        If a signature with the name and id of a known key does not verify.
    UnsignedNoteError
        If no known key signed.
    KeyTextError
        If two different known keys share name and id.

    Notes
    -----
    Cannot see that a line was signed by a key whose name or id was changed: it looks like a
    line of an unknown key.

    References
    ----------
    C2SP signed-note v1.0.0, tlog-cosignature v1.0.0.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise KeyTextError(f"two known keys share the name `{key.name}` and one key id")
    verified = []
    for signature in note.signatures:
        named = known.get((signature.name, signature.key_id))
        if named is not None:
            verified.append(Verified(named, named.verify(note.text, signature.blob)))
    if not verified:
        raise UnsignedNoteError(f"none of {len(known)} known keys signed the note")
    return tuple(verified)
