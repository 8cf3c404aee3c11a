"""A thousand streams of ten thousand updates: more than 73 alarms at 0.05 is a defect.

73 is where the lower 99.9 % limit of the alarm rate passes 0.05. What only looks like a guarantee
must fail by the same count.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tertius.stats.keyed import Keyed
from tertius.stats.limits import bar, upper
from tertius.stats.rate_alarm import RateAlarm
from tertius.stats.sequences import MeanSequence, bounded_mean

STREAMS, DEFECT = 1000, 73
Draw = Callable[[int], NDArray[np.float64]]


def highest(draw: Draw, rounds: int, slots: int = 1) -> NDArray[np.float64]:
    """Each slot's and, last, each key's highest value: shape (slots + 1, streams).

    `draw` gives the payoffs of some rounds: shape (rounds, streams, slots).
    """
    table = Keyed(0.05, most=STREAMS, slots=slots)
    alone = Keyed(0.05, most=STREAMS * slots)
    rows = np.array([table.row(key) for key in range(STREAMS)])
    rows_alone = np.array([alone.row(key) for key in range(STREAMS * slots)])
    top = np.zeros((slots + 1, STREAMS))
    for _ in range(0, rounds, 100):
        payoffs = draw(100)
        own = table.play(
            np.tile(np.repeat(rows, slots), 100), np.tile(np.arange(slots), 100 * STREAMS),
            payoffs.ravel(),
        ).values.reshape(100, STREAMS, slots)[:, :, -1]  # fmt: skip
        top[-1] = np.maximum(top[-1], own.max(axis=0))
        if slots > 1:
            each = alone.play(np.tile(rows_alone, 100), 0, payoffs.ravel()).values
            each = each.reshape(100, STREAMS, slots)
            top[0] = np.maximum(top[0], each.prod(axis=2).max(axis=0))
    return top


def alarms(values: NDArray[np.float64], level: float = 0.05) -> int:
    return int((values >= 1 / level).sum())


def hits(seed: int, chance: float | NDArray[np.float64]) -> Draw:
    rng = np.random.default_rng(seed)
    return lambda rounds: (rng.random((rounds, STREAMS, 1)) < chance).astype(float)


def bets(outcomes: Draw, ceiling: float | NDArray[np.float64]) -> Draw:
    return lambda rounds: (outcomes(rounds) - ceiling) / ceiling


@pytest.mark.parametrize("mean", [0.05, 0.5])
def test_on_the_edge_of_the_null(mean: float) -> None:
    found = alarms(highest(bets(hits(1, mean), mean), 10_000)[-1])
    assert 0 < found <= DEFECT


def test_with_drift_below_the_null() -> None:
    rng = np.random.default_rng(2)
    turn = 0

    def draw(rounds: int) -> NDArray[np.float64]:
        nonlocal turn
        when = np.arange(turn, turn + rounds)
        turn += rounds
        chance = 0.3 * np.where(when % 4000 < 2000, 1.0, 0.4)  # away from the edge, and back
        return (rng.random((rounds, STREAMS, 1)) < chance[:, None, None]).astype(float)

    assert alarms(highest(bets(draw, 0.3), 10_000)[-1]) <= DEFECT


def correlated(seed: int, correlation: float, mean: float = 0.3) -> Draw:
    """Four detectors of one key: each copies a common draw with chance sqrt(correlation)."""
    rng = np.random.default_rng(seed)

    def draw(rounds: int) -> NDArray[np.float64]:
        shape = (rounds, STREAMS, 4)
        copies = rng.random(shape) < np.sqrt(correlation)
        common = rng.random((rounds, STREAMS, 1)) < mean
        return np.where(copies, common, rng.random(shape) < mean).astype(float)

    return draw


LONG = pytest.mark.slow


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("rounds", [1000, pytest.param(10_000, marks=LONG)])
def test_four_detectors_of_one_key_averaged(correlation: float, rounds: int) -> None:
    product, average = highest(bets(correlated(3, correlation), 0.3), rounds, slots=4)[[0, -1]]
    assert alarms(average) <= DEFECT
    if correlation:
        assert alarms(product) > DEFECT, "a product of dependent detectors must be caught"


def test_a_baseline_plugged_in_is_caught_and_its_upper_limit_is_not() -> None:
    window, mean = 200, 0.05
    counts = np.random.default_rng(4).binomial(window, mean, STREAMS)
    plugged = np.maximum(counts, 1)[:, None] / window
    limit = np.array([[upper(int(count), window, level=0.05)] for count in counts])
    assert alarms(highest(bets(hits(5, mean), plugged), 2000)[-1]) > DEFECT
    held = highest(bets(hits(5, mean), limit), 10_000)[-1]
    assert int((held >= bar(0.05)).sum()) <= DEFECT


def test_shiryaev_and_roberts_read_as_an_e_value_is_caught() -> None:
    rng = np.random.default_rng(6)
    rung = sum(
        any(alarm.update(1.0 if hit else -1.0) for hit in rng.random(300) < 0.5)
        for alarm in (RateAlarm(20.0) for _ in range(200))
    )
    assert rung > DEFECT


def test_shiryaev_and_roberts_ring_at_most_once_per_c_updates() -> None:
    alarm, rng = RateAlarm(100.0), np.random.default_rng(7)
    for hit in rng.random(40_000) < 0.3:
        alarm.update((hit - 0.3) / 0.3)
    assert 0 < alarm.alarms <= alarm.n / alarm.c


@pytest.mark.parametrize("whole", [False, True])
def test_permuting_events_of_sticky_runs_is_caught_and_permuting_runs_is_not(whole: bool) -> None:
    rng = np.random.default_rng(8)
    length, others, rounds = 40, 19, 20

    def runs(count: int) -> NDArray[np.bool_]:
        flips = rng.random((count, length)) < 0.1
        flips[:, 0] = rng.random(count) < 0.5
        return np.logical_xor.accumulate(flips, axis=1)

    def draw(_: int) -> NDArray[np.float64]:
        payoffs = np.empty((rounds, STREAMS))
        for turn in range(rounds):
            one, other = runs(STREAMS), runs(STREAMS)
            seen = 1.2 ** (one == other).sum(axis=1)
            total = seen.copy()
            for _ in range(others):
                way = runs(STREAMS) if whole else rng.permuted(other, axis=1)
                total += 1.2 ** (one == way).sum(axis=1)
            payoffs[turn] = seen * (1 + others) / total - 1
        return np.concatenate([payoffs, np.zeros((100 - rounds, STREAMS))])[:, :, None]

    found = alarms(highest(draw, 100)[-1])
    assert (found <= DEFECT) == whole


# ---- limits that may be looked at at any time ----------------------------------------------------


@pytest.mark.parametrize("mean", [0.1, 0.5])
def test_confidence_sequences_miss_at_most_as_often_as_they_say(mean: float) -> None:
    rng = np.random.default_rng(9)
    streams, length = 200, 400
    missed = missed_plain = 0
    for _ in range(streams):
        sequence, total, off, off_plain = MeanSequence(0.05), 0.0, False, False
        for n, x in enumerate((rng.random(length) < mean).astype(float).tolist(), 1):
            sequence.update(x)
            total += x
            if n % 5 == 1:
                found = sequence.interval
                off = off or not found.low <= mean <= found.high
                low, high = bounded_mean(total / n, n)
                off_plain = off_plain or not low <= mean <= high
        missed += off
        missed_plain += off_plain
    # 10 expected at most; 20 is the upper 99.9 % point
    assert missed <= 20 and missed_plain <= 20
