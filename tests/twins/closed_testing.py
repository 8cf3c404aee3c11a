"""The family rule from first principles: every set of keys is a hypothesis, judged by its mean."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import combinations


def standing_sets(
    values: Sequence[float], level: Fraction, weights: Sequence[Fraction]
) -> Iterator[frozenset[int]]:
    """The sets that cannot be rejected: their weighted mean stays below 1 / level.

    Weight that is left over is one more key, at 1, in whatever set would keep it.
    """
    rest = 1 - sum(weights)
    pool = [*zip(map(Fraction, values), weights, strict=True), (Fraction(1), rest)]
    places = [place for place, (_, weight) in enumerate(pool) if weight > 0]
    for size in range(1, len(places) + 1):
        for chosen in combinations(places, size):
            mass = sum(pool[place][1] for place in chosen)
            worth = sum(pool[place][0] * pool[place][1] for place in chosen)
            if worth < mass / level:
                yield frozenset(chosen)


def named(values: Sequence[float], level: Fraction, weights: Sequence[Fraction]) -> list[int]:
    kept = set().union(*standing_sets(values, level, weights))
    return [place for place in range(len(values)) if place not in kept]


def group_bound(
    values: Sequence[float], group: Collection[int], level: Fraction, weights: Sequence[Fraction]
) -> int:
    inside = frozenset(group)
    sets = standing_sets(values, level, weights)
    return len(inside) - max((len(inside & each) for each in sets), default=0)
