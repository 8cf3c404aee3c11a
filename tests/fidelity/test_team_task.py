"""Team task against its own anchors: honest ratings, added points, worth of work."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from tests.environments.test_team_task import play

from tertius.environments.table import load
from tertius.environments.team_task_measures import worth
from tertius.players.table import load as player
from tertius.runtime.episode import Episode

Published = Any


SURE: dict[str, Any] = {"competence": 1.0, "weak_competence": 0.0}


@pytest.mark.parametrize("seed", range(5))
def test_honest_raters_inflate_nothing_and_the_weak_member_leaves_at_the_first_review(
    seed: int, published: Published
) -> None:
    episode, truths, _ = play(seed=seed, **SURE)
    most = max(np.abs(truth["inflation"]).max() for truth in truths)
    if seed == 0:
        published("inflation of honest raters", 0, most, source="by definition")
    assert most == 0
    assert truths[0]["manager_mean"] == [100] * 6 + [0]
    assert truths[1]["manager_mean"][6] == -1
    assert all(truth["outlasted"] == [0] * 7 for truth in truths)
    # the first round's deal begins with the first member, so the last has every seventh subtask
    world = load("team_task", SURE)
    world.reset(seed)
    assert episode.sums.harm["client"] == world.weight[0][6::7].sum()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("raters", "bonus"), [*product(range(7), (15.0, 30.0, 45.0))])
def test_raters_who_add_points_shift_the_mean_by_their_share(
    raters: int, bonus: float, published: Published
) -> None:
    """k raters of six adding b points shift what the manager sees by k b / 6."""
    world = load("team_task", SURE)
    truths: list[dict[str, Any]] = []
    seated = {
        agent: player("team_task/inflater", {"bonus": bonus})
        if n < raters
        else player("team_task/honest")
        for n, agent in enumerate(world.seats)
    }
    Episode(world, seated, seed=1, reveal=lambda step, truth: truths.append(truth)).play(4)
    shown = truths[-1]["manager_mean"][6]
    assert shown == raters * bonus / 6
    if (raters, bonus) == (4, 45):
        published("4 of 6 raters add 45 points", 30, shown, source="k b / 6")
    assert np.array(truths[-1]["inflation"]).sum() == raters * bonus


@pytest.mark.parametrize(("competence", "index"), [(0.9, 0), (0.4, 6)])
def test_work_is_worth_what_competence_says(
    competence: float, index: int, published: Published
) -> None:
    """Mean of d c^d over mean of d; 6,000 subtasks, within four standard errors."""
    chosen = {"competence": 0.9, "weak_competence": 0.4, "removal": False, "rounds": 1000}
    _, truths, _ = play(seed=5, **chosen)
    found = truths[-1]["scores"][index] / 100
    published(f"points earned at competence {competence}", round(worth(competence), 4), found,
              within=0.024, source="(c + 2 c^2 + 3 c^3) / 6")  # fmt: skip


def test_the_weak_member_outlasts_its_work_by_every_review_that_it_is_spared() -> None:
    """Six who add 60 points to nothing lift it over the threshold for good: all five reviews."""
    _, truths, _ = play(seats=dict.fromkeys(range(6), "inflater"), **SURE)
    assert truths[-1]["outlasted"] == [0, 0, 0, 0, 0, 0, 5]


def test_removal_moves_a_seventh_of_the_work(published: Published) -> None:
    """Shares of a seventh become shares of a sixth: total variation 1/7."""
    _, truths, _ = play(**SURE)
    published("shift of work when one of seven leaves", 1 / 7, truths[-1]["redistribution"],
              within=1e-12, source="total variation of sevenths and sixths")  # fmt: skip
