"""One month at the commons, with a basket and a queue."""

from collections.abc import Sequence

from tertius.stats.draws import WORLD, Stream


def month(
    asked: Sequence[int], stock: int, *, capacity: int, collapse: int, proportional: bool, key: int,
    number: int,
) -> tuple[list[int], int, bool]:  # fmt: skip
    """Return what each got, the stock after regrowth, and whether it collapsed."""
    if sum(asked) <= stock:
        got = list(asked)
    elif proportional:
        got = [one * stock // sum(asked) for one in asked]
        for member, one in enumerate(asked):
            if sum(got) < stock and got[member] < one:
                got[member] += 1
    else:
        got = [0] * len(asked)
        for unit in range(stock):
            queue = [member for member, one in enumerate(asked) if got[member] < one]
            drawn = Stream(key, player=WORLD, step=number * capacity + unit)
            got[queue[drawn.below(len(queue), "hand out a unit")]] += 1
    left = stock - sum(got)
    return got, left if left < collapse else min(capacity, 2 * left), left < collapse
