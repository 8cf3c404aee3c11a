"""Commons: rationing, regrowth, the source's metrics, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.commons import month

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved, ResourceClaimed
from tertius.environments.commons import Commons, CommonsSettings
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load


@pytest.mark.parametrize("rationing", ["one_by_one", "proportional"])
def test_the_port_is_kept(rationing: str) -> None:
    report = check_environment(lambda: load("commons", {"rationing": rationing, "collapse": 0}))
    assert report.steps == 24


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Commons()), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(Commons()), num_cycles=30)


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.integers(0, 60), min_size=4, max_size=4), min_size=1, max_size=6
    ),
    st.booleans(),
    st.sampled_from([0, 5, 20]),
    st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_the_kernel_is_its_twin(
    months: list[list[int]], proportional: bool, collapse: int, seed: int
) -> None:
    chosen = CommonsSettings(
        members=4, capacity=60, collapse=collapse,
        rationing="proportional" if proportional else "one_by_one",
    )  # fmt: skip
    world = Commons(chosen)
    world.reset(seed)
    stock = 60
    for number, asked in enumerate(months):
        result = world.step(dict(zip(world.agents, asked, strict=True)))
        got, stock, gone = month(
            asked, stock, capacity=60, collapse=collapse, proportional=proportional,
            key=int(world.keys[0]), number=number,
        )  # fmt: skip
        assert list(result.rewards.values()) == got
        assert (int(world.stock[0]), result.terminated["fisher-1"]) == (stock, gone)
        missed = max(0, 30 - sum(got)) + (30 * (11 - number) if gone else 0)
        assert result.harm["village"] == missed
        if gone:
            break


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = Commons(copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 40, (12, 3, 5))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Commons(first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.total[0] == batch.total[copy]).all()
        assert alone.keys[0] == batch.keys[copy]


def test_units_are_handed_out_by_chance_and_nobody_gets_more_than_it_asked() -> None:
    world = Commons()
    got = []
    for seed in range(30):
        world.reset(seed)
        asked = {**dict.fromkeys(world.agents, 30), "fisher-1": 5}
        got.append(list(world.step(asked).rewards.values()))
    assert {sum(row) for row in got} == {100}
    assert all(row[0] == 5 and max(row) <= 30 for row in got)
    assert len({tuple(row) for row in got}) > 20


def test_the_metrics_are_the_sources() -> None:
    world = Commons()
    world.reset(0)
    world.step({**dict.fromkeys(world.agents, 10), "fisher-5": 30})
    truth = world.step({**dict.fromkeys(world.agents, 4), "fisher-5": 24}).truth
    assert truth["collapsed"] is False and truth["survived"] == 2
    assert truth["gain"] == 110 and truth["efficiency"] == 110 / 600
    assert truth["over_use"] == 2 / 10
    # totals 14, 14, 14, 14, 54: mean absolute difference over twice the mean
    assert truth["equality"] == pytest.approx(1 - (8 * 40 / 25) / (2 * 22))


def test_the_harm_is_what_is_missed_to_the_end() -> None:
    world = Commons()
    world.reset(0)
    assert world.step(dict.fromkeys(world.agents, 20)).harm == {
        **dict.fromkeys(world.seats, 0.0), "village": 550.0,
    }  # fmt: skip


def test_takings_and_stock_are_told_with_their_causes() -> None:
    world = Commons()
    world.reset(0)
    events = world.step(dict.fromkeys(world.agents, 8)).events
    claims = [event for event in events if isinstance(event, ResourceClaimed)]
    assert [(e.agent, e.amount) for e in claims] == [(name, 8) for name in world.seats]
    by_id = {event.id: event for event in events}
    assert all(by_id[e.causes[0].id].agent == e.agent for e in claims)
    (found,) = [event for event in events if isinstance(event, OutcomeObserved)]
    assert (found.about, found.value) == ("lake", 100)


@pytest.mark.parametrize(
    ("place", "who", "what"),
    [("fishery", "fisher-1", "lake"), ("pasture", "shepherd-1", "grass"),
     ("pollution", "factory-1", "river")],
)  # fmt: skip
def test_the_same_rules_go_by_other_names(place: str, who: str, what: str) -> None:
    world = load("commons", {"place": place, "universal": True})
    world.reset(0)
    assert what in world.describe(who) and "more than 10" in world.describe(who)


def test_those_who_see_only_their_own_are_shown_no_more() -> None:
    world = load("commons", {"sees": "own"})
    world.reset(0)
    seen = world.step(dict.fromkeys(world.agents, 3)).observations["fisher-2"]
    assert seen["took"] == 3 and "all_took" not in seen
    assert not world.vectors()[:, :, 3:].any()


@pytest.mark.parametrize(
    "chosen",
    [
        {"members": 0}, {"members": -1}, {"capacity": 0}, {"capacity": 2.5}, {"months": 0},
        {"collapse": 101}, {"collapse": -1}, {"place": "forest"}, {"rationing": "none"},
        {"capacity": float("nan")}, {"mebmers": 3},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("commons", chosen)  # type: ignore[arg-type]
