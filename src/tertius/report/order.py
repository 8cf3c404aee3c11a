"""In which order agents spoke, with what repeats folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

MOST_ROUND = 6  # turns of a round that is folded
MOST_STEPS = 40  # of one line; what comes after them is counted


class Step(Struct, frozen=True, array_like=True):
    """Agents who spoke one after the other, `times` times in a row."""

    agents: tuple[int, ...]
    times: int = 1


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The steps of a run in their order, and how many messages come after those."""

    steps: list[Step] = []
    after: int = 0


def order(speakers: Sequence[int]) -> Order:
    """Return who spoke after whom.

    Parameters
    ----------
    speakers : sequence of int
        The number of whoever sent each message, in the order of the record; -1 for nobody known.

    Examples
    --------
    >>> [(step.agents, step.times) for step in order([0, 1, 2, 1, 2, 1, 2, 3]).steps]
    [((0,), 1), ((1, 2), 3), ((3,), 1)]
    """
    steps = []
    for step in _folded(speakers):
        steps.append(step)
        if len(steps) == MOST_STEPS:
            break
    told = sum(len(step.agents) * step.times for step in steps)
    return Order(steps=steps, after=len(speakers) - told)


def _folded(speakers: Sequence[int]) -> Iterator[Step]:
    """At each place fold the round that takes in most; of equal ones the shortest."""
    at = 0
    while at < len(speakers):
        size, times = 1, 1
        for wide in range(1, MOST_ROUND + 1):
            often = _times(speakers, at, wide)
            if often > 1 and often * wide > size * times:
                size, times = wide, often
        yield Step(tuple(speakers[at : at + size]), times)
        at += size * times


def _times(speakers: Sequence[int], at: int, size: int) -> int:
    """Return how often the next `size` speakers come in a row."""
    first, times = speakers[at : at + size], 1
    while speakers[at + times * size : at + (times + 1) * size] == first:
        times += 1
    return times
