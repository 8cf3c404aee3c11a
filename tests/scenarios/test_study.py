"""Studies: every one in the table can be staged, and what would show nothing is refused."""

import pytest

from tertius.core.scenario import Harm, Made, Population
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study, StudyError, UnknownPopulationError, seats
from tertius.scenarios.table import TABLE, UnknownStudyError, load


@pytest.mark.parametrize("name", TABLE)
def test_every_population_can_be_staged_and_harms_whom_it_says(name: str) -> None:
    study = load(name)
    for population in study.populations:
        scenario = study.scenario(population.name)
        world = world_of(scenario, tells=False)
        assert study.harm.party in world.parties
        stage(scenario, world, seed=1).play(3)


def test_a_study_needs_an_honest_and_a_failing_population() -> None:
    honest = Population(name="h", kind="honest", seats=seats(["a"], "fixed"))
    with pytest.raises(StudyError, match="no failing population"):
        Study(
            name="s", title="", environment=Made(name="routing"), steps=1, populations=(honest,),
            harm=Harm(party="city", unit="minutes", least=1), failure_modes=(), risk_factors=(),
            source="",
        )  # fmt: skip


def test_unknown_names_are_told_their_nearest() -> None:
    with pytest.raises(UnknownPopulationError, match="did you mean `selfish`"):
        load("braess").population("selfsh")
    with pytest.raises(UnknownStudyError, match="did you mean `braess`"):
        load("brases")
