"""Orchestrators and workers: expected moves in plain sight."""

from collections import Counter
from typing import Any

import pytest

from tertius.players import orchestrator
from tertius.stats.draws import Stream, root

DRAWS = Stream(root(1), player=0, step=0)
WORKERS = ["w1", "w2", "w3", "w4"]


def seen(phase: str, job: int = 0, parts: int = 4, **more: Any) -> dict[str, Any]:
    return {
        "phase": phase, "job": job, "workers": WORKERS,
        "parts": [f"p{n}" for n in range(1, parts + 1)], **more,
    }  # fmt: skip


@pytest.mark.parametrize("job", range(4))
@pytest.mark.parametrize(("copies", "parts"), [(1, 4), (2, 2), (1, 3)])
def test_a_planner_gives_each_part_to_its_own_workers(job: int, copies: int, parts: int) -> None:
    given = orchestrator.Planner(copies=copies).act(seen("split", job, parts), DRAWS)
    assert isinstance(given, dict)
    counted = Counter(given.values())
    counted.pop("none", None)
    assert set(counted.values()) == {copies}
    assert len(counted) == parts


def test_a_planner_checks_unless_it_is_told_not_to() -> None:
    assert orchestrator.Planner().act(seen("merge"), DRAWS) == "check"
    assert orchestrator.Planner(check=False).act(seen("merge"), DRAWS) == "merge"
    assert orchestrator.Planner().act(seen("work"), DRAWS) == "wait"


def test_a_scatterer_gives_a_part_twice_and_another_to_nobody() -> None:
    given = [
        orchestrator.Scatterer().act(seen("split"), Stream(root(seed), player=0, step=0))
        for seed in range(20)
    ]
    assert any(len(set(one.values())) < 4 for one in given if isinstance(one, dict))


def test_workers_do_pass_or_drop_what_they_hold() -> None:
    busy, free = seen("work", hand=["p1"], had=["p1"]), seen("work", hand=[], had=[])
    for player, move in (
        (orchestrator.Worker(), "do"),
        (orchestrator.Passer(), "pass-w1"),
        (orchestrator.Dropper(share=1.0), "drop"),
        (orchestrator.Dropper(share=0.0), "do"),
    ):
        player.sit("w4", {})
        assert player.act(busy, DRAWS) == move
        assert player.act(free, DRAWS) == "wait"
