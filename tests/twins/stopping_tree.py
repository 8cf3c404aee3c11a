"""The exact worst case of a betting process: every path, any null, the best moment to stop.

The adversary sees the whole past. At each node it picks one of the distributions that the null
allows (the extreme ones are enough: what it can gain is linear in them), or stops and takes the
process's value. Rational in, rational out: no rounding to hide behind.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Outcome = Hashable
Law = Mapping[Outcome, Fraction]
"""What happens with what chance."""

GRID = tuple(Fraction(share, 100) for share in (2, 5, 10, 20, 35, 50, 70, 90))


def worst(
    state: Any,
    step: Callable[[Any, Outcome], Any],
    value: Callable[[Any], Any],
    laws: Sequence[Law] | Callable[[Any], Sequence[Law]],
    depth: int,
) -> Any:
    """The most that stopping a process can be worth on average under the null."""
    stopped = value(state)
    if not depth:
        return stopped
    allowed = laws(state) if callable(laws) else laws
    after = {
        outcome: worst(step(state, outcome), step, value, laws, depth - 1)
        for outcome in {outcome: None for law in allowed for outcome in law}
    }
    going = (sum(chance * after[outcome] for outcome, chance in law.items()) for law in allowed)
    return max(stopped, *going)


def at_most(mean: Fraction) -> tuple[Law, Law]:
    """Every law of an outcome 0 or 1 whose mean is at most this, by its extremes."""
    return {1: mean, 0: 1 - mean}, {0: Fraction(1)}


class Mixture:
    """The start mixture from its definition: every start a process of its own, a product each."""

    def __init__(self, clock: int = 0, starts: tuple[tuple[Fraction, ...], ...] = ()) -> None:
        self.clock, self.starts = clock, starts

    def after(self, payoff: Fraction) -> "Mixture":
        weight = Fraction(1, (self.clock + 1) * (self.clock + 2))
        starts = (*self.starts, (weight,) * len(GRID))
        grown = tuple(
            tuple(wealth * (1 + share * payoff) for wealth, share in zip(each, GRID, strict=True))
            for each in starts
        )
        return Mixture(self.clock + 1, grown)

    @property
    def value(self) -> Fraction:
        staked = sum((sum(each) for each in self.starts), Fraction())
        return staked / len(GRID) + Fraction(1, self.clock + 1)


class Pooled:
    """The same with the starts summed as they go: short enough for deep trees."""

    def __init__(self, clock: int = 0, wealth: tuple[Fraction, ...] = (Fraction(),) * 8) -> None:
        self.clock, self.wealth = clock, wealth

    def after(self, payoff: Fraction) -> "Pooled":
        weight = Fraction(1, (self.clock + 1) * (self.clock + 2))
        grown = tuple(
            (wealth + weight) * (1 + share * payoff)
            for wealth, share in zip(self.wealth, GRID, strict=True)
        )
        return Pooled(self.clock + 1, grown)

    @property
    def value(self) -> Fraction:
        return sum(self.wealth, Fraction()) / len(GRID) + Fraction(1, self.clock + 1)


def roberts(sums: tuple[Fraction, ...], payoff: Fraction) -> tuple[Fraction, ...]:
    """One update of Shiryaev and Roberts' sums."""
    return tuple((held + 1) * (1 + share * payoff) for held, share in zip(sums, GRID, strict=True))
