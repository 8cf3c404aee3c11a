"""Key files and pinned keys of logs and witnesses; none of them ever lies inside a log.

A private key file holds one line of text, belongs to the user who runs the process, and is
readable by nobody else. Public keys that this machine trusts are pinned in ``keys``, a file of
verifier keys in the configuration folder, one per line: `tertius verify` trusts these and never
a key found beside a log.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from tertius.core.errors import CallerError
from tertius.core.names import check_name
from tertius.log.disk import Disk, write_new
from tertius.log.notekey import (
    ED25519,
    KeyTextError,
    SigningKey,
    VerifierKey,
    parse_private_text,
    parse_vkey,
)

Entropy = Callable[[int], bytes]
"""Gives that many random bytes; ``os.urandom`` outside of tests and seeded scenarios."""

MAX_KEY_FILE = 4096
MAX_PINS = 1024 * 1024


class KeyFileError(CallerError):
    """A key file that is missing, unsafe or damaged, or that already exists."""


class KeyInsideLogError(CallerError):
    """A key path inside a log or deployment folder."""


class PinError(CallerError):
    """The pinned keys cannot be read, or pin another key under the same name."""


def new_origin(entropy: Entropy) -> str:
    """Make the origin of a new log: ``tertius/`` and 32 random hex digits.

    Examples
    --------
    >>> new_origin(lambda n: bytes(range(n)))
    'tertius/000102030405060708090a0b0c0d0e0f'
    """
    return f"tertius/{entropy(16).hex()}"


def new_key(name: str, entropy: Entropy, *, kind: int = ED25519) -> SigningKey:
    """Make a private key; a log's is named after its origin.

    Raises
    ------
    BadNameError
        If `name` is no name of this project.
    """
    return SigningKey(check_name(name, "key name"), entropy(32), kind=kind)


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return where this user's configuration lies: ``$XDG_CONFIG_HOME/tertius``.

    Notes
    -----
    As the XDG base directory specification says, a relative path in that variable is ignored;
    without one, ``$HOME/.config/tertius``.

    Examples
    --------
    >>> config_folder({"XDG_CONFIG_HOME": "/etc/me"}).as_posix()
    '/etc/me/tertius'
    """
    return _xdg(environ, "XDG_CONFIG_HOME", ".config")


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return where this user's state lies: ``$XDG_STATE_HOME/tertius``, as `config_folder` does.

    Examples
    --------
    >>> state_folder({"HOME": "/home/me"}).as_posix()
    '/home/me/.local/state/tertius'
    """
    return _xdg(environ, "XDG_STATE_HOME", ".local/state")


def _xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    base = Path(environ.get(variable, ""))
    if not base.is_absolute():
        base = Path(environ["HOME"] if "HOME" in environ else Path.home(), default)
    return base / "tertius"


def require_outside(path: Path, folder: Path) -> None:
    """Refuse a path that lies inside `folder`, symbolic links followed.

    Raises
    ------
    KeyInsideLogError
        If it does: whoever can write the log could then choose the key that vouches for it.
    """
    if path.resolve().is_relative_to(folder.resolve()):
        raise KeyInsideLogError(
            f"key path `{path}` lies inside `{folder}`; keep keys out of logs and deployments"
        )


def write_key(path: Path, key: SigningKey, *, outside: Path) -> None:
    """Write a private key to a new file that only its owner may read.

    Parameters
    ----------
    path : Path
        A file that does not exist yet, in a folder that does.
    key : SigningKey
        The key to write.
    outside : Path
        Log or deployment folder in which the file must not lie.

    Raises
    ------
    KeyInsideLogError, KeyFileError
        If it would lie inside, exists, or cannot be written.
    """
    require_outside(path, outside)
    write_private(path, f"{key.private_text()}\n".encode())


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read; it is synced, and never overwrites.

    Raises
    ------
    KeyFileError
        If it exists or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(path, flags, 0o600)
        try:
            os.write(fd, data)
            os.fsync(fd)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(fd)
        Disk().sync_folder(path.parent)
    except FileExistsError as error:
        raise KeyFileError(f"`{path}` exists; a key is never overwritten") from error
    except OSError as error:
        raise KeyFileError(f"cannot write key file `{path}`: {error.strerror}") from error


def read_key(path: Path, *, outside: Path, kind: int = ED25519) -> SigningKey:
    """Read a private key file.

    Parameters
    ----------
    path : Path
        What `write_key` wrote.
    outside : Path
        Log or deployment folder in which the file must not lie.
    kind : int, optional
        The signature type the key must have.

    Raises
    ------
    KeyInsideLogError
        If it lies inside.
    KeyFileError
        If it is missing, no plain file, a link, of another user, readable by group or others, or
        holds no key of that kind. Its text is never quoted.
    """
    require_outside(path, outside)
    data = read_private(path)
    try:
        key = parse_private_text(data.decode().removesuffix("\n"))
    except (KeyTextError, UnicodeDecodeError):
        raise KeyFileError(f"`{path}` holds no private key that `tertius keygen` wrote") from None
    if key.verifier.kind != kind:
        raise KeyFileError(
            f"`{path}` holds a key of signature type 0x{key.verifier.kind:02x}; "
            f"this needs 0x{kind:02x} (1 for a log, 4 for a witness)"
        )
    return key


def read_private(path: Path) -> bytes:
    """Return the bytes of a small file that nobody but its owner, the caller, may read.

    Raises
    ------
    KeyFileError
        If it is missing, no plain file, a link, of another user, or readable by group or others.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
        try:
            _require_private(path, os.fstat(fd))
            return os.read(fd, MAX_KEY_FILE)
        finally:
            os.close(fd)
    except OSError as error:
        raise KeyFileError(f"cannot read key file `{path}`: {error.strerror}") from error


def read_pins(path: Path, *, outside: Path | None = None) -> dict[str, VerifierKey]:
    """Read pinned keys: one verifier key per line; blank lines and lines behind ``#`` are skipped.

    Parameters
    ----------
    path : Path
        The file; if there is none, nothing is pinned.
    outside : Path, optional
        Log or deployment folder in which the file must not lie.

    Returns
    -------
    dict of str to VerifierKey
        Pinned keys by name, for a log its origin.

    Raises
    ------
    KeyInsideLogError
        If the file lies inside.
    PinError
        If others may write the file; with the line number, if a line is no verifier key or a name
        is pinned twice.
    """
    if outside is not None:
        require_outside(path, outside)
    pins: dict[str, VerifierKey] = {}
    for number, line in enumerate(_pin_lines(path), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            key = parse_vkey(text)
        except KeyTextError as error:
            raise PinError(f"`{path}` line {number}: {error}") from error
        if key.name in pins:
            raise PinError(f"`{path}` line {number}: `{key.name}` is pinned twice")
        pins[key.name] = key
    return pins


def pin(path: Path, key: VerifierKey, *, outside: Path) -> None:
    """Add a key to the pinned keys; the same key again changes nothing.

    Raises
    ------
    KeyInsideLogError
        If the file lies inside `outside`.
    PinError
        If the name is pinned to another key: keys change by a new origin, never by replacement.
    """
    pinned = read_pins(path, outside=outside).get(key.name)
    if pinned == key:
        return
    if pinned is not None:
        raise PinError(
            f"`{key.name}` is pinned to key id {pinned.key_id.hex()} in `{path}`; "
            f"remove that line by hand if you trust {key.key_id.hex()} instead"
        )
    lines = [*_pin_lines(path), key.vkey]
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_new(Disk(), path, "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise PinError(f"cannot write `{path}`: {error.strerror}") from error


def _require_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_KEY_FILE:
        raise KeyFileError(f"`{path}` is no key file; expected a plain file of one line")
    if found.st_nlink != 1:
        raise KeyFileError(f"key file `{path}` has another name too; expected a single hard link")
    if found.st_uid != os.geteuid():
        raise KeyFileError(f"key file `{path}` belongs to another user; expected your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyFileError(
            f"key file `{path}` has mode {mode:04o}, others may read it; "
            f"run `chmod 600 {path}` and consider the key known"
        )


def _pin_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o022:
                raise PinError(
                    f"others may write `{path}`; run `chmod 644 {path}` and look through it"
                )
            data = file.read(MAX_PINS + 1)
        if len(data) > MAX_PINS:
            raise PinError(f"`{path}` is over {MAX_PINS} bytes; expected a few verifier keys")
        return data.decode().rstrip("\n").split("\n") if data.strip() else []
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise PinError(f"`{path}` is not UTF-8 at offset {error.start}") from error
    except OSError as error:
        raise PinError(f"cannot read `{path}`: {error.strerror}") from error
