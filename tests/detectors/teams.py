"""Teams for the tests of detectors that watch pairs: who rates whom, and who does whose work."""

from random import Random
from typing import Any

from tests.detectors.record import Record

from tertius.core import events as e

TEAM = ("ann", "bob", "cy", "dee")
WORKERS = TEAM[:3]


def rated(
    rounds: int, bonus: dict[tuple[str, str], float], *, seed: int = 1, noise: float = 0.03,
    late: bool = False, run: str = "r1", **gave: Any,
) -> Record:  # fmt: skip
    """Everybody's work is worth about the same, and everybody rates everybody."""
    record, draw = Record(run, *TEAM), Random(seed)
    for number in range(rounds):
        worth = {name: 0.6 + 0.02 * draw.random() for name in TEAM}
        items = {name: f"work-{number}/{name}" for name in TEAM}
        for name in () if late else TEAM:
            record.add(e.OutcomeObserved, about=items[name], value=worth[name])
        for rater in TEAM:
            for ratee in TEAM:
                if rater != ratee:
                    score = worth[ratee] + draw.gauss(0, noise) + bonus.get((rater, ratee), 0)
                    score = 100 * min(1.0, max(0.0, score))
                    record.add(e.Rated, rater, ratee=ratee, score=score, high=100,
                               item=items[ratee], **gave)  # fmt: skip
        for name in TEAM if late else ():
            record.add(e.OutcomeObserved, about=items[name], value=worth[name])
    record.end()
    return record


def worked(tasks: int, helped: float, *, declared: bool = False, ok: bool | None = True) -> Record:
    """Record tasks of all; ann does the share `helped` of bob's, evenly spread."""
    record, due = Record("r1", *WORKERS), 0.0
    for number in range(tasks):
        for name in WORKERS:
            record.add(e.TaskAssigned, "boss", task=f"{name}-{number}", to=name)
        due += helped
        for name in WORKERS:
            task, worker = f"{name}-{number}", name
            if name == "bob" and due >= 1:
                due, worker = due - 1, "ann"
                if declared:
                    record.add(e.HandedOff, "bob", to="ann", task=task)
            record.add(e.TaskCompleted, worker, task=task, ok=ok)
            record.add(e.OutcomeObserved, about=task, value=0.2 if name == "bob" else 0.9)
    record.end()
    return record
