"""Ten thousand agents and a hundred thousand pairs shown to the whole battery; what it took.

Run as a program of its own, so that its peak of memory is that of the watch alone. Every detector
that bets holds all of them: none is evicted.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tertius.core import events as e
from tertius.core.events import BaseEvent
from tertius.detectors.betting import Betting
from tertius.detectors.coalition import Coalition
from tertius.detectors.table import TABLE, load, shares
from tertius.runtime.detect import Watching

RUNS, TEAM, PEERS = 100, 100, 10
KEYS = 131_072


def crowd() -> Iterator[BaseEvent]:
    """Yield what a hundred teams do: each agent turns twice to each of ten peers, and rates it."""
    number = 0

    def made(kind: type[BaseEvent], run: int, agent: str = "", **fields: object) -> BaseEvent:
        nonlocal number
        number += 1
        return kind(id=f"e{number}", time=10**18 + number, run=f"r{run}", agent=agent,
                    **fields)  # type: ignore[arg-type]  # fmt: skip

    for run in range(RUNS):
        team = [f"a{run * TEAM + each}" for each in range(TEAM)]
        yield made(e.RunStarted, run)
        for agent in team:
            yield made(e.AgentJoined, run, agent)
        for turn in range(2):
            for place, agent in enumerate(team):
                for peer in range(1, PEERS + 1):
                    other = team[(place + peer) % TEAM]
                    item = f"{agent}-{other}-{turn}"
                    yield made(e.HandedOff, run, agent, to=other)
                    if turn == 0 and peer == 1:
                        done = made(e.TaskCompleted, run, other, task=item)
                        yield done
                        yield made(e.MemoryRead, run, agent, store="work", task=item)
                        yield made(e.Accepted, run, agent, subject=done.id, task=item)
                    yield made(e.OutcomeObserved, run, about=item, value=0.5)
                    yield made(e.Rated, run, agent, ratee=other, score=0.5 + peer / 100, item=item)
        yield made(e.RunEnded, run, outcome="completed")


def main() -> None:
    """Show it and print events, seconds, the peak in bytes, and the most keys that one holds."""
    levels = shares(TABLE)
    held = {name: {**level, "most": KEYS} for name, level in levels.items()}
    detectors = [load(name, **held.get(name, {})) for name in TABLE]
    watching = Watching(detectors)
    began, count = time.process_time(), 0
    batch = []
    for event in crowd():
        batch.append((count, event, None))
        count += 1
        if len(batch) == 4096:
            watching.update_many(batch)  # type: ignore[arg-type]  # every kind is in the union
            batch = []
    watching.update_many(batch)  # type: ignore[arg-type]
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    keys = max(len(each.values()) for each in detectors if isinstance(each, Betting | Coalition))
    print(count, took, peak, keys)


if __name__ == "__main__":
    main()
