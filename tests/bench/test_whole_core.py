"""Timings count where the core was whole, and nothing that a timing says itself decides it."""

from itertools import cycle

import pytest

import whole_core
from gate import Requests
from watch_cost import Rounds
from whole_core import GROUP, LOT, Timed, on_whole_core, whole


def paced(monkeypatch: pytest.MonkeyPatch, *paces: float) -> None:
    """Let the core have these paces, over and over."""
    again = cycle(paces)
    monkeypatch.setattr(whole_core, "pace", lambda: next(again))


def test_a_group_counts_between_two_full_paces() -> None:
    assert whole([2.0, 2.1, 3.9, 2.2, 2.2]) == [True, False, False, True]


def test_the_time_of_a_call_does_not_decide_whether_it_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paced(monkeypatch, 1.0, 1.0, 2.0)
    slow = on_whole_core(lambda number: 900.0 if number % 7 == 0 else 1.0, LOT)
    paced(monkeypatch, 1.0, 1.0, 2.0)
    even = on_whole_core(lambda number: 1.0, LOT)
    assert slow.good == even.good
    assert slow.whole.count(900.0) > 0


def test_it_goes_on_until_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    paced(monkeypatch, 1.0, 1.0, 2.0)
    shown = []
    timed = on_whole_core(float, 2 * LOT, before=shown.append)
    assert 2 * LOT <= len(timed.whole) < len(timed.all) == GROUP * len(timed.groups)
    assert shown == list(range(0, len(timed.all), GROUP))
    assert timed.share() == pytest.approx(1 / 3, abs=0.01)


def test_it_ends_with_too_few_rather_than_never(monkeypatch: pytest.MonkeyPatch) -> None:
    paced(monkeypatch, 1.0, 2.0)
    timed = on_whole_core(float, LOT, most=3)
    assert (len(timed.all), len(timed.whole)) == (3 * LOT, 0)


def test_requests_beside_a_block_weigh_as_much_as_their_share_of_all() -> None:
    """Half of the blocks fell out with their groups: those left stand for the others."""
    groups = [[10.0] * GROUP] * 96 + [[90.0] * GROUP] * 4
    blocks = [False] * 96 + [True] * 4
    timed = Timed(groups, [True] * 98 + [False] * 2)
    assert Requests(timed, blocks).quantile(0.959) == 10.0
    assert Requests(timed, blocks).quantile(0.961) == 90.0
    assert timed.whole[int(0.975 * len(timed.whole))] == 10.0, "of half the blocks, unweighted"


def test_a_number_is_the_sum_of_each_piece_at_its_least() -> None:
    rounds = iter([(1.0, 5.0, 2.0), (3.0, 4.0, 2.5)])
    found = Rounds(lambda: next(rounds), 2)
    assert found.least == 7.0
    assert found.all == [8.0, 9.5]
