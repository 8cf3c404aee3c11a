"""A watch beside a log that another process writes; prints how far it lay behind.

``python following.py write LOG RATE SECONDS`` writes the mixed stream at so many events a second
and prints when each batch was accepted. ``python following.py watch LOG COUNT`` follows it with the
whole battery until so many events are read, and prints when it had read how many.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec

from tertius.core.kinds import Event
from tertius.log.content import Sealed
from tertius.log.notekey import SigningKey
from tertius.log.writer import Writer
from tertius.runtime.detect import battery
from tertius.runtime.watch import Watch
from watch.mixed import mixed

KEY = SigningKey("tertius/bench", bytes(32))
TICK = 0.01  # seconds between two batches of the writer
EVERY = 0.05  # seconds between two looks


def write(log: Path, rate: int, seconds: float) -> None:
    """Write the stream, evenly, and print ``time position`` for each batch."""
    stream = mixed()[: int(rate * seconds)]
    each, lines = int(rate * TICK), []
    with Writer(log, key=KEY) as writer:
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.time()
        for number, start in enumerate(range(0, len(stream), each)):
            time.sleep(max(0.0, began + number * TICK - time.time()))
            pairs: list[tuple[Event, Sealed | None]] = []
            for _, event, content in stream[start : start + each]:
                sealed = None if content is None else writer.seal(content)
                if sealed is not None:
                    event = msgspec.structs.replace(event, content=sealed.digest)
                pairs.append((event, sealed))
            last = writer.extend(pairs)[-1]
            lines.append(f"{time.time()} {last + 1}")
    print("\n".join(lines))


def watch(log: Path, count: int, until: float) -> None:
    """Follow and print ``time position`` for each look, and then how many findings were said."""
    lines = []
    with Watch(log, battery()) as watching:
        print("ready", flush=True)
        while watching.position < count and time.time() < until:
            before = watching.position
            watching.look()
            lines.append(f"{time.time()} {watching.position}")
            if watching.position - before < 100:
                time.sleep(EVERY)
        print("\n".join(lines))
        print(f"findings {len(watching.told)}")


def main() -> None:
    """Do what is asked."""
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    else:
        watch(Path(sys.argv[2]), int(sys.argv[3]), time.time() + float(sys.argv[4]))


if __name__ == "__main__":
    main()
