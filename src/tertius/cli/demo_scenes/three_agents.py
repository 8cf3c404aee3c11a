"""The recorded run of three agents that order a solvent, and how it is written to a log.

Keys, salts and clock come from fixed seeds, so that everybody sees the same digests. Nobody may do
that with a log that matters: whoever knows the seed can sign.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path

from tertius.core.ports.reader import Recorded
from tertius.log.content import SeededSalts
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.keys import new_key, new_origin
from tertius.log.notekey import SigningKey
from tertius.log.publish import Cosign
from tertius.runtime.ingest import Ingest
from tertius.runtime.record import record

WRITER = "recorder"
NOW = 1_772_442_600  # POSIX seconds, some minutes after the run
_MIDWAY = 18  # events in the first sitting; the order is placed in the second
_ORIGIN_BYTES = 16


def three_agents() -> tuple[Recorded, ...]:
    """Read the recorded run that comes with the package."""
    with as_file(files("tertius.cli.demo_scenes") / "three_agents.jsonl") as path:
        return tuple(each for each in Ingest([path]) if isinstance(each, Recorded))


def seeded(keys: str) -> Callable[[int], bytes]:
    """Return a source of bytes: origins are always the same, private keys follow from `keys`."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        seed = "origin" if count == _ORIGIN_BYTES else keys
        return sha256(f"tertius/v1/demo\0{seed}/{drawn}".encode()).digest()[:count]

    return draw


def anchor_key(keys: str) -> SigningKey:
    """Return the key that a deployment written with these seeds signs its anchor log with."""
    entropy = seeded(keys)
    return new_key(new_origin(entropy), entropy)


def write(
    folder: Path,
    run: Sequence[Recorded],
    *,
    private: Path,
    keys: str,
    cosign: Cosign | None = None,
    midway: Path | None = None,
) -> None:
    """Write a run to a new deployment, in two sittings.

    Parameters
    ----------
    folder : Path
        New folder of the deployment.
    run : sequence of Recorded
        What happened.
    private : Path
        New folder for its private keys.
    keys : str
        Seed of the private keys.
    cosign : callable or None
        Witnesses.
    midway : Path or None
        Where to keep a copy of the deployment as it was between the sittings.
    """
    entropy, salts = seeded(keys), SeededSalts(6)
    for part in (run[:_MIDWAY], run[_MIDWAY:]):
        with Deployment(
            folder,
            keys=KeyFolder(private, outside=folder),
            entropy=entropy,
            clock=clock,
            salts=salts,
            cosign=cosign,
            checkpoint_every=None,
        ) as deployment:
            record(part, deployment.writer(WRITER))
        if midway is not None and not midway.exists():
            shutil.copytree(folder, midway)


def clock() -> int:
    """Return the demo's one moment, UTC nanoseconds."""
    return NOW * 1_000_000_000
