"""`tertius serve`: servers that run on this machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from tertius.cli.screen import Flag, print_json
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.log.keys import read_key, read_pins
from tertius.log.notekey import COSIGNATURE, ED25519, VerifierKey
from tertius.log.witness import Witness
from tertius.log.witness_store import FolderStore

try:
    from tertius.server.witness import LOOPBACK, bind, serve
except ModuleNotFoundError as error:
    raise CallerError(
        f"`{error.name}` is not installed; run `pip install 'tertius[server]'`"
    ) from error


class NoLogKeyError(CallerError):
    """No log key was given for a witness to know logs by."""


def witness(
    *,
    key: Path,
    log: list[Path],
    state: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    json: Flag = False,
) -> int:
    """Run a small witness (C2SP tlog-witness) that cosigns checkpoints of the logs it is told of.

    It prints its address and its public key, one line each, and runs until Ctrl-C. It asks for no
    password: a request counts by the log's own signature.

    Parameters
    ----------
    key
        Private key that `tertius keygen --witness` wrote.
    log
        File of the logs' public keys, one a line; may be given more than once.
    state
        Folder for what it cosigned last; created if missing. Keep it as safe as the key.
    host
        Address to listen on; anything but loopback lets other machines ask.
    port
        Port to listen on; 0 lets the system choose one.
    json
        Print one JSON object with `url` and `key`.
    """
    signing = read_key(key, outside=state, kind=COSIGNATURE)
    logs = _logs(log, state)
    store = FolderStore(state)
    try:
        answering = Witness(signing, logs, store)
        with bind(host, port) as listening:
            bound = listening.getsockname()[1]
            url = f"http://{f'[{host}]' if ':' in host else host}:{bound}/"
            if json:
                print_json({"url": url, "key": signing.verifier.vkey})
            else:
                print(f"{url}\n{signing.verifier.vkey}")
            sys.stdout.flush()
            # The server ends in good order and passes Ctrl-C on, unless its shell ignores Ctrl-C.
            with suppress(KeyboardInterrupt):
                serve(answering, listening, hosts={*LOOPBACK, host, f"[{host}]"})
    finally:
        store.close()
    print("stopped", file=sys.stderr)
    return EXIT_PASS


def _logs(paths: list[Path], state: Path) -> dict[str, list[VerifierKey]]:
    """Read the keys of the logs that the witness shall know, by origin."""
    logs: dict[str, list[VerifierKey]] = {}
    for path in paths:
        keys = read_pins(path, outside=state)
        if not keys:
            raise NoLogKeyError(
                f"no key in `{path}`; write the line that `tertius keygen` printed for the log"
            )
        for origin, known in keys.items():
            if known.kind != ED25519:
                raise NoLogKeyError(f"`{path}` holds the witness key `{origin}`; give a log's key")
            logs.setdefault(origin, []).append(known)
    return logs
