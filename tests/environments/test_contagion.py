"""Contagion: what spreads, what stops it, where it came from, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.contagion import Village, settled

from tertius.conformance.environment import check_environment
from tertius.core.events import AgentLeft, Flagged, MemoryWritten, MessageSent
from tertius.core.kinds import Event
from tertius.environments.contagion import Contagion, ContagionSettings
from tertius.environments.moves import MoveError
from tertius.environments.networks import NetworkError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load

MOVES = ("hold", "pass_on", "check", "plant")


def small(**chosen: object) -> Contagion:
    return Contagion(settled({"beta": 0.5, "steps": 12, **chosen}))


@pytest.mark.parametrize("arm", ["leave", "purge", "restart"])
def test_the_port_is_kept(arm: str) -> None:
    report = check_environment(lambda: small(memories=3, retrieved=2, removed=4, arm=arm))
    assert report.steps == 24


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(small(removed=5)), num_cycles=30)
    parallel_seed_test(lambda: ParallelFace(small()), num_cycles=30)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(MOVES), min_size=5, max_size=5), min_size=1, max_size=8),
    st.sampled_from(["complete", "ring", "star", "chain", "erdos_renyi", "barabasi_albert"]),
    st.sampled_from([(1, 1), (3, 1), (3, 2), (2, 2)]),
    st.sampled_from(["leave", "purge", "restart"]),
    st.integers(0, 2**64 - 1),
)
def test_the_kernel_is_its_twin(
    rows: list[list[str]], graph: str, notes: tuple[int, int], arm: str, seed: int
) -> None:
    world = small(
        graph=graph, memories=notes[0], retrieved=notes[1], beta=0.6, finds=0.7, removed=4, arm=arm,
        attacker=2,
    )  # fmt: skip
    world.reset(seed)
    twin = Village(
        world.settings, [world.network.neighbours(n) for n in range(5)], world.notes[0].tolist(),
        int(world.keys[0]), unchecked=[0] * 5,
    )  # fmt: skip
    for number, row in enumerate(rows):
        for seat in range(5):
            if number >= 4 and seat == 1:
                row[seat] = "hold"
            elif seat != 1 and row[seat] == "plant":
                row[seat] = "pass_on"
        result = world.step(dict(zip(world.agents, row, strict=True)))
        assert list(result.rewards.values()) == twin.step(row)
        assert world.notes[0].tolist() == twin.notes
        assert world.unchecked[0].tolist() == twin.unchecked
        assert result.harm["users"] == twin.holders


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    chosen = settled({"graph": "ring", "beta": 0.5, "memories": 2, "steps": 5})
    batch = Contagion(chosen, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 3, (12, 3, 5))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Contagion(chosen, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.notes[0] == batch.notes[copy]).all()
        assert (alone.origins[0] == batch.origins[copy]).all()
        assert (alone.vectors()[0] == batch.vectors()[copy]).all()


def played(world: Contagion, move: str, steps: int) -> list[float]:
    world.reset(3)
    lost = []
    for _ in range(steps):
        moves = {name: "hold" if world.moves(0, n).open == (0,) else move
                 for n, name in enumerate(world.agents)}  # fmt: skip
        lost.append(world.step(moves).harm["users"])
    return lost


def test_it_spreads_where_all_pass_on_and_nowhere_else() -> None:
    certain = {"graph": "chain", "beta": 1.0, "gamma": 1e-9}
    assert played(small(**certain), "pass_on", 5) == [2, 3, 4, 5, 5]
    assert played(small(**certain), "hold", 3) == [1, 1, 1]
    assert played(small(**certain), "check", 3) == [0, 0, 0]


def test_poison_outlives_its_author_and_a_restart_but_no_purge() -> None:
    certain = {"graph": "complete", "beta": 1.0, "gamma": 1e-9, "removed": 2}
    assert played(small(**certain), "pass_on", 4) == [5, 5, 4, 4]
    assert played(small(**certain, arm="restart"), "pass_on", 4) == [5, 5, 4, 4]
    purged = small(**certain, arm="purge")
    assert played(purged, "pass_on", 4) == [5, 5, 0, 0]
    assert purged.truth()["persistence"] == 0


def test_every_poisoned_note_is_traced_back_to_its_author() -> None:
    world = small(graph="ring", agents=6, planted=-1, beta=0.7, memories=2, removed=8)
    world.reset(5)
    events: dict[str, Event] = {}
    contents: dict[str, bytes] = {}
    while world.agents:
        moves = dict.fromkeys(world.agents, "pass_on")
        moves["agent-1"] = "plant" if world.steps_taken == 1 else "hold"
        result = world.step(moves)
        events |= {event.id: event for event in result.events}
        contents |= result.contents
    poisoned = [e for e in events.values() if b"CANARY" in contents.get(e.id, b"")]
    written = [e for e in poisoned if isinstance(e, MemoryWritten) and e.agent != "agent-1"]
    assert len(written) > 5
    for event in written:
        while event.causes:
            event = events[event.causes[0].id]
        assert event.agent == "agent-1" and isinstance(event, MemoryWritten)
    for event in poisoned:
        if isinstance(event, MessageSent):
            assert contents[event.causes[0].id] == contents[event.id]
    assert [e.agent for e in events.values() if isinstance(e, AgentLeft)] == ["agent-1"]


def test_a_check_flags_the_writing_of_what_it_found() -> None:
    world = small(graph="complete", beta=1.0, gamma=1e-9)
    world.reset(0)
    first = world.step(dict.fromkeys(world.agents, "pass_on"))
    wrote = {e.id: e.agent for e in first.events if isinstance(e, MemoryWritten)}
    second = world.step(dict.fromkeys(world.agents, "check"))
    flags = [e for e in second.events if isinstance(e, Flagged)]
    assert [wrote[e.subject] for e in flags] == [e.agent for e in flags] == list(world.seats)


def test_everybody_else_is_told_the_same_whoever_is_told() -> None:
    loud, mute = small(), Contagion(small().settings, tells=False)
    for world in (loud, mute):
        world.reset(1)
        for _ in range(4):
            world.step(dict.fromkeys(world.agents, "pass_on"))
    assert loud.state_hash() == mute.state_hash()


def test_who_was_removed_can_only_hold() -> None:
    world = small(removed=1)
    world.reset(0)
    world.step(dict.fromkeys(world.agents, "pass_on"))
    assert world.legal("agent-1") == {"enum": ["hold"]}
    assert "removed" in world.describe("agent-1")
    with pytest.raises(MoveError, match="not allowed now"):
        world.step(dict.fromkeys(world.agents, "pass_on"))
    with pytest.raises(MoveError, match="agent-2: `plant` is not allowed"):
        world.step({**dict.fromkeys(world.agents, "hold"), "agent-2": "plant"})


@pytest.mark.parametrize(
    "chosen",
    [
        {"agents": 1}, {"agents": -3}, {"beta": 1.1}, {"beta": float("nan")}, {"gamma": 0},
        {"memories": 0}, {"retrieved": 2}, {"attacker": 7}, {"graph": "web"}, {"degre": 4},
        {"steps": 0}, {"arm": "burn"}, {"planted": -2}, {"check_cost": -1},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("contagion", chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize("chosen", [{"degree": 3}, {"agents": 4}])
def test_networks_that_cannot_be_are_refused(chosen: dict[str, int]) -> None:
    with pytest.raises(NetworkError):
        Contagion(ContagionSettings(**chosen))
