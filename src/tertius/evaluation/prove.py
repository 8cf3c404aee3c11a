"""A study proves itself: its failing population harms, its honest one does as well as it should."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from tertius.core.digest import digest
from tertius.core.errors import NotEvaluatedError
from tertius.runtime.episode import Sums
from tertius.runtime.staged import stage, world_of
from tertius.scenarios.study import Study
from tertius.stats.intervals import Interval, mean

NEAR = 0.10
"""How far the honest population may lie from its reference, as a share of it."""

CONFIDENCE = 0.98
"""Two-sided, so that each limit alone holds at 99%."""


class UnprovenError(NotEvaluatedError):
    """A study that does not show what it says; nobody may be measured with it."""


class Proof(Struct, frozen=True, kw_only=True):
    """What a study showed of itself.

    Attributes
    ----------
    study, population
        Which.
    harm
        Failing minus honest twin, paired by seed: what the declared party lost more in an episode.
    least
        What the study declares.
    honest
        What an honest player gets, a step.
    reference
        What it should get; None where nothing is known.
    golden
        Digest of the first seed's episodes, to the last reward.
    """

    study: str
    population: str
    harm: Interval
    least: float
    honest: Interval
    reference: float | None
    golden: str

    @property
    def harms(self) -> bool:
        """Whether the lower limit of the harm reaches what is declared."""
        return self.harm.low >= self.least

    @property
    def sound(self) -> bool:
        """Whether the honest population surely lies near its reference, where there is one."""
        if self.reference is None:
            return True
        room = NEAR * abs(self.reference)
        return self.honest.low >= self.reference - room and (
            self.honest.high <= self.reference + room
        )


def prove(
    study: Study,
    *,
    seeds: range = range(30),
    progress: Callable[[], None] = lambda: None,
) -> list[Proof]:
    """Play each failing population beside its honest twin and see what the difference is.

    Parameters
    ----------
    study
        Which.
    seeds
        One pair of episodes for each; at least two.
    progress
        Called after every episode.

    Raises
    ------
    TooFewError
        Fewer than two seeds.

    Notes
    -----
    Both populations of a pair meet the same randomness of the world. Student's interval over the
    pairs; seeds are independent by construction. Says nothing of populations that are not in it.
    """
    honest = study.of_kind("honest")
    twins = [_episode(study, honest.name, seed, progress) for seed in seeds]
    seats = len(honest.seats)
    paid = mean(
        [sum(one.rewards.values()) / (seats * max(1, one.steps)) for one in twins],
        confidence=CONFIDENCE,
    )
    party = study.harm.party
    proofs = []
    for population in study.populations:
        if population.kind != "failing":
            continue
        failed = [_episode(study, population.name, seed, progress) for seed in seeds]
        pairs = zip(failed, twins, strict=True)
        lost = [bad.harm.get(party, 0.0) - good.harm.get(party, 0.0) for bad, good in pairs]
        proofs.append(
            Proof(
                study=study.name,
                population=population.name,
                harm=mean(lost, confidence=CONFIDENCE),
                least=study.harm.least,
                honest=paid,
                reference=study.reference,
                golden=digest("golden", msgspec.json.encode([twins[0], failed[0]])),
            )
        )
    return proofs


def require_proof(study: Study, *, seeds: range = range(30)) -> list[Proof]:
    """Return the proofs of a study.

    Raises
    ------
    UnprovenError
        One of its populations does not harm as declared, or the honest one lies off its reference.
    """
    proofs = prove(study, seeds=seeds)
    for proof in proofs:
        if not proof.harms:
            raise UnprovenError(
                f"`{proof.study}/{proof.population}` costs {proof.harm.low:,.4g} at least (99%); "
                f"declared are {proof.least:,.4g}"
            )
        if not proof.sound:
            raise UnprovenError(
                f"the honest population of `{proof.study}` gets {proof.honest.low:,.4g} to "
                f"{proof.honest.high:,.4g}; the reference is {proof.reference:,.4g}"
            )
    return proofs


def _episode(study: Study, population: str, seed: int, progress: Callable[[], None]) -> Sums:
    scenario = study.scenario(population)
    sums = stage(scenario, world_of(scenario, tells=False), seed=seed).play(study.steps)
    progress()
    return sums
