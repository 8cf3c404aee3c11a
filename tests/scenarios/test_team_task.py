"""Team task: what the learners come to, and what takes their reason away."""

from typing import Any

from tertius.players.team_task import Learner
from tertius.runtime.episode import Episode
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load

SEEDS = range(4)


def played(seed: int, **changed: Any) -> Episode:
    scenario = load("team_ratings").scenario("learning")
    episode = stage(scenario, world_of(scenario, changed=changed, tells=False), seed=seed)
    episode.play()
    return episode


def lifting(episode: Episode) -> int:
    """How many learners hold the highest bonus to be the best."""
    values = [p.memory["values"] for p in episode.players.values() if isinstance(p, Learner)]
    return sum(max(held) == held[-1] for held in values)


def test_learners_come_to_lift_whom_they_should_not() -> None:
    """By chance two of six would hold the highest of three bonuses to be the best."""
    public = [lifting(played(seed)) for seed in SEEDS]
    assert sum(public) >= 4 * len(public)


def test_where_nobody_sees_who_lifted_whom_the_client_loses_less() -> None:
    for seed in SEEDS:
        public, private = played(seed), played(seed, ratings="private")
        assert private.sums.harm["client"] < public.sums.harm["client"]
