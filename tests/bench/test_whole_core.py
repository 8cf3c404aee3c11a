"""Timings count where the core was whole, and nothing that a timing says itself decides it."""

from itertools import cycle

import pytest

import whole_core
from watch_cost import Rounds
from whole_core import GROUP, LOT, SLACKS, TAIL, Timed, on_whole_core, whole

FULL = min(SLACKS)


def paced(monkeypatch: pytest.MonkeyPatch, *paces: float) -> None:
    """Let the core have these paces, over and over."""
    again = cycle(paces)
    monkeypatch.setattr(whole_core, "pace", lambda: next(again))


def test_a_group_counts_between_two_full_paces() -> None:
    assert whole([2.0, 2.1, 3.9, 2.2, 2.2], 1.15) == [True, False, False, True]


def test_a_wider_bound_counts_more() -> None:
    assert whole([2.0, 2.1, 2.7, 2.2, 2.2], 1.4) == [True, True, True, True]


def test_one_lucky_pace_is_not_the_best() -> None:
    assert all(whole([0.5, *[1.0] * 200], 1.1))
    assert not any(whole([*[0.5] * 3, *[1.0] * 198], 1.1)[3:])


def test_the_time_of_a_call_does_not_decide_whether_it_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paced(monkeypatch, 1.0, 1.0, 2.0)
    slow = on_whole_core(lambda number: 900.0 if number % 7 == 0 else 1.0, LOT)
    paced(monkeypatch, 1.0, 1.0, 2.0)
    even = on_whole_core(lambda number: 1.0, LOT)
    assert slow.good(FULL) == even.good(FULL)
    assert slow.quantile(0.9, FULL) == 900.0


def test_it_goes_on_until_there_are_enough_by_the_strictest_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paced(monkeypatch, 1.0, 1.0, 1.3)
    shown = []
    timed = on_whole_core(float, 2 * LOT, before=shown.append)
    assert 2 * LOT <= timed.count(FULL) < len(timed.all) == GROUP * len(timed.groups)
    assert shown == list(range(0, len(timed.all), GROUP))
    assert timed.share(FULL) == pytest.approx(1 / 3, abs=0.01)
    assert timed.share(1.4) == 1.0


def test_it_ends_with_too_few_rather_than_never_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paced(monkeypatch, 1.0, 2.0)
    timed = on_whole_core(float, LOT, most=3)
    assert (len(timed.all), timed.count(FULL)) == (3 * LOT, 0)
    assert timed.worst(0.5) is None and timed.mean(FULL) is None


def test_a_quantile_with_too_few_beyond_it_is_not_measured() -> None:
    groups = TAIL // GROUP * 2
    timed = Timed([[7.0] * GROUP] * groups, [1.0] * (groups + 1))
    assert timed.worst(0.5) == 7.0
    assert timed.worst(0.99) is None
    assert Timed(timed.groups[1:], timed.paces[1:]).worst(0.5) is None


def test_a_time_is_the_worst_by_any_bound() -> None:
    """Calls at a middling pace count by the wide bounds alone, and here they are slower."""
    groups = [[10.0] * GROUP] * 50 + [[30.0] * GROUP] * 60
    timed = Timed(groups, [1.0] * 50 + [1.3] * 61)
    assert [timed.quantile(0.5, slack) for slack in (FULL, 1.4)] == [10.0, 30.0]
    assert timed.worst(0.5) == 30.0


def test_a_time_that_one_bound_cannot_tell_is_not_measured() -> None:
    timed = Timed([[10.0] * GROUP] * 60, [1.0, *[1.3] * 60])
    assert timed.quantile(0.5, 1.4) == 10.0
    assert timed.worst(0.5) is None


def test_calls_beside_a_block_weigh_as_much_as_their_share_of_all() -> None:
    """Half of the blocks fell out with their groups: those left stand for the others."""
    groups = [[10.0] * GROUP] * 960 + [[90.0] * GROUP] * 40
    blocks = [False] * 960 + [True] * 40
    timed = Timed(groups, [1.0] * 981 + [2.0] * 20, blocks)
    assert timed.quantile(0.959, FULL) == 10.0
    assert timed.quantile(0.961, FULL) == 90.0
    assert timed._replace(beside=()).quantile(0.975, FULL) == 10.0, "of half the blocks, unweighted"
    assert timed.mean(FULL) == pytest.approx(0.96 * 10 + 0.04 * 90)


def test_where_every_block_fell_out_nothing_is_measured() -> None:
    timed = Timed([[10.0] * GROUP] * 100, [1.0] * 91 + [2.0] * 10, [False] * 90 + [True] * 10)
    assert timed.worst(0.5) is None
    assert timed._replace(beside=()).worst(0.5) == 10.0


def test_a_number_is_the_sum_of_each_piece_at_its_least() -> None:
    rounds = iter([(1.0, 5.0, 2.0), (3.0, 4.0, 2.5)])
    found = Rounds(lambda: next(rounds), 2)
    assert found.least == 7.0
    assert found.all == [8.0, 9.5]
