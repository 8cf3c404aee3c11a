"""Lineage over one million events: build the index, close over causes, start cold.

The graph is made up, from a seed, but shaped like a record: 48 runs at a time, each of 3 to 8
agents and on average 1,000 events. An event goes on from its own agent's last event or, as often,
from another agent's in the same run. One in four also rests on something said a little earlier in
the run, one in twenty-five on shared memory written within the last 20,000 events by any run, and
one in 400 gathers 5 to 20 results. Half of all runs are handed off from an earlier one. Queries
are events drawn evenly from the whole record; nothing is asked twice.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from harness import arguments, emit, figure, progress
from tertius.graphs.lineage import Lineage
from tertius.graphs.lineage_build import LineageBuilder, Link
from tertius.graphs.lineage_file import Source

SEED = 20260801
QUERIES = 200
BUILDS = 3
COLD_STARTS = 7
SOURCE = (Source(origin="bench.example/lineage", size=0, root="00" * 32),)
COLD = (
    "import sys; from pathlib import Path; from tertius.graphs.lineage import Lineage; "
    "print(len(Lineage.open(Path(sys.argv[1])).ancestors(sys.argv[2])))"
)

Event = tuple[str, list[Link]]


class Run:
    """One run in the making: the events of its agents so far."""

    def __init__(self, rng: random.Random, number: int, parent: str | None) -> None:
        self.name = f"run-{number:05d}"
        self.agents = rng.randint(3, 8)
        self.left = 1 + int(rng.expovariate(1 / 1000))
        self.events: list[str] = []
        self.last: dict[int, str] = {}
        self.parent = parent

    def step(self, rng: random.Random, shared: list[str], number: int) -> Event:
        agent = rng.randrange(self.agents)
        event = f"{self.name}:agent-{agent}:{number:07d}"
        chosen = {self.opening(rng, agent)} if self.events else {self.parent}
        if self.events and rng.random() < 0.245:
            chosen.add(rng.choice(self.events[-20:]))
        if shared and rng.random() < 0.04:
            chosen.add(rng.choice(shared))
        if rng.random() < 0.0025:
            chosen.update(rng.sample(self.events, min(len(self.events), rng.randint(5, 20))))
        chosen.discard(None)
        self.events.append(event)
        self.last[agent] = event
        self.left -= 1
        return event, [link(rng, cause) for cause in sorted(filter(None, chosen))]

    def opening(self, rng: random.Random, agent: int) -> str:
        if agent in self.last and rng.random() < 0.5:
            return self.last[agent]
        return rng.choice(sorted(self.last.values()))


def link(rng: random.Random, cause: str) -> Link:
    share = rng.random()
    if share < 0.60:
        return cause, "observed", None
    return (cause, "declared", None) if share < 0.97 else (cause, "inferred", round(share, 3))


def record(size: int) -> Iterator[Event]:
    rng = random.Random(SEED)
    runs = [Run(rng, number, None) for number in range(48)]
    made = len(runs)
    shared: list[str] = []
    window: list[str] = []
    for number in range(size):
        at = rng.randrange(len(runs))
        if runs[at].left == 0:
            runs[at] = Run(rng, made, rng.choice(window) if rng.random() < 0.5 else None)
            made += 1
        event = runs[at].step(rng, shared, number)
        window.append(event[0])
        if len(window) > 20_000:
            shared = rng.sample(window, 2_000)
            del window[:10_000]
        yield event


def chain(size: int) -> Iterator[Event]:
    for number in range(size):
        yield f"e{number:07d}", [(f"e{number - 1:07d}", "observed", None)] if number else []


def braid(size: int) -> Iterator[Event]:
    """Every event rests on two of the last three."""
    rng = random.Random(SEED)
    for number in range(size):
        near = {number - 1, number - 1 - rng.randrange(1, 3)}
        yield f"e{number:07d}", [(f"e{at:07d}", "observed", None) for at in near if at >= 0]


def ladder(size: int) -> Iterator[Event]:
    """A chain beside a longer decoy chain, whose every step leaves a spine: made to be slow."""
    for number in range(size):
        causes = [number - 1, number - 3] if number % 3 == 2 else [number - 1 - (number % 3 == 0)]
        yield f"e{number:07d}", [(f"e{at:07d}", "observed", None) for at in causes if at >= 0]


def backwards(size: int) -> Iterator[Event]:
    """Every cause recorded after its effect: no spine can be laid."""
    for number in range(size):
        yield f"e{number:07d}", [(f"e{number + 1:07d}", "observed", None)]


def star(size: int) -> Iterator[Event]:
    """Half the events have no cause; one rests on all of them, and the rest on that one."""
    half = size // 2
    for number in range(size):
        causes = range(half) if number == half else [half] if number > half else []
        yield f"e{number:07d}", [(f"e{at:07d}", "observed", None) for at in causes]


def timed_build(events: list[Event], folder: Path) -> tuple[float, float]:
    """Return the seconds, by the clock and of processor time, from events to a saved index."""
    begun, spent = time.perf_counter(), time.process_time()
    builder = LineageBuilder()
    for first in range(0, len(events), 10_000):
        builder.add_batch(events[first : first + 10_000])
    Lineage(*builder.finish()).save(folder, sources=SOURCE)
    return time.perf_counter() - begun, time.process_time() - spent


def timed(lineage: Lineage, event: str, *, down: bool = False) -> tuple[float, int]:
    begun = time.perf_counter()
    reached = lineage.descendants(event) if down else lineage.ancestors(event)
    return (time.perf_counter() - begun) * 1000, len(reached)


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))


def interval(values: list[float], share: float) -> tuple[float, float]:
    """Order-statistics interval of a percentile, about 95 %."""
    ordered, n = sorted(values), len(values)
    spread = 1.96 * (n * share / 100 * (1 - share / 100)) ** 0.5
    low, high = int(n * share / 100 - spread), int(n * share / 100 + spread) + 1
    return ordered[max(0, low)], ordered[min(n - 1, high)]


def cold(folder: Path, event: str) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", COLD, str(folder), event], check=True, capture_output=True
    )
    return time.perf_counter() - begun


def worst_cases(size: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, make in {
        "chain": chain, "braid": braid, "ladder": ladder, "star": star, "backwards": backwards,
    }.items():  # fmt: skip
        progress(f"worst case: {name}")
        lineage = Lineage.of(make(size))
        effect, cause = f"e{size - 1:07d}", "e0000000"
        if name == "backwards":
            effect, cause = cause, effect
        for side, event, down in (("ancestors", effect, False), ("descendants", cause, True)):
            lineage.ancestors(effect), lineage.descendants(cause)
            took, reached = timed(lineage, event, down=down)
            found[f"{name}, {size:,} events: {side}"] = f"{took:.1f} ms for {reached:,} reached"
    return found


def main() -> None:
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=1_000_000, help="size of the record")
    options = parser.parse_args()
    progress("making the record")
    events = list(record(options.events))
    causes = sum(len(links) for _, links in events)
    rng = random.Random(SEED + 1)
    asked = [event for event, _ in rng.sample(events, QUERIES)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "index" / "lineage"
        progress("building the index")
        built, cpu = zip(*(timed_build(events, folder) for _ in range(BUILDS)), strict=True)
        size_on_disk = sum(path.stat().st_size for path in folder.iterdir())
        lineage = Lineage.open(folder)
        del events
        lineage.ancestors(asked[0]), lineage.descendants(asked[0])
        progress("asking")
        up = [timed(lineage, event) for event in asked]
        down = [timed(lineage, event, down=True) for event in asked]
        large = sorted(zip(up, asked, strict=True), key=lambda pair: pair[0][1])[QUERIES // 2 :]
        depths = [_hops(lineage, event) for _, event in large[:: len(large) // 10]]
        progress("starting cold")
        starts = [cold(folder, event) for event in asked[:COLD_STARTS]]
    times, sizes = [took for took, _ in up], [float(count) for _, count in up]
    rate, worst, best = (
        options.events / took for took in (statistics.median(built), max(built), min(built))
    )
    emit(
        "lineage",
        {
            "closure_p95_ms": figure(
                percentile(times, 95), "<=", 50.0, n=QUERIES, interval=interval(times, 95)
            ),
            "closure_median_ancestors": figure(statistics.median(sizes), ">=", 100_000, n=QUERIES),
            "cold_trace_s": figure(max(starts), "<=", 1.0, n=len(starts)),
            "build_events_per_s": figure(rate, ">=", 200_000, n=BUILDS, interval=(worst, best)),
        },
        {
            "events": options.events,
            "causes": causes,
            "seed": SEED,
            "ancestors min / p5 / p95 / max": " / ".join(
                f"{percentile(sizes, share):,.0f}" for share in (0, 5, 95, 100)
            ),
            "closure_p50_ms": percentile(times, 50),
            "closure_max_ms": max(times),
            "levels of ten closures above the median": ", ".join(map(str, depths)),
            "blast_radius_p95_ms": percentile([took for took, _ in down], 95),
            "blast radius, median": statistics.median(count for _, count in down),
            "build_s, each": ", ".join(f"{took:.2f}" for took in built),
            "build, events per second of processor time": options.events / statistics.median(cpu),
            "index_bytes_per_event": size_on_disk / options.events,
            "cold_trace_median_s": statistics.median(starts),
            **worst_cases(options.events // 15 * 3),
        },
        options.json,
    )


def _hops(lineage: Lineage, event: str) -> int:
    """Return how deep the closure is: the largest of the least numbers of causes."""
    hops = lineage.ancestors(event, depth=10**9).hops
    return int(hops.max()) if hops is not None and len(hops) else 0


if __name__ == "__main__":
    main()
