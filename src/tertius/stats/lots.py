"""Ballots dealt out by lot, compiled: what voters agree on where chance alone decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from tertius.stats.compiled import compiled
from tertius.stats.draws import below

ANY = -1
"""Own number of a voter to whom every ballot may be dealt."""


@compiled
def deal(key: np.uint64, start: int, ballots: Any, own: Any, tries: int) -> tuple[int, bool]:
    """Shuffle ballots in place, every allowed order equally likely.

    Parameters
    ----------
    key, start
        Numbers are drawn by this key from this step on, see `tertius.stats.draws`.
    ballots
        Number of the candidate on each, from 0; the n-th is the n-th voter's.
    own
        Number that each voter must not get, or `ANY`.
    tries
        Orders looked at, at most.

    Returns
    -------
    step, met
        The step after the last number drawn, and whether an allowed order was met.

    Notes
    -----
    A try ends with the first ballot that is not allowed. What lies there then is where the next
    one begins, which is as good a beginning as any.
    """
    step = start
    for _ in range(tries):
        place = ballots.size
        fits = True
        while fits and place:
            place -= 1
            other = below(key, step, place + 1)
            step += 1
            ballots[place], ballots[other] = ballots[other], ballots[place]
            fits = ballots[place] != own[place]
        if fits:
            return step, True
    return step, False


@compiled
def agreements(key: np.uint64, ballots: Any, own: Any, worth: Any, deals: int, tries: int) -> Any:
    """Return what each two voters' agreement was worth, summed over deals by lot.

    Parameters
    ----------
    key, ballots, own, tries
        See `deal`. Where no allowed order is met, the ballots as cast stand for it.
    worth
        Of an agreement on each candidate.
    deals
        How many.

    Returns
    -------
    sums
        A square; a pair stands at [first, second], the first before the second.
    """
    voters = ballots.size
    sums = np.zeros((voters, voters))
    left = ballots.copy()
    step = 0
    for _ in range(deals):
        step, met = deal(key, step, left, own, tries)
        dealt = left if met else ballots
        for first in range(voters):
            for second in range(first + 1, voters):
                if dealt[first] == dealt[second]:
                    sums[first, second] += worth[dealt[first]]
    return sums
