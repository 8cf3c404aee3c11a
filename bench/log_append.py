"""Append speed of the log: durable and verifiable at the end, beside a bare reference loop.

An event is a 455-byte entry with a content of 64 bytes. Timed are: sealing the content, putting
the commitment into the event, encoding, the journal with its syncs, leaf hashes, tiles, and the
last signed checkpoint. The reference writes the same journal bytes in blocks of the same size: one
SHA-256 a block, one write, one fdatasync, nothing for each event. Runs alternate.

The scratch folder should be fresh: ext4 keeps inodes for minutes after their files were deleted
and searches past them at every new file, so what one run wrote is removed only at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from harness import arguments, emit, figure, progress
from message import message
from tertius.core.events import MessageSent
from tertius.core.kinds import Event, encode
from tertius.log import journal
from tertius.log.commit import MAX_BLOCK_BYTES, MAX_BLOCK_ENTRIES
from tertius.log.content import FRAME, Sealed
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer

KEY = SigningKey("tertius/bench", bytes(32))
BATCH = 1000
OFFERED = 100_000  # events a second, in the latency part
replace = msgspec.structs.replace


def event(number: int) -> MessageSent:
    """Make one message; its content comes later."""
    return message(number, far=number - 7, content="0" * 64)


def sealed(log: Writer, shells: list[MessageSent]) -> list[tuple[Event, Sealed | None]]:
    """Seal a content for each event and put its commitment in."""
    contents = log.seal_all([b"%064d" % shell.time for shell in shells])
    return [(replace(s, content=c.digest), c) for s, c in zip(shells, contents, strict=True)]


def throughput(folder: Path, shells: list[MessageSent], options: dict[str, Any]) -> float:
    """Return events a second from the first append to the closed, checkpointed log."""
    log = Writer(folder, key=KEY, **options)
    began = time.perf_counter()
    for start in range(0, len(shells), BATCH):
        log.extend(sealed(log, shells[start : start + BATCH]))
    log.close()
    return len(shells) / (time.perf_counter() - began)


def one_by_one(folder: Path, shells: list[MessageSent], options: dict[str, Any]) -> float:
    """Return the same with one `append` for each event."""
    log = Writer(folder, key=KEY, **options)
    began = time.perf_counter()
    for shell in shells:
        content = log.seal(b"%064d" % shell.time)
        log.append(replace(shell, content=content.digest), content)
    log.close()
    return len(shells) / (time.perf_counter() - began)


def reference(path: Path, shells: list[MessageSent]) -> float:
    """Return events a second of the bare loop over the same journal bytes."""
    most = MAX_BLOCK_BYTES // (len(encode(shells[-1])) + 64)
    entries = [encode(shell) for shell in shells[: min(most, MAX_BLOCK_ENTRIES)]]
    payload = b"".join(FRAME.pack(n, 64, bytes(32)) + b"%064d" % n for n in range(len(entries)))
    block = journal.pack(0, entries, payload, len(entries), journal.FIRST_LINK)
    count = len(shells) // len(entries)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    began = time.perf_counter()
    for _ in range(count):
        sha256(block).digest()
        os.write(fd, block)
        os.fdatasync(fd)
    took = time.perf_counter() - began
    os.close(fd)
    return count * len(entries) / took


def latency(folder: Path, seconds: float) -> tuple[list[float], float]:
    """Offer 100,000 events a second; return acknowledgement times in ms and the rate reached.

    Time counts from when a batch was due, not from when it could be handed over.
    """
    log = Writer(folder, key=KEY, sealer="process", checked=False)
    step = OFFERED // 1000
    ticks = int(seconds * 1000)
    shells = [event(number) for number in range(step * ticks)]
    waiting: list[tuple[int, float]] = []
    acknowledged: list[float] = []
    posted = threading.Semaphore(0)

    def watch() -> None:
        for tick in range(ticks):
            posted.acquire()
            index, due = waiting[tick]
            log.wait(index)
            acknowledged.append((time.perf_counter() - due) * 1e3)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    for tick in range(ticks):
        due = began + tick / 1000
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        indexes = log.extend(sealed(log, shells[tick * step : (tick + 1) * step]))
        waiting.append((indexes[-1], due))
        posted.release()
    reached = step * ticks / (time.perf_counter() - began)
    watcher.join()
    log.close()
    return sorted(acknowledged), reached


def memory(folder: Path, count: int) -> float:
    """Return how many MB this process grew between 250,000 events and `count`."""
    log = Writer(folder, key=KEY, sealer="process", checked=False)
    start = 0
    for first in range(0, count, BATCH):
        if first == 250_000:
            start = resident()
        log.extend(sealed(log, [event(number) for number in range(first, first + BATCH)]))
    grown = resident() - start
    log.close()
    return grown / 1e6


def resident() -> int:
    """Return resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(room: Path, events: int, long: int, seconds: float, runs: int) -> tuple[Any, Any]:
    """Run every part and return figures and report."""
    shells = [event(number) for number in range(events)]
    fast: dict[str, Any] = {"sealer": "process", "checked": False}
    names: dict[str, Callable[[int], float]] = {
        "log": lambda run: throughput(room / f"log-{run}", shells, fast),
        "reference": lambda run: reference(room / f"reference-{run}", shells),
    }
    speeds: dict[str, list[float]] = {name: [] for name in names}
    for run in range(runs):
        for name, part in names.items():
            progress(f"{name}, run {run + 1} of {runs}")
            speeds[name].append(part(run))
    ratios = sorted(a / b for a, b in zip(speeds["log"], speeds["reference"], strict=True))
    progress("every event checked, and one by one")
    checked = throughput(room / "checked", shells, {"sealer": "process"})
    threads = throughput(room / "threads", shells, {"checked": False})
    single = one_by_one(room / "single", shells, fast)
    progress(f"latency at {OFFERED:,} events a second")
    times, reached = latency(room / "latency", seconds)
    progress(f"memory over {long:,} events")
    grown = memory(room / "memory", long)
    figures = {
        "append_events_per_s": figure(
            median(speeds["log"]),
            ">=",
            200_000,
            n=runs,
            interval=(min(speeds["log"]), max(speeds["log"])),
        ),
        "append_over_reference": figure(
            median(ratios), ">=", 0.5, n=runs, interval=(ratios[0], ratios[-1])
        ),
        "durable_ack_p99_ms": figure(times[int(len(times) * 0.99)], "<=", 20, n=len(times)),
        "memory_growth_mb": figure(grown, "<=", 50, n=long),
    }
    report = {
        "entry_bytes": len(encode(shells[100])),
        "events_per_run": events,
        "reference_events_per_s": round(median(speeds["reference"])),
        "checked_events_per_s": round(checked),
        "one_process_events_per_s": round(threads),
        "one_by_one_events_per_s": round(single),
        "durable_ack_p50_ms": round(times[len(times) // 2], 2),
        "durable_ack_max_ms": round(times[-1], 2),
        "offered_reached_per_s": round(reached),
    }
    return figures, report


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--folder", type=Path, help="scratch folder on the disk to measure")
    parser.add_argument("--events", type=int, default=1_000_000, help="events in each timed run")
    parser.add_argument("--long", type=int, default=5_000_000, help="events of the memory part")
    parser.add_argument("--seconds", type=float, default=10, help="length of the latency part")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="tertius-bench-", dir=options.folder))
    try:
        figures, report = measure(room, options.events, options.long, options.seconds, options.runs)
    finally:
        shutil.rmtree(room)
    emit("log_append", figures, report, options.json)


if __name__ == "__main__":
    main()
