"""Ask witnesses to cosign a log's checkpoints, through callables that somebody above provides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tertius.core.errors import NotEvaluatedError, TertiusError
from tertius.log.checkpoint import Checkpoint
from tertius.log.merkle import prove_consistency
from tertius.log.tiles import node_reader
from tertius.log.witness_request import Cosigner, cosign


class NoQuorumError(NotEvaluatedError):
    """Fewer witnesses cosigned than were asked for."""


class Witnesses:
    """The witnesses of one log.

    Parameters
    ----------
    cosigners : sequence of Cosigner
        One for each witness.
    quorum : int or None
        How many must cosign; None for all of them.

    Notes
    -----
    Asks one after the other and remembers what size each knows. It counts answers; whether they
    come from distinct keys is for the verifier's policy to say.
    """

    def __init__(self, cosigners: Sequence[Cosigner], *, quorum: int | None = None) -> None:
        self._cosigners = list(cosigners)
        self._sizes = [0] * len(self._cosigners)
        self._quorum = len(self._cosigners) if quorum is None else quorum

    def __call__(self, folder: Path, checkpoint: Checkpoint, note: bytes) -> list[str]:
        """Return the signature lines of a quorum, or raise `NoQuorumError` with every reason."""
        node = node_reader(lambda tile: (folder / tile.path).read_bytes(), checkpoint.size)
        signatures: list[str] = []
        reasons: list[str] = []
        answered = 0
        for number, cosigner in enumerate(self._cosigners):
            try:
                lines = cosign(
                    cosigner,
                    note,
                    old_size=self._sizes[number],
                    size=checkpoint.size,
                    prove=lambda old: prove_consistency(node, old, checkpoint.size),
                )
            except (TertiusError, OSError) as error:
                reasons.append(f"witness {number + 1}: {error}")
                continue
            signatures += lines
            self._sizes[number] = checkpoint.size
            answered += 1
        if answered < self._quorum:
            raise NoQuorumError(
                f"{answered} of {self._quorum} witnesses cosigned; " + "; ".join(reasons)
            )
        return signatures
