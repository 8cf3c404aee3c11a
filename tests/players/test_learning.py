"""Tabular learners: each on a case where one knows what it must learn."""

import json
import math
from typing import Any

import pytest

from tertius.environments import table as environments
from tertius.environments.matrix_game import MatrixGame, MatrixGameSettings
from tertius.environments.routing import Routing, RoutingSettings
from tertius.players.bandit import Bandit
from tertius.players.q_learning import QLearning
from tertius.players.roth_erev import RothErev
from tertius.players.seated import PlayerSettingsError
from tertius.players.table import load
from tertius.runtime.episode import Episode
from tertius.stats.draws import Stream, root

ARMS = {"left": 0.2, "middle": 0.5, "right": 0.8}
LEARNERS = ["q_learning", "bandit", "roth_erev", "best_response"]


def draws(step: int, player: int = 0, seed: int = 1) -> Stream:
    return Stream(root(seed), player=player, step=step)


def pull(player: Any, pulls: int, *, seed: int = 1) -> list[str]:
    """Let a player pull arms that pay 1 with the chance that `ARMS` gives."""
    player.sit("ana", {})
    seen, made = {"moves": list(ARMS)}, []
    for step in range(pulls):
        move = player.act(seen, draws(step, seed=seed))
        luck = draws(step, player=9, seed=seed).unit("pay")
        player.learn(float(luck < ARMS[move]), seen, step == pulls - 1)
        made.append(move)
    return made


def test_a_bandit_finds_the_best_arm_and_its_mean() -> None:
    player = Bandit(explore=0.1)
    made = pull(player, 3000)
    assert made[-1000:].count("right") > 850
    assert player.memory["learned"]["means"]["right"] == pytest.approx(0.8, abs=0.03)
    assert set(made[:3]) == set(ARMS), "every arm is tried once"


def test_a_bandit_that_never_explores_can_be_stuck() -> None:
    stuck = [pull(Bandit(explore=0.0), 300, seed=seed)[-1] != "right" for seed in range(20)]
    assert any(stuck) and not all(stuck)


def test_roth_erev_shares_are_start_plus_all_that_was_earned() -> None:
    player = RothErev(start=2.0)
    player.sit("ana", {})
    seen, earned, step = {"moves": list(ARMS)}, dict.fromkeys(ARMS, 2.0), 0
    for step in range(200):
        move = str(player.act(seen, draws(step)))
        player.learn(ARMS[move], seen, step == 199)
        earned[move] += ARMS[move]
    assert player.memory["learned"]["propensities"] == pytest.approx(earned)
    total = math.fsum(earned.values())
    assert player.shares(list(ARMS)) == pytest.approx([one / total for one in earned.values()])


def test_roth_erev_forgets_and_spills_as_the_formula_says() -> None:
    player = RothErev(start=1.0, forget=0.1, spill=0.2, least=-1.0)
    player.sit("ana", {})
    seen = {"moves": list(ARMS)}
    move = player.act(seen, draws(0))
    player.learn(4.0, seen, True)
    held = player.memory["learned"]["propensities"]
    assert held == pytest.approx({arm: 0.9 + 5 * (0.8 if arm == move else 0.1) for arm in ARMS})


def test_roth_erev_comes_to_prefer_what_pays_more() -> None:
    made = pull(RothErev(), 3000)
    assert made[-1000:].count("right") > 600 > made[:300].count("right")


def test_q_learning_finds_the_values_of_a_known_chain() -> None:
    """From `here`, `go` leads to `there` and pays 0; there `stay` pays 1; discount 0.9."""
    player = QLearning(sees='["place"]', rate=0.2, discount=0.9, explore=0.3, decay=0.0)
    player.sit("ana", {})
    place = "here"
    for step in range(5000):
        seen = {"place": place, "moves": ["stay", "go"]}
        move = player.act(seen, draws(step))
        paid = float(place == "there" and move == "stay")
        if move == "go":
            place = "there" if place == "here" else "here"
        player.learn(paid, {**seen, "place": place}, False)
    values = player.memory["learned"]["values"]
    there, here = values['["there"]'], values['["here"]']
    assert there["stay"] == pytest.approx(10)
    assert here["go"] == pytest.approx(9)
    assert here["stay"] == pytest.approx(8.1)
    assert there["go"] == pytest.approx(8.1)


@pytest.mark.parametrize(
    ("other", "move"), [("tit_for_tat", "cooperate"), ("always_defect", "defect")]
)
def test_a_q_learner_answers_who_it_plays(other: str, move: str) -> None:
    world = MatrixGame(MatrixGameSettings(rounds=4000), tells=False)
    learner = load("q_learning", {"sees": '["mine", "others"]', "decay": 0.002, "rate": 0.2})
    players = {"player-1": learner, "player-2": load(f"matrix_game/{other}")}
    episode = Episode(world, players, seed=5)
    episode.play(3900)
    made = []
    while world.agents:
        episode.step()
        made.append(world.names[int(world.played[0, 0])])
    assert made.count(move) >= 95


def test_best_responses_settle_in_routing_without_the_bridge() -> None:
    world = Routing(RoutingSettings(bridge=False, days=200), tells=False)
    settings = {"among": "routes", "values": '["all_minutes", "all_tolls"]', "costs": True}
    players = {agent: load("best_response", settings) for agent in world.seats}
    episode = Episode(world, players, seed=3)
    episode.play(150)
    chosen = world.chosen[0].tolist()
    for _ in range(50):
        assert episode.step().harm["city"] == 0
        assert world.chosen[0].tolist() == chosen


def test_best_responses_all_at_once_chase_each_other_for_ever() -> None:
    world = Routing(RoutingSettings(bridge=False, days=200), tells=False)
    settings = {"among": "routes", "values": '["all_minutes"]', "costs": True, "inertia": 0.0}
    players = {agent: load("best_response", settings) for agent in world.seats}
    assert Episode(world, players, seed=3).play(200).harm["city"] > 0


@pytest.mark.parametrize("name", ["q_learning", "bandit", "roth_erev"])
@pytest.mark.parametrize("world", ["liars_bar", "dollar_auction"])
def test_learners_play_in_turns_with_whatever_is_allowed(name: str, world: str) -> None:
    played = environments.load(world, tells=False)
    players = {agent: load(name, {"keeps": True}) for agent in played.seats}
    for seed in range(3):
        Episode(played, players, seed=seed).play()
    assert all(player.memory["learned"] for player in players.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LEARNERS)
def test_a_restored_learner_goes_on_from_there(name: str) -> None:
    settings = {"values": '["worth"]'} if name == "best_response" else {}
    player, twin = load(name, settings), load(name, settings)
    player.sit("ana", {})
    for step in range(60):
        if step == 20:
            twin.restore(player.snapshot())
        seen = {"moves": list(ARMS), "worth": {arm: (step + n) % 3 for n, arm in enumerate(ARMS)}}
        both = [player.act(seen, draws(step))]
        player.learn(float(step % 2), seen, False)
        if step >= 20:
            both.append(twin.act(seen, draws(step)))
            twin.learn(float(step % 2), seen, False)
        assert len(set(both)) == 1
    assert player.snapshot() == twin.snapshot()


@pytest.mark.parametrize("name", ["q_learning", "bandit", "roth_erev"])
def test_what_was_learned_is_forgotten_between_episodes_unless_kept(name: str) -> None:
    for keeps in (False, True):
        player = load(name, {"keeps": keeps})
        pull(player, 50)
        before = json.dumps(player.memory["learned"])  # type: ignore[attr-defined]
        player.sit("ana", {})
        assert (json.dumps(player.memory["learned"]) == before) == keeps  # type: ignore[attr-defined]
        assert player.kind == "learning"


def test_rewards_between_two_turns_belong_to_the_first() -> None:
    player = Bandit()
    player.sit("ana", {})
    seen = {"moves": ["go"]}
    player.learn(100.0, seen, False)  # before the first move: nobody's doing
    player.act(seen, draws(0))
    for paid in (1.0, 0.0, 2.0):
        player.learn(paid, seen, False)
    player.act(seen, draws(1))
    assert player.memory["learned"]["means"] == {"go": 3.0}


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("q_learning", {"rate": 1.5}, "expected 0 to 1"),
        ("q_learning", {"sees": "mine"}, "is no list"),
        ("bandit", {"explore": -0.1}, "expected 0 to 1"),
        ("roth_erev", {"start": 0.0}, "expected 1e-09"),
        ("best_response", {"weight": 2.0}, "expected 0 to 1"),
        ("best_response", {"vlaues": "[]"}, "did you mean `values`"),
    ],
)
def test_settings_that_a_learner_cannot_have_are_refused(
    name: str, settings: dict[str, Any], why: str
) -> None:
    with pytest.raises(PlayerSettingsError, match=why):
        load(name, settings)


@pytest.mark.parametrize("name", [*LEARNERS, "conformist", "contrarian"])
def test_who_finds_no_moves_says_how_to_name_them(name: str) -> None:
    player = load(name)
    player.sit("ana", {})
    with pytest.raises(PlayerSettingsError, match="set `among`"):
        player.act({"routes": ["a"]}, draws(0))
