"""Cleanup at full size: the port, the kernel against its twin, beams by hand, bad maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tests.twins.cleanup import Coast

from tertius.conformance.environment import check_environment
from tertius.core.events import OutcomeObserved
from tertius.environments.cleanup import COAST, MOVES, Cleanup, CleanupSettings
from tertius.environments.cleanup_rules import PLAYER
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import ParallelFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load

YARD = """
#########
#P.%~%,,#
#.P~%~,,#
#P..=,,,#
#########
"""


def small(**changed: object) -> CleanupSettings:
    return CleanupSettings(**{"map": YARD, "players": 3, "most_steps": 90, **changed})  # type: ignore[arg-type]


def test_the_port_is_kept() -> None:
    check_environment(lambda: Cleanup(small()), steps=100)
    check_environment(Cleanup, seeds=(3,), steps=12)


def test_pettingzoo_accepts_it() -> None:
    parallel_api_test(ParallelFace(Cleanup(small())), num_cycles=120)
    parallel_seed_test(lambda: ParallelFace(Cleanup(small())), num_cycles=60)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    chance=st.integers(0, 2**32),
    where=st.sampled_from([(YARD, 3, 0), (YARD, 2, 10), (COAST, 7, 0), (COAST, 7, 167)]),
)
def test_the_kernel_is_its_twin(seed: int, chance: int, where: tuple[str, int, int]) -> None:
    text, players, denominator = where
    world = Cleanup(CleanupSettings(map=text, players=players, denominator=denominator))
    world.reset(seed)
    twin = Coast(text, int(world.keys[0]), players, denominator)
    likely = np.array([1, 4, 1, 1, 1, 2, 2, 2, 4]) / 18
    rng = np.random.default_rng(chance)
    for _ in range(75):
        moves = [MOVES[n] for n in rng.choice(9, players, p=likely)]
        result = world.step(dict(zip(world.seats, moves, strict=True)))
        rewards, harm = twin.play(moves)
        assert list(result.rewards.values()) == rewards
        assert list(result.harm.values()) == harm
        assert result.truth["dirty"] == twin.dirty()
        assert [w.away for w in twin.walkers] == result.truth["away"]
        for seat in range(players):
            assert world.views[0, seat].tolist() == twin.view(seat)


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    own = small(least_steps=1, most_steps=150, stops=1.0)
    batch = Cleanup(own, copies=3)
    batch.begin_all(11)
    drawn = np.random.default_rng(0).integers(0, 9, (220, 3, 3))
    for moves in drawn:
        batch.play(moves)
    for copy in range(3):
        alone = Cleanup(own, first=copy)
        alone.begin_all(11)
        for moves in drawn:
            alone.play(moves[copy : copy + 1])
        assert (alone.views[0] == batch.views[copy]).all()
        assert (alone.cells[0] == batch.cells[copy]).all()
        assert alone.steps[0] == batch.steps[copy] == 20
        assert alone.keys[0] == batch.keys[copy]


def arranged(text: str, *players: tuple[int, int, int], **changed: object) -> Cleanup:
    """Return a world with players at (row, column, facing) of the map, dirt standing still."""
    own = small(map=text, players=len(players), dirt_chance=0.0, **changed)
    world = Cleanup(own)
    world.reset(0)
    state, width = world.state, int(world.rules.ways[2])
    for seat, (row, col, facing) in enumerate(players):
        state.who[0, state.at[0, seat]] = 0
        place = (row + 9) * width + col + 9
        state.at[0, seat], state.facing[0, seat] = place, facing
    for seat, place in enumerate(state.at[0].tolist()):
        state.who[0, place] = seat + 1
    return world


RANGE = """
########
#P%%%%.#
#P%%%%.#
#P%%%%.#
########
"""


def test_each_lane_of_the_cleaning_beam_takes_the_first_dirt_it_meets() -> None:
    world = arranged(RANGE, (2, 1, 1))
    left = []
    for _ in range(4):
        world.step({"player-1": "clean"})
        left.append(world.truth()["dirty"])
        for _ in range(2):  # the beam rests for two steps
            world.step({"player-1": "clean"})
            assert world.truth()["dirty"] == left[-1]
    # the middle lane reaches three cells ahead; the outer ones begin beside the player
    assert left == [9, 6, 5, 5]
    assert world.board()[1:-1] == ["#.~~%%.#", "#A~~~%.#", "#.~~%%.#"]


def test_a_zap_keeps_its_victim_away_for_fifty_steps_and_says_so() -> None:
    text = "#######\n#P...P#\n#P....#\n#######"
    world = arranged(text, (1, 1, 1), (1, 4, 0))
    result = world.step({"player-1": "zap", "player-2": "stay"})
    told, dirt = [event for event in result.events if isinstance(event, OutcomeObserved)]
    assert (dirt.agent, dirt.about, dirt.value) == ("", "dirt", int(world.dirty[0]))
    assert (told.agent, told.value) == ("player-1", "zapped")
    assert "B" not in "".join(world.board())
    lost = 0.0
    for _ in range(50):
        assert world.describe("player-2").startswith("You were zapped")
        result = world.step({"player-1": "stay", "player-2": "forward"})
        lost += result.harm["player-2"]
    assert lost == 50
    assert "B" in "".join(world.board())
    assert world.step({"player-1": "stay", "player-2": "stay"}).harm["player-2"] == 0


def test_of_two_who_want_the_same_cell_one_gets_it_and_not_always_the_same() -> None:
    text = "#####\n#P.P#\n#####"
    won = []
    for seed in range(30):
        world = arranged(text, (1, 1, 1), (1, 3, 3))
        world.keys[0] = seed
        world.step({"player-1": "forward", "player-2": "forward"})
        board = world.board()[1][1:-1]
        assert board in ("AB.", ".AB")
        won.append(board == ".AB")
    assert 0 < sum(won) < 30


def test_a_player_sees_others_turned_its_way() -> None:
    text = "#######\n#P...P#\n#######"
    world = arranged(text, (1, 1, 1), (1, 4, 3))
    world.step({"player-1": "stay", "player-2": "stay"})
    assert world.views[0, 0, 9, 5] == PLAYER
    assert world.views[0, 0, 6, 5] == PLAYER + 4 + 2  # three ahead, face to face
    assert world.vectors().shape == (1, 2, 124)
    assert (world.vectors()[0, 0, :121] == world.views[0, 0].ravel()).all()


@pytest.mark.parametrize(
    ("chosen", "match"),
    [
        ({"players": 0}, "players"),
        ({"players": 20}, "19 start cells"),
        ({"growth": float("nan")}, "growth"),
        ({"dirt_chance": 1.5}, "dirt_chance"),
        ({"denominator": 146}, "147 cells can get dirty"),
        ({"map": "harbour"}, "no map `harbour`"),
        ({"map": "###\n#P\n###", "players": 1}, "row 2 of the map has 2 cells"),
        ({"map": "###\n#x#\n###", "players": 1}, "row 2, column 2: unknown symbol `x`"),
        ({"map": "###\n#P.\n###", "players": 1}, "row 2, column 3: a gap in the outer wall"),
        ({"map": "##\n##", "players": 1}, "2 x 2 cells"),
        ({"map": "###\n#.#\n###", "players": 1}, "0 start cells"),
        ({"denominater": 167}, "did you mean `denominator`"),
    ],
)
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object], match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        load("cleanup", chosen)  # type: ignore[arg-type]


def test_moves_that_it_does_not_know_are_refused() -> None:
    world = Cleanup(small())
    world.reset(0)
    before = world.state_hash()
    with pytest.raises(MoveError, match="player-2: unknown move `fly`"):
        world.step({"player-1": "stay", "player-2": "fly", "player-3": 3})
    assert world.state_hash() == before
