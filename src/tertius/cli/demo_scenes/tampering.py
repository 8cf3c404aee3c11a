"""What is done to copies of the demo's log: clumsy, careful, with the key, and lawful."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from tertius.cli.demo_scenes.three_agents import WRITER, clock
from tertius.core.events import ResourceClaimed
from tertius.core.ports.reader import Recorded
from tertius.log.content import SeededSalts, frame, frames
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.read import LogReader

TRUE_AMOUNT, FORGED_AMOUNT = 4280, 1280


def flip_bit(folder: Path) -> None:
    """Flip one bit of the entry that claims the money: 4280 becomes 5280."""
    bundles = folder / "writers" / WRITER / "tile" / "entries"
    (path,) = [path for path in bundles.rglob("*") if path.is_file()]
    data = bytearray(path.read_bytes())
    data[data.index(f'"amount":{TRUE_AMOUNT}'.encode()) + len('"amount":')] ^= 1
    path.write_bytes(data)


def understate(run: Sequence[Recorded]) -> tuple[Recorded, ...]:
    """Return the run with another amount, wherever it is said."""
    return tuple(_understated(each) for each in run)


def _understated(each: Recorded) -> Recorded:
    event = each.event
    if isinstance(event, ResourceClaimed):
        event = replace(event, amount=FORGED_AMOUNT)
    contents = each.contents
    for true, forged in ((TRUE_AMOUNT, FORGED_AMOUNT), (f"{TRUE_AMOUNT:,}", f"{FORGED_AMOUNT:,}")):
        contents = tuple(
            text.replace(str(true).encode(), str(forged).encode()) for text in contents
        )
    return replace(each, event=event, contents=contents)


def cut_writer(folder: Path, older: Path) -> None:
    """Put the writer's log back to an older state and leave the anchor log as it is."""
    log = folder / "writers" / WRITER
    shutil.rmtree(log)
    shutil.copytree(older / "writers" / WRITER, log)


def erase(folder: Path, event: str, *, private: Path) -> None:
    """Erase an event's content as one should: the log says that it was done, by whom and why."""
    with Deployment(
        folder,
        keys=KeyFolder(private, outside=folder),
        clock=clock,
        salts=SeededSalts(7),
        checkpoint_every=None,
    ) as deployment:
        writer = deployment.writer(WRITER)
        writer.erase(_index(folder, event), role="privacy-office", reason="asked for by the person")


def remove(folder: Path, event: str) -> None:
    """Destroy an event's content and tell nobody."""
    gone = _index(folder, event)
    for path in (folder / "writers" / WRITER / "payload").iterdir():
        kept = [frame(index, text) for index, text in frames(path.read_bytes()) if index != gone]
        path.write_bytes(b"".join(kept))


def _index(folder: Path, event: str) -> int:
    events = LogReader(folder / "writers" / WRITER).events()
    return next(index for index, each in enumerate(events) if each.id == event)
