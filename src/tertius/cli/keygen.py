"""`tertius keygen`: make a signing key, keep it private, and show the public half."""

from __future__ import annotations

import os
from pathlib import Path

from tertius.cli.screen import Flag, print_json
from tertius.core.errors import EXIT_PASS
from tertius.log.keys import (
    KeyFileError,
    config_folder,
    new_key,
    new_origin,
    pin,
    read_pins,
    write_key,
)
from tertius.log.notekey import COSIGNATURE, ED25519


def keygen(
    name: str | None = None,
    /,
    *,
    witness: Flag = False,
    signer: Flag = False,
    out: Path | None = None,
    json: Flag = False,
) -> int:
    """Make an Ed25519 signing key and print its public half.

    The private key goes to a file that only you can read, outside every log. A log's public key
    is pinned on this machine, so that `tertius verify` knows it. Give the printed line to whoever
    verifies your logs.

    Parameters
    ----------
    name
        Name of the key: for a log its origin, for a witness any name [default: a random one].
    witness
        Make a witness's cosigning key instead of a log's key.
    signer
        Make a reviewer's key, for `tertius sign`; a root names it, so it is not pinned.
    out
        File for the private key [default: `private/<name>.key` in the configuration folder].
    json
        Print one JSON object.
    """
    folder = config_folder(os.environ)
    if witness and signer:
        raise KeyFileError("a key is a witness's or a reviewer's; give one of the two")
    kind = COSIGNATURE if witness else ED25519
    key = new_key(name or new_origin(os.urandom), os.urandom, kind=kind)
    pins = folder / "keys"
    pinned = not (witness or signer)
    if pinned and key.verifier.name in read_pins(pins):
        raise KeyFileError(f"`{name}` is pinned in `{pins}` already; choose another name")
    if out is None:
        out = folder / "private" / (key.verifier.name.replace("/", "_") + ".key")
        out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    outside = _log_around(out) or folder / "no-log-lies-here"
    write_key(out, key, outside=outside)
    if pinned:
        pin(pins, key.verifier, outside=outside)
    if json:
        print_json({"name": key.verifier.name, "public": key.verifier.vkey, "private": str(out)})
    else:
        print(key.verifier.vkey)
        print(f"private key: {out} (keep it; nobody can make it again)")
    return EXIT_PASS


def _log_around(path: Path) -> Path | None:
    """Return the outermost log or deployment that `path` would lie in."""
    around = [
        folder
        for folder in path.resolve().parents
        if (folder / "anchor").is_dir() or (folder / "checkpoint").is_file()
    ]
    return around[-1] if around else None
