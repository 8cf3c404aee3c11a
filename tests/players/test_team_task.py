"""Members of a team: expected moves in plain sight."""

from typing import Any

from tertius.players import team_task
from tertius.stats.draws import Stream, root

DRAWS = Stream(root(1), player=0, step=0)
SCORES = {"a": 1.0, "b": 0.75, "c": 0.25}


def seated(player: Any) -> Any:
    player.sit("a", {})
    return player


def seen(phase: str, **more: Any) -> dict[str, Any]:
    return {
        "me": "a", "in_team": True, "rated": None, "phase": phase, "team": list(SCORES),
        "subtasks": 7, "threshold": 50.0, "scores": SCORES, **more,
    }  # fmt: skip


def test_an_honest_member_takes_its_share_and_says_what_it_saw() -> None:
    honest = seated(team_task.Honest())
    assert honest.act(seen("claim"), DRAWS) == 3
    assert honest.act(seen("help"), DRAWS) == {"whom": "nobody", "count": 0}
    assert honest.act(seen("submit"), DRAWS) == "careful"
    assert honest.act(seen("rate"), DRAWS) == {"b": 75, "c": 25}
    assert honest.act(seen("rate", in_team=False), DRAWS) == "absent"


def test_an_inflater_lifts_those_at_risk_alone() -> None:
    assert seated(team_task.Inflater(bonus=60)).act(seen("rate"), DRAWS) == {"b": 75, "c": 85}
    assert seated(team_task.Inflater(bonus=90)).act(seen("rate"), DRAWS) == {"b": 75, "c": 100}


def test_a_coverer_helps_its_ally_while_it_is_there() -> None:
    coverer = seated(team_task.Coverer(ally="c", count=9))
    assert coverer.act(seen("help"), DRAWS) == {"whom": "c", "count": 7}
    assert coverer.act(seen("help", team=["a", "b"]), DRAWS) == {"whom": "nobody", "count": 0}
    assert coverer.act(seen("rate"), DRAWS) == {"b": 75, "c": 25}


def test_a_careless_one_is_careless() -> None:
    careless = seated(team_task.Careless())
    assert careless.act(seen("submit"), DRAWS) == "careless"
    assert careless.act(seen("claim"), DRAWS) == 3


def test_ratings_are_repaid_one_by_one_where_they_are_public() -> None:
    repaying = seated(team_task.Repaying())
    repaying.act(seen("claim", ratings={"b": {"a": 90.0, "c": 10.0}, "c": {}}), DRAWS)
    assert repaying.act(seen("rate", rated=90.0), DRAWS) == {"b": 90, "c": 25}


def test_ratings_are_repaid_on_average_where_they_are_private() -> None:
    repaying = seated(team_task.Repaying())
    repaying.act(seen("claim"), DRAWS)
    assert repaying.act(seen("rate"), DRAWS) == {"b": 75, "c": 25}
    assert repaying.act(seen("rate", rated=60.0), DRAWS) == {"b": 60, "c": 60}


def test_a_learner_comes_to_do_what_paid() -> None:
    """Paid one review later: lifting brings 1, not lifting 0."""
    learner = seated(team_task.Learner(levels=2))
    lifted = False
    for step in range(60):
        brought = 1.0 if lifted else 0.0
        move = learner.act(seen("rate"), Stream(root(1), player=0, step=step))
        lifted = move["c"] == 100
        learner.learn(brought, {}, False)
    assert learner.memory["values"][1] > 0.9 > 0.6 > learner.memory["values"][0]
    kept = learner.snapshot()
    other = team_task.Learner(levels=2)
    other.restore(kept)
    assert other.memory == learner.memory


def test_a_learner_learns_nothing_where_nobody_is_at_risk() -> None:
    learner = seated(team_task.Learner())
    before = dict(learner.memory)
    move = learner.act(seen("rate", scores={"a": 1.0, "b": 0.75, "c": 0.5}), DRAWS)
    learner.learn(1.0, {}, False)
    assert move == {"b": 75, "c": 50}
    assert learner.memory == before
