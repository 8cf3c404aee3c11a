"""Our score of a pair: who would have talked to whom, round by round, made to fit together.

1. *Sentences.* A logistic model on words tells from a sentence that names somebody how often
   speaker and named (or the two named) talked in private. Summed over what was said so far.
2. *Rounds.* For each round a conditional logit over whom an agent talks to, on these sums, on
   ballots, and on the reference's two scores that need neither.
3. *Matchings.* Nobody has two private partners in one round: the chance of each pair is taken over
   all ways to pair who was still there, weighted by the logit.
4. *Count.* A logistic model on these chances: was it enough rounds?

All four are fitted on other games than those that they score; scores that one step hands to the
next in fitting come from games that the earlier step had not seen where it has many weights (1).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from coalitions.board import FIRST, PAIRS, PLACE, SEATS, SECOND, Hidden, Public
from coalitions.fit import Linear, logistic, sparse_logistic
from coalitions.games import SNAPSHOT

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

WORDS = 3.0  # penalty on words; chosen on the development games
FOLDS = 5


def share_paired(seen: Public, truth: Hidden) -> Floats:
    """Return for each game and pair in what share of rounds with both there they were paired."""
    both = seen.alive[:, :, FIRST] & seen.alive[:, :, SECOND]
    found: Floats = (truth.paired & both).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return found


def talks(seen: Public, target: Floats, asked: Flags, fold: Ints) -> list[Talk]:
    """Return, for each fold, all talk scored by models that saw neither it nor the game itself.

    Parameters
    ----------
    target, asked
        Shape (games, pairs): what the words are to tell, 0 to 1, and of which pairs they learn.
    """
    said = seen.said
    of, goal = fold[said.game], target[said.game, said.pair]
    learn = asked[said.game, said.pair]
    models: dict[frozenset[int], tuple[Floats, float]] = {}
    made = []
    for test in range(FOLDS):
        heard = np.zeros(len(of))
        for left_out in range(FOLDS):
            apart = frozenset((test, left_out))
            use = learn & ~np.isin(of, list(apart))
            if apart not in models:
                models[apart] = sparse_logistic(said.words[use], goal[use], WORDS)
            weights, offset = models[apart]
            mean, here = goal[use].mean(), of == left_out
            heard[here] = said.words[here] @ weights + offset - np.log(mean / (1 - mean))
        made.append(Talk(seen, heard))
    return made


class Talk:
    """Sentence scores summed: by game, round, speaker and named; and by game, round and pair."""

    def __init__(self, seen: Public, scores: Floats) -> None:
        said, games = seen.said, len(seen.runs)
        other = np.where(said.speaker == FIRST[said.pair], SECOND[said.pair], FIRST[said.pair])
        turn, own = said.number - 1, said.own
        where = (said.game[own], turn[own], said.speaker[own], other[own])
        self.own = np.zeros((games, SNAPSHOT, SEATS, SEATS))
        self.times = np.zeros_like(self.own)
        self.told = np.zeros((games, SNAPSHOT, len(PAIRS)))
        np.add.at(self.own, where, scores[own])
        np.add.at(self.times, where, 1)
        np.add.at(self.told, (said.game[~own], turn[~own], said.pair[~own]), scores[~own])

    def until(self, last: int) -> Floats:
        """Return ten columns for each pair after round `last`."""
        own, times = self.own[:, :last].sum(axis=1), self.times[:, :last].sum(axis=1)
        one, two = both(own)
        now_one, now_two = both(self.own[:, last - 1])
        n_one, n_two = both(times)
        into, out = own.sum(axis=1), own.sum(axis=2)
        return np.stack(
            [
                one + two, np.minimum(one, two), np.maximum(one, two),
                self.told[:, :last].sum(axis=1),
                now_one + now_two, np.minimum(now_one, now_two),
                n_one + n_two, np.minimum(n_one, n_two),
                into[:, FIRST] + into[:, SECOND] - one - two,
                out[:, FIRST] + out[:, SECOND] - one - two,
            ],
            axis=2,
        )  # fmt: skip

    def around(self, number: int, last: int) -> Floats:
        """Return three columns: what was said right after a round, and in it."""
        one, two = both(self.own[:, number - 1])
        after = self.own[:, number] if number < last else np.zeros_like(self.own[:, 0])
        later, latter = both(after)
        return np.stack([later + latter, np.minimum(later, latter), one + two], axis=2)


def both(directed: Floats) -> tuple[Floats, Floats]:
    """Return either direction of every pair."""
    return directed[:, FIRST, SECOND], directed[:, SECOND, FIRST]


def columns(seen: Public, talk: Talk, number: int, last: int, votes: bool) -> Floats:
    """Return what is known after round `last` on who was paired in round `number`."""
    parts = [talk.until(last), seen.simple[last][:, :, :2], talk.around(number, last)]
    if votes:
        parts += [seen.voted[last], seen.round_votes[:, number - 1]]
    return np.concatenate(parts, axis=2)


def partners(rows: Floats, paired: Flags, alive: Flags, penalty: float = 1.0) -> Linear:
    """Fit whom an agent was paired with, among all others there, by conditional logit."""
    menus: list[tuple[int, int]] = []
    chosen: list[int] = []
    sizes: list[int] = []
    for game, pair in np.argwhere(paired):
        for agent, partner in (PAIRS[pair], PAIRS[pair][::-1]):
            others = [seat for seat in np.flatnonzero(alive[game]) if seat != agent]
            if partner in others:
                chosen.append(len(menus) + others.index(partner))
                sizes.append(len(others))
                menus += [(game, PLACE[agent, other]) for other in others]
    return _conditional(rows, np.array(menus), np.array(chosen), np.array(sizes), penalty)


def _conditional(rows: Floats, menus: Ints, chosen: Ints, sizes: Ints, penalty: float) -> Linear:
    x = rows[menus[:, 0], menus[:, 1]]
    center, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    x = (x - center) / scale
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def loss(w: Floats) -> tuple[float, Floats]:
        s = x @ w
        peak = np.maximum.reduceat(s, starts)
        e = np.exp(s - np.repeat(peak, sizes))
        total = np.add.reduceat(e, starts)
        value = (peak + np.log(total) - s[chosen]).sum() + penalty * (w @ w) / 2
        slope = x.T @ (e / np.repeat(total, sizes)) - x[chosen].sum(axis=0) + penalty * w
        return float(value), slope

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B")
    return Linear(center, scale, found.x, 0.0)


def matched(scores: Floats, alive: Flags) -> Floats:
    """Return the log-odds of each pair, over all ways to pair those there; one may be left over."""
    found = np.zeros_like(scores)
    for game, there in enumerate(alive):
        seats = np.flatnonzero(there)
        ways = PLACE[seats[_ways(len(seats))[..., 0]], seats[_ways(len(seats))[..., 1]]]
        total = scores[game][ways].sum(axis=1)
        weight = np.exp(total - total.max())
        np.add.at(found[game], ways, np.repeat((weight / weight.sum())[:, None], ways.shape[1], 1))
    found = np.clip(found, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(found / (1 - found))
    return odds


@lru_cache
def _ways(count: int) -> Ints:
    """Return all largest matchings among so many, shape (ways, pairs, 2)."""

    def rest(left: tuple[int, ...]) -> list[list[tuple[int, int]]]:
        if len(left) < 2:
            return [[]]
        return [
            [(left[0], left[k]), *more]
            for k in range(1, len(left))
            for more in rest(left[1:k] + left[k + 1 :])
        ]

    everybody = tuple(range(count))
    if count % 2 == 0:
        return np.array(rest(everybody))
    return np.array([w for k in everybody for w in rest(everybody[:k] + everybody[k + 1 :])])


def scores(
    seen: Public, truth: Hidden, fold: Ints, heard: list[Talk], *, votes: bool, last: int,
    label_alone: bool = False,
) -> Floats:  # fmt: skip
    """Return the scores (games, pairs) after round `last`, each game's from the other folds.

    With `label_alone`, step 2 is a logistic model on the label itself, as the reference's is: what
    is left when no model learns from who was paired in which round.
    """
    found = np.zeros(seen.candidates.shape)
    for test, talk in enumerate(heard):
        train = fold != test
        chances = []
        for number in range(1, last + 1):
            there = seen.alive[:, number - 1]
            if label_alone:
                rows = columns(seen, talk, last, last, votes)
                fitted = of_label(rows, seen, truth, train)
            else:
                rows = columns(seen, talk, number, last, votes)
                fitted = partners(rows, truth.paired[:, number - 1] & train[:, None], there)
            raw = fitted(rows)
            chances += [raw, matched(raw, there)]
        likely = np.sum([1 / (1 + np.exp(-odds)) for odds in chances[1::2]], axis=0)
        rows = np.stack([*chances, likely], axis=2)
        found[~train] = of_label(rows, seen, truth, train)(rows[~train])
    return found


def of_label(rows: Floats, seen: Public, truth: Hidden, train: Flags) -> Linear:
    """Fit the label on the pairs that have one, in the games `train`."""
    use = seen.candidates & train[:, None]
    return logistic(rows[use], truth.allied[use].astype(np.float64))
