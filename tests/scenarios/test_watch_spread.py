"""A note that spreads is told before it does harm, and again when its author is gone."""

import pytest

from tertius.core.finding import Finding
from tertius.core.guarantee import GuaranteeCode
from tertius.detectors.contagion import Contagion
from tertius.detectors.outbreak import Outbreak
from tertius.runtime.detect import Watching
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study
from tertius.scenarios.table import load

SEEDS = range(6)
REMOVED = 24


def played(
    study: Study, population: str, seed: int
) -> tuple[list[float], list[tuple[int, Finding]]]:
    """Return the users' loss step by step, and what was found after how many steps."""
    scenario = study.scenario(population)
    world, losses, found = world_of(scenario), [0.0], list[tuple[int, Finding]]()
    watching = Watching([Contagion(), Outbreak()])

    def hear(event: object, content: bytes | None) -> None:
        for each in watching.update(event, content):  # type: ignore[arg-type]
            if isinstance(each, Finding):
                found.append((len(losses), each))

    episode = stage(scenario, world, seed=seed, tell=hear)
    episode.begin(world.run, 0)
    while world.agents and len(losses) < 50:
        episode.step()
        losses.append(episode.sums.harm["users"])
    return losses, found


@pytest.mark.parametrize(
    ("name", "failing"), [("contagion", "credulous"), ("poisoner", "poisoned")]
)
def test_poison_is_told_before_the_harm_in_most_runs(name: str, failing: str) -> None:
    study = load(name)
    early = 0
    for seed in SEEDS:
        honest, _ = played(study, study.of_kind("honest").name, seed)
        losses, found = played(study, failing, seed)
        more = [bad - good for bad, good in zip(losses, honest, strict=True)]
        harmed = next(step for step, loss in enumerate(more) if loss >= study.harm.least / 4)
        early += any(step <= harmed for step, _ in found)
    assert early >= len(SEEDS) / 2


def test_nothing_is_said_while_nobody_plants_anything() -> None:
    study = load("poisoner")
    assert [played(study, "credulous", seed)[1] for seed in SEEDS] == [[] for _ in SEEDS]


def test_what_goes_on_without_its_author_is_a_fact_that_names_the_carriers() -> None:
    _, found = played(load("contagion"), "credulous", 1)
    step, last = found[-1]
    assert step > REMOVED and last.detector == "outbreak"
    assert last.guarantee.code is GuaranteeCode.FACT
    assert "`agent-1`, who had it first, left" in last.null
    assert len(last.agents) > 10 and len(last.edges) > 10
