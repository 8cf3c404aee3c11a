"""Orchestrator: the kernel against its twin, both faces, what is told and refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.orchestrator import Jobs

from tertius.conformance.environment import check_environment
from tertius.core.events import (
    Accepted,
    Flagged,
    HandedOff,
    OutcomeObserved,
    TaskAssigned,
    TaskCompleted,
    Verified,
)
from tertius.environments.moves import MoveError
from tertius.environments.orchestrator import Orchestrator, OrchestratorSettings
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.players.table import load as player
from tertius.runtime.episode import Episode

SMALL = OrchestratorSettings(workers=4, parts=3, jobs=3, deadline=6, skill=0.5, effort=0.125)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_kernel_is_its_twin(seed: int) -> None:
    world = Orchestrator(SMALL, tells=False)
    world.reset(seed)
    twin = Jobs(SMALL, world.keys[0])
    rng = np.random.default_rng(seed)
    idle: dict[str, Any] = dict.fromkeys(world.workers, "wait")
    for _ in range(SMALL.jobs):
        given_ = rng.integers(0, 4, 4).tolist()
        twin.split(given_)
        parts = ("none", *world.names)
        split = {name: parts[part] for name, part in zip(world.workers, given_, strict=True)}
        world.step({**idle, "orchestrator": split})
        for _ in range(SMALL.deadline - 2):
            assert [sorted(set(hand)) for hand in twin.hands] == [
                np.flatnonzero(world.hand[0, :, worker]).tolist() for worker in range(4)
            ]
            moves: list[str | int] = []
            for worker in range(4):
                others = [n for n in range(4) if n != worker]
                options = ["wait", "do", "drop", *others, *others]
                moves.append(options[rng.integers(len(options))] if twin.hands[worker] else "wait")
            named = {
                name: f"pass-{world.workers[move]}" if isinstance(move, int) else move
                for name, move in zip(world.workers, moves, strict=True)
            }
            result = world.step({"orchestrator": "wait", **named})
            assert list(result.rewards.values()) == twin.work(moves)
        check = bool(rng.integers(2))
        result = world.step({**idle, "orchestrator": "check" if check else "merge"})
        pay, lost = twin.merge(check)
        assert list(result.rewards.values()) == pay
        assert result.harm["users"] == lost
        assert {name: result.truth[name] for name in twin.counts} == twin.counts


def test_the_port_is_kept() -> None:
    check_environment(lambda: Orchestrator(SMALL))


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Orchestrator(SMALL)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Orchestrator(SMALL)), num_cycles=30)


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = Orchestrator(SMALL, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 2, (40, 3, 5, batch.width)) * 1.0
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Orchestrator(SMALL, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.first[0] == batch.first[copy]).all()
        assert alone.keys[0] == batch.keys[copy]


def events(workers: str, planner: str = "planner", **held: Any) -> list[Any]:
    world = load("orchestrator", {"jobs": 3})
    heard: list[Any] = []
    seated = {agent: player(f"orchestrator/{workers}") for agent in world.seats}
    seated["orchestrator"] = player(f"orchestrator/{planner}", held)
    Episode(world, seated, seed=1, tell=lambda event, content: heard.append(event)).play()
    return heard


def test_what_is_verified_is_the_result_that_is_meant() -> None:
    heard = events("worker")
    results = {event.id: event for event in heard if isinstance(event, TaskCompleted)}
    verified = [event for event in heard if isinstance(event, Verified)]
    assert len(verified) == 18
    assert {event.result for event in verified} == {"confirmed", "contradicted"}
    for event in verified:
        assert results[event.subject].task == event.task
    merged = [event for event in results.values() if event.agent == "orchestrator"]
    assert all(cause.id in results for event in merged for cause in event.causes)


def test_an_unchecked_merge_verifies_nothing() -> None:
    heard = events("worker", check=False)
    assert not [e for e in heard if isinstance(e, Verified)]
    completed = {e.id for e in heard if isinstance(e, TaskCompleted)}
    accepted = [e for e in heard if isinstance(e, Accepted)]
    assert len(accepted) == 18
    assert all(e.subject in completed for e in accepted)


def test_what_is_not_all_right_must_be_reported_and_a_check_does() -> None:
    """A check finds what is wrong, and says so; who merges unseen has nothing to say."""

    def told(check: bool) -> tuple[set[str], set[str]]:
        heard = events("worker", check=check)
        cases = {e.about for e in heard if isinstance(e, OutcomeObserved)}
        flagged = {f"case/{e.task}" for e in heard if isinstance(e, Flagged)}
        return {about for about in cases if about.startswith("case/")}, flagged

    cases, flagged = told(check=True)
    assert cases == flagged
    assert cases
    assert told(check=False) == (cases, set())


def test_what_is_passed_on_can_be_followed() -> None:
    """Five times round is not back yet: three passes, then the deadline."""
    heard = events("passer")
    assigned = {e.task: e.to for e in heard if isinstance(e, TaskAssigned)}
    assert len(assigned) == 18
    for task, holder in assigned.items():
        for event in heard:
            if isinstance(event, HandedOff) and event.task == task:
                assert event.agent == holder
                holder = event.to
    assert {e.value for e in heard if isinstance(e, OutcomeObserved)} == {
        0, "open", "must-escalate"
    }  # fmt: skip


def test_words_say_what_to_do() -> None:
    world = load("orchestrator")
    world.reset(1)
    assert "Give each worker a part" in world.describe("orchestrator")
    assert "wait" in world.describe("worker-1")
    idle: dict[str, Any] = dict.fromkeys(world.seats[1:], "wait")
    world.step({**idle, "orchestrator": dict.fromkeys(world.seats[1:], "part-2")})
    assert "In your hands: part-2" in world.describe("worker-6")


@pytest.mark.parametrize(
    "chosen",
    [
        {"workers": 1}, {"workers": 17}, {"parts": 0}, {"deadline": 2}, {"skill": float("nan")},
        {"wrong_cost": -1}, {"worker": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        load("orchestrator", chosen)


def test_moves_that_are_not_theirs_are_refused() -> None:
    world = load("orchestrator")
    world.reset(0)
    idle: dict[str, Any] = dict.fromkeys(world.seats[1:], "wait")
    split = {**dict.fromkeys(world.seats[1:], "none"), "worker-1": "part-1"}
    with pytest.raises(MoveError, match="not allowed now"):
        world.step({**idle, "orchestrator": split, "worker-2": "do"})
    world.step({**idle, "orchestrator": split})
    for bad in ("pass-worker-1", "pass-worker-9", "merge"):
        with pytest.raises(MoveError, match="worker-1"):
            world.step({**idle, "orchestrator": "wait", "worker-1": bad})
