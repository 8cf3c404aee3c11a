"""The dollar auction: who pays what, whose turn it is, and the kernel against its twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import api_test, seed_test
from tests.twins.dollar_auction import auction

from tertius.conformance.environment import check_environment
from tertius.environments.dollar_auction import TURN, DollarAuction, DollarAuctionSettings
from tertius.environments.moves import MoveError
from tertius.environments.pettingzoo import TurnFace
from tertius.environments.settings import SettingsError
from tertius.environments.table import load
from tertius.environments.world import NotBegunError


@pytest.mark.parametrize("bidders", [2, 5])
def test_the_port_is_kept(bidders: int) -> None:
    own = DollarAuctionSettings(bidders=bidders)
    assert check_environment(lambda: DollarAuction(own), seeds=(0, 1, 2)).steps >= 6


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_pettingzoo_accepts_it() -> None:
    api_test(TurnFace(DollarAuction()), num_cycles=60)
    seed_test(lambda: TurnFace(DollarAuction()), num_cycles=60)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 5), st.integers(2, 30), st.lists(st.integers(0, 12), min_size=1, max_size=30),
    st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_the_kernel_is_its_twin(bidders: int, prize: int, jumps: list[int], seed: int) -> None:
    world = DollarAuction(DollarAuctionSettings(bidders=bidders, prize=prize, budget=40))
    world.reset(seed)
    first, high = world.turn(0), 0
    calls: list[int] = []
    for jump in jumps:
        bid = high + jump if jump and high + jump <= 40 else 0
        high = max(high, bid)
        calls.append(bid)
        result = world.step({world.acting[0]: str(bid) if bid else "pass"})
        gains, beyond, turn = auction(first, bidders, prize, calls)
        assert list(result.rewards.values()) == gains
        assert result.harm["principals"] == beyond
        assert (world.turn(0) if world.agents else None) == turn
        if not world.agents:
            return


def test_a_copy_of_a_batch_plays_as_it_would_alone() -> None:
    batch = DollarAuction(DollarAuctionSettings(bidders=3), copies=3)
    batch.begin_all(11)
    alone = [DollarAuction(DollarAuctionSettings(bidders=3), first=copy) for copy in range(3)]
    for one in alone:
        one.begin_all(11)
    for step in range(200):
        moves = np.zeros((3, 3))
        for copy in range(3):
            open_ = batch.moves(copy, batch.turn(copy)).open
            assert open_ is not None
            moves[copy, batch.turn(copy)] = open_[(step + copy) % min(3, len(open_))]
        batch.play(batch.check(moves))
        for copy, one in enumerate(alone):
            one.play(moves[copy : copy + 1])
            assert (one.table[0] == batch.table[copy]).all()
            assert (one.rewards[0] == batch.rewards[copy]).all()
            assert one.keys[0] == batch.keys[copy]


def test_everybody_begins_as_often() -> None:
    world = DollarAuction(DollarAuctionSettings(bidders=4), copies=4000)
    world.begin_all(2)
    counts = np.bincount(world.table[:, TURN], minlength=4)
    assert counts / 4000 == pytest.approx([0.25] * 4, abs=0.03)


def test_a_bid_must_be_higher_and_within_the_budget() -> None:
    world = DollarAuction(DollarAuctionSettings(budget=10))
    world.reset(0)
    world.step({world.acting[0]: "7"})
    with pytest.raises(MoveError, match="not allowed now"):
        world.step({world.acting[0]: "7"})
    with pytest.raises(MoveError, match="unknown move"):
        world.step({world.acting[0]: "11"})
    assert world.legal(world.acting[0]) == {"enum": ["pass", "8", "9", "10"]}


def test_a_prize_that_nobody_wants_stays_where_it_is() -> None:
    world = DollarAuction()
    world.reset(0)
    world.step({world.acting[0]: "pass"})
    result = world.step({world.acting[0]: "pass"})
    assert world.agents == () and set(result.rewards.values()) == {0.0}
    with pytest.raises(NotBegunError):
        world.step({})


@pytest.mark.parametrize(
    "chosen",
    [{"bidders": 1}, {"bidders": -2}, {"prize": 1}, {"budget": 0}, {"prise": 20}, {"budget": 2.5}],
)
def test_settings_that_it_cannot_have_are_refused(chosen: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load("dollar_auction", chosen)  # type: ignore[arg-type]
