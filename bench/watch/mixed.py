"""A mixed stream: every study's honest and failing runs at once, one step of each in turn."""

from __future__ import annotations

from collections.abc import Iterator

from tertius.core.kinds import Event
from tertius.runtime.detect import Shown
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import TABLE, load

MOST = 12_000  # events of one run, so that no world outweighs the others


def mixed(seed: int = 1, most: int = MOST) -> list[Shown]:
    """Return the stream; each event has an id of its own."""
    waiting: list[Iterator[list[tuple[Event, bytes | None]]]] = [
        played(name, kind, seed, most) for name in TABLE for kind in ("honest", "failing")
    ]
    shown: list[Shown] = []
    while waiting:
        for each in tuple(waiting):
            told = next(each, None)
            if told is None:
                waiting.remove(each)
            else:
                shown += [(len(shown) + n, *pair) for n, pair in enumerate(told)]
    return shown


def played(
    name: str, kind: str, seed: int, most: int
) -> Iterator[list[tuple[Event, bytes | None]]]:
    """Play one run and yield the events of each step."""
    study = load(name)
    populations = [one for one in study.populations if one.kind == kind]
    if not populations:
        return
    scenario, run = study.scenario(populations[0].name), f"{name}-{kind}"
    told: list[tuple[Event, bytes | None]] = []
    episode = stage(
        scenario,
        world_of(scenario, run=run),
        seed=seed,
        tell=lambda event, content: told.append((event, content)),
    )
    episode.begin(run, 0)
    count = step = 0
    while episode.world.agents and step < study.steps and count < most:
        episode.step()
        step += 1
        count += len(told)
        yield told.copy()
        told.clear()
    episode.end(run, 0)
    yield told.copy()
