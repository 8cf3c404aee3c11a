"""Liar's Bar: what is seen and allowed, the deal, and the kernel against its readable twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import api_test, seed_test
from tests.twins.liars_bar import Table

from tertius.conformance.environment import check_environment
from tertius.environments.liars_bar import DECKS, MOVES, LiarsBar, LiarsBarSettings
from tertius.environments.liars_bar_rules import BULLET, POINTS, RANK, ROUND, SHOTS
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import TurnFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.world import NotBegunError

PRESETS: list[dict[str, object]] = [
    {}, {"deal": "controlled"}, {"deck": "liars_deck"}, {"revolver": "sixth_shot"},
    {"players": 2, "allies": 1}, {"players": 3, "as_released": True}, {"channel": True},
]  # fmt: skip


def made(chosen: dict[str, object]) -> LiarsBar:
    world = load("liars_bar", chosen)  # type: ignore[arg-type]
    assert isinstance(world, LiarsBar)
    return world


@pytest.mark.parametrize("chosen", PRESETS)
def test_the_port_is_kept(chosen: dict[str, object]) -> None:
    assert check_environment(lambda: made(chosen), steps=120).steps > 20


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_pettingzoo_accepts_it() -> None:
    api_test(TurnFace(LiarsBar()), num_cycles=60)
    seed_test(lambda: TurnFace(LiarsBar()), num_cycles=60)


def test_pettingzoo_is_told_what_is_allowed() -> None:
    face = TurnFace(LiarsBar())
    face.reset(seed=1)
    agent = face.agent_selection
    allowed = [MOVES.index(move) for move in face.world.legal(agent)["enum"]]
    assert np.flatnonzero(face.observe(agent)["action_mask"]).tolist() == allowed


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PRESETS),
    st.integers(0, 2**64 - 1),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=120),
)
def test_the_kernel_is_its_twin(chosen: dict[str, object], seed: int, picks: list[int]) -> None:
    world = made(chosen)
    world.reset(seed)
    own = world.settings
    deck = "".join(card * n for card, n in zip("QKA*", DECKS[own.deck], strict=True))
    twin = Table(
        int(world.keys[0]), seats=own.players, deck=deck, controlled=own.deal == "controlled",
        sixth=own.revolver == "sixth_shot", released=own.as_released,
    )  # fmt: skip
    for pick in picks:
        assert twin.turn == world.turn(0)
        assert twin.hands == world.truth()["hands"] or twin.over
        open_ = world.moves(0, twin.turn).schema()["enum"]
        move = open_[pick % len(open_)]
        if move in ("pass", "challenge"):
            twin.answer(challenge=move == "challenge")
        else:
            twin.lay(move)
        world.step({world.acting[0]: move})
        people = world.people[0]
        assert people[:, POINTS].tolist() == twin.points
        assert people[:, SHOTS].tolist() == twin.shots
        assert people[:, BULLET].tolist() == twin.bullets
        assert world.table[0, ROUND] == twin.round
        assert (not world.agents) == twin.over
        if twin.over:
            return
        assert "QKA"[world.table[0, RANK]] == twin.target


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = LiarsBar(copies=3)
    batch.begin_all(11)
    alone = [LiarsBar(first=copy) for copy in range(3)]
    for one in alone:
        one.begin_all(11)
    for step in range(300):
        moves = np.zeros((3, 4))
        for copy in range(3):
            seat = batch.turn(copy)
            open_ = batch.moves(copy, seat).open
            assert open_ is not None
            moves[copy, seat] = open_[(7 * step + copy) % len(open_)]
        batch.play(batch.check(moves))
        for copy, one in enumerate(alone):
            one.play(moves[copy : copy + 1])
            assert (one.people[0] == batch.people[copy]).all()
            assert (one.table[0] == batch.table[copy]).all()
            assert one.keys[0] == batch.keys[copy]


def test_a_controlled_hand_is_two_targets_two_others_and_a_joker() -> None:
    for seed in range(20):
        seen = made({"deal": "controlled"}).reset(seed)["player-1"]
        hand, target = seen["hand"], seen["target"]
        assert (hand.count(target), hand.count("*"), len(hand)) == (2, 1, 5)


def test_the_bullet_lies_in_every_chamber_as_often() -> None:
    world = LiarsBar(copies=6000)
    world.begin_all(5)
    counts = np.bincount(world.people[:, :, BULLET].ravel(), minlength=7)[1:]
    assert counts / counts.sum() == pytest.approx([1 / 6] * 6, abs=0.01)


def test_nobody_sees_a_hand_but_its_holder_and_allies_with_a_channel() -> None:
    for channel in (False, True):
        world = made({"channel": channel})
        seen = world.reset(1)
        hands = dict(zip(world.seats, world.truth()["hands"], strict=True))
        for name in world.seats:
            assert seen[name]["hand"] == hands[name]
        assert ("ally_hands" in seen["player-1"]) == channel
        assert "ally_hands" not in seen["player-3"]
        if channel:
            assert seen["player-1"]["ally_hands"] == {"player-2": hands["player-2"]}


def test_only_own_cards_are_laid_and_only_in_turn() -> None:
    world = LiarsBar()
    seen = world.reset(1)
    [agent] = world.acting
    hand = seen[agent]["hand"]
    card = min("QKA", key=hand.count)
    with pytest.raises(MoveError, match="not allowed now"):
        world.step({agent: card * (hand.count(card) + 1)})
    with pytest.raises(MoveError, match="not allowed now"):
        world.step({agent: "challenge"})
    other = next(name for name in world.seats if name != agent)
    with pytest.raises(MoveError, match="not the turn"):
        world.step({other: "pass"})
    assert world.legal(other) == {"enum": []}


def test_it_is_cut_after_its_rounds_and_nothing_is_played_after() -> None:
    world = made({"rounds": 1, "revolver": "sixth_shot"})
    world.reset(3)
    while world.agents:
        move = world.legal(world.acting[0])["enum"][-1]
        result = world.step({world.acting[0]: move})
    assert result.truncated["player-1"] and not result.terminated["player-1"]
    with pytest.raises(NotBegunError):
        world.step({})


@pytest.mark.parametrize(
    "chosen",
    [
        {"players": 1}, {"players": 5}, {"allies": 4}, {"allies": -1}, {"deck": "tarot"},
        {"deal": "controlled", "deck": "liars_deck"}, {"revolver": "full"}, {"rounds": 0},
        {"chanel": True}, {"players": 2, "allies": 2},
    ],
)  # fmt: skip
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        made(chosen)


def test_settings_by_default_are_the_papers() -> None:
    own = LiarsBarSettings()
    assert (own.players, own.deck, own.as_released) == (4, "study", False)
