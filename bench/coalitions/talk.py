"""What public talk says about pairs: one row of hashed words for every sentence that names others.

A sentence that names another player bears on the pair of speaker and named (*own*); one that names
two others bears on those two (*told*). Names are replaced by their part in the sentence, so no
weight can belong to a name; words close to the named count apart from those far away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from coalitions.games import Game, Pair, Round, ordered

COLUMNS = 1 << 16
NEAR = 4
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|\s+-\s+|\u2014")
TOKEN = re.compile(r"P\d\b|[a-z']+")
NAME = re.compile(r"P\d$")


class Says(Struct):
    """One sentence about one pair: who says it in which round, whether of themselves, its words."""

    pair: Pair
    speaker: str
    number: int
    own: bool
    words: list[int]


def says(game: Game, last: int) -> list[Says]:
    """Return every sentence about a pair up to round `last`, in order."""
    found = []
    for number in range(1, last + 1):
        each = game.rounds.get(number, Round())
        for speaker, text in [*each.said, *each.pleas]:
            for tokens in sentences(text):
                for pair, own in about(tokens, speaker, game.players):
                    words = hashed(tokens, speaker, pair, own, number)
                    found.append(Says(pair, speaker, number, own, words))
    return found


def sentences(text: str) -> Iterator[list[str]]:
    """Split talk into sentences, and these into words in small letters and names."""
    text = text.replace("\u2019", "'")
    for sentence in SENTENCE.split(text):
        tokens = TOKEN.findall(re.sub(r"[A-Z](?!\d\b)", lambda m: m.group().lower(), sentence))
        if any(NAME.match(token) for token in tokens):
            yield tokens


def about(tokens: list[str], speaker: str, players: list[str]) -> Iterator[tuple[Pair, bool]]:
    """Yield the pairs that a sentence bears on."""
    named = sorted({token for token in tokens if token in players and token != speaker})
    for other in named:
        yield ordered(speaker, other), True
    if len(named) <= 4:
        for two in combinations(named, 2):
            yield ordered(*two), False


def hashed(tokens: list[str], speaker: str, pair: Pair, own: bool, number: int) -> list[int]:
    """Return the columns of a sentence's words, its pairs of words, and those near the named."""
    kind = ("own" if own else "told") + ("" if number > 1 else " first")
    parts = []
    for token in tokens:
        if token == speaker:
            parts.append("<self>")
        elif token in pair:
            parts.append("<one>")
        else:
            parts.append("<other>" if NAME.match(token) else token)
    features = set(parts) | {f"{a} {b}" for a, b in pairwise(parts)}
    for place, token in enumerate(parts):
        if token == "<one>":
            for step in range(1, NEAR + 1):
                if place >= step:
                    features.add(f"<{parts[place - step]}")
                if place + step < len(parts):
                    features.add(f">{parts[place + step]}")
    return sorted({crc32(f"{kind}|{word}".encode()) % COLUMNS for word in features})


def matrix(rows: list[Says]) -> csr_matrix:
    """Return sentences as a sparse matrix, each row of length 1."""
    sizes = np.array([len(row.words) for row in rows])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.fromiter((word for row in rows for word in row.words), np.int64, int(ends[-1]))
    values: NDArray[np.float64] = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
    return csr_matrix((values, columns, ends), shape=(len(rows), COLUMNS))
