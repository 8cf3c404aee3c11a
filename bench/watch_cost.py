"""What watching costs: time for each event and detector, memory for a crowd, and how far behind.

The mixed stream is every study's honest and failing runs at once (`watch/mixed.py`), shown in
batches to one detector after the other, and to all together, which is the figure for the whole
battery. Seconds are the processor's. The work is the same in every round, and what else runs on the
machine only ever adds to it, for some milliseconds at a time (`whole_core.py` says why); so what a
detector took for a batch is the least of all rounds, and a number is the sum of these. What whole
rounds took as they were stands beside. Every compiled function is loaded before.

The figure for each event and detector counts every event of the stream, whether a detector reads
its kind or not, and the detectors that bet, whose path is the keyed one; the same for all is
printed beside it.
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
from statistics import median
from typing import Any

import numpy as np

from harness import Figure, arguments, emit, figure, progress
from tertius.core.ports.detector import Answer, Detector
from tertius.detectors.table import TABLE, bets
from tertius.runtime.detect import Shown, Watching, battery
from tertius.stats.keyed import Keyed
from watch.mixed import mixed

BATCH = 4096
ROUNDS, FEW = 20, 5  # of the whole battery, and of each detector by itself
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


class Timed:
    """A detector that notes the seconds of each batch it takes."""

    def __init__(self, detector: Any, took: list[float]) -> None:
        self._detector = detector
        self._took = took

    def update_many(self, shown: list[Shown]) -> list[tuple[int, Answer]]:
        """Take a batch."""
        began = time.process_time()
        found: list[tuple[int, Answer]] = self._detector.update_many(shown)
        self._took.append(time.process_time() - began)
        return found


def pieces(stream: Sequence[Shown], detectors: Sequence[Detector]) -> list[float]:
    """Return the processor's seconds of showing a stream to clones of detectors, in pieces.

    A piece is a batch in one detector, or what else a batch takes: always the same, in one order.
    """
    watching = Watching([each.clone() for each in detectors])
    took: list[float] = []
    timed: Any = tuple(Timed(each, took) for each in watching._detectors)
    watching._detectors = timed
    for start in range(0, len(stream), BATCH):
        before, began = len(took), time.process_time()
        watching.update_many(stream[start : start + BATCH])
        took.append(time.process_time() - began - sum(took[before:]))
    return took


class Rounds:
    """The same work several times, each time in the same pieces."""

    def __init__(self, work: Callable[[], Sequence[float]], rounds: int) -> None:
        found = [work() for _ in range(rounds)]
        self.all = [sum(each) for each in found]
        self.least = sum(map(min, zip(*found, strict=True)))


def costs(stream: Sequence[Shown], rounds: int) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Time each detector and the battery."""
    together = battery()
    pieces(stream, together)  # loads what is compiled
    count = len(stream)

    def time_of(detectors: Sequence[Detector], most: int = rounds) -> Rounds:
        return Rounds(lambda: pieces(stream, detectors), min(most, rounds))

    with still():
        bare = time_of([]).least
        alone = {}
        for detector in together:
            progress(f"{detector.spec.name} alone")
            own = time_of([detector], FEW).least
            alone[detector.spec.name] = max(0.0, 1e6 * (own - bare) / count)
        progress(f"the whole battery, {rounds} rounds")
        whole = time_of(together)
        progress(f"without structure and text, and those that bet, {rounds} rounds each")
        slim = time_of([each for each in together if each.spec.name not in TEXT])
        keyed = [each for each in together if bets(each.spec.name)]
        betting = time_of(keyed)
    each = 1e6 * betting.least / count / len(keyed)
    figures = {
        "us_per_event_and_detector": figure(each, "<=", 0.4, n=count),
        "battery_events_per_s": figure(count / whole.least, ">=", 100_000, n=count),
    }
    report: dict[str, Any] = {
        "rounds": rounds,
        "battery, events/s, whole rounds: median": count / median(whole.all),
        "battery, events/s, whole rounds: least": count / max(whole.all),
        "battery, events/s, whole rounds: most": count / min(whole.all),
        "us for an event and betting detector, whole rounds: median": (
            1e6 * median(betting.all) / count / len(keyed)
        ),
        "detectors": len(together),
        "detectors that bet": len(keyed),
        "us for an event and detector, all detectors": 1e6 * whole.least / count / len(together),
        "events/s without those of structure and text": count / slim.least,
        "events/s of those that bet": count / betting.least,
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
    name = "us for an update, keyed table of 10,000, batches"
    found = {name: min(ours() for _ in range(rounds))}
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

    return {**found, "us for an update, river's ADWIN": min(theirs() for _ in range(rounds))}


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
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="the least of them counts")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the log that is watched")
    given = parser.parse_args()
    progress("playing every study")
    stream = mixed()
    progress(f"{len(stream)} events, {len(TABLE)} detectors")
    figures, report = costs(stream, given.rounds)
    progress("beside ADWIN")
    report |= beside_adwin(min(FEW, given.rounds))
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
