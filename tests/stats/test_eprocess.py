"""Exact worst cases: no adversary and no moment to stop makes a process worth more than 1.

The same check must reject what only looks like one; if it did not, it would check nothing.
"""

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twins import stopping_tree as exact
from tests.twins.stopping_tree import Law, Mixture, Pooled, at_most, roberts, worst

from tertius.stats.eprocess import CAP, GRID, EProcess
from tertius.stats.payoffs import (
    PayoffError,
    calibration,
    ceiling,
    children,
    choice,
    floor,
    permutation,
    swap,
)

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
HEADS: Law = {1: HALF, -1: HALF}


def bet_on(payoffs: dict[object, Fraction], laws: object, depth: int) -> Fraction:
    """Worst case of the start mixture over payoffs by outcome."""
    return worst(
        Pooled(),
        lambda process, outcome: process.after(payoffs[outcome]),
        lambda process: process.value,
        laws,
        depth,
    )


# ---- the constructions ---------------------------------------------------------------------------


def test_ceilings_are_worth_one_exactly() -> None:
    payoffs = {x: Fraction(ceiling(float(x), 0.25)) for x in (0, 1)}
    assert bet_on(payoffs, at_most(QUARTER), 12) == 1


def test_floors_are_worth_one_exactly() -> None:
    payoffs = {1 - x: Fraction(floor(1.0 - x, 0.75)) for x in (0, 1)}
    laws = [{0: QUARTER, 1: 1 - QUARTER}, {1: Fraction(1)}]
    assert bet_on(payoffs, laws, 12) == 1


def test_swaps_are_worth_one_exactly() -> None:
    payoffs = {d: Fraction(swap(d, 0.5)) for d in (1, -1)}
    assert bet_on(payoffs, [HEADS], 12) == 1


def test_swaps_whose_stake_an_adversary_picks_are_worth_one_exactly() -> None:
    stakes = (0.125, 1.0)
    payoffs = {(d, size): Fraction(swap(d, size)) for d in (1, -1) for size in stakes}
    laws = [{(1, size): HALF, (-1, size): HALF} for size in stakes]
    assert bet_on(payoffs, laws, 5) == 1


def test_choices_are_worth_one_exactly() -> None:
    payoffs = {chosen: Fraction(choice(chosen, 5)) for chosen in (True, False)}
    law = {True: Fraction(1, 5), False: Fraction(4, 5)}
    assert bet_on(payoffs, [law], 12) == 1


def test_choices_among_a_number_an_adversary_picks_are_worth_one_exactly() -> None:
    payoffs = {(hit, k): Fraction(choice(hit, k)) for hit in (True, False) for k in (2, 7)}
    laws = [{(True, k): Fraction(1, k), (False, k): 1 - Fraction(1, k)} for k in (2, 7)]
    assert bet_on(payoffs, laws, 5) == 1


def test_permutations_of_units_are_worth_one_exactly() -> None:
    scores = (0, 1, 1, 6)
    payoffs = {
        at: Fraction(permutation(score, [*scores[:at], *scores[at + 1 :]]))
        for at, score in enumerate(scores)
    }
    assert bet_on(payoffs, [dict.fromkeys(payoffs, QUARTER)], 5) == 1


def test_windows_of_errors_are_worth_one_exactly() -> None:
    payoffs = {count: Fraction(children([count])) for count in (0, 1, 2, 10, 40)}
    laws = [
        {0: Fraction(9, 10), 10: Fraction(1, 10)},
        {0: Fraction(39, 40), 40: Fraction(1, 40)},
        {0: HALF, 2: HALF},
        {1: Fraction(1)},
    ]
    assert bet_on(payoffs, laws, 4) == 1


def test_calibration_up_and_down_averaged_is_worth_one_exactly() -> None:
    def both(pair: tuple[Pooled, Pooled], outcome: tuple[int, float]) -> tuple[Pooled, Pooled]:
        up, down = calibration(float(outcome[0]), outcome[1])
        return pair[0].after(Fraction(up)), pair[1].after(Fraction(down))

    forecasts = (0.5, 0.75)
    laws = [{(1, p): Fraction(p), (0, p): 1 - Fraction(p)} for p in forecasts]
    # 1/3 is no binary number: the payoff of 0.75 down is off by a rounding, no more
    worth = worst(
        (Pooled(), Pooled()), both, lambda pair: (pair[0].value + pair[1].value) / 2, laws, 4
    )
    assert 1 <= worth < 1 + Fraction(1, 10**12)


def test_a_key_that_goes_and_comes_on_a_later_clock_is_worth_one_exactly() -> None:
    def step(state: tuple[int, Pooled], outcome: int) -> tuple[int, Pooled]:
        time, process = state
        if outcome == 2:  # away while one other key is updated
            return time + 1, Pooled(clock=time + 1)
        return time + 1, process.after(Fraction(ceiling(float(outcome), 0.25)))

    laws = [*at_most(QUARTER), {2: Fraction(1)}]
    start = (0, Pooled())
    assert worst(start, step, lambda state: state[1].value, laws, 7) == 1

    def back_at_one(state: tuple[int, Pooled], outcome: int) -> tuple[int, Pooled]:
        return (0, Pooled()) if outcome == 2 else step(state, outcome)

    assert worst(start, back_at_one, lambda state: state[1].value, laws, 7) > 1


@pytest.mark.parametrize("mean", [0.25, 0.6])
def test_the_process_that_runs_is_worth_one(mean: float) -> None:
    def step(process: EProcess, outcome: int) -> EProcess:
        later = deepcopy(process)
        later.update(ceiling(float(outcome), mean))
        return later

    laws = [{1: mean, 0: 1 - mean}, {0: 1.0}]
    worth = worst(EProcess(), step, lambda process: process.value, laws, 9)
    assert abs(worth - 1) < 1e-12


# ---- what only looks like one must be told -------------------------------------------------------


def test_a_running_mean_as_the_ceiling_is_caught() -> None:
    def step(state: tuple[Pooled, int, int], x: int) -> tuple[Pooled, int, int]:
        process, hits, count = state
        ceiling_now = Fraction(hits + 1, count + 2)
        return process.after((x - ceiling_now) / ceiling_now), hits + x, count + 1

    start = (Pooled(), 0, 0)
    found = worst(start, step, lambda state: state[0].value, at_most(HALF), 8)
    assert found > 1


def test_a_sum_of_shiryaev_and_roberts_read_as_an_e_value_is_caught() -> None:
    def value(sums: tuple[Fraction, ...]) -> Fraction:
        return sum(sums, Fraction()) / len(sums)

    start = (Fraction(),) * 8
    found = worst(
        start, lambda sums, x: roberts(sums, Fraction(4 * x - 1)), value, at_most(QUARTER), 8
    )
    assert found >= 8


def test_a_product_of_dependent_detectors_is_caught() -> None:
    def step(process: Pooled, x: int) -> Pooled:
        return process.after(Fraction(4 * x - 1))

    laws = at_most(QUARTER)
    assert worst(Pooled(), step, lambda process: process.value**2, laws, 6) > 1.05
    assert worst(Pooled(), step, lambda process: (process.value + process.value) / 2, laws, 6) == 1


def sticky(length: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Chains of two states that stay with chance 0.9, and their chances."""
    for chain in product((0, 1), repeat=length):
        chance = HALF
        for one, next_one in pairwise(chain):
            chance *= Fraction(9, 10) if one == next_one else Fraction(1, 10)
        yield chain, chance


def together(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return 4 ** sum(a == b for a, b in zip(one, other, strict=True))


def test_permuting_events_of_sticky_runs_is_caught_and_permuting_runs_is_not() -> None:
    chains = list(sticky(4))
    events: dict[object, Fraction] = {
        (one, other): chance * chance_too
        for (one, chance), (other, chance_too) in product(chains, chains)
    }

    def within(outcome: tuple[tuple[int, ...], tuple[int, ...]]) -> Fraction:
        one, other = outcome
        ways = [together(one, way) for way in permutations(other)]
        return together(one, other) / Fraction(sum(ways), len(ways)) - 1

    payoffs = {outcome: within(outcome) for outcome in events}
    assert bet_on(payoffs, [events], 1) > 1

    chains = list(sticky(3))
    runs: dict[object, Fraction] = {
        (one, two, partner, other): a * b * c * d
        for (one, a), (two, b), (partner, c), (other, d) in product(chains, repeat=4)
    }

    def between(outcome: tuple[tuple[int, ...], ...]) -> Fraction:
        one, two, partner, other = outcome
        seen = together(one, partner) + together(two, other)
        crossed = together(one, other) + together(two, partner)
        return Fraction(2 * seen, seen + crossed) - 1

    assert bet_on({outcome: between(outcome) for outcome in runs}, [runs], 1) == 1


# ---- the process itself --------------------------------------------------------------------------


@given(st.lists(st.integers(-8, 64), max_size=7))
def test_it_is_the_start_mixture_of_its_definition(eighths: list[int]) -> None:
    defined, pooled, runs = Mixture(), Pooled(), EProcess()
    for eighth in eighths:
        payoff = Fraction(eighth, 8)
        defined, pooled = defined.after(payoff), pooled.after(payoff)
        assert runs.update(float(payoff)) == runs.value
    assert defined.value == pooled.value
    assert runs.n == len(eighths)
    assert abs(Fraction(runs.value) / defined.value - 1) < Fraction(1, 10**13)


def test_the_grid_is_the_contract_s() -> None:
    assert tuple(map(float, exact.GRID)) == GRID


def test_it_finds_a_change_after_a_long_quiet_time() -> None:
    process = EProcess()
    for turn in range(3000):
        process.update(ceiling(float(turn % 20 == 0), 0.05))
    assert process.value < 1
    delay = next(turn for turn in range(400) if process.update(ceiling(turn % 4 == 0, 0.05)) >= 20)
    assert delay < 200


def test_wealth_stops_at_the_cap() -> None:
    process = EProcess()
    for _ in range(40):
        process.update(1e12)
    assert process.value == CAP
    assert process.update(-1.0) < CAP


@pytest.mark.parametrize("payoff", [-1.0000001, float("nan"), float("inf")])
def test_what_is_no_payoff_is_refused_and_leaves_no_trace(payoff: float) -> None:
    process = EProcess()
    with pytest.raises(PayoffError):
        process.update(payoff)
    assert (process.value, process.n) == (1.0, 0)
