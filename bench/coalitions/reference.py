"""The reference's simple scores of a pair, as its note on coalition logs lists them.

All of them read public talk and ballots up to a round, for pairs still in the game at the snapshot.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coalitions.games import Game, Pair, Round, couples, ordered

WORD = re.compile(r"[a-z]{3,}")
TEXT = ("adjacent", "similar", "reciprocal", "mentions")
ALL = (*TEXT, "against", "same", "surprise")

Floats = NDArray[np.float64]


def table(game: Game, pairs: list[Pair], last: int) -> Floats:
    """Return the seven scores of each pair after round `last`, shape (pairs, 7)."""
    rounds = [game.rounds[n] for n in range(1, last + 1) if n in game.rounds]
    columns: list[Mapping[Pair, float]] = [
        adjacent(rounds),
        similar(rounds),
        *mentions(rounds, game.players),
        against(rounds),
        same(rounds, lambda share: 1.0),
        same(rounds, lambda share: -math.log(share)),
    ]
    return np.array([[column.get(pair, 0.0) for column in columns] for pair in pairs])


def adjacent(rounds: list[Round]) -> Counter[Pair]:
    """Count how often two spoke one after the other."""
    found: Counter[Pair] = Counter()
    for each in rounds:
        order = [who for who, _ in each.said]
        found.update(ordered(*two) for two in pairwise(order))
    return found


def similar(rounds: list[Round]) -> dict[Pair, float]:
    """Return the cosine of tf-idf vectors of what each said; a document is a speaker."""
    words: dict[str, Counter[str]] = {}
    for each in rounds:
        for who, text in each.said:
            words.setdefault(who, Counter()).update(WORD.findall(text.lower()))
    heard = Counter(word for counts in words.values() for word in counts)
    vectors = {
        who: {
            word: (1 + math.log(n)) * math.log((1 + len(words)) / (1 + heard[word]))
            for word, n in counts.items()
        }
        for who, counts in words.items()
    }
    norms = {who: math.sqrt(sum(x * x for x in v.values())) or 1 for who, v in vectors.items()}
    return {
        (a, b): sum(x * vectors[b].get(word, 0.0) for word, x in vectors[a].items())
        / (norms[a] * norms[b])
        for a, b in couples(list(vectors))
    }


def mentions(rounds: list[Round], players: list[str]) -> tuple[Counter[Pair], Counter[Pair]]:
    """Count namings of each other in public talk: the smaller direction, and both."""
    named: Counter[tuple[str, str]] = Counter()
    for each in rounds:
        for who, text in each.said:
            for other in re.findall(r"\bP\d\b", text):
                if other != who:
                    named[who, other] += 1
    smaller, both = Counter[Pair](), Counter[Pair]()
    for a, b in couples(players):
        smaller[a, b] = min(named[a, b], named[b, a])
        both[a, b] = named[a, b] + named[b, a]
    return smaller, both


def against(rounds: list[Round]) -> Counter[Pair]:
    """Count ballots of either against the other."""
    return Counter(ordered(who, whom) for each in rounds for who, whom in each.votes.items())


def same(rounds: list[Round], weight: Callable[[float], float]) -> dict[Pair, float]:
    """Sum ballots of both for the same third, weighted by the share of ballots it got."""
    found: dict[Pair, float] = {}
    for each in rounds:
        counts = Counter(each.votes.values())
        for a, b in couples(list(each.votes)):
            if each.votes[a] == each.votes[b]:
                share = counts[each.votes[a]] / len(each.votes)
                found[a, b] = found.get((a, b), 0.0) + weight(share)
    return found
