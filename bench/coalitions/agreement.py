"""The shipped detector `ballot_agreement` on these games, and on the same with votes shuffled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from operator import eq

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from coalitions.games import SNAPSHOT, Game, Pair, Truth
from tertius.core.events import UNKNOWN_TIME, Asserted, RunEnded
from tertius.core.kinds import Event
from tertius.detectors.ballot_agreement import TRIES, BallotAgreement
from tertius.stats.eprocess import EProcess

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL = 0.05
PAIRS = 28
"""Pairs that eight players make: fixed before any ballot."""
MOST = 400


class Watched(Struct):
    """E-values of all pairs of a game after the snapshot's round, and what each bet paid."""

    values: dict[Pair, float]
    payoffs: dict[Pair, list[float]]


def watch(game: Game, shuffle: random.Random | None = None) -> Watched:
    """Show a game's ballots to the detector, as cast or dealt out again by lot."""
    detector = BallotAgreement(level=LEVEL)
    paid: dict[Pair, list[float]] = {}
    for event in ballots(game, shuffle):
        for bet in detector.take(event, None):
            paid.setdefault(bet.key, []).append(bet.payoff)
    return Watched({pair: value for pair, (value, _) in detector.values().items()}, paid)


def ballots(game: Game, shuffle: random.Random | None) -> Iterator[Event]:
    """Yield the first ballots of every round up to the snapshot, then the end."""
    for number in range(1, SNAPSHOT + 1):
        if number not in game.rounds:
            continue
        votes = game.rounds[number].votes
        if shuffle is not None:
            votes = dealt(votes, shuffle)
        for place, (who, whom) in enumerate(votes.items()):
            yield Asserted(id=f"{game.run}/{number}/{place}", time=UNKNOWN_TIME, run=game.run,
                           agent=who, task=f"round-{number}", act="vote", about=whom)  # fmt: skip
    yield RunEnded(id=f"{game.run}/end", time=UNKNOWN_TIME, run=game.run)


def dealt(votes: dict[str, str], shuffle: random.Random) -> dict[str, str]:
    """Share the ballots out anew, nobody its own name, every way equally likely; {} if none is."""
    left = list(votes.values())
    for _ in range(TRIES):
        shuffle.shuffle(left)
        if not any(map(eq, votes, left)):
            return dict(zip(votes, left, strict=True))
    return {}


def ranked(watched: list[Watched], truths: list[Truth]) -> tuple[list[Floats], list[Flags]]:
    """Return e-values and labels of the pairs that were there at the snapshot, game by game."""
    scores = [
        np.array([seen.values.get(pair, 1.0) for pair in truth.pairs])
        for seen, truth in zip(watched, truths, strict=True)
    ]
    return scores, [np.array(list(truth.pairs.values())) for truth in truths]


def games_needed(
    streams: list[list[float]], threshold: float, seed: int, chains: int = 200
) -> list[int]:
    """Return, for pairs that act like these in game after game, the games until the threshold.

    A chain draws games at random, with return; one that does not get there in `MOST` counts as
    that many.
    """
    rng, found = random.Random(seed), []
    for _ in range(chains):
        process, games = EProcess(), 0
        while games < MOST and process.value < threshold:
            games += 1
            for payoff in rng.choice(streams):
                process.update(payoff)
        found.append(games)
    return sorted(found)
