"""Orchestrated work against closed forms: reliability, redundancy, uniqueness, circles."""

from typing import Any

import pytest

from tertius.environments.table import load
from tertius.players.table import load as player
from tertius.runtime.episode import Episode

Published = Any


JOBS = 600


def play(worker: str = "worker", *, held: dict[str, Any], **chosen: Any) -> list[dict[str, Any]]:
    """Return the truths of all jobs."""
    world = load("orchestrator", {"jobs": JOBS, **chosen}, tells=False)
    seated = {agent: player(f"orchestrator/{worker}") for agent in world.seats}
    seated["orchestrator"] = player("orchestrator/planner", held)
    told: list[dict[str, Any]] = []
    episode = Episode(
        world,
        seated,
        seed=7,
        reveal=lambda step, truth: told.append(truth) if len(truth) > 2 else 0,
    )
    episode.play()
    return told


@pytest.mark.parametrize("skill", [0.6, 0.9])
def test_a_part_is_right_as_often_as_its_worker(skill: float, published: Published) -> None:
    """Unchecked and done once: p of the parts, p^m of the jobs; four standard errors."""
    told = play(held={"check": False}, skill=skill)
    right = sum(6 - truth["wrong"] for truth in told) / (6 * JOBS)
    published(f"parts right at skill {skill}, unchecked", skill, right,
              within=4 * (skill * (1 - skill) / (6 * JOBS)) ** 0.5, source="p")  # fmt: skip
    whole, chance = sum(truth["wrong"] == 0 for truth in told) / JOBS, skill**6
    published(f"whole jobs right at skill {skill}, 6 parts", chance, whole,
              within=4 * (chance * (1 - chance) / JOBS) ** 0.5, source="p^m")  # fmt: skip
    assert all(truth["missing"] == 0 for truth in told)


@pytest.mark.parametrize("copies", [2, 3])
def test_a_part_done_by_several_and_checked_fails_only_if_all_do(
    copies: int, published: Published
) -> None:
    """1 - (1 - p)^r of the parts; four standard errors."""
    told = play(held={"copies": copies}, workers=6, parts=6 // copies, skill=0.6)
    missing = sum(truth["missing"] for truth in told) / (6 // copies * JOBS)
    chance = 0.4**copies
    error = (chance * (1 - chance) / (6 // copies * JOBS)) ** 0.5
    published(f"parts right by one of {copies} workers of skill 0.6, checked", 1 - chance,
              1 - missing, within=4 * error, source="1 - (1 - p)^r")  # fmt: skip
    assert all(truth["double"] == 6 - 6 // copies and truth["wrong"] == 0 for truth in told)


def test_unique_assignment_leaves_no_double_work(published: Published) -> None:
    double = 0
    for truth in play(held={}):
        assert (truth["results"], truth["double"], truth["dropped"]) == (6, 0, 0)
        double += truth["double"]
    published("double work under unique assignment", 0, double, source="by definition")


@pytest.mark.parametrize(("deadline", "loops"), [(7, 0), (8, 6), (10, 18)])
def test_parts_passed_round_a_ring_come_back(
    deadline: int, loops: int, published: Published
) -> None:
    """Six parts, one step round a ring of six in each of deadline - 2 steps of work.

    The sixth pass is the first to reach somebody who had the part, and so is each one after it.
    """
    for truth in play("passer", held={}, deadline=deadline, jobs=5):
        assert truth["passed"] == 6 * (deadline - 2)
        assert truth["loops"] == loops
        assert truth["missing"] == 6
    published(f"loops round a ring of 6 in {deadline - 2} steps", loops, truth["loops"],
              source="parts x (passes - 5)")  # fmt: skip
