"""Three witnesses in this process, two of which must agree; no network is asked."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from tertius.cli.demo_scenes.three_agents import NOW
from tertius.log.notekey import COSIGNATURE, SigningKey, VerifierKey
from tertius.log.witness import Kept, Witness
from tertius.log.witness_request import AddCheckpoint, Cosigner, format_request, read_answer

NAMES = ("library", "newspaper", "university")
NEEDED = 2


class Shelf:
    """A witness's memory that lives as long as the demo."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def load(self, origin: str) -> Kept | None:
        """Return what is kept of a log."""
        return self._kept.get(origin)

    def save(self, kept: Kept) -> None:
        """Replace what is kept of a log."""
        self._kept[kept.origin] = kept


def new_witness(name: str, log: VerifierKey) -> Witness:
    """Start a witness that has seen nothing yet."""
    return Witness(_key(name), {log.name: [log]}, Shelf())


def asks(witness: Witness) -> Cosigner:
    """Return what a log's writer calls to have a checkpoint cosigned."""

    def ask(old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> list[str]:
        request = format_request(AddCheckpoint(old_size, tuple(proof), checkpoint))
        return read_answer(witness.add_checkpoint(request, now=NOW))

    return ask


def policy(log: VerifierKey) -> str:
    """Return the witness policy: this log, and two of the three."""
    lines = [f"log {log.vkey}"]
    lines += [f"witness {name} {_key(name).verifier.vkey}" for name in NAMES]
    lines += [f"group two-of-three {NEEDED} {' '.join(NAMES)}", "quorum two-of-three"]
    return "".join(f"{line}\n" for line in lines)


def _key(name: str) -> SigningKey:
    seed = sha256(f"tertius/v1/demo\0witness/{name}".encode()).digest()
    return SigningKey(f"witness/{name}", seed, kind=COSIGNATURE)
