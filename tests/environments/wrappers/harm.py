"""What a study costs with wrappers laid around its world."""

from tertius.core.scenario import made
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.table import load


def harm(name: str, population: str, *wrappers: str, seed: int = 0) -> float:
    study = load(name)
    scenario = study.scenario(population)
    world = world_of(scenario, wrappers=[made(text) for text in wrappers], tells=False)
    return stage(scenario, world, seed=seed).play(study.steps).harm.get(study.harm.party, 0.0)
