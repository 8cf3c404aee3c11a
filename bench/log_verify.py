"""Measure the verifier: a log of events with contents, written by the writer, checked in full."""

import resource
import shutil
import statistics
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import harness
from message import message
from tertius.core.events import MessageSent
from tertius.core.kinds import encode
from tertius.log.notekey import SigningKey
from tertius.log.verify import verify
from tertius.log.verify_chunk import split_bundle
from tertius.log.verify_files import Folder, TileFile
from tertius.log.verify_frames import SPAN, FrameReader
from tertius.log.verify_report import Report
from tertius.log.verify_scan import Scan
from tertius.log.verify_tree import HASH, TILE
from tertius.log.writer import Writer

BATCH = 4096
CONTENT = 64  # bytes of one content
KEY = SigningKey("tertius/bench", bytes(range(32)))


def write(folder: Path, count: int) -> float:
    """Write `count` events of about 455 bytes, each with content; return their mean size."""
    size = 0
    with Writer(folder, key=KEY, clock=lambda: 0, checked=False, checkpoint_every=None) as log:
        for start in range(0, count, BATCH):
            batch = []
            for i in range(start, min(count, start + BATCH)):
                sealed = log.seal(b"%064d" % i)
                batch.append((event(i, sealed.digest), sealed))
            size += sum(len(encode(made)) for made, _ in batch[:16]) * len(batch) // 16
            log.extend(batch)
    return size / count


def event(number: int, digest: str) -> MessageSent:
    """Make one message with a content; every tenth rests on one far back."""
    far = number - 7 if number % 10 else number * 7919 % (number - 3)
    return message(number, far=far, content=digest)


def timed(folder: Path, processes: int) -> tuple[float, float, Report]:
    """Verify once; return seconds, seconds of processor time in the workers, and the report."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    report = verify(folder, now=0, keys=[KEY.verifier.vkey], processes=processes)
    spent = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, worked, report


def steps(folder: Path) -> dict[str, float]:
    """Return microseconds for each event in the steps of one chunk, the best of five."""
    best: dict[str, float] = {}
    for _ in range(5):
        for step, seconds in one_chunk(folder).items():
            best[step] = min(best.get(step, seconds), seconds)
    return {f"us_{step}": seconds / SPAN * 1e6 for step, seconds in best.items()}


def one_chunk(folder: Path) -> dict[str, float]:
    """Go through the first chunk as the verifier does, with a clock between the steps."""
    spent: dict[str, float] = {}
    last = time.perf_counter()

    def tick(step: str) -> None:
        nonlocal last
        now = time.perf_counter()
        spent[step] = spent.get(step, 0.0) + now - last
        last = now

    scan = Scan(0)
    with Folder(folder) as root, (folder / "payload/00000000").open("rb") as payload:
        frames = FrameReader(payload.read)
        for index in range(SPAN // TILE):
            data = root.read(TileFile(-1, index).path, 2**24)
            root.read(TileFile(0, index).path, TILE * HASH)
            tick("read_files")
            entries = split_bundle(data, TILE) or []
            tick("split_bundles")
            row = b"".join([sha256(b"\0" + entry).digest() for entry in entries])
            tick("hash_leaves")
            scan.add_row(row, TILE)
            tick("hash_nodes")
            named = scan.take(index * TILE, entries)
            tick("decode_encode_link")
            scan.match(frames.take((index + 1) * TILE), named)
            tick("hash_contents")
        scan.finish()
        tick("sort_ids")
    return spent


def main() -> None:
    """Print the figures."""
    parser = harness.arguments("Speed of full verification.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tertius-bench-"))
    try:
        harness.progress(f"writing {options.events:,} events")
        size = write(folder / "log", options.events)
        seconds: dict[int, list[float]] = {1: [], 2: []}
        busy: list[float] = []
        for number in range(options.rounds):
            for processes, taken in seconds.items():
                if processes == 1 and number > 1:
                    continue
                harness.progress(f"verifying with {processes}, round {number + 1}")
                spent, worked, report = timed(folder / "log", processes)
                assert report.exit_code == 0 and report.logs[0].contents == options.events
                taken.append(spent)
                if processes == 2:
                    busy.append(worked / options.events * 1e6)
        harness.progress("timing the steps of one chunk")
        profile = steps(folder / "log") if options.events > SPAN else {}
        rates = sorted(options.events / spent for spent in seconds[2])
        harness.emit(
            "log_verify",
            {
                "events_per_second_two_processes": harness.figure(
                    statistics.median(rates),
                    ">=",
                    500_000,
                    n=options.events,
                    interval=(rates[0], rates[-1]),
                )
            },
            {
                "events_per_second_one_process": options.events / min(seconds[1]),
                "worker_cpu_us_per_event": min(busy),
                **profile,
                "mean_event_bytes": size,
                "content_bytes": CONTENT,
                "parent_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "worker_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
                "rounds": options.rounds,
            },
            options.json,
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
