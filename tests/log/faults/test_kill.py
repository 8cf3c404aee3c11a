"""`kill -9` at random moments: no acknowledged entry is lost, no erasure is left half done."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import IO

import pytest
from tests.log.faults.disks import QuickDisk
from tests.log.faults.logs import everything_in, open_log, text_of, twin_of

from tertius.core.kinds import decode
from tertius.core.log_events import Erased

KILLS = 60
ROOT = Path(__file__).parents[3]


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    paths = os.pathsep.join([str(ROOT), *sys.path])
    command = [sys.executable, str(Path(__file__).with_name("kill_server.py"))]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, "PYTHONPATH": paths},
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def kill_somewhere(
    process: subprocess.Popen[str], folder: Path, seed: int, after: int
) -> list[list[str]]:
    """Let a child write, kill it after so many of its lines, and return all that it said."""
    assert process.stdin is not None and process.stdout is not None
    answers: IO[str] = process.stdout
    process.stdin.write(f"{folder} {seed}\n")
    child = int(answers.readline().split()[1])
    said = [answers.readline().split() for _ in range(after)]
    os.kill(child, signal.SIGKILL)
    said += iter(lambda: answers.readline().split(), ["end"])
    return said


def test_kill_9_at_random_points(memory: Path, server: subprocess.Popen[str]) -> None:
    rng, entries, erasures = Random(11), 0, 0
    folder = memory / "log"
    promised: dict[int, tuple[str, int]] = {}
    for seed in range(KILLS):
        if seed % 6 == 0:  # a new log now and then: opening is killed too
            folder, promised = memory / f"log-{seed}", {}
        said = kill_somewhere(server, folder, seed, rng.choice([0, 1, 2, 5, 9]))
        with open_log(folder, disk=QuickDisk()):
            pass
        twin = twin_of(folder)
        acts = {e.index for e in map(decode, twin.entries) if isinstance(e, Erased)}
        for kind, index, *what in said:
            if kind == "entry":
                promised[int(index)] = what[0], int(what[1])
            if kind == "erased":
                assert int(index) in acts
            if kind == "checkpoint":
                assert int(index) <= len(twin.entries)
        for place, (name, number) in promised.items():
            assert decode(twin.entries[place]).id == name
            if place in acts:
                assert text_of(number) not in everything_in(folder)
            else:
                assert twin.content(place) == text_of(number)
        entries, erasures = entries + len(said), erasures + len(acts)
    assert entries > KILLS and erasures > 10
