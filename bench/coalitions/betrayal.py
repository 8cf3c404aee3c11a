"""Talk against act: who talked of alliance in private, does one vote against the other that round?

Here, and nowhere else, private talk is read: it is the question. Nothing of a round's ballots, and
nothing later, goes into its scores. A case is a pair that talked in private in a round with at
least four players, both with words of alliance; it is judged within its stage, the number still in
the game, since the stage alone tells most.
"""

from __future__ import annotations

import re
from itertools import pairwise
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from coalitions.fit import logistic, sparse_logistic
from coalitions.games import Game, Pair, Truth, ordered
from coalitions.talk import NAME, TOKEN

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

LEAST = 4
COLUMNS = 1 << 15
FOLDS = 5
WORDS = 1.0  # penalty on words; chosen on the development games
ALLIANCE = re.compile(
    r"\b(all(?:y|ies|ied|iances?)|partner\w*|pact|loyal\w*"
    r"|(?:team|work|stick)(?:ing)? (?:up|together))\b",
    re.I,
)
TARGET = re.compile(r"\b(vot\w+|target\w*|eliminat\w+|threat\w*|remove|out)\b", re.I)
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


class Case(Struct):
    """One pair in one round: what is known before the vote, and whether one went for the other."""

    game: int
    stage: int
    betrayed: bool
    earlier: float
    shared: float
    numbers: list[float]
    words: list[int]


def cases(index: int, game: Game, truth: Truth) -> list[Case]:
    """Return the cases of one game."""
    found = []
    for number, pairs in truth.paired.items():
        alive = game.alive(number)
        if len(alive) < LEAST or number not in game.rounds:
            continue
        said = truth.private.get(number, [])
        for a, b in pairs:
            talk = {a: spoken(said, a, b), b: spoken(said, b, a)}
            if all(ALLIANCE.search(text) for text in talk.values()):
                found.append(case(index, game, truth, number, (a, b), talk))
    return found


def spoken(said: list[tuple[str, str, str]], sender: str, to: str) -> str:
    """Return what one said to the other in private."""
    return "\n".join(text for who, whom, text in said if (who, whom) == (sender, to))


def case(
    index: int, game: Game, truth: Truth, number: int, pair: Pair, talk: dict[str, str]
) -> Case:
    """Lay out one case."""
    a, b = pair
    alive, votes = game.alive(number), game.rounds[number].votes
    names = {who: {n for n in re.findall(r"\bP\d\b", talk[who]) if n not in pair} for who in pair}
    wanted = {who: [n for n in targets(talk[who]) if n not in pair] for who in pair}
    past = [n for n in game.rounds if n < number]
    together = {n: truth.paired.get(n, []) for n in past}
    earlier = float(sum(pair in two for two in together.values()))
    other = [
        max((sum(ordered(who, k) in two for two in together.values())
             for k in alive if k not in pair), default=0)
        for who in pair
    ]  # fmt: skip
    before = [game.rounds[n].votes for n in past]
    crossed = [float(sum(v.get(x) == y for v in before)) for x, y in ((a, b), (b, a))]
    agreed = float(sum(v.get(a, "") == v.get(b, "-") for v in before))
    heat = [hot(truth, game, number, who, pair) for who in pair]
    union, common = set(wanted[a]) | set(wanted[b]), set(wanted[a]) & set(wanted[b])
    numbers = [
        earlier, float(bool(past) and pair in together[max(past)]),
        float(len(names[a] & names[b])), float(len(names[a] | names[b])),
        len(common) / max(1, len(union)), float(len(common)), float(not union),
        float(bool(wanted[a] and wanted[b]) and wanted[a][-1] == wanted[b][-1]),
        sum(crossed), min(crossed), agreed, agreed / max(1, len(past)),
        float(sum(other)), float(max(other)),
        sum(heat), max(heat), min(heat),
        float(min(len(ALLIANCE.findall(text)) for text in talk.values())),
        np.log1p(min(len(text) for text in talk.values())), float(len(alive) % 2),
    ]  # fmt: skip
    betrayed = votes.get(a) == b or votes.get(b) == a
    words = sorted(hashed(talk[a], a, b) | hashed(talk[b], b, a))
    return Case(index, len(alive), betrayed, earlier, numbers[2], numbers, words)


def targets(text: str) -> list[str]:
    """Return who is named in sentences about votes and threats, in order."""
    return [
        name
        for sentence in SENTENCE.split(text)
        if TARGET.search(sentence)
        for name in re.findall(r"\bP\d\b", sentence)
    ]


def hot(truth: Truth, game: Game, number: int, who: str, pair: Pair) -> float:
    """Return the share of others who, this round, spoke of somebody as a target."""
    by = {
        sender
        for sender, _, text in truth.private.get(number, [])
        if sender not in pair and who in targets(text)
    }
    return len(by) / max(1, len(game.alive(number)) - 2)


def hashed(text: str, speaker: str, partner: str) -> set[int]:
    """Return the columns of words and pairs of words, names replaced by their part."""
    text = re.sub(r"[A-Z](?!\d\b)", lambda m: m.group().lower(), text.replace("\u2019", "'"))
    parts = [
        "<self>" if t == speaker else "<one>" if t == partner else "<other>" if NAME.match(t) else t
        for t in TOKEN.findall(text)
    ]
    features = set(parts) | {f"{x} {y}" for x, y in pairwise(parts)}
    return {crc32(word.encode()) % COLUMNS for word in features}


def scores(found: list[Case], fold: Ints) -> Floats:
    """Score every case by models fitted on the games of other folds."""
    y = np.array([each.betrayed for each in found], np.float64)
    of = fold[[each.game for each in found]]
    sizes = np.array([len(each.words) for each in found])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    flat = np.fromiter((w for each in found for w in each.words), np.int64, int(ends[-1]))
    x = csr_matrix((np.repeat(1 / np.sqrt(sizes), sizes), flat, ends), (len(found), COLUMNS))
    stages = sorted({each.stage for each in found})
    dummies = [[float(each.stage == s) for s in stages] for each in found]
    numbers = np.column_stack([np.array([each.numbers for each in found]), dummies])
    result = np.zeros(len(found))
    models: dict[frozenset[int], tuple[Floats, float]] = {}
    for test in range(FOLDS):
        text = np.zeros(len(found))
        for left in range(FOLDS):
            out = frozenset((test, left))
            if out not in models:
                use = ~np.isin(of, list(out))
                models[out] = sparse_logistic(x[use], y[use], WORDS)
            weights, offset = models[out]
            text[of == left] = x[of == left] @ weights + offset
        rows, train = np.column_stack([numbers, text]), of != test
        result[~train] = logistic(rows[train], y[train], 5.0)(rows[~train])
    return result


def within(scores: Floats, betrayed: Flags, stage: Ints, weight: Floats) -> float:
    """Return the AUROC within stages, each counted by its weight of betrayals."""
    total = parts = 0.0
    for each in np.unique(stage):
        here = stage == each
        area = weighted(scores[here], betrayed[here], weight[here])
        if area is not None:
            hits = float(weight[here & betrayed].sum())
            total, parts = total + hits * area, parts + hits
    return total / parts


def weighted(scores: Floats, labels: Flags, weight: Floats) -> float | None:
    """Return the AUROC of weighted cases, ties counted half, or None without both kinds."""
    _, group = np.unique(scores, return_inverse=True)
    high = np.bincount(group, weight * labels)
    low = np.bincount(group, weight * ~labels)
    if not high.sum() or not low.sum():
        return None
    below = np.cumsum(low) - low
    return float((high * (below + low / 2)).sum() / (high.sum() * low.sum()))


def drawn(games: Ints, count: int, rng: np.random.Generator) -> Floats:
    """Return how often each case's game comes up in one draw of whole games."""
    times = np.bincount(rng.integers(count, size=count), minlength=count)
    return times[games].astype(np.float64)
