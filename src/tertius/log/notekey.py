r"""Keys that sign notes, after C2SP signed-note: Ed25519 and timestamped Ed25519 cosignatures.

A key is a name, a signature type and a public key; four bytes of hash over all three are its id.
A signature line carries name and id, so that a reader knows which of its keys to try.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from tertius.core.errors import CallerError, IntegrityError

ED25519 = 0x01
COSIGNATURE = 0x04

MAX_TIME = 2**63 - 1

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""Characters that a note may not hold: all control characters of ASCII but newline."""

_KINDS = (ED25519, COSIGNATURE)
_PRIVATE = "PRIVATE+KEY+"


class SignatureError(IntegrityError):
    """A signature that names a known key does not verify."""


class KeyTextError(CallerError, ValueError):
    """A key name, verifier key or private key text that is not of the C2SP form."""


class VerifierKey(Struct, frozen=True):
    """A public key under a name, for one kind of signature.

    Parameters
    ----------
    name : str
        Key name without spaces or ``+``; a log's is its origin.
    kind : int
        `ED25519` for a log, `COSIGNATURE` for a witness.
    public : bytes
        32 bytes of Ed25519 public key.

    Raises
    ------
    KeyTextError
        If one of them is not of that form.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse what is not of the form."""
        if not is_key_name(self.name):
            raise KeyTextError(
                f"bad key name `{ascii(self.name[:80])[1:-1]}`; "
                "expected text without spaces, control characters or `+`"
            )
        if self.kind not in _KINDS:
            raise KeyTextError(
                f"signature type 0x{self.kind:02x} of key `{self.name}` is not supported; "
                "expected 0x01 (Ed25519) or 0x04 (Ed25519 cosignature)"
            )
        if len(self.public) != 32:
            raise KeyTextError(f"key `{self.name}` has {len(self.public)} bytes; expected 32")

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256 over name, newline, kind and public key."""
        material = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return sha256(material).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as verifier key text, for `parse_vkey`."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verify(self, text: str, blob: bytes) -> int | None:
        """Verify a signature over a note's text; return its time if it is a cosignature.

        Raises
        ------
        SignatureError
            If it does not verify, or is a cosignature without a time.
        """
        time = None
        message = text.encode()
        if self.kind == COSIGNATURE:
            time, blob = int.from_bytes(blob[:8], "big"), blob[8:]
            if not 0 < time <= MAX_TIME:
                raise SignatureError(f"cosignature of `{self.name}` has no valid time")
            message = cosigned_message(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(blob, message)
        except (InvalidSignature, ValueError) as error:
            raise SignatureError(f"signature of known key `{self.name}` does not verify") from error
        return time


class Signature(Struct, frozen=True):
    """One signature line: key name, four bytes of key id, and the signature behind them."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, newline included."""
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


class SigningKey:
    """A private Ed25519 key under a name; it signs notes or cosigns checkpoints, never both.

    Parameters
    ----------
    name : str
        Key name; a log's is its origin.
    seed : bytes
        32 bytes from a good source of randomness.
    kind : int, optional
        `ED25519` for a log (the default), `COSIGNATURE` for a witness.

    Examples
    --------
    >>> key = SigningKey("tertius/example", bytes(32))
    >>> signature = key.sign("hello")
    >>> key.verifier.verify("hello", signature.blob)
    >>> parse_vkey(key.verifier.vkey) == key.verifier
    True
    """

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, seed: bytes, *, kind: int = ED25519) -> None:
        if len(seed) != 32:
            raise KeyTextError(f"a private key has 32 bytes, not {len(seed)}")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, kind, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        """Show the public half only."""
        return f"SigningKey({self.verifier.vkey})"

    def sign(self, text: str) -> Signature:
        """Sign a note's text (with an `ED25519` key)."""
        self._require(ED25519)
        return self._signature(self._private.sign(text.encode()))

    def cosign(self, text: str, time: int) -> Signature:
        """Cosign a checkpoint's text as of `time`, POSIX seconds (with a `COSIGNATURE` key)."""
        self._require(COSIGNATURE)
        if not 0 < time <= MAX_TIME:
            raise KeyTextError(f"cosignature time {time} is not between 1 and 2**63 - 1")
        stamp = time.to_bytes(8, "big")
        return self._signature(stamp + self._private.sign(cosigned_message(text, time)))

    def sign_bytes(self, data: bytes) -> bytes:
        """Sign bytes that begin with a domain of their own, as a DSSE envelope's do.

        They can be no note's text: a note begins with a key's name, which holds no space.
        """
        self._require(ED25519)
        return self._private.sign(data)

    def private_text(self) -> str:
        """Return the secret itself as text; it belongs into a key file and nowhere else."""
        material = bytes([self.verifier.kind]) + self._private.private_bytes_raw()
        key_id = self.verifier.key_id.hex()
        return f"{_PRIVATE}{self.verifier.name}+{key_id}+{base64.b64encode(material).decode()}"

    def _require(self, kind: int) -> None:
        if self.verifier.kind != kind:
            raise KeyTextError(
                f"key `{self.verifier.name}` has signature type 0x{self.verifier.kind:02x}; "
                f"this needs 0x{kind:02x}"
            )

    def _signature(self, blob: bytes) -> Signature:
        return Signature(self.verifier.name, self.verifier.key_id, blob)


def is_key_name(name: str) -> bool:
    """Tell whether `name` may name a key: not empty, no space, no plus, no control character."""
    if not name or "+" in name or CONTROL.search(name) or any(map(str.isspace, name)):
        return False
    return not any("\ud800" <= char <= "\udfff" for char in name)


def parse_vkey(text: str) -> VerifierKey:
    """Read verifier key text ``<name>+<key id>+<base64>``.

    Raises
    ------
    KeyTextError
        If it has another form, another signature type, or an id that is not that of its key.

    Examples
    --------
    >>> key = parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    >>> key.name, key.kind
    ('example.com/foo', 1)
    """
    name, key_id, material = _split_key(text, "verifier key")
    key = VerifierKey(name, material[0], material[1:])
    if key.key_id.hex() != key_id:
        raise KeyTextError(
            f"verifier key of `{name}` says id `{ascii(key_id[:16])[1:-1]}`; "
            f"its key has {key.key_id.hex()}"
        )
    return key


def parse_private_text(text: str) -> SigningKey:
    """Read what `SigningKey.private_text` wrote; errors never quote the text."""
    if not text.startswith(_PRIVATE):
        raise KeyTextError(f"private key text does not begin with `{_PRIVATE}`")
    name, key_id, material = _split_key(text.removeprefix(_PRIVATE), "private key")
    key = SigningKey(name, material[1:], kind=material[0])
    if key.verifier.key_id.hex() != key_id:
        raise KeyTextError(f"private key of `{name}` does not match its key id; it is damaged")
    return key


def cosigned_message(text: str, time: int) -> bytes:
    """Return the bytes that a cosignature/v1 signs: header, time line and the checkpoint's text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def decode_base64(encoded: str) -> bytes | None:
    """Decode base64 (RFC 4648, section 4) if it is canonical, else return None."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == encoded else None


def _split_key(text: str, what: str) -> tuple[str, str, bytes]:
    """Cut key text into name, id and at least two bytes of material; quote nothing secret."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    material = decode_base64(encoded)
    if not is_key_name(name) or material is None or len(material) < 2:
        raise KeyTextError(f"{what} is not of the form `name+id+base64`")
    return name, key_id, material
