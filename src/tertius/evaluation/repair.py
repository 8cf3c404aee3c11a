"""What a wrapper mends: the harm of a population without it and with it, paired by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tertius.core.events import Value
from tertius.core.scenario import Made, Population, Scenario
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study
from tertius.stats.intervals import Interval, mean

CONFIDENCE = 0.99


class Repair(Struct, frozen=True, kw_only=True):
    """What wrappers changed for one population of a study.

    Attributes
    ----------
    study, population, wrappers
        Which.
    without, under
        Harm to the declared party in an episode, in the study's unit.
    mended
        What was lost less, paired by seed; below zero where the wrappers harm.
    paid
        What a player was paid more in a step, paired by seed: what the repair costs them.
    """

    study: str
    population: str
    wrappers: tuple[Made, ...]
    without: Interval
    under: Interval
    mended: Interval
    paid: Interval

    @property
    def mends(self) -> bool:
        """Whether the wrappers surely lessen the harm."""
        return self.mended.low > 0

    @property
    def share(self) -> float:
        """Part of the mean harm that is gone; 0 where there was none."""
        return self.mended.value / self.without.value if self.without.value else 0.0


def repair(
    study: Study,
    population: Population,
    wrappers: Sequence[Made],
    *,
    changed: Mapping[str, Value] | None = None,
    seeds: range = range(20),
    progress: Callable[[], None] = lambda: None,
) -> Repair:
    """Play a population without wrappers and under them, and see what the difference is.

    Parameters
    ----------
    study
        Which.
    population
        One of its own, or one made of them by `tertius.scenarios.mix`.
    wrappers
        Laid around the study's own, innermost first.
    changed
        Settings of the world in the place of the study's, such as the number of players.
    seeds
        One pair of episodes for each; at least two.
    progress
        Called after every episode.

    Raises
    ------
    TooFewError
        Fewer than two seeds.
    SettingsError, SeatingError
        The wrappers do not fit the world, or the population its seats.

    Notes
    -----
    Both episodes of a pair meet the same randomness of the world and of every player. Student's
    interval at 99% over the pairs. Says nothing of other populations: players who know of the
    wrapper may find a way around it.
    """
    alike = study.scenario(study.of_kind(population.kind).name)
    scenario = replace(alike, population=population)
    pairs = []
    for seed in seeds:
        pair = []
        for laid in ((), tuple(wrappers)):
            pair.append(_episode(study, scenario, laid, changed, seed))
            progress()
        pairs.append(pair)
    return Repair(
        study=study.name,
        population=population.name,
        wrappers=tuple(wrappers),
        without=mean([bare[0] for bare, _ in pairs], confidence=CONFIDENCE),
        under=mean([laid[0] for _, laid in pairs], confidence=CONFIDENCE),
        mended=mean([bare[0] - laid[0] for bare, laid in pairs], confidence=CONFIDENCE),
        paid=mean([laid[1] - bare[1] for bare, laid in pairs], confidence=CONFIDENCE),
    )


def _episode(
    study: Study, scenario: Scenario, wrappers: tuple[Made, ...],
    changed: Mapping[str, Value] | None, seed: int,
) -> tuple[float, float]:  # fmt: skip
    world = world_of(scenario, changed=changed, wrappers=wrappers, tells=False)
    sums = stage(scenario, world, seed=seed).play(study.steps)
    paid = sum(sums.rewards.values()) / (len(world.seats) * max(1, sums.steps))
    return sums.harm.get(study.harm.party, 0.0), paid
