"""What a power cut leaves, the next writer makes whole: nothing acknowledged is lost.

`kill -9` proves nothing about power: a writer without one sync passes it. Here the calls are
recorded and every legal remnant of them is laid out, or a seeded sample where there are too many.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.log.faults.crash_states import (
    KilledError,
    RecordingDisk,
    Tree,
    crash_states,
    lay_out,
)
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import everything_in, message, open_log, say
from tests.twins import naive_log
from tests.twins.merkle_rfc6962 import mth

from tertius.core.errors import TertiusError
from tertius.core.kinds import decode
from tertius.core.log_events import Erased
from tertius.log import commit
from tertius.log.disk import Disk
from tertius.log.verify import verify
from tertius.log.writer import Writer

MOST = 6  # states at each of some hundred points
EVERY = 10  # one state in so many is also verified, and one in ten of these cut again in recovery
SECRET = b"a secret that is going to be erased"
SEED = 5


def story(folder: Path, disk: RecordingDisk) -> None:
    """Two sessions with everything a writer does: rotation, erasure, closing, reopening."""

    def acknowledged(log: Writer, index: int, text: bytes = b"") -> None:
        log.wait(index)
        disk.note("acknowledged", index, text)

    def told(checkpoint: Any) -> None:
        disk.note("published", checkpoint.size, checkpoint.root)

    with open_log(folder, disk=disk, on_checkpoint=told) as log:
        secret = say(log, "secret", SECRET)
        acknowledged(log, secret, SECRET)
        long = b"long " * 300
        acknowledged(log, say(log, "long", long), long)
        log.checkpoint()
        acknowledged(log, say(log, "short"))
        many = log.extend((message(f"many-{i}"), None) for i in range(260))
        acknowledged(log, many[-1])
        acknowledged(log, say(log, "late", b"late"), b"late")
        log.checkpoint()
        acknowledged(log, say(log, "between", b"between"), b"between")
        disk.note("erasing", secret)
        log.erase(secret, role="privacy")
        disk.note("erased", secret)
        acknowledged(log, say(log, "after", b"after"), b"after")
    with open_log(folder, disk=disk, on_checkpoint=told) as log:
        acknowledged(log, say(log, "second", long), long)
        log.checkpoint()
        acknowledged(log, say(log, "third", b"third"), b"third")


@lru_cache(maxsize=64)
def root_of(entries: tuple[bytes, ...]) -> bytes:
    return mth(entries)


def check(notes: list[tuple[Any, ...]], folder: Path) -> None:
    """Hold a reopened log against what its users had been told before the cut."""
    twin = naive_log.read(folder)
    done = {note[1:] for note in notes if note[0] == "erased"}
    acts = {e.index for e in map(decode, twin.entries) if isinstance(e, Erased)}
    for index in acts:
        assert index not in twin.contents, "the act is logged, the content still there"
        assert SECRET not in everything_in(folder), "the act is logged, a copy still there"
    assert all(index in acts for (index,) in done), "erased, but the act is not logged"
    for kind, *what in notes:
        if kind == "published":
            size, root = what
            assert root_of(tuple(twin.entries[:size])) == root, (
                "a published checkpoint is contradicted"
            )
        if kind == "acknowledged":
            index, text = what
            assert index < len(twin.entries), f"acknowledged entry {index} is lost"
            if text and index not in acts:
                assert twin.content(index) == text, f"content {index} is lost"


def reopen(folder: Path, disk: Disk) -> None:
    with open_log(folder, disk=disk):
        pass


def failures(
    ops: list[tuple[Any, ...]], base: Path, *, most: int = MOST, thorough: bool = False
) -> tuple[int, list[str]]:
    """Lay out, reopen and check every state; return how many there were and what went wrong."""
    wrong, number = [], 0
    for number, (notes, tree) in enumerate(crash_states(ops, seed=SEED, most=most), 1):
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir()
        lay_out(base, tree)
        try:
            reopen(base / "log", QuickDisk())
            check(notes, base / "log")
            if thorough and number % EVERY == 0:
                report = verify(base / "log", now=0)
                assert not report.problems, report.problems
        except (TertiusError, AssertionError, OSError) as error:
            wrong.append(f"state {number}, after {len(notes)} remarks: {error!r}"[:300])
            if not thorough:
                break
    return number, wrong


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "ROTATE_BYTES", 3000)


@pytest.mark.usefixtures("small_files")
def test_nothing_acknowledged_is_lost_in_any_crash_state(
    memory: Path, record_property: Callable[[str, object], None]
) -> None:
    (memory / "live").mkdir()
    disk = RecordingDisk(memory / "live")
    story(memory / "live" / "log", disk)
    states, wrong = failures(disk.ops, memory / "cut", thorough=True)
    record_property("crash states", states)
    assert not wrong, "\n".join(wrong[:5])
    assert states > 400


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize(
    "left_out", [{"sync"}, {"settle"}, {"sync_folder"}, {"sync", "settle", "sync_folder"}]
)
def test_a_writer_without_its_syncs_is_caught(memory: Path, left_out: set[str]) -> None:
    (memory / "live").mkdir()
    disk = RecordingDisk(memory / "live", frozenset(left_out))
    story(memory / "live" / "log", disk)
    _, wrong = failures(disk.ops, memory / "cut")
    assert wrong


@pytest.mark.usefixtures("small_files")
def test_power_cut_while_recovering_from_a_power_cut(
    memory: Path, record_property: Callable[[str, object], None]
) -> None:
    (memory / "live").mkdir()
    disk = RecordingDisk(memory / "live")
    story(memory / "live" / "log", disk)
    first = list(crash_states(disk.ops, seed=SEED, most=MOST))
    total = 0
    for notes, tree in Random(SEED).sample(first, len(first) // (EVERY * 10)):
        again = cut_again(notes, tree, memory / "again")
        states, wrong = failures(again, memory / "cut", most=4)
        total += states
        assert not wrong, "\n".join(wrong[:5])
    record_property("crash states", total)
    assert total > 100


def cut_again(notes: list[tuple[Any, ...]], tree: Tree, base: Path) -> list[tuple[Any, ...]]:
    """Operations of a recovery from a crash state, with the remarks made before."""
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    lay_out(base, tree)
    disk = RecordingDisk(base)
    for note in notes:
        disk.note(*note)
    reopen(base / "log", disk)
    return disk.ops


@pytest.mark.usefixtures("small_files")
def test_killed_first_and_cut_from_power_later(memory: Path) -> None:
    """A killed process leaves names and bytes unsynced; the next one must not trust them."""
    (memory / "whole").mkdir()
    whole = RecordingDisk(memory / "whole")
    story(memory / "whole" / "log", whole)
    for at in Random(SEED).sample(range(1, len(whole.ops) // 2), 8):
        live = memory / f"live-{at}"
        live.mkdir()
        disk = RecordingDisk(live)
        disk.dead_at = at
        with suppress(KilledError, TertiusError):
            story(live / "log", disk)
        disk.dead_at = None
        with open_log(live / "log", disk=disk) as log:
            index = say(log, "alive-again", b"alive-again")
            log.wait(index)
            disk.note("acknowledged", index, b"alive-again")
        _, wrong = failures(disk.ops, memory / "cut", most=2)
        assert not wrong, f"killed at {at}: {wrong[0]}"
