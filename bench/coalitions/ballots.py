"""What ballots say about pairs: who agreed on whom, how popular that was, who was spared."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from coalitions.games import Game, Pair, Round

Floats = NDArray[np.float64]
NAMES = ("same", "surprise", "against", "spared", "defended", "revote same", "revote apart",
         "revote against", "last same", "last surprise", "last against", "first same",
         "first surprise", "first against", "scattered apart", "got")  # fmt: skip


def table(game: Game, pairs: list[Pair], last: int) -> Floats:
    """Return the scores of each pair after round `last`, shape (pairs, 16)."""
    return np.array([row(game, a, b, last) for a, b in pairs])


def one_round(game: Game, pairs: list[Pair], number: int) -> Floats:
    """Return same, surprise and against of each pair in one round, shape (pairs, 3)."""
    each = game.rounds.get(number, Round())
    found = np.zeros((len(pairs), 3))
    for place, (a, b) in enumerate(pairs):
        if a in each.votes and b in each.votes:
            first, second = each.votes[a], each.votes[b]
            surprise = -math.log(popularity(each, first)) if first == second else 0.0
            found[place] = first == second, surprise, (first == b) + (second == a)
    return found


def row(game: Game, a: str, b: str, last: int) -> list[float]:
    """Score one pair."""
    sums = np.zeros(len(NAMES))
    for number in range(1, last + 1):
        each = game.rounds.get(number, Round())
        if a not in each.votes or b not in each.votes:
            continue
        first, second = each.votes[a], each.votes[b]
        same, against = first == second, (first == b) + (second == a)
        surprise = -math.log(popularity(each, first)) if same else 0.0
        sums[0] += same
        sums[1] += surprise
        sums[2] += against
        sums[3] += spared(each, a, b) + spared(each, b, a)
        sums[4] += defended(each, a, b) + defended(each, b, a)
        sums[5:8] += again(each, a, b)
        if number == last:
            sums[8:11] = same, surprise, against
        if number == 1:
            sums[11:14] = same, surprise, against
        sums[14] += (not same) * math.log(popularity(each, first) * popularity(each, second))
        sums[15] += sum(who in (a, b) for who in each.votes.values()) / len(each.votes)
    return sums.tolist()


def popularity(each: Round, whom: str) -> float:
    """Return the share of ballots that went to somebody, in the round."""
    return Counter(each.votes.values())[whom] / len(each.votes)


def spared(each: Round, voter: str, other: str) -> float:
    """Return how much of the rest went for `other` while `voter` did not."""
    rest = [whom for who, whom in each.votes.items() if who not in (voter, other)]
    return 0.0 if each.votes[voter] == other or not rest else rest.count(other) / len(rest)


def defended(each: Round, voter: str, other: str) -> bool:
    """Whether `voter` went for somebody who went for `other` in the same round."""
    return each.votes.get(each.votes[voter]) == other


def again(each: Round, a: str, b: str) -> tuple[float, float, float]:
    """Return the ballots after a tie: both for one, apart, one against the other."""
    first, second = each.revotes.get(a), each.revotes.get(b)
    against = (first == b) + (second == a)
    if first is None or second is None:
        return 0.0, 0.0, float(against)
    return float(first == second), float(first != second), float(against)
