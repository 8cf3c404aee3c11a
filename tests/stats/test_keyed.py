"""The table against one process per key, the naive table, and an adversary who cuts and floods."""

import tracemalloc
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins.keyed import NaiveKeyed

from tertius.stats.eprocess import EProcess
from tertius.stats.keyed import Keyed, TableError
from tertius.stats.payoffs import PayoffError

Update = tuple[str, int, float]
PAYOFFS = st.one_of(st.sampled_from([-1.0, -0.5, 1.0, 3.0, 9.0, 19.0]), st.floats(-1, 1e6))


def updates(keys: int, slots: int = 1, most: int = 60) -> st.SearchStrategy[list[Update]]:
    names = st.sampled_from([f"agent-{number}" for number in range(keys)])
    return st.lists(st.tuples(names, st.integers(0, slots - 1), PAYOFFS), max_size=most)


def play(table: Keyed, batch: list[Update]) -> list[tuple[float, bool]]:
    """One batch as a detector plays it: split where a new key finds the table full."""
    found: list[tuple[float, bool]] = []
    start = 0
    while start < len(batch):
        stop, room, held = start, table.room(), set(table.keys())
        while stop < len(batch) and len(held | {batch[stop][0]}) - table.held <= room:
            held.add(batch[stop][0])
            stop += 1
        part = batch[start:stop]
        rows = [table.row(key) for key, _, _ in part]
        played = table.play(rows, [slot for _, slot, _ in part], [z for _, _, z in part])
        found += [(value, at in played.named) for at, value in enumerate(played.values.tolist())]
        if stop < len(batch):
            table.make_room()
        start = stop
    return found


# ---- same bits -----------------------------------------------------------------------------------


@given(updates(4))
def test_every_key_is_one_process_bit_for_bit(stream: list[Update]) -> None:
    table, alone = Keyed(0.05), {f"agent-{number}": EProcess() for number in range(4)}
    for (value, _), (key, _, payoff) in zip(play(table, stream), stream, strict=True):
        assert value == alone[key].update(payoff)
    assert all(table.value(key) == process.value for key, process in alone.items())
    assert [table.count(key) for key in alone] == [process.n for process in alone.values()]
    assert table.clock == len(stream)


@given(updates(9, slots=2), st.lists(st.integers(0, 60), max_size=6))
def test_cutting_batches_anywhere_changes_no_byte(stream: list[Update], cuts: list[int]) -> None:
    whole, cut, single = (Keyed(0.3, most=5, slots=2, declared=1) for _ in range(3))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    parts = [stream[start:stop] for start, stop in pairwise(edges)]
    expected = play(whole, stream)
    assert [each for part in parts for each in play(cut, part)] == expected
    assert [single.play_one(single.row(k), slot, z) for k, slot, z in stream] == expected
    assert whole.snapshot() == cut.snapshot() == single.snapshot()


@settings(max_examples=200)
@given(updates(12, slots=2, most=90), st.sampled_from([0, 1, 3]), st.sampled_from([0.05, 0.5]))
def test_it_names_and_evicts_as_the_naive_table_does(
    stream: list[Update], declared: int, level: float
) -> None:
    table = Keyed(level, most=6, slots=2, declared=declared)
    naive = NaiveKeyed(level, most=6, slots=2, declared=declared)
    for key, slot, payoff in stream:
        value, named = naive.update(key, slot, payoff)
        assert table.play_one(table.row(key), slot, payoff) == (value, named)
        assert table.keys() == list(naive.here)
    assert table.arrivals == len(naive.stays)
    assert table.named() == [key for key, stay in naive.here.items() if stay.named]
    assert np.allclose(table.weights(), [stay.weight for stay in naive.here.values()], rtol=1e-14)


@given(updates(9, slots=2), updates(9, slots=2))
def test_a_snapshot_goes_on_with_the_same_bytes(before: list[Update], after: list[Update]) -> None:
    table, later = (Keyed(0.3, most=5, slots=2) for _ in range(2))
    play(table, before)
    later.restore(table.snapshot())
    assert play(later, after) == play(table, after)
    assert later.snapshot() == table.snapshot()


# ---- naming --------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [0, 5, 100])
def test_a_table_grows_with_its_keys_and_goes_on_from_a_snapshot(held: int) -> None:
    table, single = Keyed(0.05, most=300), {}
    for number in range(200):
        if number == held:
            later = Keyed(0.05, most=300)
            later.restore(table.snapshot())
            table = later
        single[number] = EProcess()
        for payoff in (1.0, -0.5, number % 3 - 1.0):
            single[number].update(payoff)
            table.play_one(table.row(number), 0, payoff)
    assert [table.value(number) for number in single] == [each.value for each in single.values()]


def test_a_key_is_named_once_and_stays_named() -> None:
    table = Keyed(0.05)
    played = table.play([table.row("a")] * 50, 0, [1.0] * 20 + [-1.0] * 30)
    assert len(played.named) == 1 and played.values[played.named[0]] >= 20
    assert table.named() == ["a"] and table.value("a") < 2
    assert table.play([table.row("a")] * 20, 0, [3.0] * 20).named == []


def test_an_event_names_nobody_before_all_of_it_is_paid() -> None:
    def played(ends: list[bool]) -> tuple[list[int], float]:
        table = Keyed(0.05, slots=2)
        rows, slots, payoffs = [table.row("a")] * 11, [0] * 10 + [1], [3.0] * 10 + [-1.0]
        first = table.play(rows[:9], slots[:9], payoffs[:9], False)
        assert first.named == []
        played = table.play(rows[9:], slots[9:], payoffs[9:], ends)
        return played.named, played.values[-1]

    assert played([True, True])[0] == [0]
    assert played([False, True]) == ([1], played([True, True])[1])
    table = Keyed(0.05)
    rows = [table.row("a")] * 8
    table.play(rows, 0, [1.0] * 6 + [6.0, -1.0], [True] * 6 + [False, True])
    assert table.named() == [] and table.value("a") < 20
    assert table.play(rows[:1], 0, [9.0]).named == [0]


def test_early_keys_are_named_on_less_than_late_ones() -> None:
    def value_at_naming(place: int) -> float:
        table = Keyed(0.05)
        rows = [table.row(number) for number in range(50)]
        while True:
            value, name = table.play_one(rows[place], 0, 1.0)
            if name:
                return value

    assert 20 < value_at_naming(0) < value_at_naming(5) < value_at_naming(49)


def test_declared_keys_share_half_and_the_rest_never_reaches_the_other_half() -> None:
    table = Keyed(0.05, declared=10)
    assert [table.weight(number) for number in range(3)] == [0.05] * 3
    for number in range(2000):
        table.row(number)
    weights = table.weights()
    assert weights[:10].tolist() == [0.05] * 10
    assert weights[10] > weights[11] > weights[-1] > 0
    assert 0.9997 < weights.sum() < 1
    alone = Keyed(0.05)
    for number in range(2000):
        alone.row(number)
    assert 0.9996 < alone.weights().sum() < 1


def test_standing_is_told_from_the_strongest() -> None:
    table = Keyed(0.05)
    table.play([table.row("a"), table.row("b"), table.row("c")], 0, [0.0, 3.0, -1.0])
    assert [key for key, _ in table.standing()] == ["b", "a", "c"]
    assert dict(table.standing())["b"] == table.value("b")


# ---- bounds --------------------------------------------------------------------------------------


@given(updates(12, most=200))
def test_a_key_never_comes_back_at_one(stream: list[Update]) -> None:
    table = Keyed(0.05, most=4)
    known: set[str] = set()
    for key, _, payoff in stream:
        returns = key in known - set(table.keys())
        row, clock = table.row(key), table.clock
        if returns:
            assert 1 / (clock + 1) <= table.value(key) <= 0.5
        table.play_one(row, 0, payoff)
        known.add(key)


def test_a_flood_of_strangers_evicts_neither_the_declared_nor_the_named() -> None:
    table = Keyed(0.05, most=64, declared=2)
    for key in ("declared", "declared too"):
        table.play_one(table.row(key), 0, -1.0)
    table.play([table.row("named")] * 60, 0, [1.0] * 30 + [-1.0] * 30)
    assert table.value("named") < 0.5
    for number in range(20_000):
        table.play_one(table.row(number), 0, 0.5)
    assert table.held <= 64 and table.arrivals == 20_003
    assert table.keys()[:3] == ["declared", "declared too", "named"]
    assert table.count("declared") == 1


def test_what_evicted_keys_owed_counts_to_the_last_thousandth() -> None:
    table, naive = Keyed(0.05, most=4), NaiveKeyed(0.05, most=4, slots=1, declared=0)
    creeping = [("a", 0, 0.0)] + [(f"stranger-{number}", 0, -1.0) for number in range(40)]
    creeping += [("a", 0, 1.0)] * 5 + [("a", 0, 0.0008)] * 4000
    found = [table.play_one(table.row(key), slot, z)[1] for key, slot, z in creeping]
    assert found == [naive.update(key, slot, z)[1] for key, slot, z in creeping]
    assert sum(found) == 1 and found.index(True) > 100


def test_who_has_least_against_it_goes_first_and_of_equals_who_was_longest_silent() -> None:
    table = Keyed(0.05, most=8)
    for key in "abcdefgh":
        table.row(key)
    for key in "bcdefgha":
        table.play_one(table.row(key), 0, {"c": 3.0, "h": -0.5}.get(key, -1.0))
    table.row("i")
    assert table.keys() == ["a", "c", "e", "f", "g", "h", "i"]


def test_a_hundred_thousand_pairs_take_thirty_megabytes() -> None:
    tracemalloc.start()
    table = Keyed(0.05, most=100_000)
    pairs = [(sender, receiver) for sender in range(10_000) for receiver in range(10)]
    rows = np.array([table.row(pair) for pair in pairs])
    table.play(rows, 0, np.ones(len(rows)))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert table.held == 100_000
    assert held < 35e6, "rows of 112 bytes, and keys"


# ---- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("payoff", [-1.1, float("nan"), float("inf")])
def test_a_bad_payoff_anywhere_in_a_batch_plays_nothing(payoff: float) -> None:
    table = Keyed(0.05)
    rows = [table.row("a"), table.row("b")]
    with pytest.raises(PayoffError):
        table.play(rows, 0, [1.0, payoff])
    with pytest.raises(PayoffError):
        table.play_one(rows[0], 0, payoff)
    assert (table.value("a"), table.clock) == (1.0, 0)


@pytest.mark.parametrize(("row", "slot"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_row_or_slot_that_is_none_is_refused(row: int, slot: int) -> None:
    table = Keyed(0.05)
    table.row("a")
    with pytest.raises(TableError):
        table.play([row], [slot], [1.0])
    with pytest.raises(TableError):
        table.play_one(row, slot, 1.0)


def test_an_empty_batch_plays_nothing() -> None:
    played = Keyed(0.05).play([], 0, [])
    assert played.values.size == 0 and played.named == []


def test_batches_of_unequal_length_are_refused() -> None:
    table = Keyed(0.05)
    with pytest.raises(TableError):
        table.play([table.row("a")], 0, [1.0, 1.0])


@pytest.mark.parametrize(
    "settings",
    [{"level": 0.0}, {"level": 1.0}, {"most": 1}, {"slots": 0}, {"declared": 9, "most": 9}],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(TableError):
        Keyed(**{"level": 0.05, **settings})


def test_a_snapshot_fits_its_own_settings_alone() -> None:
    table = Keyed(0.05)
    table.play_one(table.row(("a", "b", 3)), 0, 1.0)
    again = Keyed(0.05)
    again.restore(table.snapshot())
    assert again.keys() == [("a", "b", 3)] and again.value(("a", "b", 3)) == table.value(
        ("a", "b", 3)
    )
    for other in (Keyed(0.01), Keyed(0.05, slots=2), Keyed(0.05, most=9)):
        with pytest.raises(TableError):
            other.restore(table.snapshot())
    with pytest.raises(TableError):
        again.restore(b"nonsense")
    cut = msgspec.msgpack.decode(table.snapshot())
    with pytest.raises(TableError):
        again.restore(msgspec.msgpack.encode({**cut, "table": cut["table"][8:]}))
    table.row(frozenset("ab"))
    with pytest.raises(TableError):
        table.snapshot()
