"""Small logs for the fault tests: a seeded writer, events, and a check of the whole folder."""

from itertools import count
from pathlib import Path
from typing import Any

from tests.twins import naive_log

from tertius.core.events import MessageSent
from tertius.core.kinds import Event
from tertius.log.checkpoint import open_checkpoint
from tertius.log.content import Sealed, SeededSalts
from tertius.log.notekey import SigningKey
from tertius.log.verify import verify
from tertius.log.writer import Writer

KEY = SigningKey("tertius/faults", bytes(range(32)))


def open_log(folder: Path, **options: Any) -> Writer:
    """A writer without background checkpoints, so that the test says when things happen."""
    ticks = count(10**18, 10**9)
    given: dict[str, Any] = {
        "key": KEY,
        "clock": lambda: next(ticks),
        "salts": SeededSalts(7),
        "checkpoint_every": None,
    }
    return Writer(folder, **{**given, **options})


def message(name: str, content: Sealed | None = None, **fields: Any) -> Event:
    digest = content.digest if content else ""
    return MessageSent(id=name, time=1, run="r", agent="a", content=digest, **fields)


def say(log: Writer, name: str, text: bytes = b"") -> int:
    """Append a message, with content if there is `text`; return its index."""
    content = log.seal(text) if text else None
    return log.append(message(name, content), content)


def text_of(number: int) -> bytes:
    """Content that occurs nowhere else."""
    return b"<text %d>" % number * (1 + number % 40)


def twin_of(folder: Path) -> naive_log.NaiveLog:
    """What the files say, read by the twin and held against the signature and the verifier."""
    twin = naive_log.read(folder)
    note = (folder / "checkpoint").read_bytes()
    checkpoint = open_checkpoint(note, KEY.verifier).checkpoint
    assert checkpoint.size <= len(twin.entries)
    assert checkpoint.root == twin.root(checkpoint.size)
    report = verify(folder, now=0, keys=[KEY.verifier.vkey])
    assert report.status == "verified", (report.problems, report.remarks)
    return twin


def everything_in(folder: Path) -> bytes:
    """The bytes of every file, to search for what should be gone."""
    return b"\0".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())
