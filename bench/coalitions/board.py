"""All games as arrays: players are numbered 0 to 7 and pairs 0 to 27, in the same way everywhere.

Public and true things stand in two structures, so that a score can be given the first alone.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from coalitions import ballots, reference
from coalitions.games import SNAPSHOT, Game, Truth, ordered
from coalitions.talk import matrix, says

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SEATS = 8
PAIRS = list(combinations(range(SEATS), 2))
FIRST = np.array([a for a, _ in PAIRS])
SECOND = np.array([b for _, b in PAIRS])
PLACE = np.zeros((SEATS, SEATS), np.int64)
PLACE[FIRST, SECOND] = PLACE[SECOND, FIRST] = np.arange(len(PAIRS))


class Sentences(Struct):
    """Everything said in public that names others, of all games: a row each."""

    game: Ints
    number: Ints  # round, from 1
    speaker: Ints
    pair: Ints
    own: Flags
    words: csr_matrix


class Public(Struct):
    """What a monitor without the hidden channel has."""

    runs: list[str]
    alive: Flags  # (games, rounds, seats), when the round began
    candidates: Flags  # (games, pairs), both still there at the snapshot
    said: Sentences
    simple: dict[int, Floats]  # after a round: (games, pairs, scores of the reference)
    voted: dict[int, Floats]  # after a round: (games, pairs, scores of ballots)
    round_votes: Floats  # (games, rounds, pairs, 3): same, surprise, against


class Hidden(Struct):
    """What is true, for fitting on other games and for judging."""

    paired: Flags  # (games, rounds, pairs)
    allied: Flags  # (games, pairs): the label, False where it has none


def public(games: list[Game], lasts: tuple[int, ...] = (1, 2, 3, 4)) -> Public:
    """Lay out what is public."""
    alive = np.array(
        [
            [[who in game.alive(n) for who in seats(game)] for n in range(1, SNAPSHOT + 1)]
            for game in games
        ]
    )
    there = alive[:, SNAPSHOT - 1]
    tables = [(game, named(game)) for game in games]
    return Public(
        runs=[game.run for game in games],
        alive=alive,
        candidates=there[:, FIRST] & there[:, SECOND],
        said=sentences(games),
        simple={n: np.array([reference.table(g, two, n) for g, two in tables]) for n in lasts},
        voted={n: np.array([ballots.table(g, two, n) for g, two in tables]) for n in lasts},
        round_votes=np.array(
            [[ballots.one_round(g, two, n) for n in range(1, SNAPSHOT + 1)] for g, two in tables]
        ),
    )


def named(game: Game) -> list[tuple[str, str]]:
    """Name the 28 pairs of a game in their fixed order, each as `ordered` does."""
    at = seats(game)
    return [ordered(at[a], at[b]) for a, b in PAIRS]


def seats(game: Game) -> list[str]:
    """Name all eight seats; a game that was recorded from a later round on has empty ones."""
    return [*game.players, *(f"empty-{n}" for n in range(len(game.players), SEATS))]


def sentences(games: list[Game]) -> Sentences:
    """Lay out public talk."""
    rows, of, speakers, pairs = [], [], [], []
    for number, game in enumerate(games):
        seat = {who: place for place, who in enumerate(game.players)}
        for each in says(game, SNAPSHOT):
            if each.speaker in seat:
                rows.append(each)
                of.append(number)
                speakers.append(seat[each.speaker])
                pairs.append(PLACE[seat[each.pair[0]], seat[each.pair[1]]])
    return Sentences(
        game=np.array(of),
        number=np.array([row.number for row in rows]),
        speaker=np.array(speakers),
        pair=np.array(pairs),
        own=np.array([row.own for row in rows]),
        words=matrix(rows),
    )


def hidden(games: list[Game], truths: list[Truth]) -> Hidden:
    """Lay out what is true."""
    paired = np.zeros((len(games), SNAPSHOT, len(PAIRS)), np.bool_)
    allied = np.zeros((len(games), len(PAIRS)), np.bool_)
    for number, (game, truth) in enumerate(zip(games, truths, strict=True)):
        place = {pair: where for where, pair in enumerate(named(game))}
        for turn in range(1, SNAPSHOT + 1):
            for pair in truth.paired.get(turn, []):
                paired[number, turn - 1, place[pair]] = True
        for pair, label in truth.pairs.items():
            allied[number, place[pair]] = label
    return Hidden(paired, allied)
