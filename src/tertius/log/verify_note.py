"""Signed notes, checkpoints and verifier keys of C2SP, read and checked for the verifier alone."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tertius.core.errors import CallerError
from tertius.log.verify_report import shown

MAX_NOTE = 256 * 1024
MOST_SIGNATURES = 128
LOG_KEY = 1
WITNESS_KEY = 4

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadNoteError(Exception):
    """A note that is malformed or whose signature fails; the message says how."""


class BadKeyError(CallerError):
    """Text that is no Ed25519 verifier key."""


class Key(msgspec.Struct, frozen=True):
    """A verifier key: name, 4-byte id, signature type (1 log, 4 witness), 32 public bytes."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @property
    def text(self) -> str:
        """The key as a vkey line."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    @property
    def title(self) -> str:
        """Name and id, for people."""
        return f"{self.name}+{self.id.hex()}"


class Line(msgspec.Struct, frozen=True):
    """One signature line of a note."""

    name: str
    id: bytes
    signature: bytes


class Checkpoint(msgspec.Struct, frozen=True):
    """A checkpoint as read: its statement, the signed text, and every signature line."""

    origin: str
    size: int
    root: bytes
    text: str
    lines: tuple[Line, ...]
    note: str


class Cosignature(msgspec.Struct, frozen=True):
    """A witness's cosignature that verified: the key and its time in seconds since 1970."""

    key: Key
    time: int


def parse_key(text: str) -> Key:
    """Read a verifier key.

    Raises
    ------
    BadKeyError
        If it is malformed, its id does not belong to it, or it is not of type 1 or 4.

    References
    ----------
    C2SP signed-note, "Verifier keys".

    Examples
    --------
    >>> parse_key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").kind
    1
    """
    name, _, rest = text.partition("+")
    identity, _, material = rest.partition("+")
    raw = _base64(material)
    if not _is_key_name(name) or raw is None or not re.fullmatch("[0-9a-f]{8}", identity):
        raise BadKeyError(f"`{shown(text, 80)}` is no verifier key; expected `name+id+base64`")
    if len(raw) != 33 or raw[0] not in (LOG_KEY, WITNESS_KEY):
        raise BadKeyError(
            f"key `{shown(name)}` is of an unknown type; expected Ed25519 of type 1 or 4"
        )
    wanted = sha256(name.encode() + b"\n" + raw).digest()[:4]
    if identity != wanted.hex():
        raise BadKeyError(f"key `{shown(name)}` has id {identity}; its bytes give {wanted.hex()}")
    return Key(name, wanted, raw[0], raw[1:])


def parse_checkpoint(raw: bytes) -> Checkpoint:
    """Read a signed checkpoint; nothing is verified yet.

    Raises
    ------
    BadNoteError
        If it is not exactly a three-line checkpoint in a signed note.

    References
    ----------
    C2SP signed-note, "Format"; tlog-checkpoint, "Note text". Extension lines are refused: no
    witness vouches for them.
    """
    if len(raw) > MAX_NOTE:
        raise BadNoteError(f"{len(raw)} bytes; at most {MAX_NOTE} are read")
    try:
        note = raw.decode()
    except UnicodeDecodeError as error:
        raise BadNoteError(f"not UTF-8 at offset {error.start}") from error
    if _CONTROL.search(note):
        raise BadNoteError("holds a control character")
    text, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise BadNoteError("no blank line before the signatures")
    text += "\n"
    lines = tuple(map(_signature_line, block[:-1].split("\n")))
    if len(lines) > MOST_SIGNATURES:
        raise BadNoteError(f"{len(lines)} signatures; at most {MOST_SIGNATURES} are read")
    parts = text[:-1].split("\n")
    if len(parts) != 3:
        raise BadNoteError(f"{len(parts)} lines of text; expected origin, size and root alone")
    origin, size, encoded = parts
    root = _base64(encoded)
    if not origin or root is None or len(root) != 32:
        raise BadNoteError("origin empty, or the root is not base64 of 32 bytes")
    if not _SIZE.fullmatch(size) or int(size) >= 2**63:
        raise BadNoteError("the size is no decimal number below 2**63")
    return Checkpoint(origin, int(size), root, text, lines, note)


def signed_by(checkpoint: Checkpoint, keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return those log keys whose signature is there and verifies.

    Raises
    ------
    BadNoteError
        If a line bears a known key's name and id but does not verify: the whole note is refused.
    """
    found = []
    for key in keys:
        if key.kind == LOG_KEY and key.name == checkpoint.origin:
            matching = _lines_of(checkpoint, key)
            for line in matching:
                _check(key, line.signature, checkpoint.text.encode())
            if matching:
                found.append(key)
    return tuple(found)


def cosigned_by(checkpoint: Checkpoint, witnesses: Iterable[Key]) -> tuple[Cosignature, ...]:
    """Return the verified cosignatures of known witnesses, the newest of each.

    Raises
    ------
    BadNoteError
        If a line bears a known witness's name and id but does not verify.

    References
    ----------
    C2SP tlog-cosignature, "Ed25519 signed message".
    """
    found = []
    for key in witnesses:
        times = []
        for line in _lines_of(checkpoint, key):
            time = int.from_bytes(line.signature[:8], "big")
            message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
            _check(key, line.signature[8:], message)
            times.append(time)
        if times:
            found.append(Cosignature(key, max(times)))
    return tuple(found)


def _lines_of(checkpoint: Checkpoint, key: Key) -> list[Line]:
    return [line for line in checkpoint.lines if line.name == key.name and line.id == key.id]


def _check(key: Key, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise BadNoteError(
            f"a signature of the known key {shown(key.title)} does not verify"
        ) from error


def _signature_line(line: str) -> Line:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = _base64(encoded)
    if dash != "\u2014" or not _is_key_name(name) or raw is None or len(raw) < 5:
        raise BadNoteError(f"`{shown(line, 40)}` is no signature line")
    return Line(name, raw[:4], raw[4:])


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(map(str.isspace, name))


def _base64(text: str) -> bytes | None:
    """Decode standard base64, refusing any spelling but the canonical one."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
