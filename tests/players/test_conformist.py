"""Followers: what most did, what fewest did."""

from tertius.environments.matrix_game import MatrixGame, MatrixGameSettings
from tertius.players.table import load
from tertius.runtime.episode import Episode
from tertius.stats.draws import Stream, root

SEEN = {"moves": ["a", "b", "c"], "others": {"x": "b", "y": "b", "z": "a"}}


def test_one_does_what_most_did_and_the_other_what_fewest_did() -> None:
    draws = Stream(root(1), player=0, step=0)
    assert load("conformist").act(SEEN, draws) == "b"
    assert load("contrarian").act(SEEN, draws) == "c"


def test_with_nobody_to_follow_chance_decides() -> None:
    seen = {"moves": ["a", "b"], "others": {}}
    for name in ("conformist", "contrarian"):
        made = {load(name).act(seen, Stream(root(1), player=0, step=n)) for n in range(20)}
        assert made == {"a", "b"}


def test_conformists_stay_with_the_hare_once_all_are_there() -> None:
    world = MatrixGame(MatrixGameSettings(game="stag_hunt", rounds=30), tells=False)
    players = {agent: load("conformist") for agent in world.seats}
    hunted = set()
    for seed in range(12):
        Episode(world, players, seed=seed).play()
        hunted.add(tuple(world.played[0].tolist()))
    assert (1, 1) in hunted and (0, 0) in hunted
