"""What watching costs: time for each event and detector, memory for a crowd, and how far behind.

The mixed stream is every study's honest and failing runs at once (`watch/mixed.py`), shown in
batches to one detector after the other, and to all together, which is the figure for the whole
battery. Seconds are the processor's; each number is the least of several rounds, so that what else
runs on the machine weighs less, and every compiled function is loaded before. The figure for each
event and detector counts every event of the stream, whether a detector reads its kind or not, and
the detectors that bet, whose path is the keyed one; the same for all is printed beside it.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from harness import Figure, arguments, emit, figure, progress
from tertius.core.ports.detector import Detector
from tertius.detectors.table import TABLE, bets
from tertius.runtime.detect import Shown, Watching, battery
from tertius.stats.keyed import Keyed
from watch.mixed import mixed

BATCH = 4096
ROUNDS = 3
TEXT = (
    "step_repetition", "conversation_restart", "agent_loop", "handoff_pingpong", "premature_end",
    "no_end", "unanswered_request", "unknown_recipient", "unreturned_result", "dropped_fact",
    "inconsistent_view",
)  # fmt: skip
"""Detectors of structure and text, older than the watch; the whole battery has them."""
RATE, SECONDS = 20_000, 10.0
HERE = Path(__file__).parent / "watch"


@contextmanager
def still() -> Iterator[None]:
    """Keep the collector from walking the stream: a watch holds a batch, not all of it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def least(what: Callable[[], float], rounds: int = ROUNDS) -> float:
    """Return the smallest of several measurements."""
    return min(what() for _ in range(rounds))


def seconds(stream: Sequence[Shown], detectors: Sequence[Detector]) -> float:
    """Return the processor's seconds of showing a stream to clones of detectors."""
    watching = Watching([each.clone() for each in detectors])
    began = time.process_time()
    for start in range(0, len(stream), BATCH):
        watching.update_many(stream[start : start + BATCH])
    return time.process_time() - began


def costs(stream: Sequence[Shown], rounds: int) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Time each detector and the battery."""
    together = battery()
    seconds(stream, together)  # loads what is compiled
    count = len(stream)
    with still():
        bare = least(lambda: seconds(stream, []), rounds)
        took = {}
        for detector in together:
            progress(f"{detector.spec.name} alone")
            one = least(lambda each=detector: seconds(stream, [each]), rounds)  # type: ignore[misc]
            took[detector.spec.name] = one
            bare = min(bare, one)
        progress("the whole battery")
        whole = least(lambda: seconds(stream, together), rounds)
        slim = [each for each in together if each.spec.name not in TEXT]
        without = least(lambda: seconds(stream, slim), rounds)
        keyed = [each for each in together if bets(each.spec.name)]
        betting = least(lambda: seconds(stream, keyed), rounds)
    bare = min(bare, least(lambda: seconds(stream, []), rounds))
    alone = {name: 1e6 * (one - bare) / count for name, one in took.items()}
    figures = {
        "us_per_event_and_detector": figure(1e6 * betting / count / len(keyed), "<=", 0.4, n=count),
        "battery_events_per_s": figure(count / whole, ">=", 100_000, n=count),
    }
    report: dict[str, Any] = {
        "detectors": len(together),
        "detectors that bet": len(keyed),
        "us for an event and detector, all detectors": 1e6 * whole / count / len(together),
        "events/s without those of structure and text": count / without,
        "events/s of those that bet": count / betting,
        "us for an event, no detector": 1e6 * bare / count,
        "kinds read by a detector, on average": reads(stream, together),
    }
    table = [
        {"detector": name, "bets": "yes" if bets(name) else "no", "us for an event": round(own, 3),
         "share of events read": round(read(stream, each), 3)}
        for (name, own), each in zip(alone.items(), together, strict=True)
    ]  # fmt: skip
    report["cost of each"] = sorted(table, key=lambda row: -float(str(row["us for an event"])))
    return figures, report


def read(stream: Sequence[Shown], detector: Detector) -> float:
    """Return the share of events whose kind a detector reads."""
    kinds = set(detector.spec.kinds)
    return sum(event.__struct_config__.tag in kinds for _, event, _ in stream) / len(stream)


def reads(stream: Sequence[Shown], detectors: Sequence[Detector]) -> float:
    """Return the mean of `read` over detectors."""
    return sum(read(stream, each) for each in detectors) / len(detectors)


def beside_adwin(rounds: int) -> dict[str, Any]:
    """Time updates of the keyed table beside river's ADWIN on the same numbers."""
    chance = random.Random(1)
    numbers = [float(chance.random() < 0.2) for _ in range(200_000)]
    payoffs = (np.array(numbers) - 0.2) / 0.2
    rows = np.arange(len(numbers)) % 10_000

    def ours() -> float:
        table = Keyed(0.05, most=10_000)
        for key in range(10_000):
            table.row(key)
        began = time.process_time()
        for start in range(0, len(rows), BATCH):
            table.play(rows[start : start + BATCH], 0, payoffs[start : start + BATCH])
        return 1e6 * (time.process_time() - began) / len(rows)

    ours()
    found = {"us for an update, keyed table of 10,000, batches": least(ours, rounds)}
    try:
        from river.drift import ADWIN
    except ImportError:
        return {**found, "us for an update, river's ADWIN": "river is not installed"}

    def theirs() -> float:
        adwin: Any = ADWIN()  # type: ignore[no-untyped-call]
        began = time.process_time()
        for number in numbers:
            adwin.update(number)
        return 1e6 * (time.process_time() - began) / len(numbers)

    return {**found, "us for an update, river's ADWIN": least(theirs, rounds)}


def crowd() -> tuple[dict[str, Figure], dict[str, Any]]:
    """Show ten thousand agents and a hundred thousand pairs in a process of their own."""
    done = subprocess.run(
        [sys.executable, str(HERE / "crowd.py")], stdout=subprocess.PIPE, text=True, check=True
    )
    count, took, peak, keys = (float(each) for each in done.stdout.split())
    figures = {"crowd_gib": figure(peak / 2**30, "<=", 1.0, n=int(count))}
    return figures, {
        "crowd: events/s": count / took,
        "crowd: keys that one detector holds": int(keys),
    }


def behind(rate: int, duration: float) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Write a log in one process, watch it in another, and return how far behind it ever was."""
    with tempfile.TemporaryDirectory(prefix="tertius-bench-") as room:
        log, program = Path(room) / "log", str(HERE / "following.py")
        writer = subprocess.Popen(
            [sys.executable, program, "write", str(log), str(rate), str(duration)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert writer.stdin is not None and writer.stdout is not None
        writer.stdout.readline()
        watcher = subprocess.Popen(
            [sys.executable, program, "watch", str(log), str(int(rate * duration)),
             str(4 * duration + 30)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert watcher.stdout is not None
        watcher.stdout.readline()
        writer.stdin.write("\n")
        writer.stdin.close()
        written = points(writer.stdout.read())
        looks = watcher.stdout.read().splitlines()
        writer.wait()
        watcher.wait()
    seen = points("\n".join(looks[:-1]))
    lags = lateness(written, seen)
    figures = {"watch_seconds_behind": figure(max(lags), "<=", 1.0, n=int(written[-1][1]))}
    took = written[-1][0] - written[0][0]
    return figures, {
        "events/s written": written[-1][1] / took,
        "median seconds behind": float(np.median(lags)),
        "looks": len(seen),
        "found while following": looks[-1].split()[-1],
    }


def points(text: str) -> list[tuple[float, float]]:
    """Read lines of a time and a position."""
    pairs = (line.split() for line in text.splitlines() if line)
    return [(float(when), float(position)) for when, position in pairs]


def lateness(written: list[tuple[float, float]], seen: list[tuple[float, float]]) -> list[float]:
    """Return for each batch written how long after it was accepted it had been looked at."""
    found, look = [], 0
    for when, position in written:
        while look < len(seen) - 1 and seen[look][1] < position:
            look += 1
        found.append(max(0.0, seen[look][0] - when))
    return found


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each; the least counts")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the log that is watched")
    given = parser.parse_args()
    progress("playing every study")
    stream = mixed()
    progress(f"{len(stream)} events, {len(TABLE)} detectors")
    figures, report = costs(stream, given.rounds)
    progress("beside ADWIN")
    report |= beside_adwin(given.rounds)
    del stream
    for name, part in (
        ("ten thousand agents", crowd),
        ("a log that grows", lambda: behind(RATE, given.seconds)),
    ):
        progress(name)
        more, told = part()
        figures |= more
        report |= told
    report["load before"] = os.getloadavg()[0]
    emit("watch_cost", figures, report, given.json)


if __name__ == "__main__":
    main()
