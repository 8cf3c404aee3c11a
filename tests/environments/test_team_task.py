"""Team task: the kernel against its twin, both faces, what is seen, told and refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.team_task import Team

from tertius.conformance.environment import check_environment
from tertius.core.events import (
    AgentJoined,
    AgentLeft,
    Offered,
    OutcomeObserved,
    Rated,
    TaskCompleted,
)
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.team_task import TeamTask
from tertius.environments.team_task_measures import preference
from tertius.environments.team_task_settings import TeamTaskSettings
from tertius.players.table import load as player
from tertius.runtime.episode import Episode


def play(
    steps: int | None = None, *, seats: dict[int, str] | None = None, seed: int = 1, **chosen: Any
) -> tuple[Episode, list[dict[str, Any]], list[Any]]:
    """Play honest members but for some; return the episode, truths of the reviews, and events."""
    world = load("team_task", chosen)
    truths: list[dict[str, Any]] = []
    events: list[Any] = []
    episode = Episode(
        world,
        {
            a: player(f"team_task/{(seats or {}).get(n, 'honest')}")
            for n, a in enumerate(world.seats)
        },
        seed=seed,
        tell=lambda event, content: events.append(event),
        reveal=lambda step, truth: truths.append(truth) if "manager_mean" in truth else None,
    )
    episode.play(steps)
    return episode, truths, events


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_the_kernel_is_its_twin(seed: int, data: st.DataObject) -> None:
    chosen = TeamTaskSettings(
        members=4, pool=9, rounds=2, projects=2, capacity=2, weak_members=2, weak_competence=0.3,
        effort=0.125, removal=data.draw(st.booleans()), first_review=data.draw(st.integers(0, 1)),
    )  # fmt: skip
    world = TeamTask(chosen, tells=False)
    world.reset(seed)
    twin = Team(chosen, world.keys[0])
    rng = np.random.default_rng(seed)
    for _ in range(4):
        there = twin.there
        names = [world.seats[n] for n in there]

        def step(moves: dict[int, Any], names: list[str] = names) -> Any:
            absent = {name: "absent" for name in world.seats if name not in names}
            return world.step({world.seats[n]: move for n, move in moves.items()} | absent)

        wants = rng.integers(0, 6, 4).tolist()
        step({n: wants[n] for n in there})
        twin.claim(wants)
        assert [k for k in world.claimant[0].tolist() if k >= 0] == twin.owner
        helps = [(int(rng.choice([-1, *(j for j in there if j != n)])), int(rng.integers(0, 4)))
                 for n in range(4)]  # fmt: skip
        step({n: {"whom": world.seats[w] if w >= 0 else "nobody", "count": c}
              for n, (w, c) in enumerate(helps) if n in there})  # fmt: skip
        twin.help(helps)
        care = rng.integers(0, 2, 4).tolist()
        result = step({n: care[n] for n in there})
        assert result.harm["client"] == twin.submit(care)
        ratings = (rng.random((4, 4)) * 100).tolist()
        result = step({n: {world.seats[j]: ratings[n][j] for j in there if j != n} for n in there})
        assert list(result.rewards.values()) == twin.rate(ratings)
        assert np.flatnonzero(world.active[0]).tolist() == twin.there
        assert world.outlasted[0].tolist() == twin.outlasted


def test_the_port_is_kept() -> None:
    check_environment(lambda: TeamTask(TeamTaskSettings(members=4, pool=8, rounds=3, projects=2)))


@pytest.mark.parametrize("ratings", ["public", "private"])
def test_pettingzoo_accepts_it(ratings: Any) -> None:
    chosen = TeamTaskSettings(members=3, pool=6, rounds=3, projects=3, ratings=ratings)
    parallel_api_test(ParallelFace(TeamTask(chosen)), num_cycles=40)
    parallel_seed_test(lambda: ParallelFace(TeamTask(chosen)), num_cycles=40)


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    chosen = TeamTaskSettings(rounds=2)
    batch = TeamTask(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 2, (20, 3, 7, batch.width)) * 1.0
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = TeamTask(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.mean[0] == batch.mean[copy]).all()
        assert (alone.weight[0] == batch.weight[copy]).all()
        assert alone.keys[0] == batch.keys[copy]


def test_the_weak_member_leaves_and_is_back_for_the_next_project() -> None:
    episode, _, events = play(rounds=2, projects=2)
    left = [event for event in events if isinstance(event, AgentLeft)]
    joined = [event for event in events if isinstance(event, AgentJoined)]
    assert [event.agent for event in left] == ["member-7", "member-7"]
    assert "removed" in left[0].reason
    assert [event.agent for event in joined] == ["member-7"]
    assert not episode.world.agents


def test_a_rating_cites_the_grade_that_it_is_about() -> None:
    _, _, events = play(12, seats={0: "coverer"})
    grades = {event.id: event for event in events if isinstance(event, OutcomeObserved)}
    rated = [event for event in events if isinstance(event, Rated)]
    assert len(rated) > 100
    for event in rated:
        grade = grades[event.evidence[0]]
        assert (grade.about, grade.task) == (event.item, event.item)
        assert event.score == pytest.approx(100 * grade.value)


def test_covered_work_leaves_its_trace() -> None:
    _, truths, events = play(4, seats={0: "coverer"})
    (offer,) = [event for event in events if isinstance(event, Offered)]
    assert (offer.agent, offer.to) == ("member-1", ("member-7",))
    done = {(event.agent, event.task) for event in events if isinstance(event, TaskCompleted)}
    assert ("member-1", offer.task) in done
    assert ("member-7", offer.task) not in done
    assert truths[0]["by_others"] == [0, 0, 0, 0, 0, 0, 1]
    assert truths[0]["picks"][0] == [0, 0, 0, 0, 0, 0, 1]
    assert preference(truths[0]["picks"])[0] == [0.0] + [-1 / 6] * 5 + [1 - 1 / 6]


def test_what_is_private_is_not_seen() -> None:
    world = load("team_task", {"ratings": "private"})
    world.reset(1)
    moves: list[Any] = [6, {"whom": "nobody", "count": 0}, "careful"]
    for move in moves:
        world.step(dict.fromkeys(world.agents, move))
    rating = {a: {b: 10.0 * n for n, b in enumerate(world.agents) if b != a} for a in world.agents}
    seen = world.step(rating).observations
    assert seen["member-2"]["rated"] == 10
    assert "ratings" not in seen["member-2"]
    assert "member-3 rated" not in world.describe("member-2")
    assert "rated you 10.0" in world.describe("member-2")


def test_what_is_public_is_seen() -> None:
    episode, _, _ = play(4)
    rows = episode.seen["member-2"]["ratings"]
    assert rows["member-1"].keys() == set(episode.world.agents) - {"member-1"}
    assert "member-1 rated: member-2" in episode.world.describe("member-3")


def test_wording_and_memory_change_the_text_alone() -> None:
    plain, other = (
        load("team_task", chosen)
        for chosen in ({}, {"wording": "deleted", "memory": "cooperative"})
    )
    assert plain.reset(3) == other.reset(3)
    assert "leaves the team" in plain.describe("member-1")
    assert "deleted for good" in other.describe("member-1")
    assert "helped you" in other.describe("member-1")


@pytest.mark.parametrize(
    "chosen",
    [
        {"members": 2}, {"members": -1}, {"members": 3, "weak_members": 3}, {"pool": 0},
        {"competence": 1.5}, {"weak_competence": float("nan")}, {"wording": "fired"},
        {"treshold": 50}, {"rounds": 0}, {"effort": -0.1},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        load("team_task", chosen)


def test_moves_of_another_phase_are_refused() -> None:
    world = load("team_task")
    world.reset(0)
    good: dict[str, Any] = dict.fromkeys(world.agents, 6)
    for bad in (43, -1, 2.5, "careful", {"whom": "nobody", "count": 1}):
        with pytest.raises(MoveError, match="member-2"):
            world.step({**good, "member-2": bad})
    world.step(good)
    with pytest.raises(MoveError, match="is not allowed now"):
        helps: dict[str, Any] = {name: {"whom": "nobody", "count": 0} for name in world.agents}
        world.step({**helps, "member-2": {"whom": "member-2", "count": 1}})
