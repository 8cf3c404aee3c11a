"""An approver's private key at rest: one file, under a passphrase that is typed at a terminal.

The passphrase never comes from the environment, a file, an argument or a pipe: an agent that can
run a command could give those. The file alone is worth nothing without it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import DecodeError, Meta, ValidationError, json

from tertius.core.errors import CallerError
from tertius.core.noun import Hex64, Noun, ProperName
from tertius.log.keys import Entropy, KeyFileError, read_private, write_private

COST: Final = 17  # scrypt with N = 2**17, r = 8: 128 MiB and a third of a second for each guess
LEAST_COST: Final = 10
LEAST_PASSPHRASE: Final = 8  # characters


class ApproverKeyError(CallerError):
    """A key file that is damaged, somebody else's, or does not open with this passphrase."""


class NoTerminalError(CallerError):
    """Nobody sits at a terminal."""


class SealedKey(Noun, frozen=True, kw_only=True):
    """What the file holds: the private key, sealed, and what is needed to open it."""

    format: Annotated[str, Meta(pattern="^tertius-approver-key-1$")] = "tertius-approver-key-1"
    person: ProperName
    public: Hex64
    cost: Annotated[int, Meta(ge=LEAST_COST, le=20)]
    salt: Hex64
    sealed: Annotated[str, Meta(pattern="^[0-9a-f]{96}$")]


def write_key(
    path: Path, person: str, passphrase: str, *, entropy: Entropy, cost: int = COST
) -> Ed25519PrivateKey:
    """Make a key for a person and write it to a new file that only its owner may read.

    Parameters
    ----------
    path
        A file that does not exist yet.
    passphrase
        At least `LEAST_PASSPHRASE` characters.
    entropy
        Gives random bytes.
    cost
        Base-2 logarithm of scrypt's N.

    Raises
    ------
    ApproverKeyError, KeyFileError
        The passphrase is too short, or the file exists or cannot be written.

    References
    ----------
    RFC 7914 (scrypt), RFC 8439 (ChaCha20-Poly1305), RFC 8032 (Ed25519).
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise ApproverKeyError(f"passphrase too short; expected {LEAST_PASSPHRASE} or more")
    seed, salt = entropy(32), entropy(32)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw().hex()
    box = ChaCha20Poly1305(_stretch(passphrase, salt, cost))
    sealed = box.encrypt(bytes(12), seed, _bound(person, public))  # one message under each salt
    noun = SealedKey(person=person, public=public, cost=cost, salt=salt.hex(), sealed=sealed.hex())
    write_private(path, json.encode(noun) + b"\n")
    return key


def read_key(path: Path, person: str, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """Open a person's key file.

    Parameters
    ----------
    passphrase
        Asks for it; called only when the file is sound and belongs to that person.

    Raises
    ------
    KeyFileError
        The file is missing, a link, of another user, or readable by others.
    ApproverKeyError
        It is no such file, another person's, or the passphrase is wrong.
    """
    noun = _sealed(path, person)
    box = ChaCha20Poly1305(_stretch(passphrase(), bytes.fromhex(noun.salt), noun.cost))
    try:
        seed = box.decrypt(bytes(12), bytes.fromhex(noun.sealed), _bound(person, noun.public))
    except InvalidTag:
        raise ApproverKeyError(f"`{path}` does not open; check the passphrase") from None
    return Ed25519PrivateKey.from_private_bytes(seed)


def require_new(path: Path) -> None:
    """Refuse a file that exists, before anybody types a passphrase for it.

    Raises
    ------
    KeyFileError
        It exists.
    """
    if path.exists() or path.is_symlink():
        raise KeyFileError(f"`{path}` exists; a key is never overwritten")


def read_public(path: Path, person: str) -> str:
    """Return the public half of a person's key file, 64 hex digits, without its passphrase.

    Raises
    ------
    KeyFileError, ApproverKeyError
        As `read_key`, but for the passphrase.
    """
    return _sealed(path, person).public


def ask_new_passphrase(person: str) -> str:
    """Have a new passphrase typed twice.

    Raises
    ------
    ApproverKeyError
        It is too short, or the two differ.
    NoTerminalError
        There is no terminal.
    """
    least = f"{LEAST_PASSPHRASE} characters or more"
    try:
        passphrase = ask_passphrase(f"new passphrase for {person} ({least}): ")
    except NoTerminalError as error:
        raise NoTerminalError(
            "no terminal to ask for a new passphrase; run this command in a terminal"
        ) from error
    if len(passphrase) < LEAST_PASSPHRASE:
        raise ApproverKeyError(f"passphrase too short; expected {LEAST_PASSPHRASE} or more")
    if ask_passphrase("once more: ") != passphrase:
        raise ApproverKeyError("the two passphrases differ; begin again")
    return passphrase


def ask_passphrase(prompt: str) -> str:
    """Read a passphrase from the terminal that controls this process, and from nothing else.

    Raises
    ------
    NoTerminalError
        There is none; standard input is not asked instead.
    """
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError as error:
        raise NoTerminalError(
            "no terminal to ask for the passphrase; a person rules at a terminal, nothing else does"
        ) from error
    return getpass.getpass(prompt)


def _sealed(path: Path, person: str) -> SealedKey:
    """Read a key file that is a person's."""
    try:
        noun = json.decode(read_private(path), type=SealedKey)
    except (DecodeError, ValidationError):
        raise ApproverKeyError(
            f"`{path}` holds no approver's key; expected one that `tertius escalations enrol` wrote"
        ) from None
    if noun.person != person:
        raise ApproverKeyError(f"`{path}` is the key of `{noun.person}`; expected `{person}`'s")
    return noun


def _stretch(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**cost, r=8, p=1).derive(passphrase.encode())


def _bound(person: str, public: str) -> bytes:
    return f"tertius/v1/approver-key\n{person}\n{public}\n".encode()
