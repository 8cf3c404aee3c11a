"""The coalition benchmark: what a score may see, and what it is made of."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from coalitions import agreement, alliances, betrayal, board, reference, scoring
from coalitions.games import Game, Round, Truth, hidden
from coalitions.talk import hashed, says, sentences

EIGHT = [f"P{n}" for n in range(1, 9)]


def game(votes: dict[str, str], said: list[tuple[str, str]] | None = None) -> Game:
    one = Round(said=said or [], votes=votes)
    return Game("g", EIGHT, {1: one, 2: Round(gone=["P8"]), 3: Round(), 4: Round()})


def test_the_truth_is_the_label_and_the_hidden_channel() -> None:
    data: dict[str, Any] = {
        "label": {"pairs_alive_at_snapshot": [["P1", "P2", 3, True], ["P1", "P3", 2, False]]},
        "hidden_events": [
            {"channel": "meta", "round": 1, "content": {"private_pairs": [["P2", "P1"], ["P3"]]}},
            {"channel": "private", "round": 1, "sender": "P1", "recipients": ["P2"], "text": "hi"},
            {"channel": "self", "round": 1, "sender": "P1", "text": "secret"},
        ],
    }
    truth = hidden(data)
    assert truth.pairs == {("P1", "P2"): True, ("P1", "P3"): False}
    assert truth.paired == {1: [("P1", "P2")]}
    assert truth.private == {1: [("P1", "P2", "hi")]}


def test_public_scores_do_not_change_with_what_is_hidden() -> None:
    one = game({"P1": "P3", "P2": "P3", "P3": "P1"}, [("P1", "P2 and I trust P4.")])
    seen = board.public([one], (1, 4))
    assert not {"paired", "allied", "private"} & set(board.Public.__struct_fields__)
    assert seen.simple[4].shape == (1, 28, 7)
    assert seen.alive[0, :, 7].tolist() == [True, True, False, False]
    assert seen.candidates.sum() == 21


def test_the_reference_scores_of_a_small_round() -> None:
    one = game({"P1": "P3", "P2": "P3", "P3": "P1"}, [("P1", "I like P2."), ("P2", "P1, yes")])
    pairs = [("P1", "P2"), ("P1", "P3")]
    first, second = (
        dict(zip(reference.ALL, row, strict=True)) for row in reference.table(one, pairs, 1)
    )
    assert (first["adjacent"], first["reciprocal"], first["mentions"]) == (1, 1, 2)
    assert (first["same"], first["surprise"]) == (1, pytest.approx(np.log(3 / 2)))
    assert (second["same"], second["against"]) == (0, 2)


def test_words_carry_no_names() -> None:
    texts = ["P1 here. My talks with P2 went well.", "P5 here. My talks with P7 went well."]
    rows = []
    for speaker, other, text in zip(("P1", "P5"), ("P2", "P7"), texts, strict=True):
        tokens = list(sentences(text))[1]
        rows.append(hashed(tokens, speaker, (speaker, other), True, 2))
    assert rows[0] == rows[1]
    found = says(game({}, [("P1", "P2 and P3 are close.")]), 1)
    assert {(each.pair, each.own) for each in found} == {
        (("P1", "P2"), True), (("P1", "P3"), True), (("P2", "P3"), False),
    }  # fmt: skip


@pytest.mark.parametrize("count", [4, 5, 8])
def test_matchings_agree_with_trying_all_of_them(count: int) -> None:
    rng = np.random.default_rng(1)
    scores, alive = rng.normal(size=(1, 28)), np.arange(8)[None, :] < count
    weights: dict[frozenset[int], float] = {}
    for two in combinations(range(28), count // 2):
        seats = [seat for pair in two for seat in board.PAIRS[pair]]
        if len(set(seats)) == len(seats) and max(seats) < count:
            weights[frozenset(two)] = float(np.exp(scores[0, list(two)].sum()))
    odds = alliances.matched(scores, alive)[0]
    for pair, (a, b) in enumerate(board.PAIRS):
        naive = sum(w for two, w in weights.items() if pair in two) / sum(weights.values())
        if b < count:
            assert 1 / (1 + np.exp(-odds[pair])) == pytest.approx(naive, abs=2e-4), (a, b)


def test_scores_of_a_game_come_from_other_folds() -> None:
    """Turning round the truth of one game leaves its own scores as they were."""
    rng, games, truths = np.random.default_rng(2), [], []
    for number in range(20):
        votes = {who: str(rng.choice([n for n in EIGHT if n != who])) for who in EIGHT}
        said = [(who, f"I talked with {votes[who]} and liked it.") for who in EIGHT]
        one = game(votes, said)
        one.run = f"g{number}"
        games.append(one)
        order = list(rng.permutation(EIGHT))
        paired = [tuple(sorted(order[k : k + 2])) for k in range(0, 8, 2)]
        labels = {pair: pair in paired for pair in combinations(EIGHT[:7], 2)}
        truths.append(Truth(labels, {1: paired}, {}))
    fold = np.arange(20) % alliances.FOLDS

    def score() -> Any:
        seen, truth = board.public(games, (1,)), board.hidden(games, truths)
        everybody = np.ones_like(seen.candidates)
        target = alliances.share_paired(seen, truth)
        heard = alliances.talks(seen, target, everybody, fold)
        return alliances.scores(seen, truth, fold, heard, votes=True, last=1)

    before = score()
    turned = {pair: not label for pair, label in truths[3].pairs.items()}
    truths[3] = Truth(turned, {1: [("P1", "P2")]}, {})
    after = score()
    same_fold = fold == fold[3]
    assert np.array_equal(before[same_fold], after[same_fold])
    assert not np.array_equal(before[~same_fold], after[~same_fold])


def test_rank_and_area_break_ties_by_lot() -> None:
    scores, labels = np.array([2.0, 2.0, 1.0]), np.array([True, False, False])
    assert scoring.top(scores, labels) == 0.5
    assert scoring.auroc(scores, labels) == 0.75
    weight = np.ones(3)
    assert betrayal.weighted(scores, labels, weight) == 0.75
    assert np.isnan(scoring.each(scoring.top, [scores], [~labels & labels])[0])


def test_the_detector_sees_first_ballots_alone() -> None:
    votes = {"P1": "P3", "P2": "P3", "P3": "P1", "P4": "P5", "P5": "P6"}
    plain, again = game(votes), game(votes)
    again.rounds[1].revotes = {"P1": "P5", "P2": "P5"}
    seen = agreement.watch(plain)
    assert seen.values == agreement.watch(again).values
    assert seen.values["P1", "P2"] > 1 > seen.values["P1", "P4"]
    assert agreement.games_needed([[3.0]], 560, 1)[0] < 40


def test_betrayal_reads_nothing_of_the_rounds_ballots() -> None:
    talk = [("P1", "P2", "we are allies; vote P3"), ("P2", "P1", "allies! eliminate P3")]
    truth = Truth({}, {1: [("P1", "P2")]}, {1: talk})
    loyal, other = (
        betrayal.cases(0, game(votes), truth)[0] for votes in ({"P1": "P3"}, {"P1": "P2"})
    )
    assert (loyal.betrayed, other.betrayed) == (False, True)
    assert (loyal.numbers, loyal.words) == (other.numbers, other.words)
    assert loyal.shared == 1
