"""A log of 40 leaves, a fork of it, and a witness: what the witness tests talk about."""

from collections.abc import Callable
from hashlib import sha256

from tertius.log.checkpoint import Checkpoint, sign_checkpoint
from tertius.log.merkle import NodeGetter, leaf_hashes, perfect_root, prove_consistency, span_root
from tertius.log.notekey import COSIGNATURE, SigningKey
from tertius.log.witness import Kept, Witness, WitnessStore
from tertius.log.witness_request import AddCheckpoint, format_request, read_answer

ORIGIN = "tertius/a"
ORIGIN_HASH = sha256(ORIGIN.encode()).hexdigest()
LOG = SigningKey(ORIGIN, bytes([1]) * 32)
KEY = SigningKey("witness/w", bytes([3]) * 32, kind=COSIGNATURE)
NOW = 1_800_000_000


def tree(seed: str) -> NodeGetter:
    hashes = leaf_hashes(f"{seed} {i}".encode() for i in range(40))
    return lambda level, index: perfect_root(hashes[index << level : (index + 1) << level])


NODE = tree("ours")
FORK = tree("another history")


def checkpoint(size: int, node: NodeGetter = NODE, key: SigningKey = LOG) -> bytes:
    return sign_checkpoint(Checkpoint(key.verifier.name, size, span_root(node, 0, size)), key)


def request(old: int, size: int, node: NodeGetter = NODE) -> bytes:
    proof = tuple(prove_consistency(node, old, size))
    return format_request(AddCheckpoint(old, proof, checkpoint(size, node)))


def prover(size: int) -> Callable[[int], list[bytes]]:
    return lambda old: prove_consistency(NODE, old, size)


class Memory:
    """A store that keeps nothing on disk."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def load(self, origin: str) -> Kept | None:
        return self.kept.get(origin)

    def save(self, kept: Kept) -> None:
        self.kept[kept.origin] = kept


def new_witness(store: WitnessStore | None = None) -> Witness:
    return Witness(KEY, {ORIGIN: [LOG.verifier]}, store or Memory())


def statuses(witness: Witness, *bodies: bytes) -> list[int]:
    return [
        witness.add_checkpoint(body, now=NOW + number).status for number, body in enumerate(bodies)
    ]


def asks(witness: Witness) -> Callable[..., list[str]]:
    """The witness as a `Cosigner`, without a network."""

    def ask(old_size: int, proof: list[bytes], checkpoint: bytes) -> list[str]:
        body = format_request(AddCheckpoint(old_size, tuple(proof), checkpoint))
        return read_answer(witness.add_checkpoint(body, now=NOW))

    return ask
