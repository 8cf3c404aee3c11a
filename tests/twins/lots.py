"""Ballots dealt out by hand: names on cards, a new shuffle for each try, a tally for each pair."""

from collections.abc import Callable
from itertools import combinations

Draw = Callable[[int, int], int]  # step and bound to a whole number below the bound


def agreements(
    cast: dict[str, str], worth: dict[str, float], draw: Draw, *, for_itself: bool, deals: int,
    tries: int,
) -> dict[tuple[str, str], float]:  # fmt: skip
    """Return what each two voters' agreement was worth, summed over deals by lot."""
    sums = dict.fromkeys(combinations(sorted(cast), 2), 0.0)
    cards, step = [cast[voter] for voter in sorted(cast)], 0
    for _ in range(deals):
        cards, step, met = dealt(sorted(cast), cards, draw, step, for_itself, tries)
        got = dict(zip(sorted(cast), cards, strict=True)) if met else cast
        for first, second in sums:
            if got[first] == got[second]:
                sums[first, second] += worth[got[first]]
    return sums


def dealt(
    voters: list[str], cards: list[str], draw: Draw, step: int, for_itself: bool, tries: int
) -> tuple[list[str], int, bool]:
    """Return the cards in their new order, the next step, and whether nobody holds its own."""
    for _ in range(tries):
        rest, end = list(cards), []
        while rest:
            chosen = draw(step, len(rest))
            step += 1
            rest[chosen], rest[-1] = rest[-1], rest[chosen]
            end.insert(0, rest.pop())
            if end[0] == voters[len(rest)] and not for_itself:
                break
        cards = rest + end
        if len(end) == len(cards) and (for_itself or cards[0] != voters[0]):
            return cards, step, True
    return cards, step, False
